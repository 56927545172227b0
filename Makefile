# Two commands do everything on a machine with git, make and Python 3.11 or newer:
#   make dataset   environment, then the whole pipeline
#   make test      environment for developers, then all tests
PYTHON ?= python3
VENV := .venv
# developers' tools lie over the users' environment, which does not see them
DEV := $(VENV)/dev
# Python compiles what it imports, and most of this is never imported
INSTALL := -m pip install --quiet --no-compile --require-hashes
PACKAGES := -c 'import site; print(site.getsitepackages()[0])'
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: dataset test lint lock push pull

dataset: $(VENV)/dataset.ok
	dvc repro

test: $(VENV)/test.ok
	$(DEV)/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# to and from a public remote, REMOTE=<name in .dvc/public/config>: only what licences permit to hand on
push pull: $(VENV)/dataset.ok
	python -m stages.lib.guard $@ "$(REMOTE)"

lint: $(VENV)/test.ok
	$(DEV)/bin/ruff check .
	$(DEV)/bin/ruff format --check .
	$(DEV)/bin/mypy

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
	  "Python 3.11 or newer is needed, found " + sys.version.split()[0] + "; try: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/dataset.ok: requirements.txt | $(VENV)/bin/python
	python $(INSTALL) -r $<
	touch $@

$(VENV)/test.ok: requirements-dev.txt $(VENV)/dataset.ok
	python -m venv $(DEV)
	python $(PACKAGES) > "$$($(DEV)/bin/python $(PACKAGES))/users.pth"
	$(DEV)/bin/python $(INSTALL) -r $<
	touch $@

# after an edit of a requirements*.in
lock: $(VENV)/test.ok
	for name in requirements requirements-dask requirements-dnsmos requirements-neural requirements-asr requirements-dev; do \
	  $(DEV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-annotate $$name.in -o $$name.txt || exit 1; done
