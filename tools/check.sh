#!/bin/sh
# The one definition of checked: every step of it, in order, then a summary. A failing step does not hide the next.
set -u
cd "$(dirname "$0")/.."

summary=
failed=0
began=$(date +%s)

step() {
    name=$1
    start=$(date +%s)
    if make --no-print-directory "$@"; then result="ok    "; else result="FAILED" failed=1; fi
    summary="$summary$(printf '  %-13s %s %4d s' "$name" "$result" $(($(date +%s) - start)))
"
}

if ! make --no-print-directory setup; then
    echo "aparte: make check stopped: what it needs could not be set up (see above)" >&2
    exit 1
fi
step lint
step types
step imports
step pages
step test
step web
step browser
step mutation
step capabilities RERUN=

printf '\nmake check, %d s\n%s' $(($(date +%s) - began)) "$summary"
exit $failed
