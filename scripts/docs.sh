#!/usr/bin/env bash
# Writes the generated pages of docs/ anew; with --check it writes nothing and fails on drift.
set -euo pipefail
cd "$(dirname "$0")/.."

.venv/bin/python -m scripts.config_reference "$@"
.venv/bin/python -m scripts.code_reference "$@"
.venv/bin/python -m scripts.api_reference "$@"
echo "docs: the generated pages are what the code says"
