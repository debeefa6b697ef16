# Everything a newcomer needs: `make demo` and `make test`. Both install first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := build/tools
PACKAGES := busybox caddy chromium curl faketime fonts-noto-cjk freeradius influxdb mosquitto mosquitto-clients nftables postgresql prometheus prometheus-alertmanager shellcheck snmp snmpd \
	victoria-metrics
APT_GET := $(shell command -v apt-get 2>/dev/null)
# Tests start hundreds of our programs: each would compile all of itself anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install demo test lint pytest services bench soak chaos fuzz pictures acceptance reference dashboards lock clean \
	audit sbom licences agent-pyz agent-openwrt

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: install
	$(BIN)/hangang demo

test: install services lint pytest

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python deploy/audit/insecure_code.py agent collector dashboards inventory

# One process more than there are processors, for tests wait for programs a good part of their time; a file's tests
# together, and files in the order of tests/conftest.py.
pytest: install
	$(BIN)/pytest -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Real servers for the tests. Without the right to install them, the tests that need one are
# skipped and say so (with CI=true they fail).
services:
	@missing=""; for package in $(PACKAGES); do dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	if [ -z "$$missing" ]; then exit 0; \
	elif [ -n "$(APT_GET)" ] && [ "$$(id -u)" = 0 ]; then \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null; } \
		|| echo "Could not install:$$missing. Some tests are skipped."; \
	else echo "Not installed:$$missing. Some tests are skipped; install with: sudo apt-get install$$missing"; fi

bench: PACKAGES += prometheus-mqtt-exporter prometheus-snmp-exporter
bench: install services
	$(BIN)/python -m pytest --override-ini addopts= --timeout 1800 -q -s tests/bench

soak: install services
	SOAK_SECONDS=600 $(BIN)/python -m pytest --override-ini addopts= --timeout 1800 -q -s tests/bench/test_soak.py

# The long forms of what the suite has in short ones.
chaos: install services
	CHAOS_ROUNDS=100 $(BIN)/pytest --timeout 7200 -s tests/chaos tests/system/test_alerts.py tests/system/test_alerts_told.py \
		tests/system/test_separate_hosts.py \
		tests/collector/alerting/test_site_fails_in_any_order.py

fuzz: install
	FUZZ_FRAMES=200000 $(BIN)/pytest --timeout 3600 -s tests/fuzz

# The pictures in the README and of the boards, of a demo that runs for some minutes and of a simulated day.
pictures: install services
	PICTURES=renew $(BIN)/pytest --timeout 1800 -s tests/system/test_demo_pictures.py tests/dashboards/test_board_pictures.py

acceptance: install
	FLEETS=1000 $(BIN)/pytest --timeout 7200 -s tests/collector/legacy/test_acceptance.py

# What docs/ has of the code itself: the JSON Schema of the wire, and the vendor profiles.
reference: install
	$(BIN)/python -m agent.wire.schema > docs/wire-v1.schema.json
	$(BIN)/python -m collector.alerts.endpoints.webhook > docs/webhook.schema.json
	$(BIN)/python -m agent.snmp.catalogue > docs/profiles.md

# The boards as files for Grafana, what it is provisioned with, the rules, and the reference of their metrics.
dashboards: install
	$(BIN)/python -m dashboards
	$(BIN)/python -m dashboards.provisioning deploy/grafana
	$(BIN)/python -m dashboards.rules.writing deploy/rules
	$(BIN)/python -m dashboards.reference > docs/metric-reference.md

# What audits and builds, in a place of its own.
$(TOOLS)/.installed: deploy/locks/audit.lock
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r deploy/locks/audit.lock
	touch $@

# Known holes in what is locked. Asks a service on the Internet, and fails where that does not answer.
audit: $(TOOLS)/.installed
	$(TOOLS)/bin/python deploy/audit/vulnerabilities.py --pip-audit $(TOOLS)/bin/pip-audit requirements.lock

# What is installed, as a CycloneDX document.
sbom: install $(TOOLS)/.installed
	mkdir -p dist
	$(TOOLS)/bin/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible \
		--spec-version 1.6 --output-format JSON --validate --output-file dist/sbom.cdx.json $(BIN)/python

licences: install
	$(BIN)/python deploy/audit/licences.py > docs/licences.new && mv docs/licences.new docs/licences.md

# The agent in one file, and for OpenWrt: the platforms as pip names them, and the version of Python that is there.
AGENT_PYTHON := 3.11
agent-pyz: AGENT_PLATFORM := manylinux_2_17_$(shell uname -m)
agent-openwrt: AGENT_PLATFORM := musllinux_1_1_aarch64
agent-pyz: $(TOOLS)/.installed
	sh deploy/agent/collect.sh $(TOOLS)/bin/python $(AGENT_PYTHON) build/agent-site $(AGENT_PLATFORM)
	mkdir -p dist
	$(TOOLS)/bin/shiv --site-packages build/agent-site --entry-point agent.main:main --python '/usr/bin/env python3' \
		--preamble deploy/agent/preamble.py --compressed --reproducible \
		--output-file dist/hangang-agent-py$(AGENT_PYTHON)-$(firstword $(AGENT_PLATFORM)).pyz

agent-openwrt: $(TOOLS)/.installed
	sh deploy/agent/collect.sh $(TOOLS)/bin/python $(AGENT_PYTHON) deploy/openwrt/hangang-agent/site $(AGENT_PLATFORM)
	# OpenWrt's Python looks for compiled modules by names without a platform; the plain one is taken by every Python.
	@find deploy/openwrt/hangang-agent/site -name '*.cpython-*.so' | while read -r module; do \
		mv "$$module" "$${module%%.cpython-*}.so"; done

# Renew the locks after a change of the ranges in pyproject.toml: of the tests, and of what is installed elsewhere.
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet --disable-pip-version-check uv
	build/lock/bin/uv pip compile pyproject.toml --extra dev $(LOCKED) --upgrade --output-file requirements.lock
	build/lock/bin/uv pip compile pyproject.toml --extra collector --extra dashboards $(LOCKED) \
		--constraints requirements.lock --output-file deploy/locks/collector.lock
	build/lock/bin/uv pip compile pyproject.toml --extra metrics --extra probes --extra snmp $(LOCKED) \
		--constraints requirements.lock --output-file deploy/locks/agent.lock
	echo 'hatchling>=1.27,<2' | build/lock/bin/uv pip compile - $(LOCKED) \
		--constraints requirements.lock --output-file deploy/locks/build.lock
	build/lock/bin/uv pip compile pyproject.toml $(LOCKED) --constraints requirements.lock \
		--output-file deploy/locks/access-point.lock
	build/lock/bin/uv pip compile pyproject.toml --extra audit $(LOCKED) --constraints requirements.lock \
		--output-file deploy/locks/audit.lock

clean:
	rm -rf $(VENV) build dist .demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
