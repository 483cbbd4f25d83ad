# Two commands do all the set-up: `make run` starts the wizard, `make test` passes the tests. Nothing clever in here.
PY := .venv/bin/python
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help run test check test-core test-window test-outside test-services causes demo fuzz bench endurance kills interop pictures baselines readme-pictures format lock

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/'

run:  ## start the wizard
	@packaging/bootstrap run
	@.venv/bin/gemini-setup

test: check  ## everything that must hold

check:  ## format, lint, types, architecture, tests
	@packaging/bootstrap test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
	@$(PY) -m compileall -q app tests  # once: the commands that tests start may not write, and would compile at each start
	@$(MAKE) --no-print-directory -j3 --output-sync=target test-core test-window test-outside test-services

test-core:  # in a process that cannot import Qt (docs/decisions/0004)
	$(PY) -m pytest -p tests.without_qt -p no:pytest-qt tests/core tests/causes tests/fuzz tests/cli tests/vault tests/test_loopback.py tests/test_crashes.py

test-services:  # other tools, and what is done at Google; begins when the first of the others has ended
	$(PY) -m pytest -p tests.without_qt -p no:pytest-qt tests/delivery tests/errands tests/test_management.py

test-window:
	$(PY) -m pytest tests/gui tests/packaging

test-outside:  # the installed program in a real window, driven from outside: it mostly waits, so it is no third load
	$(PY) -m pytest tests/e2e

causes:  ## how well the causes are told: on recorded answers, rewritten ones, and texts without a cause
	@packaging/bootstrap test
	@$(PY) -m tests.causes

demo:  ## the wizard against a Google of our own on this computer, nothing kept
	@packaging/bootstrap test
	@$(PY) -m tests.demo

fuzz:  ## everything thrown at the core, FUZZ_SECONDS (600) for each target and tool; atheris is to be installed by hand
	@packaging/bootstrap test
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(PY) -m pytest -p tests.without_qt -p no:pytest-qt tests/fuzz
	@$(PY) -m tests.fuzz --seconds $${FUZZ_SECONDS:-600}

bench:  ## the figures of speed, side by side with their floors
	@packaging/bootstrap test
	@$(PY) -m tests.benchmarks

endurance:  ## the monkey on each kind of vault, ENDURANCE_SECONDS (600) for each, and 500 whole runs in one process
	@packaging/bootstrap test
	@$(PY) -m tests.endurance

interop:  ## real tools from their registries with what we keep, installed below INTEROP_CACHE (NEWEST=1: today's versions)
	@packaging/bootstrap interop
	@$(PY) -m tests.interop $(if $(NEWEST),--newest)

RUNS ?= 1200
CUTS ?= 300
GOOGLE_RUNS ?= 320
kills:  ## kill -9 at every point of keeping, rotating and removing, on every kind of store, and of what is done at Google (RUNS=1200, GOOGLE_RUNS=320: an hour); then hostile homes
	@packaging/bootstrap test
	@$(PY) -m tests.errands.kills --runs $(GOOGLE_RUNS)
	@$(PY) -m tests.vault.kills --runs $(RUNS)
	@$(PY) -m tests.vault.cutting --runs $(CUTS)
	@$(PY) -m tests.vault.sweep

pictures:  ## every page in every state as PNG, into pictures/
	@packaging/bootstrap test
	@$(PY) -m tests.gui.pictures pictures

baselines:  ## make the pictures that the tests compare the look with again; look at them before and after
	@packaging/bootstrap test
	@$(PY) -m tests.gui.pictures --baselines

readme-pictures:  ## the two moving pictures of the README, light and dark
	@packaging/bootstrap test
	@$(PY) -m tests.gui.moving_pictures

format:  ## put the code into the common form
	@packaging/bootstrap test
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

lock:  ## write the lock files again
	packaging/lock

.PHONY: package package-windows installers
package:  ## freeze the program for this system into dist/, prove it by --smoke; on Linux also pack, measure and drive it
	@packaging/bootstrap test
	packaging/package --measure
	GEMINI_SETUP_BUNDLE=$(CURDIR)/dist/gemini-setup $(PY) -m pytest tests/packaging/bench_frozen.py
	GEMINI_SETUP_PROGRAM=$(CURDIR)/dist/gemini-setup/gemini-setup $(PY) -m pytest tests/e2e/test_wizard.py

package-windows:  ## the Windows bundle and its installer, built and tried under Wine (as root, some ten minutes)
	@packaging/bootstrap test
	packaging/windows/try-under-wine

installers:  ## the locks installed by pip 22.3 to the newest, and by uv, on each Python that is here (needs the package index)
	@packaging/bootstrap test
	@$(PY) -m tests.packaging.installers
