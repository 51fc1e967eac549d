#!/usr/bin/env bash
# Licences, sources and advisories of all dependencies: deny.sh [ADVISORIES], a clone of https://github.com/rustsec/advisory-db.
# Without one nothing is known of advisories, and that is a failure. Needs cargo-deny.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo deny check bans licenses sources
advisories=${1:-}
if [ -z "$advisories" ]; then
  echo "advisories: NOT CHECKED, as no database of them was named: make deny ADVISORIES=path/to/advisory-db" >&2
  exit 1
fi
[ -d "$advisories/crates" ] || { echo "advisories: NOT CHECKED, as $advisories is no clone of advisory-db" >&2; exit 1; }
cargo audit --version >/dev/null 2>&1 || { echo "advisories: NOT CHECKED, as there is no cargo-audit" >&2; exit 1; }
cargo audit --db "$advisories" --no-fetch --stale
