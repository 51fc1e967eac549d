#!/usr/bin/env bash
# The predicates of CQL2's own conformance tests (OGC 21-065r2, Annex A) on its test data, at files, at a PostGIS in memory and
# at rows that stay there. They are in no package registry: VEEDEL_OGCAPI_FEATURES names a checkout of
# opengeospatial/ogcapi-features, else it is cloned (git).
set -euo pipefail
cd "$(dirname "$0")/.."

commit=${VEEDEL_OGCAPI_FEATURES_COMMIT:-HEAD}
work=$PWD/target/cql2
if [ ! -d "$work/tests" ]; then
  rm -rf "$work/source"
  mkdir -p "$work"
  git clone --quiet "${VEEDEL_OGCAPI_FEATURES:-https://github.com/opengeospatial/ogcapi-features}" "$work/source"
  git -C "$work/source" checkout --quiet "$commit"
  mkdir "$work/making"
  cp "$work"/source/cql2/standard/annex_ats_*.adoc "$work/source/cql2/standard/data/ne110m4cql2.gpkg" "$work/making"
  mv "$work/making" "$work/tests"
fi
VEEDEL_CQL2="$work/tests" cargo test --locked --test postgis predicates_of_the_standard -- --nocapture
