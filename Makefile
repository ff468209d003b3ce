# Every target is safe to repeat. Set YES=1 to let the set-up install packages without asking.
.DEFAULT_GOAL := help
.PHONY: help demo test build lint bench evidence clean setup node

# The Node that the set-up recorded goes first, so that npm and every script run under it.
export PATH := $(CURDIR)/.tools/bin:$(PATH)
unprivileged := setup/unprivileged.sh

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup build ## the whole product on real VMs, from a spec to results and back to nothing
	@$(unprivileged) bash demo/run.sh

test: setup build ## all levels of tests, those on real VMs too
	@$(unprivileged) npm test

build: node node_modules/.package-lock.json ## dist/ and bin/limaform
	@node scripts/build.mjs
	@mkdir -p bin
	@install -m 755 setup/launcher.sh bin/limaform

lint: node node_modules/.package-lock.json ## formatter, linter and types
	@npm run --silent lint

bench: setup build ## measure start, plan, planner, apply and clones against their goals (ARGS=--strict)
	@$(unprivileged) npm run --silent bench -- $(ARGS)

evidence: setup build ## the long proofs that do not fit into the test run
	@$(unprivileged) npm run --silent evidence

clean: ## remove what was built (CACHE=1: the set-up's cache too)
	@setup/clean.sh $(CACHE)

setup: ## Node, QEMU, limactl, an unprivileged user, the base image
	@setup/setup.sh all

node:
	@setup/setup.sh node

# npm writes this file at the end of every install.
node_modules/.package-lock.json: package-lock.json | node
	@setup/packages.sh
	@touch $@
