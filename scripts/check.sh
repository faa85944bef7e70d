#!/usr/bin/env bash
# Everything that can be said about the code without running the test suite. All steps run, also
# after a failure; a step that fails shows what it printed.
#
#   make check
#   make check STEPS="types layers"
set -uo pipefail
cd "$(dirname "$0")/.."

readonly BIN=.venv/bin
readonly FUZZ_SECONDS=${FUZZ_SECONDS:-60}
readonly ALL_STEPS="format lint types types-strict layers docs spelling dependencies dead-code fuzz"
export PATH="$PWD/$BIN:$PATH"
export PYTHONDONTWRITEBYTECODE=1

run_step() {
    case $1 in
        format) ruff format --check . ;;
        lint) ruff check . ;;
        types) mypy ;;
        # The node that pyright runs on comes from the lock; it may download nothing.
        types-strict) PYRIGHT_PYTHON_FORCE_VERSION='' PYRIGHT_PYTHON_IGNORE_WARNINGS=1 pyright ;;
        layers) lint-imports --no-cache ;;
        docs) scripts/docs.sh --check ;;
        spelling) codespell ;;
        dependencies) deptry . ;;
        dead-code) vulture ;;
        fuzz) scripts/fuzz.sh "$FUZZ_SECONDS" ;;
        *)
            echo "no such step; there are: $ALL_STEPS"
            return 2
            ;;
    esac
}

failed=()
output=$(mktemp)
trap 'rm -f "$output"' EXIT
for step in ${STEPS:-$ALL_STEPS}; do
    started=$SECONDS
    if run_step "$step" >"$output" 2>&1 </dev/null; then
        printf 'check: %-13s ok      %3d s  %s\n' "$step" $((SECONDS - started)) "$(tail -1 "$output")"
    else
        printf 'check: %-13s FAILED  %3d s\n' "$step" $((SECONDS - started))
        sed 's/^/    /' "$output"
        failed+=("$step")
    fi
done

if [ ${#failed[@]} != 0 ]; then
    echo "check: failed: ${failed[*]}"
    exit 1
fi
echo "check: all of it holds"
