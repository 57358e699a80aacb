# The habits of this project. `make demo` and `make test` work from a fresh clone with Python 3.11 or newer.
SHELL := /bin/bash
# The first that runs: a version manager's shim may be on the PATH without a Python behind it, and Debian's python3
# lacks ensurepip until python3-venv is installed.
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3; do \
	$$each -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && command -v $$each && break; done)
BIN := .venv/bin
PEERS := tests/interop/node_modules
RUST_PEER := tests/interop/isomdl_peer
JVM_PEER := tests/interop/multipaz_peer
# The first JDK that is new enough for the peer: the one that is set, the one on the PATH, then those of the system.
JDK = $(shell for each in "$$JAVA_HOME" "$$(dirname "$$(dirname "$$(readlink -f "$$(command -v javac)")")")" /usr/lib/jvm/*; do \
	"$$each/bin/javac" -version 2>/dev/null | grep -qE ' (2[1-9]|[3-9][0-9])' && echo "$$each" && break; done)
PYTEST_ARGS ?= -n auto
# Hundreds of tests start a process: compiling the library anew in each took a third of its start.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check fuzz kills load holes bench conformance interop interop-rust interop-jvm e2e docs requirements clean peers

demo: .venv/installed ## walk both pilots in the terminal
	@$(BIN)/nlwallet demo

test: .venv/installed peers ## all tests, the outside judges too where Node is present
	$(BIN)/pytest $(PYTEST_ARGS)

check: .venv/installed ## style, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	tools/check-tracked-files

fuzz: .venv/installed ## hostile input to every parser: NLWALLET_FUZZ_SECONDS (60) for each
	NLWALLET_FUZZ_SECONDS=$${NLWALLET_FUZZ_SECONDS:-60} $(BIN)/pytest $(PYTEST_ARGS) tests/fuzz

kills: .venv/installed ## a wallet, an issuer and a verifier killed at each step of their stories, not at every third
	NLWALLET_KILL_STEP=1 $(BIN)/pytest $(PYTEST_ARGS) -k killed tests/unit

load: .venv/installed ## 200 sessions at every moment, NLWALLET_LOAD_SECONDS (60) each in memory, SQLite and PostgreSQL
	NLWALLET_LOAD_SECONDS=$${NLWALLET_LOAD_SECONDS:-60} NLWALLET_LOAD_SESSIONS=$${NLWALLET_LOAD_SESSIONS:-200} \
		$(BIN)/pytest tests/load

holes: .venv/installed ## the hostile wallet against a verifier with each known hole, every case against every hole
	NLWALLET_ALL_HOLES=1 $(BIN)/pytest $(PYTEST_ARGS) tests/unit/testing/test_hostile_holes.py

bench: .venv/installed peers ## ratios to raw cryptography, beside the peers
	$(BIN)/python -m benchmarks

conformance: .venv/installed peers ## run the tests and write docs/conformance.md
	$(BIN)/python tools/conformance.py

interop: .venv/installed peers ## only the outside judges; fails where Node is missing, writes the table in docs/interop.md
	NLWALLET_REQUIRE_NODE=1 NLWALLET_WRITE_INTEROP=1 $(BIN)/pytest tests/interop

interop-rust: .venv/installed ## builds the outside judge of proximity with cargo (ten minutes, once) and runs its tests
	cargo build --manifest-path $(RUST_PEER)/Cargo.toml
	@touch $(RUST_PEER)/target/debug/isomdl_peer
	NLWALLET_REQUIRE_RUST=1 $(BIN)/pytest tests/interop -m rust

interop-jvm: .venv/installed ## builds the outside judge of mdocs with Maven (a JDK of version 21 or newer) and runs its tests
	@[ -n "$(JDK)" ] || { echo "Multipaz needs a JDK of version 21 or newer; or: make interop-jvm JDK=/path/to/it" >&2; exit 1; }
	JAVA_HOME="$(JDK)" mvn --batch-mode --quiet --file $(JVM_PEER)/pom.xml process-classes
	@printf '#!/bin/sh\nhere=$$(dirname "$$0")\nexec "%s/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$$here/classes:$$here/lib/*" MainKt\n' \
		"$(JDK)" >$(JVM_PEER)/target/multipaz_peer && chmod +x $(JVM_PEER)/target/multipaz_peer
	NLWALLET_REQUIRE_JVM=1 $(BIN)/pytest tests/interop -m jvm

e2e: .venv/installed ## the pilots over real HTTPS on loopback ports
	$(BIN)/pytest tests/e2e

docs: conformance ## everything in docs/ that is made from the code

requirements: ## pin what we depend on, with hashes and without naming an index
	$(PYTHON) -m venv .venv-pins && .venv-pins/bin/pip install --quiet uv
	.venv-pins/bin/uv pip compile --quiet pyproject.toml requirements/build.in --extra sandbox --extra postgres --extra trusted-lists --group dev --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade \
		--output-file requirements/dev.txt
	rm -rf .venv-pins

clean:
	rm -rf .venv .venv-pins $(PEERS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist $(RUST_PEER)/target $(JVM_PEER)/target

.venv/installed: pyproject.toml requirements/dev.txt
	@"$(PYTHON)" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "nlwallet needs Python 3.11 or newer with venv (on Debian: python3-venv); or: make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q nlwallet
	@touch $@

# The npm peers are optional: where Node is missing, their tests are skipped and say so.
peers:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(PEERS)/.installed; \
	else echo "!! Node.js is missing: the npm peers cannot judge, their tests will be SKIPPED"; fi

$(PEERS)/.installed: tests/interop/package.json tests/interop/package-lock.json
	cd tests/interop && npm install --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@
