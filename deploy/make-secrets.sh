#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, each once: what exists is kept. Prints none of them.
# Usage: make-secrets.sh [FOLDER]   (default deploy/secrets; DATABASE_HOST and BROKER_HOST for a run by hand)
set -eu
folder=${1:-$(dirname "$0")/secrets}
# The folder keeps others on the host out. The files themselves can be read by the containers' users: Compose mounts
# them as they are, whoever owns them.
mkdir -p "$folder"
chmod 700 "$folder"
umask 022

new_hex() { openssl rand -hex 32; }
keep() { [ -s "$folder/$1" ] || { cat >"$folder/.$1" && mv "$folder/.$1" "$folder/$1"; }; }

for name in postgres_password database_password valkey_password django vault agreements accession-keys second-factors audit-log; do
    new_hex | keep "$name"
done
printf 'postgres://dars:%s@%s/dars\n' "$(cat "$folder/database_password")" "${DATABASE_HOST:-postgres:5432}" | keep database_url
printf 'redis://:%s@%s/0\n' "$(cat "$folder/valkey_password")" "${BROKER_HOST:-valkey:6379}" | keep redis_url
# The mail server, with user and password if it asks for them: replace it with yours.
printf 'smtp://localhost\n' | keep email_url

# A certificate of our own lets a first trial begin; replace both files with those of the service's name.
if [ ! -s "$folder/tls_certificate" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$folder/tls_key" -out "$folder/tls_certificate" 2>/dev/null
    chmod 644 "$folder/tls_key"
fi
