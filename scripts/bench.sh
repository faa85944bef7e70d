#!/usr/bin/env bash
# What `make bench` does: installs what is compared with, then measures.
#
#   make bench
#   make bench ARGS="--quick --no-fail"
set -euo pipefail
cd "$(dirname "$0")/.."

readonly LOCK=requirements-bench.lock
readonly STAMP=.venv/.bench-made-from

made_from=$(sha256sum "$LOCK" | cut -d' ' -f1)
if [ "$(cat "$STAMP" 2>/dev/null)" != "$made_from" ]; then
    echo "bench: installing Envoy from $LOCK"
    .venv/bin/python -m pip --disable-pip-version-check install -qq --require-hashes --requirement "$LOCK"
    echo "$made_from" >"$STAMP"
fi

# Debian keeps some servers in /usr/sbin, which is not in everybody's PATH.
export PATH="$PATH:/usr/sbin"
missing=()
for program in nginx haproxy wrk; do
    command -v "$program" >/dev/null || missing+=("$program")
done
if [ ${#missing[@]} != 0 ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "bench: ${missing[*]} missing; run this once: sudo scripts/install-bench-servers.sh" >&2
        exit 1
    fi
    scripts/install-bench-servers.sh
fi

echo "bench: measuring; nothing else should run on this machine meanwhile"
exec .venv/bin/python -m loadtests.bench "$@"
