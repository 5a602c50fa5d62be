# `make start` opens the app, `make test` checks everything. Both set up what is missing in .venv.
# Needed beforehand: Python 3.11 or newer, pip and make. Another Python: make start PYTHON=/path/to/python3

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
VALIDATOR := $(VENV)/fhir_validator
AXE := $(VENV)/axe
PROXIES := $(VENV)/proxies
PEERS := .venv-peers
AUDIT := .venv-audit
ALL_CORES := -n logical --dist worksteal
# Linux distributions build theirs with profiles, which makes it a fifth faster than one built by hand: it comes first
# where it can make environments, and nobody has activated another.
SYSTEMS_OWN = $(if $(VIRTUAL_ENV)$(CONDA_PREFIX),,$(shell [ "$$(uname)" = Linux ] && /usr/bin/python3 -c 'import ensurepip' 2>/dev/null && echo /usr/bin/python3))
PYTHONS = $(SYSTEMS_OWN) python3 python3.14 python3.13 python3.12 python3.11

# Streamlit's variables would override .streamlit/config.toml, Python's would mix in other packages, or let each of the
# many processes of the tests compile everything anew.
$(foreach name,$(filter STREAMLIT_%,$(.VARIABLES)) PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE,$(eval unexport $(name)))

.PHONY: start test quick docs bundle benchmark mutants scorecard test-pythons papers style lint format check-system clean help

help:
	@echo "make start   set up what is missing and open the app on this computer"
	@echo "make test    set up what is missing and run every check, with the browser tests"
	@echo "make quick   the checks without browser, fits and notebooks: about a minute and a half on two cores"
	@echo "make docs    the pages about the library, as build/guide/index.html"
	@echo "make benchmark  compare accuracy and speed with other programs, in an environment of their own"
	@echo "make mutants PART=assess  change the code in small ways and list what no test notices"
	@echo "make scorecard  measure what a hospital asks, R1 to R25, and write docs/scorecard.md; some hours"
	@echo "make test-pythons  the quick tests under each supported Python that is here"
	@echo "make bundle  for computers without internet: an offline folder for Windows, one for this system, a frozen program"
	@echo "make papers  write the papers that are made from pins, requirements and protocol"
	@echo "make lint    style and types only"
	@echo "make format  write the house style into the files"
	@echo "make clean   remove the environment and everything the tools left behind"

start: $(VENV)/app.stamp
	@exec $(VENV)/bin/ironreport

# Types are one of the tests there, so that both cores work.
test: style check-system $(VALIDATOR)/installed $(AXE)/installed $(PROXIES)/unpacked
	$(PY) -m pytest $(ALL_CORES)

quick: lint
	IRONREPORT_EXAMPLES=200 $(PY) -m pytest $(ALL_CORES) -m "not browser and not slow"

docs: $(VENV)/dev.stamp
	$(PY) -m sphinx -q -W -b html -d build/guide-trees docs/guide build/guide
	@echo "Open build/guide/index.html in a browser."

benchmark: $(VENV)/app.stamp $(PEERS)/stamp
	$(PY) -m benchmarks.accuracy --peers $(PEERS)/bin/python
	$(PY) -m benchmarks.speed --peers $(PEERS)/bin/python
	$(PY) -m benchmarks.library
	$(PY) -m benchmarks.explain
	$(PEERS)/bin/python benchmarks/pictures.py build/benchmarks docs/pictures

scorecard: check-system $(VALIDATOR)/installed $(AXE)/installed $(AUDIT)/stamp
	$(PY) -m benchmarks.scorecard --page $(ARGS)

test-pythons: $(VENV)/dev.stamp
	$(PY) -m benchmarks.pythons $(ARGS)

bundle: $(VENV)/app.stamp
	$(PY) -m bundling build/bundle/offline-windows
	$(PY) -m bundling build/bundle/offline-here --here
	$(PY) -m venv --without-pip --clear build/freezing-env    # what is frozen is what the folder holds, without tools of tests
	$(PIP) --python build/freezing-env/bin/python install --quiet --no-index --find-links build/bundle/offline-here/wheels ironreport
	$(PIP) --python build/freezing-env/bin/python install --quiet --constraint constraints.txt --group bundle
	build/freezing-env/bin/python -m PyInstaller --noconfirm --log-level WARN --distpath build/bundle --workpath build/freezing bundling/ironreport.spec
	cp docs/quick.html docs/offline.md build/bundle/offline-here/LICENCES.txt build/bundle/ironreport/
	cd build/bundle/ironreport && find . -type f ! -name SHA256SUMS.txt -exec sha256sum {} + > SHA256SUMS.txt

papers: $(VENV)/dev.stamp $(AUDIT)/stamp
	$(PY) -m benchmarks.paperwork --bill $(AUDIT)/bin/cyclonedx-py

mutants: $(VENV)/mutation.stamp
	$(PY) -m benchmarks.mutation $(PART) $(ARGS)

style: $(VENV)/dev.stamp
	$(PY) -m ruff check
	$(PY) -m ruff format --check

lint: style
	$(PY) -m mypy

format: $(VENV)/dev.stamp
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

clean:
	rm -rf $(VENV) $(PEERS) $(AUDIT) .venv-pythons build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find ironreport pages tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --------------------------------------------------------------------------- environment
# A stamp is newer than what it was made from: nothing is installed, and no network is needed, the second time.

$(VENV)/app.stamp: pyproject.toml constraints.txt $(PY)
	@echo "Installing IronReport into $(VENV) (the first time this takes a few minutes) ..."
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/app.stamp
	@echo "Installing the tools for tests into $(VENV) ..."
	$(PIP) install --quiet --constraint constraints.txt --group dev
	@touch $@

$(VENV)/mutation.stamp: $(VENV)/dev.stamp
	$(PIP) install --quiet --constraint constraints.txt --group mutation
	@touch $@

# The other programs of the benchmark need older libraries than the app.
$(PEERS)/stamp: benchmarks/peers.txt $(VENV)/app.stamp
	$(PY) -m venv --without-pip $(PEERS)
	$(PIP) --python $(PEERS)/bin/python install --quiet --no-deps --requirement benchmarks/peers.txt
	@touch $@

# What asks for vulnerabilities and writes the bill of materials is no part of what is asked about.
$(AUDIT)/stamp: benchmarks/audit.txt $(VENV)/app.stamp
	$(PY) -m venv --without-pip $(AUDIT)
	$(PIP) --python $(AUDIT)/bin/python install --quiet --requirement benchmarks/audit.txt
	@touch $@

# The FHIR validator and axe, which looks at pages as a screen reader would, come from npm.
$(VALIDATOR)/installed $(AXE)/installed: $(VENV)/%/installed: tests/%/package.json tests/%/package-lock.json | check-system
	@if command -v npm >/dev/null; then \
	  echo "Installing $* for the tests into $(VENV)/$* ..."; \
	  mkdir -p $(VENV)/$* && cp tests/$*/*.json $(VENV)/$* \
	  && npm ci --prefix $(VENV)/$* --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	else echo "No npm on this computer: the tests that need $* are skipped, or fail where IRONREPORT_REQUIRE_ALL=1."; fi

# The proxies of docs/proxy are unpacked and not installed: their packages would start web servers on this computer.
$(PROXIES)/unpacked: | check-system
	@mkdir -p $(PROXIES); \
	{ command -v nginx || ls /usr/sbin/nginx; } >/dev/null 2>&1 && command -v caddy >/dev/null && touch $@ && exit 0; \
	command -v apt-get >/dev/null && command -v dpkg >/dev/null || \
	  { echo "Not on this computer: nginx, caddy. The tests that need them are skipped, or fail where IRONREPORT_REQUIRE_ALL=1."; exit 0; }; \
	echo "Unpacking nginx and caddy for the tests into $(PROXIES) ..."; \
	cd $(PROXIES) && for package in nginx nginx-core caddy; do \
	  apt-get download -qq $$package >/dev/null 2>&1 && dpkg -x $${package}_*.deb . || echo "apt-get could not fetch $$package."; \
	done; \
	rm -f ./*.deb; [ ! -x usr/sbin/nginx ] || [ ! -x usr/bin/caddy ] || touch unpacked

# Debian splits ensurepip off into python3-venv; without it the pip that is there puts a
# pip into the environment, which then installs itself once more, whole.
$(PY):
	@for candidate in $(or $(PYTHON),$(PYTHONS)); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$candidate"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "IronReport needs Python 3.11 or newer, and none of these is: $(or $(PYTHON),$(PYTHONS)). Install one, or name it: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; \
	  exit 1; \
	fi; \
	set -e; \
	echo "Making the environment $(VENV) with $$("$$python" --version) ..."; \
	rm -rf $(VENV); \
	trap 'rm -rf $(VENV)' EXIT; \
	"$$python" -m venv --without-pip $(VENV); \
	$(PY) -m ensurepip >/dev/null 2>&1 \
	  || "$$python" -m pip install --quiet --target "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" pip; \
	$(PIP) install --quiet --constraint constraints.txt --force-reinstall pip; \
	trap - EXIT

# --------------------------------------------------------------------------- Debian packages for the tests

# Ubuntu has chromium only as a snap, which needs a desktop: there Playwright brings its own.

# The headless shell is the same browser without windows, at half the processor; where it cannot be had the whole one does.
FIND_CHROMIUM := chromium-headless-shell --version || chromium --version || chromium-browser --version || google-chrome --version || ls -d "$$HOME"/.cache/ms-playwright/chromium-*

check-system: $(VENV)/dev.stamp
	@missing=""; \
	command -v chromium-headless-shell >/dev/null || missing="chromium-headless-shell"; \
	command -v npm >/dev/null || missing="$$missing npm"; \
	command -v dciodvfy >/dev/null || missing="$$missing dicom3tools"; \
	{ command -v Orthanc || ls /usr/sbin/Orthanc; } >/dev/null 2>&1 || missing="$$missing orthanc"; \
	{ command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || missing="$$missing postgresql"; \
	{ command -v pdftotext && command -v pdftoppm; } >/dev/null || missing="$$missing poppler-utils"; \
	[ -n "$$missing" ] || exit 0; \
	if ! command -v apt-get >/dev/null; then \
	  { $(FIND_CHROMIUM); } >/dev/null 2>&1 && [ "$$missing" = chromium-headless-shell ] && exit 0; \
	  echo "Not on this computer: $$missing. The tests that need them are skipped, or fail where IRONREPORT_REQUIRE_ALL=1."; exit 0; \
	fi; \
	[ "$$(id -u)" = 0 ] && sudo="" || sudo=sudo; \
	echo "The tests need Debian packages that are not here; installing with apt-get: $$missing"; \
	$$sudo apt-get update -qq || true; \
	for package in $$missing; do \
	  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$package >/dev/null \
	    || echo "apt-get could not install $$package."; \
	done; \
	if ! { $(FIND_CHROMIUM); } >/dev/null 2>&1; then \
	  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null || true; \
	fi; \
	if ! { $(FIND_CHROMIUM); } >/dev/null 2>&1; then \
	  echo "No chromium from apt-get; asking Playwright for its own."; \
	  $(PY) -m playwright install --with-deps chromium; \
	fi
