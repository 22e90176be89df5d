#!/bin/sh
# Looks for the programs of others that check our work, and installs Debian's as root; says what is missing. Installs
# nothing for anybody else.
set -eu

# PACKAGE... : installs them if this is root on a Debian.
install() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $* for the checks by others' programs ..."
        export DEBIAN_FRONTEND=noninteractive
        { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null 2>&1 || true
    fi
}

mod=/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog
if ! command -v go >/dev/null 2>&1 || [ ! -d "$mod" ]; then
    install golang-go golang-golang-x-mod-dev
fi
if ! command -v go >/dev/null 2>&1 || [ ! -d "$mod" ]; then
    echo "Go's checks of the audit trail will not run: golang-go and golang-golang-x-mod-dev are not here." >&2
fi

# Spark needs Java 17 or newer; `java -version` says "17.0.15" or the like in its first line.
java_enough() {
    number=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${number:-0}" -ge 17 ]
}
if ! java_enough; then
    install openjdk-17-jre-headless
fi
if ! java_enough; then
    echo "Extracts on a Spark cluster will not be tested: there is no Java 17 here (Debian: openjdk-17-jre-headless)." >&2
fi
