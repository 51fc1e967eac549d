#!/usr/bin/env bash
# OGC's own test suite for Features Part 1 and 2 (CITE, opengeospatial/ets-ogcapi-features10), on a folder and on a PostGIS.
# The suite is in no package registry, so its source is needed: VEEDEL_CITE_SOURCE names a checkout, else it is cloned.
# Needs git, Java 17 and Maven. Results: target/cite/NAME/…/testng-results.xml. A test that fails must be explained in
# tests/cite/known.tsv.
set -euo pipefail
cd "$(dirname "$0")/.."

commit=a314c1e
work=$PWD/target/cite

if [ ! -d "$work/classes" ]; then
  rm -rf "$work/source"
  mkdir -p "$work"
  git clone --quiet "${VEEDEL_CITE_SOURCE:-https://github.com/opengeospatial/ets-ogcapi-features10}" "$work/source"
  git -C "$work/source" checkout --quiet "$commit"
  # The suite asks for a newer Maven than Debian's, which builds it as well.
  (cd "$work/source" && mvn -q -B -DskipTests -Denforcer.skip=true compile \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory="$work/lib" -DincludeScope=runtime)
  cp -r "$work/source/target/classes" "$work/classes"
fi
VEEDEL_CITE="$work" cargo test --locked --test postgis cite -- --test-threads=1 --nocapture
