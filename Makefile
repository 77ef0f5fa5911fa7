# Everything a person or CI runs. `make run` and `make test` need Python 3.11 and nothing else.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
SERVE ?= 1
SHARED ?= ../shared
SAMPLE := api/samples/folfox-office.txt
# Debian keeps the venv module in a package of its own; only root on a machine with apt can add it.
ADD_VENV := [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.PHONY: run test lint score bench lock clean

run: $(VENV)/run.stamp ## install, code a sample in the terminal, then serve (SERVE=0 stops before serving)
	@$(BIN)/python -m terminology.build
	@$(BIN)/oncode code $(SAMPLE)
ifeq ($(SERVE),1)
	@$(BIN)/oncode serve --port $(PORT) --samples
endif

test: lint ## lint, types, import contracts, tests
	@$(BIN)/python -m terminology.build
	@$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/dev.stamp ## style, strict types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

score: $(VENV)/dev.stamp ## hold the project against the labelled notes in $(SHARED); writes score.txt
	@$(BIN)/python -m tests.score --shared $(SHARED)

bench: $(VENV)/dev.stamp ## speed as ratios measured in one run; fails past a bound
	@$(BIN)/python -m tests.bench

lock: ## pin every dependency again, with hashes (needs uv)
	@uv pip compile pyproject.toml --extra build --quiet $(LOCK) --output-file requirements.lock
	@uv pip compile pyproject.toml --extra build --extra dev --quiet $(LOCK) --output-file requirements-dev.lock
LOCK := --python-version 3.11 --python-platform linux --generate-hashes --upgrade --no-config \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

clean: ## remove what the other commands made (the case store in .oncode stays)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "oncode needs Python 3.11: set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { $(ADD_VENV); } \
		|| { echo "Python lacks its venv module: on Debian run 'apt-get install python3-venv'" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages into $(VENV) (about a minute) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages and tools into $(VENV) (about a minute) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.stamp
