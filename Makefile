# make demo     see Signpost work        make check    everything that CI runs
# make test     run all tests            make up|down  start and stop it
# make check-full  what takes too long for every commit, in the sizes that were promised
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# Services are started again and again: what they compile is kept, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE
UV := $(shell uv --version >/dev/null 2>&1 && echo uv)
PACKAGES := $(wildcard */__init__.py)
# Workers beside each other have engines of their own (two cores and 3 GB each); a file of tests stays with one.
WORKERS ?= 0
PYTEST := $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
# Tests with engines mostly wait for them: what only computes runs on the time that they leave, and is told of last.
BESIDE := .venv/.tests-beside.txt

.PHONY: install demo up down test check check-full bench docs lock

install: $(STAMP)

$(STAMP): pyproject.toml requirements.lock $(PACKAGES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
ifeq ($(UV),uv)
	uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	uv pip install -q --python $(BIN)/python --no-deps -e .
else
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
endif
	@touch $@

demo: install
	@$(BIN)/signpost demo

up: install
	@$(BIN)/signpost up

down: install
	@$(BIN)/signpost down

test: install
	@trap 'kill $$beside 2>/dev/null' EXIT; \
	nice -n 19 $(BIN)/pytest -m "not engines" >$(BESIDE) 2>&1 & beside=$$!; \
	$(PYTEST) -m engines; engines=$$?; \
	wait $$beside; computed=$$?; cat $(BESIDE); exit $$((engines + computed))

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m contracts.documents --check
	@$(MAKE) --no-print-directory test

check-full: install
	WHOLE_PROTOCOL=1 $(BIN)/pytest tests/protocol
	WHOLE_ORACLE=1 $(BIN)/pytest tests/system/test_oracle.py
	RANDOM_ORDERS=5000 $(BIN)/pytest tests/registry/test_simulated.py
	CONCURRENT_CHILDREN=1000 $(BIN)/pytest tests/system/test_concurrency.py
	FIRST_LOAD_CHILDREN=20000 $(BIN)/pytest tests/system/test_first_load.py
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-spark.lock
	$(BIN)/pytest tests/registry/test_first_load.py -k spark
	$(BIN)/python -m bench fence oracle schedules --schedules 10000

bench: install
	$(BIN)/python -m bench

# What derives from the contracts: schemas, docs/flow.md, the AsyncAPI document.
docs: install
	$(BIN)/python -m contracts.documents

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --extra dev pyproject.toml -o requirements.lock
	echo "$$(sed -n 's/^spark = \["\(.*\)"\]$$/\1/p' pyproject.toml)" | uv pip compile -q --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate - -o requirements-spark.lock
