# Each target is enough by itself: it makes .venv and installs what it needs, and does neither twice.

VENV   ?= .venv
OLDEST ?= .make/oldest
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

INSTALL = $(@D)/bin/python -m pip --disable-pip-version-check --no-input -qq install
PYTEST  = -m pytest --quiet --numprocesses=auto --maxprocesses=8 --dist=loadgroup

.DELETE_ON_ERROR:
.PHONY: help demo test test-oldest bench lint format browser
.DEFAULT_GOAL := help

help:
	@echo 'make demo         an API and a page on two origins: what is answered, and what is refused at boot'
	@echo 'make test         every test, those in a real browser included; ARGS="-k preflight" runs some'
	@echo 'make test-oldest  the tests with the oldest versions of everything that the project depends on'
	@echo 'make bench        what a request, a policy and a boot cost, beside others that do the same'
	@echo 'make lint         ruff and mypy'
	@echo 'make format       lets ruff put the code in order'

demo: $(VENV)/.demo
	@$(VENV)/bin/python -m examples.demo

test: $(VENV)/.test browser
	@$(VENV)/bin/python $(PYTEST) $(ARGS)

test-oldest: $(OLDEST)/.oldest
	@$(OLDEST)/bin/python $(PYTEST) --ignore=tests/browser $(ARGS)

bench: $(VENV)/.test
	@$(VENV)/bin/python -m benchmarks $(ARGS)

lint: $(VENV)/.test $(VENV)/.lint
	@scripts/lint $(VENV)/bin

format: $(VENV)/.lint
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format --quiet .

browser: $(VENV)/.test
	@scripts/browser $(VENV)/bin/python

%/.made:
	@scripts/make-venv "$(PYTHON)" $(@D)
	@$(INSTALL) 'pip>=25.1'
	@touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml
	@echo 'Installing what the demo needs ...'
	@$(INSTALL) --editable . --group demo
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml
	@echo 'Installing what the tests need ...'
	@$(INSTALL) --editable . --group test
	@touch $@ $(@D)/.demo

$(VENV)/.lint: $(VENV)/.made pyproject.toml
	@echo 'Installing the linters ...'
	@$(INSTALL) --group lint
	@touch $@

$(OLDEST)/.oldest: $(OLDEST)/.made pyproject.toml
	@echo 'Installing the oldest supported versions ...'
	@$(INSTALL) --editable . --group test --group oldest
	@touch $@
