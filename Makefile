# Everything one does with this project. `make` alone lists it.
#
# .venv is made from pyproject.toml. Two stamps say what is in it, so that a second run is instant
# and a changed pyproject.toml installs again. All paths are relative: a checkout may lie in
# "a directory with spaces".

# The Python that .venv is made with; empty: the best that is found (scripts/choose_python.sh). If
# .venv has another version already, the named one gets an environment of its own, below build/.
PYTHON ?=
ARGS ?=
V ?=

# Compiled modules are kept, whatever the caller's environment says: without them every server and
# client that a test starts compiles all of its source anew, which takes longer than all else.
export PYTHONDONTWRITEBYTECODE :=

ENV := $(if $(PYTHON),$(shell sh scripts/choose_environment.sh '$(PYTHON)'),.venv)
BIN := $(ENV)/bin
VENV := $(ENV)/.made
RUNTIME := $(ENV)/.runtime
DEV := $(ENV)/.dev
PACK := $(ENV)/.pack
DOCS := $(ENV)/.docs

# Two terminals may say `make run-server` and `make run-client` at once: one installs, one waits.
LOCK := exec 9<Makefile; if command -v flock >/dev/null; then flock 9; fi;
PIP := $(BIN)/python -m pip --disable-pip-version-check install
PIP_LOG := build/pip.log

# What pip says is for the log; V=1 shows it. Its errors are many lines, and the reason is nearly
# always that there is no network.
INSTALL = mkdir -p build && { \
	if test -n "$(V)"; then $(PIP) -e '$(1)'; else $(PIP) -e '$(1)' >$(PIP_LOG) 2>&1; fi; } || { \
	echo "The Python packages that $(2) needs cannot be installed: is this machine online?" \
	  "$(if $(V),,What pip says is in $(PIP_LOG).) Without a network, download their wheels" \
	  "elsewhere, and run: PIP_NO_INDEX=1 PIP_FIND_LINKS=/that/directory make ..." >&2; exit 1; }

help: ## List what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile
	@echo 'ARGS passes arguments on: make run-client ARGS="--nick bob"'

# exec, so that Ctrl-C and TERM reach the server itself, and make sees it end well.
run-server: $(RUNTIME) ## Run the server (Ctrl-C stops it)
	@exec $(BIN)/python chatroom_server.py $(ARGS)

# The client ends with 130 after Ctrl-C; that is nothing for make to complain about.
run-client: $(RUNTIME) ## Run the terminal client
	@trap : INT; $(BIN)/python chatroom_client.py $(ARGS) || test $$? -eq 130

test: $(DEV) ## Run all tests
	@$(BIN)/python -m pytest $(ARGS)

# A minute, on a machine with two of them. `make test PYTHON=python3.13` runs all tests with another.
test-pythons: $(DEV) zipapp ## Try the other Pythons of this machine, in short
	@sh scripts/try_pythons.sh $(BIN)/python dist/chatroom.pyz

# No processes, no terminals, no browser, and nothing that needs more than two seconds.
test-fast: $(DEV) ## Run the quick tests, in less than a minute
	@$(BIN)/python -m pytest -m "not slow and not docs" --ignore=tests/end_to_end --ignore=tests/page $(ARGS)

# Counting lines makes the tests half as fast, so neither `make test` nor .ci/run does it.
coverage: $(DEV) ## Show the lines that the quick tests miss; fail if there are too many
	@mkdir -p build/coverage && $(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest -m "not slow and not docs" --ignore=tests/end_to_end --ignore=tests/page $(ARGS)
	@$(BIN)/python -m coverage combine -q && $(BIN)/python -m coverage report

# Ten times as many examples of everything that hypothesis makes up.
test-thorough: $(DEV) ## Run the tests with made-up input for longer
	@THOROUGH=10 $(BIN)/python -m pytest -m hypothesis $(ARGS)

check: $(DEV) ## Lint, format, types, and who may import whom
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

# ARGS="--record docs/demo.cast" makes the recording and the picture of the README anew.
demo: $(DEV) ## Watch a server and four people talk
	@$(BIN)/python scripts/demo.py $(ARGS)

man: $(DEV) ## Write anew what docs/, man/ and the web page have from the code: tables, excerpts, pictures
	$(BIN)/python scripts/manual.py
	$(BIN)/python scripts/page_commands.py
	$(BIN)/python scripts/irc_page.py
	$(BIN)/python scripts/api_page.py
	$(BIN)/python scripts/tour.py --way

# These are a part of `make test`, too.
DOCUMENTS := tests/test_documents.py tests/test_documented_names.py tests/test_api_pages.py tests/test_tour.py \
  tests/end_to_end/test_documented_commands.py tests/end_to_end/test_irc_page.py tests/end_to_end/test_manual.py

# A warning is an error: a link between pages, or to a heading, that leads nowhere.
docs: $(DOCS) $(DEV) ## Make the site of the documentation, in build/site; check its links and commands
	@$(BIN)/sphinx-build -W --keep-going -q -j auto -c docs . build/site
	@$(BIN)/python -m pytest -m "docs or not docs" $(DOCUMENTS)
	@echo "The site is in build/site; open build/site/index.html."

# Both, even where one missed a target.
bench: $(DEV) ## Measure, and compare with the targets (some forty minutes)
	@$(BIN)/python scripts/bench.py talk $(ARGS); talk=$$?; \
	  $(BIN)/python scripts/bench.py history && exit $$talk

# A run of an older commit, or of one that was changed, does not count.
bench-compare: $(DEV) ## Compare what is checked out with the last release
	@$(BIN)/python scripts/bench.py current || $(BIN)/python scripts/bench.py talk $(ARGS) || test $$? -eq 1
	@$(BIN)/python scripts/bench.py compare

# ARGS="--seconds 300 sasl scram" for some and longer; a failure prints what shows it again.
fuzz: $(DEV) ## Feed each target of tests/fuzz with anything, for a minute
	@$(BIN)/python scripts/fuzz.py $(ARGS)

bench-plot: $(DEV) ## Draw docs/growth.png and .svg from the newest run
	@$(call INSTALL,.[bench],the plot)
	@$(BIN)/python scripts/bench.py plot

zipapp: $(PACK) ## Make dist/chatroom.pyz, one file that needs nothing but Python
	@$(BIN)/python scripts/pack.py zipapp $(ARGS)

wheelhouse: $(PACK) ## Make dist/wheelhouse, from which pip installs without a network
	@$(BIN)/python scripts/pack.py wheelhouse $(ARGS)

# ARGS=--dry-run only says what is missing. CONTRIBUTING.md has the steps before and after.
release: $(DEV) ## Check everything, build dist/, and tag the version
	@$(BIN)/python scripts/release.py $(ARGS)

clean: ## Remove .venv and everything else that was made
	rm -rf .venv build dist lib/*.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find lib tests scripts -name __pycache__ -prune -exec rm -rf {} +

$(VENV):
	@python="$(PYTHON)"; test -n "$$python" || python=$$(sh scripts/choose_python.sh); \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Chatroom needs Python 3.11 or newer; '$$python' says \"$$("$$python" -V 2>&1 | tail -n 1)\"." \
	    "Install one (Debian, Ubuntu: apt install python3 python3-venv); where it has another" \
	    "name, say make PYTHON=python3.11 ..." >&2; exit 1; }; \
	"$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$$python' cannot make virtual environments; install its venv module" \
	    "(Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }; \
	$(LOCK) test -e $@ || { "$$python" -m venv $(ENV) && touch $@; }

$(RUNTIME): pyproject.toml | $(VENV)
	@$(LOCK) test $@ -nt pyproject.toml || { \
	  echo "Installing what Chatroom needs into $(ENV) ..."; \
	  $(call INSTALL,.,Chatroom) && touch $@; }

# After the runtime, never beside it: two pips in one directory harm each other.
$(DEV): pyproject.toml | $(RUNTIME)
	@$(LOCK) test $@ -nt pyproject.toml || { \
	  echo "Installing what the tests need into $(ENV) ..."; \
	  $(call INSTALL,.[dev],the test suite) && touch $@; }

# A machine that has what the tests need has this, too: pip then finds nothing to do.
$(PACK): pyproject.toml | $(RUNTIME)
	@$(LOCK) test $@ -nt pyproject.toml || { \
	  $(call INSTALL,.[pack],packing) && touch $@; }

$(DOCS): pyproject.toml | $(RUNTIME)
	@$(LOCK) test $@ -nt pyproject.toml || { \
	  echo "Installing what the site needs into $(ENV) ..."; \
	  $(call INSTALL,.[docs],the site) && touch $@; }

.PHONY: help run-server run-client test test-pythons test-fast test-thorough coverage check demo man docs bench bench-compare fuzz bench-plot \
  zipapp wheelhouse release clean
.DEFAULT_GOAL := help
