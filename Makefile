# The commands of this project. Each installs what it lacks first (apt, as root or by sudo), then does its work.

LISTEN ?= 127.0.0.1:3000
DATA ?= ../shared/data
# Most tests wait for a database or a client, so two run at once for each processor.
TEST_THREADS ?= $(shell echo $$((2 * $$(nproc))))
VIEWER := viewer/build.mjs viewer/package-lock.json $(shell find viewer/src -type f)

.PHONY: help serve koeln test test-all cite cite-tiles test-clients browser bench bench-features bench-following bench-warm bench-planning viewer check deny sbom deb lib
.DELETE_ON_ERROR:

help: ## Lists the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

serve: build-needs ## Builds veedel and serves an invented city at http://127.0.0.1:3000
	@$(MAKE) --no-print-directory viewer
	cargo build --release --locked
	@echo "Open http://$(LISTEN)/ in a browser; Ctrl-C ends the server."
	@cargo run --quiet --release --locked -- serve --listen $(LISTEN)

koeln: build-needs ## Imports Cologne's open data from DATA (../shared/data) and serves them as examples/koeln says
	@$(MAKE) --no-print-directory viewer
	cargo build --release --locked
	scripts/koeln.sh "$(DATA)"
	@echo "Open http://$(LISTEN)/ in a browser; Ctrl-C ends the server."
	@cargo run --quiet --release --locked -- serve --config examples/koeln/veedel.toml --listen $(LISTEN)

test: test-needs ## The suite: Rust with PostGIS, the map's unit tests, the map in headless Chromium
	@$(MAKE) --no-print-directory viewer tests/browser/node_modules/.package-lock.json
	RUST_TEST_THREADS=$(TEST_THREADS) cargo test --locked
	cd viewer && npm test
	scripts/browser-test.sh

test-all: test ## The suite, waits and memory measured alone, the dearest requests on a layer ten times as large, five minutes of everything at once, the feed in trouble that lasts, the properties with twenty times as many cases, a minute of fuzz each, twenty times as many pairs of questions, the library without GDAL, and planning beside spopt and pandana
	VEEDEL_ALONE=1 cargo test --locked --test folder --test postgis -- --test-threads=1 --nocapture disturb starve memory_stays flipped_bytes
	VEEDEL_ALONE=1 VEEDEL_DEAR_ROWS=300000 VEEDEL_DEAR_MEMORY=4000000 cargo test --locked --test dear -- --nocapture
	VEEDEL_ALONE=1 cargo test --locked --test dear the_server_ends
	VEEDEL_ALONE=1 VEEDEL_TORTURE_SECONDS=300 cargo test --locked --test postgis nothing_is_stale -- --nocapture
	cargo test --locked --test postgis at_length -- --ignored --nocapture --test-threads=1
	VEEDEL_PAIRS=200000 cargo test --locked --test plan differencing -- --nocapture
	PROPTEST_CASES=5120 VEEDEL_FUZZ_SECONDS=60 cargo test --locked --lib
	cargo test --locked --lib --no-default-features
	scripts/oracles.sh
	VEEDEL_PYTHON=target/oracles/bin/python cargo test --locked --test plan -- --nocapture pandana spopt

cite: test-needs ## OGC's own tests of Features Part 1 and 2, of Tiles, and of CQL2 (their source is cloned; needs git, Java 17 and Maven)
	@$(MAKE) --no-print-directory viewer
	scripts/cql2.sh
	scripts/cite.sh

cite-tiles: test-needs ## OGC's own tests of Tiles alone
	@$(MAKE) --no-print-directory viewer
	scripts/cite.sh tiles

test-clients: test-needs ## Real clients: QGIS 3.22 and, as root, 3.40 without a window (apt), a newer GDAL (pyogrio, PyPI), Masterportal's API and ogc-client (npm), requests made up from our OpenAPI (schemathesis, PyPI), the catalogue by SHACL and OWSLib (PyPI)
	@$(MAKE) --no-print-directory viewer
	@$(MAKE) --no-print-directory tests/clients/node_modules/.package-lock.json
	scripts/install.sh clients
	scripts/trixie.sh
	[ -x target/pyogrio/bin/python ] || { python3 -m venv target/pyogrio && target/pyogrio/bin/pip install --quiet 'pyogrio<1' 'shapely<3' 'numpy<3'; }
	VEEDEL_CLIENTS=1 VEEDEL_PYOGRIO=target/pyogrio/bin/python cargo test --locked --test postgis clients -- --nocapture
	cargo build --locked
	scripts/style-clients.sh target/debug/veedel
	scripts/schemathesis.sh
	scripts/catalog.sh

bench: test-needs ## Measures tiles beside Martin's, if there is one; writes to benches/results/
	@$(MAKE) --no-print-directory viewer
	@command -v martin >/dev/null || echo "To compare: cargo install martin --version 1.14.0 --locked --no-default-features --features postgres,mbtiles,pmtiles"
	cargo bench --locked --profile dist --bench beside_martin

bench-features: test-needs ## Measures features beside tipg's and pygeoapi's, where VEEDEL_BENCH_TIPG and VEEDEL_BENCH_PYGEOAPI name their Python; writes to benches/results/
	@$(MAKE) --no-print-directory viewer
	cargo bench --locked --profile dist --bench beside_tipg

bench-following: test-needs ## Measures how soon after a commit tiles show it, and catching up after an outage; writes to benches/results/
	@$(MAKE) --no-print-directory viewer
	cargo bench --locked --profile dist --bench following

bench-warm: build-needs ## Measures kept tiles beside nginx; needs nginx and wrk; writes to benches/results/
	@$(MAKE) --no-print-directory viewer
	cargo bench --locked --profile dist --bench beside_nginx

bench-planning: build-needs ## Measures planning questions about Cologne (imported by make koeln); writes to benches/results/
	@$(MAKE) --no-print-directory viewer
	cargo bench --locked --profile dist --bench planning

viewer: viewer/dist/index.html ## Builds the map page, which the binary embeds
	@true

check: check-needs ## Format, lints and documentation, without a warning
	@$(MAKE) --no-print-directory viewer
	cargo fmt --all --check
	cargo clippy --locked --all-targets -- --deny warnings
	# With an example, so that the features of dependencies are those of the tests and nothing is checked twice.
	RUSTDOCFLAGS="--deny warnings" cargo doc --locked --no-deps --document-private-items --lib --examples

deny: ## Licences, sources and, by ADVISORIES=(a clone of rustsec/advisory-db), advisories of all dependencies; needs cargo-deny and cargo-audit
	scripts/deny.sh "$(ADVISORIES)"

sbom: ## What the binary is made of, as CycloneDX, and the notices of third parties, in target/; needs cargo-cyclonedx and cargo-about
	@$(MAKE) --no-print-directory viewer
	packaging/notices.sh

deb: build-needs ## Builds target/veedel_VERSION_ARCHITECTURE.deb
	@$(MAKE) --no-print-directory viewer sbom
	cargo build --profile dist --locked
	packaging/deb.sh "$${CARGO_TARGET_DIR:-target}/dist/veedel"

%-needs:
	@scripts/install.sh $*

viewer/dist/index.html: viewer/node_modules/.package-lock.json $(VIEWER)
	cd viewer && npm run build

%/node_modules/.package-lock.json: %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	@touch $@
