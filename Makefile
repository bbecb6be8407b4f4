# The commands of the project; `make` lists them. They need make and Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# mypy checks every package but the tests.
TYPED := $(filter-out tests,$(patsubst %/__init__.py,%,$(wildcard */__init__.py))) celery_app.py
STAMP := $(VENV)/.installed
PIN := cd requirements && CUSTOM_COMPILE_COMMAND="make lock" ../$(BIN)/pip-compile --quiet \
	--strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help install run demo test screenshots lint manage format schema bench chaos crashtest simulate lock up down clean

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP)  ## Make .venv and install the pinned requirements (again only when they change)

$(STAMP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "PayFlow needs Python 3.11 or newer, and $(PYTHON) is not; name one with:" \
			"make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make a virtual environment here; on Debian:" \
			"apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing requirements/dev.txt into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

run: $(STAMP)  ## Run everything on this machine; PORT=8001 changes its port
	@exec $(BIN)/python -m dev.stack run

demo: $(STAMP)  ## Fund, withdraw and buy as a customer would, then compare the books
	@exec $(BIN)/python -m dev.stack demo

# Two processes, each with its own servers: tests often wait for a process that was killed.
test: $(STAMP)  ## Run every test; ARGS="-k funding" passes options to pytest
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

screenshots: $(STAMP)  ## Take the pictures in the README again; needs Chromium
	@SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser/test_screenshots.py $(ARGS)

lint: $(STAMP)  ## Check style, formatting, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(TYPED)
	@$(BIN)/lint-imports

manage: $(STAMP)  ## Run a management command beside `make run`; ARGS="createsuperuser"
	@DJANGO_SETTINGS_MODULE=payflow.settings.embedded $(BIN)/python manage.py $(ARGS)

format: $(STAMP)  ## Put the code into the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

schema: $(STAMP)  ## Write the API's description to docs/openapi.yml
	@DJANGO_SETTINGS_MODULE=payflow.settings.embedded $(BIN)/python manage.py spectacular \
		--validate --file docs/openapi.yml

bench: $(STAMP)  ## Measure settlements and webhooks per second
	@$(BIN)/python benchmarks/settlement.py $(ARGS)

chaos: $(STAMP)  ## Kill every part at random, then compare the books; SEED=1 repeats a run
	@exec $(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(ARGS)

simulate: $(STAMP)  ## Run flows in random orders with crashes; SEED=1 SCHEDULES=2000
	@LOG_LEVEL=CRITICAL exec $(BIN)/python -m tests.simulation --jobs 2 \
		$(if $(SEED),--seed $(SEED)) $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(ARGS)

crashtest: $(STAMP)  ## Crash every flow at every step and break every network, then compare the books
	@exec $(BIN)/python -m tests.crash $(ARGS)

lock: $(STAMP)  ## Pin requirements/*.in again, with all their dependencies
	@$(PIN) base.in --output-file base.txt
	@$(PIN) sandbox.in --output-file sandbox.txt
	@$(PIN) dev.in --output-file dev.txt

up:  ## Run the production setup with Docker Compose; reads .env
	@test -f .env || { echo "No .env here: copy .env.example and fill it in." >&2; exit 1; }
	@docker compose up --build --detach

down:  ## Stop what `make up` started; the data stays
	@docker compose down

clean:  ## Remove what these commands created: .venv, data, caches
	@rm -rf $(VENV) .run staticfiles .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
