# Fine-Tuning LLMs: `make serve` to read the course, `make test` to check it. Everything else below helps those two.
#
# A step that was done leaves a stamp in build/stamps, so a second run does no set-up again.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

HOST_PYTHON ?= python3
OLDEST_PYTHON := 3.11.2
PORT ?= 8000
VENV := .venv
PYTHON := $(VENV)/bin/python
STAMPS := build/stamps
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONPATH := $(CURDIR)

SOURCES := $(shell find docs quizzes overrides widgets -type f -not -path '*/__pycache__/*' -not -path 'docs/assets/course/*' 2>/dev/null)
JAVASCRIPT := $(shell find widgets/browser -type f -name '*.js' -o -name '*.css' -path 'widgets/browser/*' 2>/dev/null)

# step(name, command, advice): run a command; if it fails, say which step it was, what really failed, and what to do.
# The advice stands for what the command itself says in full; tools/causes.py reads the rest from what was printed.
STEP_PYTHON = $(or $(wildcard $(VENV)/bin/python),$(HOST_PYTHON))
define step
@$(STEP_PYTHON) -m tools.step '$(1)' '$(2)' '$(3)'
endef
comma := ,

.PHONY: help
help: ## Show what there is.
	@echo "make serve          read the course at http://127.0.0.1:$(PORT)"
	@echo "make test           run every check and every test"
	@grep -hE '^(edit|site|zip|check|bench|clean|listings|test-[a-z0-9]+):.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/make \1\t\2/' | expand -t 20

$(STAMPS)/python: STEP_PYTHON = $(HOST_PYTHON)
$(STAMPS)/python: requirements/site.txt
	@mkdir -p $(STAMPS)
	@echo "→ Python ≥ $(OLDEST_PYTHON)"; found=$$($(HOST_PYTHON) -c 'import sys; print(".".join(map(str, sys.version_info[:3]))); sys.exit(sys.version_info[:3] < ($(subst .,$(comma) ,$(OLDEST_PYTHON))))' 2>/dev/null) || { \
	echo "✗ $(HOST_PYTHON) is $${found:-not installed}. Install Python $(OLDEST_PYTHON) or newer, or name one: make HOST_PYTHON=python3.13 …" >&2; exit 1; }
	$(call step,virtual environment,$(HOST_PYTHON) -m tools.virtual_environment $(VENV))
	$(call step,Python packages of the site,$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements/site.txt)
	@touch $@

# An exception of ours is not hidden behind the search for Node.js.
$(STAMPS)/node: package.json package-lock.json requirements/node.txt $(STAMPS)/python
	$(call step,Node.js,said=$$($(PYTHON) -m widgets npm version 2>&1) || { if [[ $$said == *Traceback* ]]; then echo "$$said"; exit 1; fi; $(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements/node.txt; })
	$(call step,browser packages,$(PYTHON) -m widgets npm ci --no-audit --no-fund --loglevel=error)
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

$(STAMPS)/test: requirements/test.txt requirements/unit.txt $(STAMPS)/node
	$(call step,Python packages of the tests,$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements/test.txt)
	@touch $@

$(STAMPS)/browsers: $(STAMPS)/test
	$(call step,browsers for the tests,$(PYTHON) -m tests.browsers,The lines above say what to install.)
	@touch $@

.PHONY: check
check: $(STAMPS)/test $(STAMPS)/assets ## Format, lint, types, imports, sources.
	$(call step,format,ruff format --check --quiet .,Run: ruff format .)
	$(call step,lint,ruff check --quiet .,Run: ruff check --fix .)
	$(call step,types,mypy,The lines above name file and line.)
	$(call step,imports between packages,lint-imports --no-cache,“Design” in docs/about/contributing.md says who may import whom.)
	$(call step,workflows,check-jsonschema --quiet --builtin-schema vendor.github-workflows $(wildcard .github/workflows/*.yml) && check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml,Run check-jsonschema without --quiet to see the place.)
	$(call step,JavaScript types,$(PYTHON) -m widgets npm run --silent types,The lines above name file and line.)
	$(call step,lessons and quizzes,$(PYTHON) -m widgets check,The lines above name file and line.)

# torch is large, so it has an environment of its own, always as the build for processors.
TORCH_PYTHON := .venv-torch/bin/python

$(STAMPS)/torch: requirements/torch.txt $(STAMPS)/python
	$(call step,torch and the libraries of the lessons,$(PYTHON) -m tests.lessons.environment,The line above says why; the engine was not compared with torch and no listing was run.)
	@touch $@

# What needs torch comes last: without it everything else has its result already.
.PHONY: test
test: check site ## Everything.
	$(call step,JavaScript tests,$(PYTHON) -m widgets npm run --silent test,The lines above name the failing test.)
	$(call step,pyodide-build,$(PYTHON) -m tools.pyodide_build)
	$(call step,tests,$(PYTHON) -m pytest --ignore=tests/lessons --ignore=tests/components --ignore=tests/e2e -rs --numprocesses=auto --dist=worksteal,The lines above name the failing test.)
	@$(MAKE) --no-print-directory test-pythons
	@$(MAKE) --no-print-directory test-components test-e2e
	@$(MAKE) --no-print-directory test-engine test-lessons

.PHONY: test-pythons
test-pythons: $(STAMPS)/assets $(STAMPS)/test ## Set up, check and run the unit tests on the oldest and the newest Python found here.
	$(call step,oldest and newest Python,$(PYTHON) -m tools.on_pythons,The lines above name the Python and what failed on it.)

.PHONY: test-components
test-components: $(STAMPS)/browsers site ## Use the built site in Chromium, mostly with a stand-in for Python.
	$(call step,the built site in Chromium,$(PYTHON) -m pytest tests/components -p tests.groups --numprocesses=2 --dist=loadgroup,The lines above name the failing test.)

.PHONY: test-e2e
test-e2e: $(STAMPS)/browsers site ## Use the built site in three browsers, with Python.
	$(call step,the built site in three browsers,$(PYTHON) -m pytest tests/e2e -rs -p tests.groups --numprocesses=2 --dist=loadgroup,The lines above name the failing test.)

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
bench: $(STAMPS)/browsers site ## Measure the course beside its peers, and write benchmarks/RESULTS.md.
	$(call step,benchmark,$(PYTHON) -m benchmarks --site site,The lines above say what went wrong.)

.PHONY: clean
clean: ## Remove everything that was built or installed.
	rm -rf build site site-* docs/assets/course node_modules $(VENV) .venv-torch .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
