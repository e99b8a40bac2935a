# Every target creates the virtual environment by itself: `make demo` on a fresh clone is enough.
PYTHON ?= python3
ENV ?= dev
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# In three runs, as what whole workflows and accounts leave in a worker's memory comes to gigabytes.
SUITE = $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

.PHONY: help demo test lint local build deploy docs bench lock clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 13), "daytwo needs Python 3.11 to 3.13, this is %d.%d: run make PYTHON=python3.11" % sys.version_info[:2]'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(INSTALLED) ## Promote a good and a bad release through three environments on the embedded account
	$(BIN)/daytwo demo

test: $(INSTALLED) ## Run the whole test suite
	$(SUITE) --ignore tests/workflows --ignore tests/e2e
	$(SUITE) tests/workflows
	$(SUITE) tests/e2e

lint: $(INSTALLED) ## Check style, types and the generated template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m infra.build --quiet
	$(BIN)/cfn-lint build/template.json examples/*/*template.json

local: $(INSTALLED) ## Run the embedded account in the foreground
	$(BIN)/daytwo local up

build: $(INSTALLED) ## Render state machines and template; build function zips and layer (ARCH=arm64|x86_64)
	$(BIN)/python -m infra.build $(if $(ARCH),--arch $(ARCH))

deploy: $(INSTALLED) ## Deploy into the AWS account of your credentials (ENV=dev|staging|prod)
	$(BIN)/python -m infra.deploy $(ENV) $(if $(ARCH),--arch $(ARCH))

docs: $(INSTALLED) ## Draw the state machines of docs/ from their definitions
	$(BIN)/python -m infra.diagrams

bench: $(INSTALLED) ## Print the figures of bench/
	$(BIN)/python -m bench

lock: $(INSTALLED) ## Resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --all-extras --python-version 3.11 --universal --no-emit-index-url --upgrade --output-file requirements.lock

clean: ## Remove what was built and the virtual environment
	rm -rf build $(VENV) .daytwo .pytest_cache .mypy_cache .ruff_cache
