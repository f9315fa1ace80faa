# The two commands to begin with are `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Several processes share the cores: one thread each is faster than many.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
# Compiled files are kept, or every process of a test run compiles everything again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test test-all style lint docs clean

run: $(STAMP)
	@mkdir -p results
	$(BIN)/python -m experiments.protocols > results/protocols.md
	$(BIN)/python -m experiments.closed_loop --patients 80 --horizon 7200 --out results/run

test: MARKED := not slow
test-all: MARKED :=

# Types are checked beside the tests: alone, they leave a core idle for most of a minute.
test test-all: $(STAMP) style
	@$(BIN)/mypy & types=$$!; \
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "$(MARKED)"; tests=$$?; \
	wait $$types && exit $$tests

style: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lint: style
	$(BIN)/mypy

# The site is in site/; search needs a server, e.g. `python -m http.server --directory site`.
docs: $(STAMP)
	$(BIN)/python -m experiments.documenting
	$(BIN)/zensical build --clean --strict

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e ".[dev]"
	touch $(STAMP)

clean:
	rm -rf $(VENV) .cache results build site *.egg-info
