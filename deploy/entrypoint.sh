#!/bin/sh
# Becomes one process of the system: the same in a container, under `make run` and by hand. Must not decide anything
# that docs/operations.md does not list as a setting.
# Usage: entrypoint.sh web|worker|beat|relay|migrate
set -eu
umask 077
cd "$(dirname "$0")/.."
export DJANGO_SETTINGS_MODULE=dars.config.settings PYTHONUNBUFFERED=1

case "${1:-}" in
web)
    # The control socket would be a second way in. Two processes of four threads suit two cores.
    exec gunicorn dars.config.wsgi --bind "${BIND:-0.0.0.0:8000}" --no-control-socket \
        --preload --workers "${WEB_WORKERS:-2}" --threads "${WEB_THREADS:-4}" --timeout 120 --graceful-timeout 10
    ;;
worker)
    exec celery -A dars.config worker --queues "${QUEUES:-default}" --concurrency "${CONCURRENCY:-2}" \
        --hostname "${WORKER_NAME:-worker}@%h" --loglevel INFO
    ;;
beat)
    # The plain scheduler keeps its times in memory: all it sends are sweeps, which may come early.
    exec celery -A dars.config beat --scheduler celery.beat:Scheduler --pidfile "" --loglevel INFO
    ;;
relay)
    exec python manage.py relay
    ;;
migrate)
    exec python manage.py migrate --noinput --verbosity 0
    ;;
*)
    echo "usage: entrypoint.sh web|worker|beat|relay|migrate" >&2
    exit 64
    ;;
esac
