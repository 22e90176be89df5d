#!/bin/sh
# Looks for the programs of others that check our work, and installs Debian's as root; says what is missing. Installs
# nothing for anybody else.
set -eu

mod=/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog
if ! command -v go >/dev/null 2>&1 || [ ! -d "$mod" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing Go for the checks by others' programs ..."
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends golang-go golang-golang-x-mod-dev; } >/dev/null 2>&1 || true
    fi
fi
if ! command -v go >/dev/null 2>&1 || [ ! -d "$mod" ]; then
    echo "Go's checks of the audit trail will not run: golang-go and golang-golang-x-mod-dev are not here." >&2
fi
