#!/bin/sh
# Fills in nginx.conf.template and becomes nginx, as an ordinary user on ports above 1023.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
run_folder=${RUN_FOLDER:-/tmp}
sed -e "s|@RUN_FOLDER@|$run_folder|g" \
    -e "s|@NGINX_FOLDER@|${NGINX_FOLDER:-/etc/nginx}|g" \
    -e "s|@HTTP_PORT@|${HTTP_PORT:-8080}|g" \
    -e "s|@HTTPS_PORT@|${HTTPS_PORT:-8443}|g" \
    -e "s|@PUBLIC_PORT@|${PUBLIC_PORT:+:$PUBLIC_PORT}|g" \
    -e "s|@CERTIFICATE@|${CERTIFICATE:-/run/secrets/tls_certificate}|g" \
    -e "s|@CERTIFICATE_KEY@|${CERTIFICATE_KEY:-/run/secrets/tls_key}|g" \
    -e "s|@PAGES@|$folder|g" \
    -e "s|@ANSWER_WITHIN@|${ANSWER_WITHIN:-120s}|g" \
    -e "s|@WEB@|${WEB:-web:8000}|g" \
    -e "s|@ACCEL_PREFIX@|${ACCEL_PREFIX:-/protected-delivery/}|g" \
    -e "s|@DELIVERY_ROOT@|${DELIVERY_ROOT:-/srv/state/delivery}|g" \
    "$folder/nginx.conf.template" >"$run_folder/nginx.conf"
exec nginx -e stderr -c "$run_folder/nginx.conf"
