# Two commands are enough: `make demo` shows what the program does, `make test` proves it.
# Everything is installed into .venv in this folder; nothing else on the machine changes.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# The stamp carries the folder's name: a .venv that was copied or moved here is built anew.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
STAMP := .venv/ready-$(HERE)
STAMP_DEV := .venv/ready-dev-$(HERE)
INSTALL := tools/install
# Several processes (tests/conftest.py says how many), each with whole files.
SIDE_BY_SIDE := --numprocesses auto --dist loadfile --no-loadscope-reorder
# Rooms without I/O: every branch of theirs is tested.
PURE := monitor/model/*,monitor/text/*,monitor/analysis/*,monitor/alerting/*

.PHONY: help setup setup-dev demo test test-long check lint types imports golden pictures bench-poll bench-read bench-novelty bench-deliver lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## build .venv with what the program needs

setup-dev: $(STAMP_DEV) ## the same, with what its tests need

$(STAMP): requirements.lock pyproject.toml $(INSTALL)
	@$(INSTALL) requirements.lock
	@touch $@

$(STAMP_DEV): requirements-dev.lock $(STAMP)
	@$(INSTALL) requirements-dev.lock
	@touch $@

demo: $(STAMP) ## replay the seed articles and show what each one adds
	@$(BIN)/monitor replay seeds/

test: $(STAMP_DEV) ## run the whole test suite
	@$(BIN)/python -m pytest tests/fault tests/integration $(SIDE_BY_SIDE)
	@$(BIN)/python -m pytest tests/property tests/unit --cov --cov-report= $(SIDE_BY_SIDE)
	@$(BIN)/python -m coverage report --skip-covered --include="$(PURE)" --fail-under=100

test-long: $(STAMP_DEV) ## the laws, the kills and the flood, ten times as many
	@LONGER=10 $(BIN)/python -m pytest tests/property tests/integration/test_story_index.py tests/integration/test_replay.py \
		tests/fault/test_poll_crash.py tests/fault/test_crash_points.py tests/fault/test_day.py \
		tests/fault/test_hostile_flood.py --timeout 1800

check: lint types imports test ## lint, types, import contracts and tests

lint: $(STAMP_DEV)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP_DEV)
	@$(BIN)/mypy

imports: $(STAMP_DEV)
	@$(BIN)/lint-imports

golden: $(STAMP_DEV) ## rewrite the golden files; review the difference before you commit it
	@GOLDEN=rewrite $(BIN)/python -m pytest -q

pictures: $(STAMP) ## take the pictures of docs/alerts.md anew, with Debian's chromium
	@PYTHONPATH=. $(BIN)/python tools/pictures.py

bench-poll: $(STAMP) ## measure the poller beside reader; ARGS="--help" lists ways to make it short
	@$(BIN)/python -m bench.poll $(ARGS)

bench-read: $(STAMP) ## measure reading beside raw trafilatura and re; ARGS="--help" lists ways to make it short
	@$(BIN)/python -m bench.read $(ARGS)

bench-novelty: $(STAMP) ## measure what judging an article costs; ARGS="--help" lists ways to make it short
	@$(BIN)/python -m bench.novelty $(ARGS)

bench-deliver: $(STAMP) ## measure delivery beside bare sends and stock Apprise; ARGS="--help" lists ways to make it short
	@$(BIN)/python -m bench.deliver $(ARGS)

lock: $(STAMP_DEV) ## take new versions into the lock files
	@$(INSTALL) --lock

clean: ## remove what was built
	rm -rf .venv .venv-bench .venv-receivers build dist .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
