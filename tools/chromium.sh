#!/bin/sh
# Makes sure that there is a Chromium for the browser tests; installs Debian's where that is allowed.
set -eu
if [ -n "${APARTE_CHROMIUM:-}" ] || command -v chromium >/dev/null; then exit 0; fi
if [ "$(id -u)" = 0 ]; then as_root=; else as_root="sudo -n"; fi
if command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
    echo "aparte: installing Debian's chromium for the browser tests"
    $as_root apt-get -qq update >&2
    $as_root apt-get -qq install -y --no-install-recommends chromium >&2
    exit 0
fi
echo "aparte: the browser tests need Chromium: run 'apt-get install chromium' as root, or set APARTE_CHROMIUM" >&2
exit 1
