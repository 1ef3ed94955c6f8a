# make run    the demo on screen: no Ollama, no GPU, no settings needed
# make test   every test, on two cores
# make check  ruff, mypy --strict, the layers of the house, an audit of what is installed
# `make help` lists the rest. Everything is installed into .venv, from lock files with hashes.

.POSIX:
.PHONY: help run test test-long faults soak fuzz check format screenshots bench bench-compare bench-fidelity bench-grounding lock clean

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet

help:
	@echo 'make run          the program on sample reports with the built-in simulator'
	@echo 'make test         every test'
	@echo 'make test-long    the tests that take minutes: a campaign whose processes are killed 30 times'
	@echo 'make faults       every fault of tests/faults in its long form; takes long, and prints the table'
	@echo 'make soak         two hours of runs and viewers in twenty minutes: memory and handles stay flat'
	@echo 'make fuzz         damaged input for every reader, for five minutes; what fails is kept for the tests'
	@echo 'make check        ruff, mypy --strict, import contracts, audit of the locked packages'
	@echo 'make format       let ruff put the source in order'
	@echo 'make screenshots  draw screenshots/*.svg anew'
	@echo 'make bench        measure every number to hold, beside its floor; takes half an hour'
	@echo 'make bench-compare  set the kept result of make bench beside the one before'
	@echo 'make bench-fidelity  measure what the program does to the numbers that it shows; takes five minutes'
	@echo 'make bench-grounding  score the checking of numbers against labelled reports, where those are at hand'
	@echo 'make lock         choose the newest versions that pyproject.toml allows; needs the network'
	@echo 'make clean        remove .venv and everything that tools left behind'
	@echo 'PYTHON=python3.12 in front or behind chooses another interpreter (3.11 or newer).'

run: $(VENV)/installed
	@exec $(BIN)/chimera --demo

# Six files at a time on two cores: many tests wait for processes, and those of a file share some. Those must not
# compile our modules each time they start, whatever the environment says. What was skipped is counted in the closing
# line; -rs behind `pytest` tells why.
test: $(VENV)/installed-dev
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 6 --dist loadfile --no-loadscope-reorder -r fE

test-long: $(VENV)/installed-dev
	@CHIMERA_LONG_TESTS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -r fE -k '30_kills or quick_bench' tests/e2e/test_campaign_survives.py tests/benchmarks

# One after another: some of them stop processes, fill a disk or count what a machine has to give.
faults: $(VENV)/installed-dev
	@CHIMERA_FAULTS=long CHIMERA_LONG_TESTS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -r fEs -p tests.faults.tally \
	    tests/faults tests/e2e/test_campaign_survives.py::test_24_cells_of_5_repeats_survive_30_kills $$($(BIN)/python -m tests.faults.table --elsewhere); \
	    status=$$?; $(BIN)/python -m tests.faults.table; exit $$status

# Two hours of runs, changing files and viewers, without the pauses between them: SOAK='--rounds 60' is half an hour.
soak: $(VENV)/installed-dev
	@$(BIN)/python -m benchmarks.soak $(SOAK)

# FUZZ='--seconds 3600 results' goes on for an hour with one reader; the seed that it tells gives the same inputs again.
fuzz: $(VENV)/installed-dev
	@$(BIN)/python -m tests.fuzz $(FUZZ)

check: $(VENV)/installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m tests.audit

format: $(VENV)/installed-dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

screenshots: $(VENV)/installed-dev
	@$(BIN)/python screenshots/make.py

# Both fail when a target is missed. For a good measurement let nothing else run meanwhile.
bench: $(VENV)/installed-dev
	@$(BIN)/python -m benchmarks

bench-compare: $(VENV)/installed-dev
	@$(BIN)/python -m benchmarks --compare

bench-fidelity: $(VENV)/installed-dev
	@$(BIN)/python -m benchmarks.fidelity

# The labelled reports are sample data beside the checkout; BENCH='--claims … --texts … --reports …' names others.
bench-grounding: $(VENV)/installed-dev
	@$(BIN)/python -m benchmarks.grounding $(BENCH)

# The first of these that is new enough makes the environment. A half-made one is removed again.
$(BIN)/python:
	@for python in $(PYTHON) python3.14 python3.13 python3.12 python3.11; do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    if "$$python" -m venv $(VENV); then exit 0; fi; \
	    rm -rf $(VENV); \
	    echo "$$python can not make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; \
	    exit 1; \
	done; \
	echo 'Chimera TUI needs Python 3.11 or newer, and none was found: make PYTHON=/path/to/python3.11 run' >&2; \
	exit 1

# The development lock holds everything of the other one, so either stamp is enough to run.
$(VENV)/installed: $(BIN)/python requirements.lock pyproject.toml
	@echo 'Installing what requirements.lock names into $(VENV) …'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: $(BIN)/python requirements-dev.lock pyproject.toml
	@echo 'Installing what requirements-dev.lock names into $(VENV) …'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# Versions are chosen for every platform at once (--universal); the lock names hashes and no address.
lock: $(BIN)/python
	@rm -rf build/lock
	@$(BIN)/python -m venv build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check --quiet install uv
	@for lock in 'requirements.lock build' 'requirements-dev.lock dev'; do \
	    set -- $$lock; \
	    build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	        --no-header --no-annotate --output-file "$$1" --group "$$2" pyproject.toml || exit 1; \
	done
	@rm -rf build/lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -f snapshot_report.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
