#!/usr/bin/env bash
# The catalogue as others read it: DCAT-AP.de's SHACL shapes by pySHACL, OGC API - Records by OWSLib (what QGIS's MetaSearch
# asks with). scripts/catalog.sh [CONFIGURATION] [BINARY]; without them the invented city and the debug build are taken.
# The shapes are in no package registry: VEEDEL_DCAT_AP_DE and VEEDEL_DCAT_AP name checkouts, else they are cloned (git).
# The EU's vocabularies, which the shapes import, are not: that a code is in one is held by the configuration.
set -euo pipefail
cd "$(dirname "$0")/.."

built() { cargo build --locked --message-format=json-render-diagnostics | sed -n 's/.*"executable":"\([^"]*\/veedel\)".*/\1/p' | tail -1; }
configuration=${1:-examples/rheinfurt/veedel.toml}
binary=${2:-$(built)}
work=target/catalog
mkdir -p $work
[ -x $work/venv/bin/python ] || { python3 -m venv $work/venv && $work/venv/bin/pip install --quiet 'pyshacl<1' 'owslib<1'; }
[ -d $work/german ] || git clone --quiet "${VEEDEL_DCAT_AP_DE:-https://github.com/GovDataOfficial/DCAT-AP.de-SHACL-Validation}" $work/german
[ -d $work/european ] || git clone --quiet "${VEEDEL_DCAT_AP:-https://github.com/SEMICeu/DCAT-AP}" $work/european

log=$(mktemp)
NO_COLOR=1 "$binary" serve --config "$configuration" --listen 127.0.0.1:0 2>"$log" </dev/null &
server=$!
trap 'kill $server 2>/dev/null; rm -f "$log"' EXIT
base=
for _ in $(seq 300); do
  base=$(sed -n 's|.*serving at \(http://[^ ]*\).*|\1|p' "$log")
  [ -z "$base" ] || ! curl -sf "$base/ready" >/dev/null || break
  sleep 0.1
done
[ -n "$base" ] || { cat "$log" >&2; exit 1; }
own=$work/german/validator/resources
$work/venv/bin/python tests/clients/check_catalog.py "$base" \
  $work/european/releases/3.0.0/shacl/dcat-ap-SHACL.ttl $own/v3.0/shapes/dcat-ap-{SHACL-DE,spec-german-additions,de-deprecated}.ttl \
  $own/mirror/{foaf_0_1.rdf,org.ttl,vcard.ttl}
