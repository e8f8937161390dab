# Everything starts from Python 3.11+, make and a package registry.
# Other interpreter:  make lab PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 3
# in a container one is root, and JupyterLab wants to be told that this is meant; --no-browser is another one
LABFLAGS ?= $(if $(filter 0,$(shell id -u)),--allow-root)
REALFLAGS ?= $(if $(NETNS),--netns $(NETNS))
BIN := $(VENV)/bin
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
KIT := $(VENV)/.kit-is-installed
REALKIT := $(VENV)/.realkit-is-installed
TESTKIT := $(VENV)/.testkit-is-installed
BENCHKIT := $(VENV)/.benchkit-is-installed

# The language of the lessons to open: CLOUDLAB_LANG=ko, or else this system's; where there is no such edition, English.
CLOUDLAB_LANG ?= $(LANG)
LOCALE := $(firstword $(subst ., ,$(subst -,_,$(CLOUDLAB_LANG))))
CODES := $(LOCALE) $(firstword $(subst _, ,$(LOCALE)))
EDITION := $(firstword $(wildcard $(CODES:%=notebooks/%/00-start.ipynb)) notebooks/00-start.ipynb)
EDITIONS := $(notdir $(patsubst %/LC_MESSAGES/cloudlab.po,%,$(wildcard cloudlab/locale/*/LC_MESSAGES/cloudlab.po)))

.PHONY: help lab test check tests notebooks editions $(EDITIONS) bench docs down clean long test-real \
	realcloud realcloud-down record

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1	/'

# Where compiled files may not be kept, three workers and all that they start would compile the tests again and again.
tests long notebooks: export PYTHONDONTWRITEBYTECODE :=

# JupyterLab's terminals inherit it: the lessons say `python -m cloudlab` there.
lab: export PATH := $(abspath $(BIN)):$(PATH)
# An edition says in which language JupyterLab opens, if its language pack is there.
lab: export JUPYTER_CONFIG_PATH := $(abspath $(dir $(EDITION)).jupyter)$(addprefix :,$(JUPYTER_CONFIG_PATH))
lab: $(KIT) $(if $(OS_CLOUD),$(REALKIT))  ## open JupyterLab on the first lesson; OS_CLOUD=… takes a real cloud in place of the embedded one
	$(if $(OS_CLOUD),,$(BIN)/python -m cloudlab up)
	$(BIN)/jupyter lab $(LABFLAGS) $(EDITION)

test: check tests  ## ruff, mypy, every test and every notebook

check: $(TESTKIT)  ## ruff and mypy only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

tests: $(TESTKIT)  ## every test and every notebook; what is skipped is listed with its reason
	$(PYTEST) --nbval tests notebooks

long: $(TESTKIT)  ## the tests that take long: kills, full disks, a class of fifty, Binder, more replays (conftest.py names them)
	LONG=only $(PYTEST) tests

# LESSONS="05 06" takes some of them.
test-real: $(TESTKIT)  ## every lesson, with its solutions, on the cloud that OS_CLOUD names; docs/realcloud.md
	$(BIN)/python -m tests.real $(LESSONS)

notebooks: $(TESTKIT)  ## only the notebooks, as tests
	$(PYTEST) --nbval notebooks

editions: $(EDITIONS)  ## bring every language's catalogue, notebooks, pictures and README up to date; make ko does one

$(EDITIONS): $(TESTKIT)
	$(BIN)/python -m docs.editions $@

bench: $(BENCHKIT)  ## measure, with moto_server beside us
	$(BIN)/python -m tests.bench

# As root, on Debian or Ubuntu: tests/realcloud/README.md. NETNS=rc runs it in a network of its own.
realcloud: $(KIT)  ## install and start the real OpenStack that was recorded, without a hypervisor
	$(BIN)/python -m tests.realcloud up $(REALFLAGS)

record: $(KIT)  ## walk the recorded stories through it again, and say what differs
	$(BIN)/python -m tests.realcloud record $(REALFLAGS)

realcloud-down: $(KIT)  ## stop it
	$(BIN)/python -m tests.realcloud down $(REALFLAGS)

docs: $(TESTKIT)  ## write docs/parity.md from the route tables and the tests, and the marked places in README.md
	$(BIN)/python -m docs.generate

down:  ## stop the embedded cloud
	$(BIN)/python -m cloudlab down

clean:  ## remove the environment and what tools left behind
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"cloudlab needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Try: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

$(KIT): requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python -m compileall -q cloudlab
	@touch $@

# What reads clouds.yaml, for those who have a real cloud.
$(REALKIT): $(KIT)
	$(BIN)/python -m pip install --quiet -e '.[realcloud]'
	@touch $@

# The second line fetches what OpenStack's services publish: tests read the schemas out of the wheels, nothing is installed.
$(TESTKIT): tests/requirements.txt tests/outside/published.txt $(KIT)
	$(BIN)/python -m pip install --quiet -r tests/requirements.txt
	$(BIN)/python -m pip download --quiet --no-deps --only-binary :all: --dest $(VENV)/published -r tests/outside/published.txt
	@touch $@

$(BENCHKIT): tests/bench/requirements.txt $(TESTKIT)
	$(BIN)/python -m pip install --quiet -r tests/bench/requirements.txt
	@touch $@
