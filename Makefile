.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PAGE := tests/emulator/test_page_browser.py
BROWSER := for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name && break; done | grep -q .

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/ready: pyproject.toml constraints.txt
	@echo "flowvigil: installing into .venv (a minute the first time)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

engine: .venv/ready
	@$(BIN)/flowvigil engine install

up: engine ## create the example monitors on the pretend cloud, with the real engine, and slow a flow down
	@$(BIN)/flowvigil run all --background --clock virtual --stack local || true
	@$(BIN)/flowvigil up --stack local --yes
	@$(BIN)/flowvigil run simulate --stack local --flow poem-generator --shape creep --minutes 24 --once

down: engine ## remove them again and stop the pretend cloud
	@$(BIN)/flowvigil down --stack local --yes

browser: # some tests of the page drive a real one
	@$(BROWSER) || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } || true

test: browser engine ## all tests: unit first, then the real engine
	@$(BIN)/pytest -m "not engine and not soak" -n auto --maxprocesses 4 --dist worksteal
	@$(BIN)/pytest -m "engine and not soak" -rs --durations=10 $$($(BROWSER) || echo --ignore=$(PAGE))
	@$(BROWSER) || echo "flowvigil: $(PAGE) did not run; it needs Chromium or Google Chrome on PATH (Debian and Ubuntu: sudo apt-get install chromium)"

check: .venv/ready ## style, types, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

golden: .venv/ready ## rewrite the golden files, for review
	@FLOWVIGIL_GOLDEN=write $(BIN)/pytest tests -m "not engine and not soak" -k golden || [ $$? = 1 ]
	@git status --short tests

bench: engine ## measure against the same work done the usual way
	@$(BIN)/python benchmarks/provisioner.py
	@$(BIN)/python benchmarks/lint.py
	@$(BIN)/python benchmarks/reporter.py
	@$(BIN)/python benchmarks/emulator_evaluation.py
	@$(BIN)/python benchmarks/emulator_ingest.py
	@$(BIN)/python benchmarks/page.py
	@FLOWVIGIL_ENV=bench FLOWVIGIL_SINKS= $(BIN)/python benchmarks/integrations.py
	@$(BIN)/python benchmarks/otlp.py

LANGFLOW := tests/integrations/langflow_versions.py tests/integrations/langflow_server.py

test-langflow: .venv/ready ## every release line of lfx and whole LangFlow servers (RELEASES="1.8 1.9", default 1.13 1.11; installs 7 GB once)
	@LANGFLOW_RELEASES="$(or $(RELEASES),1.13 1.11)" $(BIN)/pytest $(LANGFLOW)

langflow-matrix: .venv/ready ## the table of releases in docs/langflow.md, as it is
	@$(BIN)/python -m tests.integrations.langflow_matrix

langflow-servers: .venv/ready ## the table of LangFlow servers there (RELEASES=1.11 for one; two minutes and 2 GB each)
	@$(BIN)/python -m tests.integrations.langflow_matrix servers $(RELEASES)

soak: engine ## what is exhaustive (hours)
	@$(BIN)/pytest -m soak

.PHONY: help browser engine up down test check golden bench soak test-langflow langflow-matrix langflow-servers
