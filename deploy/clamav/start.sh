#!/bin/sh
# Fetches the signatures, keeps them fresh, and becomes clamd, as an ordinary user. Without any signature clamd does not
# start: meanwhile documents wait, and whoever sent them reads so.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
run_folder=${RUN_FOLDER:-/tmp}
signatures=${SIGNATURES:-/srv/signatures}
for name in clamd freshclam; do
    sed -e "s|@RUN_FOLDER@|$run_folder|g" \
        -e "s|@SIGNATURES@|$signatures|g" \
        -e "s|@LISTEN@|${LISTEN:-0.0.0.0}|g" \
        -e "s|@PORT@|${PORT:-3310}|g" \
        -e "s|@MIRROR@|${SIGNATURE_MIRROR:-database.clamav.net}|g" \
        "$folder/$name.conf.template" >"$run_folder/$name.conf"
done

until [ -n "$(find "$signatures" -maxdepth 1 -type f \( -name '*.c[lv]d' -o -name '*.[hn]db' \) | head -n 1)" ]; do
    freshclam --config-file="$run_folder/freshclam.conf" --stdout && continue
    echo "No signatures could be fetched; once more in a minute."
    sleep 60
done
while :; do
    sleep "${SECONDS_BETWEEN_FETCHES:-7200}"
    freshclam --config-file="$run_folder/freshclam.conf" --stdout || echo "The signatures could not be renewed."
done &
exec clamd --config-file="$run_folder/clamd.conf"
