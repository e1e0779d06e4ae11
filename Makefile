# One command each; every target makes .venv first if it is missing.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: setup demo test check lint types bench soak clean

setup: $(STAMP)

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)

demo: setup                ## train the digit classifier on the embedded 8x8 digits
	$(BIN)/vitreous train digits --model mlp --set model.hidden=[128,64] --out runs/demo --force

test: setup                ## the whole test suite; .ci/run calls this
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

check: setup lint types test

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

bench: setup               ## every published figure; results go to bench/results/
	$(BIN)/pip install --quiet --editable '.[bench]'
	$(BIN)/python -m bench

soak: setup                ## long tests: the doctor's whole, 1,000 kills, every write failed once
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal -m long
	$(BIN)/python -m bench.soak

clean:
	rm -rf $(VENV) runs
