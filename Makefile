# PeakInterviewsAI. `make` lists what there is; everything else happens in .venv, made from the lock files.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin

# Tools keep caches in the home folder; without one they get a place of their own.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.venv/home
endif

# The first Python that fits: python3 itself where it does.
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -Ic '$(FITS)' >/dev/null 2>&1 && echo "$$p" && break; done)

.PHONY: help up test check e2e bench bench-bridge bench-pipeline bench-web screenshots audit crash fuzz live test-stream lock seed doctor clean runtime dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: runtime ## start the product on http://127.0.0.1:3000 and keep it running until Ctrl-C
	@exec $(BIN)/peak up

test: dev ## everything a change must pass: checks, and all tests but the slow proofs
	@$(BIN)/python -m tests.e2e.browser
	@$(BIN)/python -m tests.integration.turn_server
	@$(BIN)/python -m tests.integration.database_programs
	@$(BIN)/python -m tests.npm_tools
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest --ignore=tests/slow --ignore=tests/e2e
# A process of its own: the browser's driver keeps an event loop that asyncio's tests can't share.
	$(BIN)/python -m pytest tests/e2e

check: dev ## style, formatting, types, import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports

e2e: dev ## the tests in a browser alone
	@$(BIN)/python -m tests.e2e.browser
	@$(BIN)/python -m tests.integration.turn_server
	@$(BIN)/python -m tests.npm_tools
	$(BIN)/python -m pytest tests/e2e

bench: dev ## benchmarks; takes minutes and wants a quiet machine
	$(BIN)/python -m bench

bench-bridge: dev ## the voice bridge beside a bare aiortc echo and pipecat; 15 minutes at most
	@$(BIN)/python -m tests.e2e.browser
	$(BIN)/python -m bench.bridge $(OPTIONS)

bench-pipeline: dev ## results after a call, many at once, and search at size; with Dagster's own launcher beside; 7 minutes
	$(BIN)/python -m bench.pipeline $(OPTIONS)

bench-web: dev ## weight and speed of the pages, Lighthouse, 500 open tabs, a list among a million meetings; 10 minutes
	@$(BIN)/python -m tests.e2e.browser
	$(BIN)/python -m bench.web $(OPTIONS)

screenshots: dev ## every page of a seeded product, light, dark and phone, into screenshots/; OPTIONS=--publish for docs
	@$(BIN)/python -m tests.e2e.browser
	$(BIN)/python -m pictures $(OPTIONS)

crash: dev ## kill -9 of every process during a call and after it; takes minutes
	$(BIN)/python -m pytest tests/slow --ignore=tests/slow/test_fuzz.py

audit: dev ## known faults of the locked packages; asks advisory services, so it needs the network
	$(BIN)/uv tool run pip-audit@2.10.1 --strict --disable-pip -r requirements.lock
	PATH="$(abspath $(BIN)):$$PATH" npm audit --package-lock-only --omit=dev --prefix reflex.lock

fuzz: dev ## random requests and events by three people at once; FUZZ_SECONDS (600), FUZZ_SEED to repeat a run
	$(BIN)/python -m pytest -s tests/slow/test_fuzz.py

live: dev ## what is configured against the real services, at their price; 0 passed, 1 failed, 3 nothing configured
	@$(BIN)/python -m tests.live; status=$$?; test $$status -ne 3 || echo "Nothing is configured: see docs/services.md."; exit $$status

test-stream: dev ## what is done with Stream's own packages, in an environment of its own: they are for its customers only
	@$(BIN)/python -m tests.e2e.browser
	$(BIN)/uv venv -q --clear .venv-stream
	$(BIN)/uv pip install -q --python .venv-stream/bin/python -e ".[stream]" authlib pyjwt pytest pytest-asyncio pytest-timeout playwright
	.venv-stream/bin/python -m pytest --noconftest -W ignore::RuntimeWarning tests/stream/sdk_signatures.py tests/stream/rest.py tests/stream/page.py

seed: runtime ## fill the account demo@example.org with marked demonstration data
	@exec $(BIN)/peak seed

doctor: runtime ## say what is configured, reachable and missing
	@exec $(BIN)/peak doctor

LOCK_OPTIONS := --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header --no-annotate

lock: dev ## resolve the dependencies of pyproject.toml anew
	$(BIN)/uv pip compile pyproject.toml $(LOCK_OPTIONS) --upgrade -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev $(LOCK_OPTIONS) --upgrade -c requirements.lock -o requirements-dev.lock

clean: ## remove what was built; keeps .peak, where the data are
	rm -rf .venv .venv-peers .venv-stream .web .states .pytest_cache .ruff_cache .import_linter_cache .hypothesis assets/external
	find peak_app bridge pipelines tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

runtime dev:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and was not found; set PYTHON to one." >&2; exit 1; }
	@"$(PYTHON)" -Ic '$(FITS)' || { echo "$(PYTHON) is not Python 3.11, 3.12 or 3.13." >&2; exit 1; }
	@"$(PYTHON)" -I peak_app/cli/bootstrap.py $@
