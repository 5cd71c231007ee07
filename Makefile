# Five verbs for people and CI, and the demo. Everything happens in .venv, which the first verb makes.

PYTHON ?= python3
BIN := .venv/bin
# The tests run one process per core; more threads per process would only get in each other's way.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

MODULES := $(sort $(wildcard src/softargmax/*.py src/softargmax/*/*.py))

.PHONY: help install check fix test bench demo clean
help:
	@echo "make install   build the extension and install everything into .venv"
	@echo "make demo      the main job on real data: from a table to probabilities and labels"
	@echo "make test      the tests"
	@echo "make check     formatting, lints and types"
	@echo "make fix       repair formatting and what lints can repair"
	@echo "make bench     measure beside the peers that are installed"

# Tools first, then the package: changing C++ rebuilds without asking a package index.
.venv/.tools: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

# The editable install knows modules by their files, so it is renewed when one comes or goes.
.venv/.files: .venv/.tools FORCE
	@echo "$(MODULES)" | cmp -s - $@ || echo "$(MODULES)" > $@
FORCE:

.venv/.installed: .venv/.files pyproject.toml CMakeLists.txt $(wildcard cpp/*)
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable ".[all]"
	touch $@

install: .venv/.installed

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

fix: install
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

test: install
	$(ONE_THREAD) $(BIN)/python -m pytest --numprocesses auto --dist worksteal

bench: install
	$(BIN)/python -m benchmarks

demo: install
	$(BIN)/softargmax demo

clean:
	rm -rf .venv build dist softargmax-demo
