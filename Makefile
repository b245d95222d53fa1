# Fine-Tuning LLMs: `make serve` to read the course, `make test` to check it. Everything else below helps those two.
#
# A step that was done leaves a stamp in build/stamps, so a second run does no set-up again.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

HOST_PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PYTHON := $(VENV)/bin/python
STAMPS := build/stamps
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONPATH := $(CURDIR)

SOURCES := $(shell find docs quizzes overrides widgets -type f -not -path '*/__pycache__/*' -not -path 'docs/assets/course/*' 2>/dev/null)
JAVASCRIPT := $(shell find widgets/browser -type f -name '*.js' -o -name '*.css' -path 'widgets/browser/*' 2>/dev/null)

# step(name, command, advice): run a command; if it fails, say which step it was and what to do.
define step
@echo "→ $(1)"; $(2) || { status=$$?; echo; echo "✗ The step “$(1)” failed. $(3)" >&2; exit $$status; }
endef

.PHONY: help
help: ## Show what there is.
	@echo "make serve          read the course at http://127.0.0.1:$(PORT)"
	@echo "make test           run every check and every test"
	@grep -hE '^(edit|site|zip|check|bench|clean|listings|test-[a-z]+):.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 20

$(STAMPS)/python: requirements/site.txt requirements/test.txt
	@mkdir -p $(STAMPS)
	$(call step,Python ≥ 3.11,$(HOST_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))',Install Python 3.11 or newer$(comma) or name one: make HOST_PYTHON=python3.12 …)
	$(call step,virtual environment,$(HOST_PYTHON) -m venv $(VENV),On Debian and Ubuntu install python3-venv.)
	$(call step,Python packages of the site,$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements/site.txt,Check the connection to the package index and run the command again.)
	@touch $@

comma := ,

$(STAMPS)/node: package.json package-lock.json $(STAMPS)/python
	$(call step,Node.js,$(PYTHON) -m widgets npm version >/dev/null 2>&1 || $(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements/node.txt,Install Node.js 20 or newer$(comma) or check the connection to the package index.)
	$(call step,browser packages,$(PYTHON) -m widgets npm ci --no-audit --no-fund --loglevel=error,Check the connection to the npm registry and run the command again.)
	@touch $@

.PHONY: setup
setup: $(STAMPS)/node

$(STAMPS)/assets: $(STAMPS)/node $(JAVASCRIPT) $(shell find widgets -name '*.py' -o -name '*.c' -o -name '*.h' -o -path 'widgets/world/*' -type f 2>/dev/null)
	$(call step,assets of the pages,$(PYTHON) -m widgets assets,The lines above say which file is wrong.)
	@touch $@

.PHONY: site
site: $(STAMPS)/assets ## Build the site into site/; a failed build leaves the old one in place.
	$(call step,site,$(PYTHON) -m widgets build,The lines above say which file and line is wrong; site/ is as it was before.)

.PHONY: zip
zip: site ## Pack the site for a class without internet: build/fine-tuning-llms-VERSION.zip.
	$(call step,archive,$(PYTHON) -m widgets zip,The lines above say what is wrong.)

.PHONY: serve
serve: site ## Build the site and serve it.
	@$(PYTHON) -m widgets serve --port $(PORT)

.PHONY: edit
edit: $(STAMPS)/assets ## Live preview for authors: pages reload when a lesson or a quiz is saved.
	$(call step,lessons and quizzes,$(PYTHON) -m widgets check,The lines above name file and line.)
	$(call step,code of the lessons to download,$(PYTHON) -m widgets notebooks,The lines above say which lesson is wrong.)
	$(call step,live preview,$(PYTHON) -m mkdocs serve --dev-addr 127.0.0.1:$(PORT),The lines above say why; if the address is in use: make edit PORT=8001)

$(STAMPS)/test: requirements/test.txt $(STAMPS)/node
	$(call step,Python packages of the tests,$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements/test.txt,Check the connection to the package index and run the command again.)
	$(call step,browsers for the tests,$(PYTHON) -m tests.browser.install,The lines above say what to install.)
	@touch $@

.PHONY: check
check: $(STAMPS)/test $(STAMPS)/assets ## Format, lint, types, imports, sources.
	$(call step,format,ruff format --check --quiet .,Run: ruff format .)
	$(call step,lint,ruff check --quiet .,Run: ruff check --fix .)
	$(call step,types,mypy,The lines above name file and line.)
	$(call step,imports between packages,lint-imports --no-cache,DESIGN in docs/about/contributing.md says who may import whom.)
	$(call step,JavaScript types,$(PYTHON) -m widgets npm run --silent types,The lines above name file and line.)
	$(call step,lessons and quizzes,$(PYTHON) -m widgets check,The lines above name file and line.)

# torch is large, so it has an environment of its own. FT_TORCH_INDEX names a package index with CPU builds of it, where
# the usual one would send the builds for NVIDIA GPUs.
TORCH_PYTHON := .venv-torch/bin/python

$(STAMPS)/torch: requirements/torch.txt $(STAMPS)/python
	$(call step,torch and the libraries of the lessons,$(PYTHON) -m tests.lessons.environment,The engine was not compared with torch and no listing was run.)
	@touch $@

# What needs torch comes last: without it everything else has its result already.
.PHONY: test
test: check site ## Everything.
	$(call step,JavaScript tests,$(PYTHON) -m widgets npm run --silent test,The lines above name the failing test.)
	$(call step,tests,$(PYTHON) -m pytest --ignore=tests/lessons --ignore=tests/browser --numprocesses=auto,The lines above name the failing test.)
	@$(MAKE) --no-print-directory test-browser
	@$(MAKE) --no-print-directory test-engine test-lessons

.PHONY: test-browser
test-browser: $(STAMPS)/test site ## Use the built site in real browsers.
	$(call step,the built site in real browsers,$(PYTHON) -m pytest tests/browser -rsR --numprocesses=2 --dist=loadfile --reruns=2,The lines above name the failing test.)

.PHONY: test-engine
test-engine: $(STAMPS)/torch ## Compare the engine with torch.
	$(call step,engine against torch,$(TORCH_PYTHON) -m pytest $(wildcard tests/*/torch_reference),The lines above name the failing test.)

.PHONY: test-lessons
test-lessons: $(STAMPS)/test $(STAMPS)/torch site ## Run every listing of the lessons.
	$(call step,listings of the lessons,$(PYTHON) -m pytest tests/lessons,The lines above name the page$(comma) the line and the error.)

.PHONY: listings
listings: $(STAMPS)/test $(STAMPS)/torch ## Run every listing and write records/listings.json, from which their stamps come.
	$(call step,listings,$(PYTHON) -m tests.lessons.report,The lines above name the page$(comma) the line and the error.)
	$(call step,scripts of the script builder,$(PYTHON) -m tests.lessons.script_report,The lines above name the script and the error.)

.PHONY: bench
bench: $(STAMPS)/test site ## Measure the course beside its peers, and write benchmarks/RESULTS.md.
	$(call step,benchmark,$(PYTHON) -m benchmarks --site site,The lines above say what went wrong.)

.PHONY: clean
clean: ## Remove everything that was built or installed.
	rm -rf build site site-* docs/assets/course node_modules $(VENV) .venv-torch .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
