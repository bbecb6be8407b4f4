# Every command of the project; `make` lists them. Needs make and Python 3.11 or newer, no more.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Every package of ours but the tests, which are not typed.
TYPED := $(filter-out tests,$(patsubst %/__init__.py,%,$(wildcard */__init__.py))) celery_app.py
STAMP := $(VENV)/.installed
PIN := cd requirements && CUSTOM_COMPILE_COMMAND="make lock" ../$(BIN)/pip-compile --quiet \
	--strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help install run demo test lint format bench chaos crashtest simulate lock up down clean

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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

run: $(STAMP)  ## Run everything on this machine; PORT=8001 moves it
	@exec $(BIN)/python -m dev.stack run

demo: $(STAMP)  ## Fund a wallet as a customer would, then prove the books
	@exec $(BIN)/python -m dev.stack demo

# Two at a time, each with servers of its own: much of it is waiting for what was killed.
test: $(STAMP)  ## Run every test; ARGS="-k funding" passes options on
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(STAMP)  ## Check style, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(TYPED)

format: $(STAMP)  ## Put the code into the project's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(STAMP)  ## Measure how many settlements a second the stack takes
	@$(BIN)/python benchmarks/settlement.py $(ARGS)

chaos: $(STAMP)  ## Kill every part at random for a day in a minute, then prove the books; SEED=1
	@exec $(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(ARGS)

simulate: $(STAMP)  ## Play every interleaving that a seed draws; SEED=1 SCHEDULES=2000
	@LOG_LEVEL=CRITICAL exec $(BIN)/python -m tests.simulation --jobs 2 \
		$(if $(SEED),--seed $(SEED)) $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(ARGS)

crashtest: $(STAMP)  ## A crash at every step and a bad network to every part, then prove the books
	@exec $(BIN)/python -m tests.crash $(ARGS)

lock: $(STAMP)  ## Pin requirements/*.in again, transitive packages included
	@$(PIN) base.in --output-file base.txt
	@$(PIN) sandbox.in --output-file sandbox.txt
	@$(PIN) dev.in --output-file dev.txt

up:  ## Run the production shape with Docker Compose; reads .env
	@test -f .env || { echo "No .env here: copy .env.example and fill it in." >&2; exit 1; }
	@docker compose up --build --detach

down:  ## Stop what `make up` started; the data stays
	@docker compose down

clean:  ## Remove everything that the commands made: environment, data, caches
	@rm -rf $(VENV) .run staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
