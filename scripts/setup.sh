#!/usr/bin/env bash
# Makes .venv with everything that running, testing and checking needs, from the lock. It is quick
# when nothing has changed: a stamp in .venv names the state that it was made from.
#
#   scripts/setup.sh          what `make setup` does
#   PYTHON=/path/to/python    uses this interpreter
set -euo pipefail
cd "$(dirname "$0")/.."

readonly VENV=.venv
readonly STAMP=$VENV/.made-from
readonly LOCK=requirements-dev.lock

say() { echo "setup: $*"; }
give_up() {
    echo "setup: $*" >&2
    exit 1
}

# What the environment depends on: the lock, what we declare, and the place where it stands
# (scripts in a virtual environment name it absolutely).
fingerprint() {
    {
        pwd -P
        cat "$LOCK" pyproject.toml "$0"
    } | sha256sum | cut -d' ' -f1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

can_make_environments() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3 python3.12 python3.13 python3.14}; do
        if is_new_enough "$candidate" && can_make_environments "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# Debian splits venv from Python. Packages of the system are installed by root or in CI, and by
# nobody else unasked: the command is printed instead.
install_python() {
    command -v apt-get >/dev/null ||
        give_up "Python 3.11 or newer with venv is needed, and was not found. Install it, or name it: make setup PYTHON=/path/to/python"
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        [ -n "${CI:-}" ] && command -v sudo >/dev/null ||
            give_up "Python 3.11 or newer with venv is needed. Run this once, then again what you ran: sudo apt-get install python3 python3-venv"
        as_root=(sudo -n)
    fi
    say "installing the Debian packages python3 and python3-venv"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3 python3-venv >/dev/null
}

made_from=$(fingerprint)
if [ -x "$VENV/bin/gray-router" ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$made_from" ]; then
    say "$VENV is up to date"
    exit 0
fi

if ! python=$(find_python); then
    install_python
    python=$(find_python) ||
        give_up "this system's Python is older than 3.11; name a newer one: make setup PYTHON=/path/to/python"
fi

started=$SECONDS
rm -f "$STAMP"
# An environment that was copied or moved has scripts that point elsewhere; it is made again.
if ! head -1 "$VENV/bin/pip" 2>/dev/null | grep -qF "#!$(pwd -P)/$VENV/bin/python"; then
    say "making $VENV with $("$python" --version)"
    "$python" -m venv --clear "$VENV"
fi

pip() { "$VENV/bin/python" -m pip --disable-pip-version-check "$@"; }

say "installing the packages of $LOCK, each checked against its hash (a minute or two the first time)"
pip install -qq --require-hashes --requirement "$LOCK"
say "installing gray-router from this folder"
pip install -qq --no-deps --no-build-isolation --editable .
echo "$made_from" >"$STAMP"
say "done in $((SECONDS - started)) s: $VENV/bin/gray-router"
