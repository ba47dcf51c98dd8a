# `make demo` and `make test` each do all of their set-up. Nothing but Python 3.11 and make is needed.
PYTHON ?= python3.11
ARGS ?=
DATA ?=
LOOKS ?=
KILLS ?= 50
FAULTS ?= 10
EVENTS ?= 50000
RUNS ?= 20
AWAY ?= 1800
RATE ?= 500
HISTORIES ?= 2000
SEEDS ?= 10000
PORT ?= 9092
RUN := .venv/bin
UV := $(RUN)/uv
ifeq ($(shell command -v $(PYTHON) 2>/dev/null),)
PYTHON := python3
endif

.PHONY: help setup demo test looks bench bench-dashboards bench-detection bench-comparison bench-indicator bench-peers real-data kafka kills chaos away exactness simulation lock clean
.DEFAULT_GOAL := help

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "SEMKO needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ...")'
	@$(PYTHON) -m venv .venv
	@$(RUN)/pip install --quiet --disable-pip-version-check uv==$(shell cat .uv-version)

.venv/run.stamp: requirements.lock pyproject.toml | $(UV)
	@echo "installing what semko needs into .venv ..." >&2
	@$(UV) pip install --quiet --python $(RUN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(RUN)/python hatchling==$(shell sed -n 's/^hatchling==\([^ ]*\).*/\1/p' requirements-dev.lock) editables==$(shell sed -n 's/^editables==\([^ ]*\).*/\1/p' requirements-dev.lock)
	@$(UV) pip install --quiet --python $(RUN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp
	@echo "installing the tools of development into .venv ..." >&2
	@$(UV) pip install --quiet --python $(RUN)/python --require-hashes -r requirements-dev.lock
	@touch $@

setup: .venv/dev.stamp ## build .venv with pinned packages

demo: .venv/run.stamp ## a simulated town, live on a wall (ARGS="--seconds 60")
	@$(RUN)/semko demo $(ARGS)

test: .venv/dev.stamp ## style, types, import directions and all tests
	@PATH="$(CURDIR)/$(RUN):$$PATH" $(RUN)/python tests/all_checks.py

real-data: .venv/dev.stamp ## checks on real data (DATA=folder that holds it)
	@test -n "$(DATA)" || { echo "say where the data is: make real-data DATA=DIR" >&2; exit 2; }
	@SEMKO_DATA="$(abspath $(DATA))" $(RUN)/pytest tests/real_data -s

looks: .venv/dev.stamp ## a picture of every page in every look, and what is wrong with it (LOOKS=folder, SEMKO_AXE)
	@test -n "$(LOOKS)" || { echo "say where the pictures go: make looks LOOKS=DIR" >&2; exit 2; }
	@SEMKO_LOOKS="$(abspath $(LOOKS))" $(RUN)/pytest tests/dashboards/every_look.py tests/dashboards/every_report_look.py

kafka: .venv/dev.stamp ## a Kafka on 127.0.0.1:9092 until Ctrl-C; wants java and mvn (PORT=9092)
	@$(RUN)/python -m tests.kafka.serve $(PORT)

kills: .venv/dev.stamp ## kill semko up 50 times while four clients post (KILLS=50)
	@SEMKO_KILLS=$(KILLS) $(RUN)/pytest tests/test_kills.py -s

chaos: .venv/dev.stamp ## kill, stop and cut off workers on Kafka (FAULTS=10 EVENTS=50000 RUNS=20)
	@SEMKO_FAULTS=$(FAULTS) SEMKO_EVENTS=$(EVENTS) SEMKO_RUNS=$(RUNS) $(RUN)/pytest tests/cluster/test_chaos.py -s

away: .venv/dev.stamp ## the store goes for half an hour under 500 events/s (AWAY=1800 RATE=500)
	@SEMKO_AWAY=$(AWAY) SEMKO_RATE=$(RATE) $(RUN)/pytest tests/cluster/test_store_away.py -s

exactness: .venv/dev.stamp ## 2,000 generated histories through crashes equal the oracle (HISTORIES=2000)
	@half=$$(($(HISTORIES) / 2)); export SEMKO_HISTORIES=$$half; \
	$(RUN)/pytest tests/test_exactness.py --timeout=0 & other=$$!; \
	SEMKO_FIRST_HISTORY=$$half $(RUN)/pytest tests/test_exactness.py --timeout=0 && wait $$other

simulation: .venv/dev.stamp ## 10,000 simulated runs of workers under faults equal the oracle (SEEDS=10000)
	@$(RUN)/python -m tests.simulation --seeds $(SEEDS)

bench: .venv/dev.stamp ## measure both shapes (about 30 minutes)
	@for what in replay shuffled latency idle; do $(RUN)/python -m benchmarks.embedded $$what; done
	@for what in latency pauses; do $(RUN)/python -m benchmarks.cluster $$what; done
	@$(RUN)/python -m benchmarks.peers --rounds 1 --engines ours,ours-plain,ours-all,consume,decode,bare,faust

bench-detection: .venv/dev.stamp ## compare detectors of score drops (about 15 minutes; fetches river)
	@$(UV) pip install --quiet --python $(RUN)/python --constraint requirements-dev.lock --no-build-isolation --editable ".[bench]"
	@$(RUN)/python -m benchmarks.detection table

bench-dashboards: .venv/dev.stamp ## time the queries of Grafana's dashboards on a million facts (two minutes)
	@$(RUN)/python -m benchmarks.dashboards

bench-peers: .venv/dev.stamp ## the same job by us and by five others (about 30 minutes; fetches them)
	@$(RUN)/python -m benchmarks.peers $(ARGS)

bench-indicator: .venv/dev.stamp ## leads claimed and found on simulated pairs of series (a minute)
	@$(RUN)/python -m benchmarks.indicator

bench-comparison: .venv/dev.stamp ## how fair semko compare is, on simulated offices (about 15 minutes)
	@$(RUN)/python -m benchmarks.comparison

lock: .venv/dev.stamp ## pin the newest allowed packages anew
	@$(UV) pip compile --quiet --upgrade pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements.lock
	@$(UV) pip compile --quiet --upgrade pyproject.toml --extra dev -c requirements.lock --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements-dev.lock

clean: ## remove .venv and caches
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache .hypothesis
