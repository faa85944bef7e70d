#!/usr/bin/env bash
# What `make bench` does: installs what is compared with, then measures.
#
#   make bench
#   make bench ARGS="--quick --no-fail"
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-envoy.sh

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
