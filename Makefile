# Two commands do everything on a machine with git, make and Python 3.11 or newer:
#   make dataset   environment, then the whole pipeline
#   make test      environment for developers, then all tests
PYTHON ?= python3
VENV := .venv
# tools of developers have a separate environment, so that tests use the environment of users
DEV := $(VENV)/dev
# uv takes seconds where pip takes a minute, but does not know pip's settings: if it finds no packages, pip does
pip = $(1) -m pip install --quiet --no-compile --require-hashes -r $<
install = uv pip install --quiet --system-certs --python $(1) --require-hashes -r $< || $(call pip,$(1))
# number of processes for the tests; selection of tests (-m build: those that run the pipeline in clones)
JOBS := 3
PICK :=
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: dataset test lint lock

dataset: $(VENV)/dataset.ok
	python -m stages check
	dvc repro

test: $(VENV)/test.ok
	$(DEV)/bin/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(PICK)

lint: $(VENV)/test.ok
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/mypy
	PYTHONPATH=. $(DEV)/bin/lint-imports --no-cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or newer is needed, found " + sys.version.split()[0] + "; try: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/bin/uv: requirements-uv.txt | $(VENV)/bin/python
	$(call pip,python)
	touch $@

$(VENV)/dataset.ok: requirements.txt | $(VENV)/bin/uv
	$(call install,$(VENV)/bin/python)
	touch $@

$(VENV)/test.ok: requirements-dev.txt $(VENV)/dataset.ok
	python -m venv $(DEV)
	$(call install,$(DEV)/bin/python)
	touch $@

# after an edit of a requirements*.in
lock: $(VENV)/bin/uv
	for name in requirements requirements-uv requirements-dask requirements-dnsmos requirements-neural requirements-asr requirements-dev; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-annotate $$name.in -o $$name.txt || exit 1; done
