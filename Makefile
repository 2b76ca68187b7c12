# Every target sets itself up first; `make setup` is quick when nothing changed.
PYTHON ?= python3
PYTHONS ?= 3.11 3.12 3.13
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SBOM_TOOL := cyclonedx-bom==7.2.1
AUDIT_TOOL := pip-audit==2.9.0
LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links

# Tests start the program some hundred times: it should be compiled once.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-all coverage check bench clients soak torture pictures tokens specs references format lock sbom audit

help:  ## show these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 20

setup: $(STAMP)  ## make .venv with the project and its tools, from the lock

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "vapi-mcp needs Python 3.11 or newer; set PYTHON=python3.12 or the like")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages into $(VENV) (a minute, once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup  ## a server with a simulated Vapi; prints URLs to paste into a client
	@$(BIN)/vapi-mcp demo $(ARGS)

test: setup  ## all tests, on all cores; ARGS="-n 0 FILE" runs one file in one process
	@$(BIN)/python -m pytest -n auto --dist worksteal --durations 25 $(ARGS)

test-fast: setup  ## the unit tests, which start no process
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS) $(or $(TESTS),tests/unit)

# A shim of pyenv is on PATH for versions that it does not run, so each is tried.
test-all:  ## tests without processes on Python 3.11, 3.12 and 3.13, each that is here, in a .venv-3.12
	@ran=; failed=; missing=; for version in $(PYTHONS); do \
	  found=; for each in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python; do \
	    if "$$each" -c '' 2>/dev/null; then found=$$each; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then missing="$$missing $$version"; continue; fi; \
	  echo "Python $$version"; ran="$$ran $$version"; \
	  $(MAKE) --no-print-directory test-fast PYTHON="$$found" VENV=.venv-$$version ARGS="$(ARGS)" \
	    TESTS="tests/unit tests/contract" \
	    || failed="$$failed $$version"; \
	done; \
	echo "ran on:$${ran:- none}; failed on:$${failed:- none}; not installed:$${missing:- none}"; \
	test -n "$$ran" && test -z "$$failed"

# Measuring costs the tests two thirds more time, so `make test` does without.
coverage: setup  ## all tests again, measured; fails under 95 % of lines and branches
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report term $(ARGS)

check: setup  ## lint, types, import contracts, spec laws, generated files
	@$(BIN)/ruff format --check --quiet . || { echo "run 'make format'"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.support.rooms
	@$(BIN)/vapi-mcp specs check
	@$(BIN)/python -m tests.support.references --check

bench: setup  ## measure against the floor, with BENCH_PEERS=1 also peers; writes docs/performance.md
	@$(BIN)/python -m tests.bench $(ARGS)

soak: setup  ## tenants beside each other for MINUTES=60; ARGS="--lists" for lists of 2 MB
	@$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),60) $(ARGS)

torture: setup  ## kill -9 during writes, ROUNDS=200 times
	@$(BIN)/python -m tests.faults.torture --rounds $(or $(ROUNDS),200) $(ARGS)

clients: setup  ## run real MCP clients against the demo; writes docs/clients.md (network)
	@$(BIN)/python -m tests.clients $(if $(ONLY),"$(ONLY)")

pictures: setup  ## photograph the console; writes docs/pictures/console (Chromium)
	@$(BIN)/python -m tests.support.pictures

tokens: setup  ## the o200k token cost of each tool and of the list
	@$(BIN)/python -m tests.support.tokens $(ARGS)

sbom: setup  ## write dist/sbom.json: the packages of the service, as CycloneDX (network)
	@mkdir -p dist
	@$(BIN)/uv tool run --quiet --from $(SBOM_TOOL) cyclonedx-py requirements requirements.lock \
	  --pyproject pyproject.toml --output-format JSON --output-file dist/sbom.json
	@echo "dist/sbom.json: $$(grep -c '"bom-ref": "requirements-' dist/sbom.json) packages"

audit: setup  ## look for known vulnerabilities in the packages of the service (network)
	@$(BIN)/uv tool run --quiet $(AUDIT_TOOL) --requirement requirements.lock --disable-pip \
	  --require-hashes --strict

specs: setup  ## check the specs against the pinned facts
	@$(BIN)/vapi-mcp specs check

references: setup  ## write docs/tools.md, docs/settings.md, docs/log.md and the snapshots
	@$(BIN)/python -m tests.support.references
	@$(BIN)/python -m tests.support.snapshots
	@$(BIN)/python -m tests.support.fresh_database

format: setup  ## rewrite the code in the house format
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

lock: setup  ## resolve dependencies again (versions and hashes only)
	@$(BIN)/uv pip compile $(LOCK_FLAGS) --group dev pyproject.toml -o requirements-dev.lock
	@$(BIN)/uv pip compile $(LOCK_FLAGS) --constraint requirements-dev.lock pyproject.toml -o requirements.lock
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	  | $(BIN)/uv pip compile $(LOCK_FLAGS) --constraint requirements-dev.lock - -o requirements-build.lock
