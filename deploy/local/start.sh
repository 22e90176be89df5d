#!/bin/sh
# Finds a Python that is new enough and hands over to install.py; must need nothing but sh.
# Usage: start.sh [--no-install|--spark] MODULE [ARGUMENT...]
set -eu
cd "$(dirname "$0")/../.."

enough='import sys; sys.exit(sys.version_info < (3, 11))'
too_old=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
    if "$candidate" -c "$enough" >/dev/null 2>&1; then
        exec "$candidate" deploy/local/install.py "$@"
    fi
    if version=$("$candidate" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null); then
        too_old="$too_old $candidate is $version;"
    fi
done

if [ -n "$too_old" ]; then
    echo "Python 3.11 or newer is needed, but$too_old name another with PYTHON=/path/to/python3." >&2
else
    echo "No Python found (${PYTHON:-python3}): install Python 3.11 or newer, with its venv module, or name one with PYTHON=/path/to/python3." >&2
fi
exit 1
