#!/usr/bin/env bash
# Locks what pyproject.toml asks for: exact versions and the hashes of every file of them, for all
# Pythons and platforms that we support. The locks hold names, versions and hashes, nothing else:
# where packages come from is the business of whoever installs them.
#
#   make lock            keeps what is locked and adds what is missing
#   make lock UPGRADE=1  takes the newest of everything
set -euo pipefail
cd "$(dirname "$0")/.."

readonly TOOL=build/lock-tool
upgrade=()
[ "${UPGRADE:-0}" = 0 ] || upgrade=(--upgrade)

if [ ! -x "$TOOL/bin/uv" ]; then
    echo "lock: installing uv into $TOOL (used for locking alone)"
    python3 -m venv "$TOOL"
    "$TOOL/bin/pip" install --quiet --disable-pip-version-check uv
fi

compile() { # OUTPUT WHAT...
    local output=$1
    shift
    echo "lock: $output"
    "$TOOL/bin/uv" pip compile --quiet --no-config --universal --python-version 3.11 \
        --generate-hashes --no-header --no-annotate --no-emit-index-url \
        "${upgrade[@]}" --output-file "$output" "$@" >/dev/null
}

# The product first; everything else is held to its versions, so that one environment can hold all.
compile requirements.lock pyproject.toml
compile requirements-dev.lock pyproject.toml --group dev --group load --constraint requirements.lock
compile requirements-build.lock --group pyproject.toml:build --constraint requirements-dev.lock
compile requirements-bench.lock --group pyproject.toml:bench --constraint requirements-dev.lock
