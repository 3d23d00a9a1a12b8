PYTHON ?= $(shell command -v python3.11 || echo python3)
BIN = .venv/bin

# Installed once and again when a lock file changes; the stamps remember.
INSTALLED = .venv/.installed node_modules/.installed
INSTALLED_DEV = .venv/.installed-dev node_modules/.installed

.PHONY: help install install-dev preview test matrix bench lock

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile

install: $(INSTALLED) ## what synth, deploy and the tools need

install-dev: $(INSTALLED_DEV) ## what preview and test need besides

preview: install-dev ## run the whole system on this machine: open the address that it prints
	$(BIN)/python -m tools preview $(ARGS)

test: install-dev ## all checks and tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/pytest --numprocesses=2 --dist=loadfile $(ARGS)

matrix: install-dev ## all scenarios in three browsers: docs/browsers.md and the screenshots
	$(BIN)/pytest tests/browser --numprocesses=3 --dist=loadfile --matrix=docs/browsers.md --screenshots=docs

bench: install-dev ## what each part costs, side by side: docs/performance.md
	$(BIN)/python -m bench

lock: install-dev ## resolve the .in files anew
	$(BIN)/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes \
		--custom-compile-command="make lock" requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes \
		--custom-compile-command="make lock" -c requirements-dev.txt requirements.in -o requirements.txt

.venv/bin/pip:
	$(PYTHON) -m venv .venv

.venv/.installed: requirements.txt .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/.installed

node_modules/.installed: package-lock.json
	npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@
