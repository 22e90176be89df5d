#!/bin/sh
# Starts Valkey (or Redis) with the password from its file; by stdin, so that it is on no command line.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
password=$(cat "${VALKEY_PASSWORD_FILE:-/run/secrets/valkey_password}")
exec "${VALKEY_SERVER:-valkey-server}" - <<CONFIGURATION
$(cat "$folder/valkey.conf")
bind ${VALKEY_BIND:-*}
port ${VALKEY_PORT:-6379}
dir ${VALKEY_FOLDER:-/data}
requirepass $password
CONFIGURATION
