#!/bin/sh
# Makes the virtual environment .venv with a pip in it, also where Debian's python3-venv is not installed.
set -eu

say() { echo "aparte: $*" >&2; }

python=${PYTHON:-}
for candidate in $python python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        python=$candidate
        break
    fi
    python=
done
if [ -z "$python" ]; then
    say "Python 3.11 or later is needed: install python3 (Debian 12 has 3.11), or name one with PYTHON=..."
    exit 1
fi

if "$python" -c 'import ensurepip' 2>/dev/null; then
    exec "$python" -m venv .venv
fi

# Debian splits ensurepip off into python3-venv. A pip outside can fill the environment just as well.
if "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --without-pip .venv
    exec "$python" -m pip --disable-pip-version-check --python .venv/bin/python install --quiet --require-hashes \
        -r requirements/pip.txt
fi

if [ "$(id -u)" = 0 ]; then as_root=; else as_root="sudo -n"; fi
if command -v apt-get >/dev/null && $as_root true 2>/dev/null; then
    say "installing Debian's python3-venv"
    $as_root apt-get -qq update >&2 && $as_root apt-get -qq install -y --no-install-recommends python3-venv >&2
    exec "$python" -m venv .venv
fi
say "this Python can make no virtual environment: run 'apt-get install python3-venv' as root, then start again"
exit 1
