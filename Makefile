# Each target does all its own set-up: a fresh machine with Python, make and pip is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGE := stripper/examples/news-page.html

.PHONY: demo test lint classes train evaluate bench bench-batch bench-scrapy clean

demo: $(VENV)/.installed  ## clean the bundled page, then show what was removed and why
	@echo "--- the article:"
	@$(BIN)/stripper clean $(PAGE)
	@echo
	@echo "--- removed:"
	@$(BIN)/stripper explain $(PAGE) | grep " removed "

test: $(VENV)/.developer  ## all tests; those that need the corpora skip without them
	$(BIN)/python -m pytest

lint: $(VENV)/.developer
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

classes: $(VENV)/.developer  ## embed and cluster the commonest words, and write models/classes.npy; then train anew
	$(BIN)/python -m stripper.training.classes models

train: $(VENV)/.developer  ## cross-validate, fit, and write models/
	$(BIN)/stripper train

evaluate: $(VENV)/.developer  ## cross-validate and write metrics.json and the card's tables
	$(BIN)/stripper evaluate

bench: $(VENV)/.developer  ## time per page as a ratio to trafilatura's
	$(BIN)/python -m tests.benchmark

bench-batch: $(VENV)/.developer  ## rate and memory of runs over 10,000 and 100,000 texts
	$(BIN)/python -m tests.batch_benchmark

bench-scrapy: $(VENV)/.developer  ## crawls of 500 local pages: the pipeline beside a spider that calls trafilatura itself
	$(BIN)/python -m tests.scrapy_benchmark

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.developer: $(VENV)/.installed
	@# pip before 24 trips over lxml[html_clean] and lxml[html-clean] in one go
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=24'
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
