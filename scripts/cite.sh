#!/usr/bin/env bash
# OGC's own test suites (CITE), on a folder and on a PostGIS: cite.sh [features | tiles], or both of them.
#   features  Features Part 1 and 2, opengeospatial/ets-ogcapi-features10
#   tiles     Tiles Part 1, opengeospatial/ets-ogcapi-tiles10
# The suites are in no package registry, so their source is needed: VEEDEL_CITE_SOURCE and VEEDEL_CITE_TILES_SOURCE name checkouts,
# else they are cloned. Needs git, Java 17 and Maven. Results: target/cite/NAME/…/testng-results.xml. A test that fails must be
# explained in tests/cite/known.tsv.
set -euo pipefail
cd "$(dirname "$0")/.."

# build FOLDER SOURCE COMMIT
build() {
  [ ! -d "$1/classes" ] || return 0
  rm -rf "$1/source"
  mkdir -p "$1"
  git clone --quiet "$2" "$1/source"
  git -C "$1/source" checkout --quiet "$3"
  # The suite asks for a newer Maven than Debian's, which builds it as well.
  (cd "$1/source" && mvn -q -B -DskipTests -Denforcer.skip=true compile \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory="$1/lib" -DincludeScope=runtime)
  cp -r "$1/source/target/classes" "$1/classes"
}

suite=${1:-both}
if [ "$suite" != tiles ]; then
  build "$PWD/target/cite" "${VEEDEL_CITE_SOURCE:-https://github.com/opengeospatial/ets-ogcapi-features10}" a314c1e
  export VEEDEL_CITE=$PWD/target/cite
fi
if [ "$suite" != features ]; then
  build "$PWD/target/cite-tiles" "${VEEDEL_CITE_TILES_SOURCE:-https://github.com/opengeospatial/ets-ogcapi-tiles10}" 94900db
  export VEEDEL_CITE_TILES=$PWD/target/cite-tiles
fi
cargo test --locked --test postgis cite -- --test-threads=1 --nocapture
