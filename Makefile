# What one does here every day. `make help` lists it.
SHELL := /bin/sh
PY := .venv/bin/python
CODE := jasminlike http_api jcli routers interceptors tests scripts
JOBS ?= auto

.DEFAULT_GOAL := help
.PHONY: help setup run test lint check bench docs clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

setup: ## make .venv with all the gateway needs to run
	@scripts/setup

run: setup ## start a gateway with a demonstration account and a simulated operator
	@exec .venv/bin/jasmind run --demo

test: ## run the tests, with their coverage
	@scripts/setup --test
	$(PY) -m pytest -n $(JOBS) --cov --cov-report=term:skip-covered --cov-fail-under=90

lint: ## style, types, and whether rendered pages are as the code has them
	@scripts/setup --test
	$(PY) -m ruff check $(CODE)
	$(PY) -m ruff format --check $(CODE)
	$(PY) -m mypy
	$(PY) scripts/render_docs.py --check

check: lint test ## all that must hold before a change is taken

bench: ## measure what the manual promises
	@scripts/setup --test
	@$(PY) -m bench

docs: ## write the pages and samples that are rendered from the code
	@scripts/setup
	@$(PY) scripts/render_docs.py

clean: ## remove what is made here, except data folders
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.* bench/build
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
