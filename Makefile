# SynCode: two commands on a fresh Debian or Ubuntu machine are `make run` and `make test`.

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench fuzz clean prepare tested images

BIN := .venv/bin
SECONDS ?= 60
PACKAGES := api judge languages runner sandboxes tests benchmarks

help: ## Print this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | while IFS='	' read -r target text; do \
		printf '  make %-8s %s\n' "$$target" "$$text"; done

run: prepare ## Install what is missing and serve; images that are missing are built meanwhile (ARGS=... for serve)
	@$(BIN)/syncode db upgrade
	@$(BIN)/syncode seed
	@exec $(BIN)/syncode serve --build-images $(ARGS)

test: tested images ## Install what is missing, build the images, run the tests (ARGS=... for pytest)
	@tests/all $(ARGS)

lint: prepare ## Check style, format, types, the arrows between packages, and what deploy/ holds
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	deploy/validate

format: prepare ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: tested images ## Measure, and write benchmarks/results.md (and neighbours.md)
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/neighbours.py

fuzz: prepare ## Fuzz what the trusted init reads, installing clang if missing (SECONDS=60)
	$(BIN)/python -m sandboxes.init.fuzz --seconds $(SECONDS)

clean: ## Remove what make and the tools left in this directory (images under SYNCODE_HOME stay)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find $(PACKAGES) -type d -name __pycache__ -prune -exec rm -rf {} +

prepare:
	@deploy/prepare

tested:
	@deploy/prepare tests

images: prepare
	@$(BIN)/syncode images build
