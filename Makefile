# Each target is enough by itself: it makes .venv and installs what it needs, and does neither twice.

VENV   ?= .venv
OLDEST ?= .make/oldest
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

INSTALL = $(@D)/bin/python -m pip --disable-pip-version-check --no-input -qq install
PYTEST  = -m pytest --quiet --numprocesses=auto --maxprocesses=8 --dist=loadgroup
# `make test MEASURE=1` also measures coverage, for `make coverage-report`.
RUN     = $(VENV)/bin/python $(if $(MEASURE),-m coverage run)
MARKS   = engines or proxies or store

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test test-rest test-all test-oldest coverage coverage-report fuzz mutants bench lint format docs dist lock hooks browser engines screenshots load faults
.DEFAULT_GOAL := help

help:
	@echo 'make demo         an API and a page on two origins: what is answered, and what is refused at boot'
	@echo 'make test         the tests, those in Chromium included; ARGS="-k preflight" runs some'
	@echo 'make test-all     every test, also those that need other browsers, proxies or a store'
	@echo 'make test-oldest  the tests with the oldest versions of everything that the project depends on'
	@echo 'make coverage     every test, and which lines and branches they run; fails below the floor'
	@echo 'make fuzz         very many random inputs; ends by itself; ARGS="--fuzz-seconds=60" ends each target sooner'
	@echo 'make mutants      the changes of the code that no test notices; ARGS="rules/lists" tries those of one file'
	@echo 'make bench        what a request, a policy and a boot cost, beside others that do the same'
	@echo 'make load         requests to a real application while its policies change; checks every answer'
	@echo 'make faults       the same while Redis, workers and the mounted directory break'
	@echo 'make lint         formatting, types, schemas, spelling'
	@echo 'make format       lets ruff put the code in order'
	@echo 'make docs         the documentation site, in .make/docs/html; fails on a warning or a dead link'
	@echo 'make dist         the files of a release, in dist'
	@echo 'make lock         the exact versions and hashes of the container image, in requirements.lock'
	@echo 'make hooks        runs the linters at each commit of this clone'

demo: $(VENV)/.demo
	@$(VENV)/bin/python -m examples.demo

test: $(VENV)/.test $(if $(MEASURE),$(VENV)/.coverage) browser
	@$(RUN) $(PYTEST) -m 'not ($(MARKS))' $(ARGS)

# What `make test` leaves out. pytest fails where no test has such a mark, so it is not started then.
test-rest: $(VENV)/.test $(if $(MEASURE),$(VENV)/.coverage) engines
	@if grep -rqE 'mark\.($(subst $() or ,|,$(MARKS)))\b' tests; then $(RUN) $(PYTEST) -m '$(MARKS)' $(ARGS); \
		else echo 'No test is marked as $(MARKS).'; fi

test-all: test test-rest

test-oldest: $(OLDEST)/.oldest
	@$(OLDEST)/bin/python $(PYTEST) --ignore=tests/browser -m 'not ($(MARKS))' $(ARGS)

coverage:
	@rm -rf .make/coverage
	@$(MAKE) --no-print-directory test-all MEASURE=1
	@$(MAKE) --no-print-directory coverage-report

coverage-report: $(VENV)/.test $(VENV)/.coverage
	@$(VENV)/bin/python -m coverage combine --quiet --keep
	@$(VENV)/bin/python -m coverage report

fuzz: $(VENV)/.test
	@$(VENV)/bin/python $(PYTEST) --hypothesis-profile=deep tests/fuzz $(ARGS)

mutants: $(VENV)/.test $(VENV)/.mutants
	@$(VENV)/bin/python scripts/mutants.py $(ARGS)

# Requests to a real application under gunicorn, while policies change; the second one also breaks things.
faults load: $(VENV)/.test engines
	@$(VENV)/bin/python -m scripts.reliability $@

bench: $(VENV)/.test
	@$(VENV)/bin/python -m benchmarks $(ARGS)

lint: $(VENV)/.test $(VENV)/.lint
	@scripts/lint $(VENV)/bin

format: $(VENV)/.lint
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format --quiet .

# Built anew each time: a page that did not change would not repeat its warning.
docs: $(VENV)/.docs
	@rm -rf .make/docs
	@$(VENV)/bin/sphinx-build --quiet --nitpicky --fail-on-warning --doctree-dir .make/docs/doctrees docs .make/docs/html
	@echo 'The documentation site is in .make/docs/html.'

# The pictures of the inspector, in docs/images.
screenshots: $(VENV)/.test browser
	@$(VENV)/bin/python -m scripts.screenshots

dist: $(VENV)/.release
	@rm -rf dist
	@$(VENV)/bin/python -m build --outdir dist .

lock: $(VENV)/.lock
	@scripts/lock $(VENV)/bin/uv

hooks: $(VENV)/.test $(VENV)/.lint
	@$(VENV)/bin/pre-commit install

browser: $(VENV)/.test
	@scripts/browser $(VENV)/bin/python

engines: $(VENV)/.test
	@scripts/browser $(VENV)/bin/python engines

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

$(VENV)/.docs: $(VENV)/.made pyproject.toml
	@echo 'Installing what the documentation site needs ...'
	@$(INSTALL) --editable . --group docs
	@touch $@

$(VENV)/.coverage $(VENV)/.lint $(VENV)/.lock $(VENV)/.mutants $(VENV)/.release: $(VENV)/.made pyproject.toml
	@echo 'Installing the tools of the group $(patsubst .%,%,$(@F)) ...'
	@$(INSTALL) --group $(patsubst .%,%,$(@F))
	@touch $@

$(OLDEST)/.oldest: $(OLDEST)/.made pyproject.toml
	@echo 'Installing the oldest supported versions ...'
	@$(INSTALL) --editable . --group test --group oldest
	@touch $@
