# Every target does its own set-up first; a second run starts in about a second.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help setup run test check bench load walk faults lock docs laws fuzz clean

BIN := .venv/bin
# One test process a core that we may use, but not dozens: the tests start servers of their own.
CORES := $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 8 ] && echo 8 || echo $$n)
# One more for the suite: tests of whole routers wait for leases and starts most of the time.
TESTERS := $(shell echo $$(($(CORES) + 1)))

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## what all the others call first: .venv with gray-router and all that it needs
	@scripts/setup.sh

run: setup ## the live tour: two backends, the router, traffic, a walk from 0 to 100 percent and back
	@if [ -t 1 ]; then \
		echo "run: gray-router demo (Ctrl-C ends it)"; exec $(BIN)/gray-router demo; \
	else \
		echo "run: gray-router demo --once (there is no terminal)"; exec $(BIN)/gray-router demo --once; \
	fi

# Hundreds of processes are started by tests: what they import is compiled once, whatever the shell
# says of bytecode. Files come in tests/conftest.py's order.
test: setup ## the whole suite; one file: make test ARGS=tests/house
	@scripts/install-browser.sh
	@scripts/install-servers.sh redis-server nginx
	@scripts/install-envoy.sh
	@echo "test: pytest in $(TESTERS) processes"
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup ## format, lint, types, layers, docs, spelling, dependencies, dead code, a minute of fuzzing
	@scripts/check.sh

bench: setup ## side by side with nginx, HAProxy and Envoy: writes docs/benchmarks.md
	@scripts/bench.sh $(ARGS)

load: setup ## locust while a release is taken through its stages and back, or ARGS="--scenario shadow"
	@$(BIN)/python -m loadtests.load $(ARGS)

walk: setup ## 200,000 requests by wrk while the percentage changes 20 times (wants nginx and wrk)
	@$(BIN)/python -m loadtests.walk $(ARGS)

faults: setup ## injected faults, promised against seen: writes docs/reliability.md; ARGS="--only drain"
	@scripts/install-servers.sh redis-server
	@$(BIN)/python -m loadtests.faults $(ARGS)

lock: ## locks the versions of all packages again; the newest: make lock UPGRADE=1
	@UPGRADE=$(or $(UPGRADE),0) scripts/lock.sh

docs: setup ## writes the generated pages of docs/ anew
	@scripts/docs.sh

laws: setup ## the laws over 10,000 sequences of commands each; more: make laws SEQUENCES=100000
	@GRAY_ROUTER_SEQUENCES=$(or $(SEQUENCES),10000) $(BIN)/pytest -n $(CORES) --timeout 7200 tests/properties

fuzz: setup ## fuzzes the parser for longer: make fuzz FUZZ_SECONDS=3600
	@scripts/fuzz.sh $(or $(FUZZ_SECONDS),600)

clean: ## removes .venv and everything that was built
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
