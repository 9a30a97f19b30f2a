# make run     the meeting server on http://localhost:8080 (PORT, DATA, ARGS)
# make client  what a participant in Python needs for pictures and sound
# make check   everything that has to hold before a change is done; continuous integration runs exactly this
#
# What has been installed or built is remembered by the files it leaves behind: nothing is done twice.

PORT ?= 8080
DATA ?= data
ARGS ?=
RERUN := --run
COLOURS := $(shell if [ -t 2 ]; then echo force; else echo off; fi)

SHELL := /bin/sh
BIN := .venv/bin
RUN_READY := .venv/.run
CLIENT_READY := .venv/.client
DEV_READY := .venv/.dev
WEB_READY := web/node_modules/.ready
PAGES := src/aparte/server/pages/index.html
EVIDENCE := build/shows
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# Folders are listed too, so that a deleted file is noticed. Tests never go into the pages.
WEB_SOURCES := $(shell find web/src web/plugins web/public web/index.html web/vite.config.ts web/tsconfig.json \
	web/package.json web/package-lock.json -not -name '*.test.ts' 2>/dev/null)

.PHONY: run check setup client pages format lint types imports test vectors web browser mutation capabilities bench lock clean
.DELETE_ON_ERROR:

run: $(RUN_READY) $(PAGES)
	@exec $(BIN)/aparte serve --port $(PORT) --data $(DATA) $(ARGS)

check:
	@tools/check.sh

# --- what is needed first ---------------------------------------------------------------------------------------

$(BIN)/python:
	@echo "· making the virtual environment .venv"
	@tools/venv.sh

$(RUN_READY): $(BIN)/python requirements/run.txt requirements/build.txt pyproject.toml
	@echo "· installing pinned Python packages"
	@$(PIP) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(CLIENT_READY): requirements/client.txt | $(RUN_READY)
	@echo "· installing pinned media packages"
	@$(PIP) --require-hashes -r requirements/client.txt
	@touch $@

$(DEV_READY): requirements/dev.txt | $(CLIENT_READY)
	@echo "· installing pinned development tools"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

$(WEB_READY): web/package-lock.json requirements/build.txt | $(RUN_READY)
	@echo "· installing pinned web packages"
	@tools/web.sh npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
	@touch $@

$(PAGES): $(WEB_READY) $(WEB_SOURCES)
	@echo "· building the pages"
	@tools/web.sh vite build --logLevel warn

setup: $(DEV_READY) $(WEB_READY)
	@tools/chromium.sh

client: $(CLIENT_READY)

pages: $(PAGES)

# --- the steps of make check, each also alone -------------------------------------------------------------------

lint: $(DEV_READY) $(WEB_READY)
	@echo "· format and lint: ruff, biome"
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@tools/web.sh biome ci --colors=$(COLOURS) .

types: $(DEV_READY) $(WEB_READY)
	@echo "· types: mypy --strict, tsc for pages, pure code, worklets, tests and trial pages"
	@$(BIN)/mypy
	@for config in tsconfig.json tsconfig.pure.json tsconfig.worklet.json tsconfig.test.json dev/tsconfig.json; do \
		tools/web.sh tsc -p $$config || exit 1; done

imports: $(DEV_READY)
	@echo "· import rule: what the server may not reach"
	@$(BIN)/lint-imports --no-logo

test: $(DEV_READY) $(PAGES)
	@echo "· Python tests: unit, vectors, scenarios, hostile"
	@rm -f $(EVIDENCE)/python.json
	@APARTE_EVIDENCE=$(EVIDENCE)/python.json $(BIN)/pytest -m "not browser" -n 2 --dist loadfile

web: $(WEB_READY)
	@echo "· web tests: vitest"
	@rm -f $(EVIDENCE)/web.json
	@tools/web.sh vitest run --reporter=default --reporter=json --outputFile.json=../$(EVIDENCE)/web.json

browser: $(DEV_READY) $(PAGES)
	@echo "· browser tests: headless Chromium against a real server"
	@tools/chromium.sh
	@rm -f $(EVIDENCE)/browser.json
	@APARTE_EVIDENCE=$(EVIDENCE)/browser.json $(BIN)/pytest -m browser

mutation: $(DEV_READY) $(PAGES)
	@echo "· mutation check: every security check switched off alone, in both languages"
	@$(BIN)/python -m tests.mutation

vectors: $(DEV_READY) $(WEB_READY)
	@echo "· vectors: official ones and our own, in both languages"
	@$(BIN)/pytest tests/vectors
	@tools/web.sh vitest run vectors

capabilities: $(DEV_READY) $(WEB_READY) $(PAGES)
	@$(BIN)/python tools/capabilities.py $(RERUN)

# --- not part of make check -------------------------------------------------------------------------------------

bench: $(DEV_READY) $(PAGES)
	@mkdir -p build/bench
	@$(BIN)/python bench/relay.py --subscribers 40 --seconds 15 | tee build/bench/relay.txt
	@tail -n 1 build/bench/relay.txt > build/bench/relay.json
	@$(BIN)/python bench/latency.py | tee build/bench/latency.txt
	@tail -n 1 build/bench/latency.txt > build/bench/latency.json
	@$(BIN)/python bench/group.py | tee build/bench/group-python.json
	@$(BIN)/python bench/meeting.py | tee build/bench/meeting.json
	@tools/web.sh node bench/group.mjs | tee build/bench/group-typescript.json
	@if [ "$$(id -u)" = 0 ]; then $(BIN)/python bench/stability.py; \
		else echo "· bench/stability.py needs root: left out"; fi

format: $(DEV_READY) $(WEB_READY)
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .
	@tools/web.sh biome check --write .

# Pins are renewed on purpose only: review the difference like any other change.
UV_LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock"
CLIENT_EXTRA := $(BIN)/python -c 'import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["client"], sep="\n")'
lock: $(DEV_READY)
	@$(UV_LOCK) $(UPGRADE) pyproject.toml -o requirements/run.txt
	@$(CLIENT_EXTRA) | $(UV_LOCK) $(UPGRADE) -c requirements/run.txt - -o requirements/client.txt
	@$(UV_LOCK) $(UPGRADE) --group build -o requirements/build.txt
	@$(UV_LOCK) $(UPGRADE) --group dev -c requirements/run.txt -c requirements/client.txt -o requirements/dev.txt
	@echo pip | $(UV_LOCK) $(UPGRADE) - -o requirements/pip.txt
	@$(UV_LOCK) $(UPGRADE) -c requirements/run.txt -c requirements/client.txt requirements/bench.in \
		-o requirements/bench.txt
	@if command -v cargo >/dev/null; then $(BIN)/python -m tests.interop.crates $(UPGRADE); else echo "· no cargo: its pins stay"; fi
	@tools/web.sh npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund

clean:
	@rm -rf build src/aparte/server/pages .venv web/node_modules .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis
