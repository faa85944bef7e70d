#!/usr/bin/env bash
# Fuzzes the border where bytes become messages, guided by coverage, for so many seconds.
#
#   scripts/fuzz.sh 60
#
# It starts from the corpus in the repository and keeps what it finds in build/fuzz, so that the
# next run on this machine begins where this one ended. An input that breaks a law is left there
# as crash-*; copy it to tests/fuzz/corpus, where it stays a test for ever.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly SECONDS_TO_RUN=${1:-60}
readonly PYTHON=.venv/bin/python

if ! "$PYTHON" -c 'import atheris' 2>/dev/null; then
    echo "fuzz: atheris has no wheel for this machine ($(uname -m)); nothing was fuzzed"
    exit 0
fi
mkdir -p build/fuzz/corpus
exec "$PYTHON" -m tests.fuzz.fuzz_parser -max_total_time="$SECONDS_TO_RUN" -timeout=5 \
    -max_len=2048 -rss_limit_mb=1024 -print_final_stats=1 -dict=tests/fuzz/http.dict -artifact_prefix=build/fuzz/ \
    build/fuzz/corpus tests/fuzz/corpus
