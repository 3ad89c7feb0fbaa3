# Every target does its own set-up: what is installed or built already is left alone, so a second call takes seconds.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
# The oldest C library that the wheel runs with: 2.28, of 2018 (RHEL 8, Debian 10, Ubuntu 18.10).
MANYLINUX := manylinux_2_28

# Where rustup puts cargo, for a shell that was open before rustup was installed.
export PATH := $(PATH):$(HOME)/.cargo/bin
# With another HOME than the one rustup was installed under (a clean one, in CI), its cargo cannot find the toolchain;
# it lies beside the folder that cargo was found in.
ifndef RUSTUP_HOME
ifeq ($(wildcard $(HOME)/.rustup/toolchains/*),)
RUSTUP_BESIDE_CARGO := $(wildcard $(patsubst %/.cargo/bin/cargo,%/.rustup,$(filter %/.cargo/bin/cargo,$(shell command -v cargo))))
ifneq ($(RUSTUP_BESIDE_CARGO),)
export RUSTUP_HOME := $(RUSTUP_BESIDE_CARGO)
endif
endif
endif
# The same interpreter for every cargo command, or the native module would be compiled anew between them.
export PYO3_PYTHON := $(CURDIR)/$(PY)

NATIVE_SOURCES := $(shell find agent/rust drivers/modern_bpf drivers/shared $(wildcard drivers/pdig/*.[ch]) -name target -prune -o -type f -print)
C_SOURCES := $(shell find drivers -name generated -prune -o -name '*.[ch]' -type f -print)

.PHONY: help setup system run test test-rust test-python lint lint-python lint-generated lint-rust lint-c format bench fuzz vm-test wheel pdig-bundle manifests clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: system $(VENV)/.native ## install what is missing and build; afterwards .venv/bin/agent runs

system:
	@scripts/setup.sh system

$(VENV)/.tools: pyproject.toml scripts/setup.sh | system
	@scripts/setup.sh rust
	@scripts/setup.sh venv
	@touch $@

$(VENV)/.native: $(VENV)/.tools $(NATIVE_SOURCES) | system
	@scripts/setup.sh rust
	@scripts/setup.sh native
	@touch $@

run: setup ## watch this machine with the shipped rules; ARGS='--scope pid:N' and the like
	@$(VENV)/bin/agent $(ARGS)

test: test-rust test-python ## all tests; those that need root or eBPF skip without, saying so

test-rust: setup
	cd agent/rust && cargo test --quiet --package engine

test-python: setup
	$(PY) -m pytest $(ARGS)

lint: lint-python lint-generated lint-rust lint-c ## every check of style, types and generated files

lint-python: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

lint-generated: setup
	$(PY) -m agent.codegen --check

lint-rust: setup
	cd agent/rust && cargo fmt --all --check
	cd agent/rust/fuzz && cargo fmt --check
	cd agent/rust && cargo clippy --quiet --workspace --all-targets -- -D warnings

lint-c: setup
	clang-format --dry-run -Werror $(C_SOURCES)

format: setup ## let the formatters rewrite the sources
	$(VENV)/bin/ruff check --fix --exit-zero .
	$(VENV)/bin/ruff format .
	cd agent/rust && cargo fmt --all
	cd agent/rust/fuzz && cargo fmt
	clang-format -i $(C_SOURCES)

bench: setup ## measure; prints a table with goals and writes build/bench.json; ARGS names parts
ifneq ($(if $(ARGS),$(findstring drivers,$(ARGS)),all),)
	@scripts/setup.sh system vm
	@scripts/setup.sh vm
endif
	$(PY) -m tests.bench $(ARGS)

fuzz: setup ## fuzz the parsers, each for FUZZ_SECONDS (60); ARGS names single ones
	@scripts/setup.sh fuzz
	@scripts/fuzz.sh $(or $(FUZZ_SECONDS),60) $(ARGS)

vm-test: setup ## tests in virtual machines with other kernels; ARGS='6.1' for one of them
	@scripts/setup.sh system vm
	@scripts/setup.sh vm
	@$(PY) -m tests.vm $(ARGS)

wheel: setup ## build the wheel for any Linux with glibc 2.28 or newer into dist/, and check that it is one
	@scripts/setup.sh wheel
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(VENV)/bin/maturin build --quiet --release --interpreter $(PY) \
		--zig --compatibility $(MANYLINUX) --out dist
	$(PY) -m auditwheel show dist/agent-*-$(MANYLINUX)_*.whl

manifests: setup ## render deploy/kubernetes from the Helm chart
	@scripts/setup.sh helm
	@$(PY) -m tests.deploy.manifests

pdig-bundle: setup ## make build/pdig-agent, the folder that runs pdig-agent in any image, and an archive of it
	$(PY) -m drivers.pdig.bundle --output build/pdig-agent --archive build/pdig-agent.tar.gz

clean: ## remove everything that was built; the installed system packages stay
	rm -rf $(VENV) build dist agent/rust/target agent/rust/fuzz/target agent/_core*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
