#!/usr/bin/env bash
# Asks a server what its own description allows, and much that it does not (schemathesis, from PyPI): no answer may be a server
# error, or one that /api does not describe. scripts/schemathesis.sh [BINARY]; without one the debug build is taken.
set -euo pipefail
cd "$(dirname "$0")/.."

built() { cargo build --locked --message-format=json-render-diagnostics | sed -n 's/.*"executable":"\([^"]*\/veedel\)".*/\1/p' | tail -1; }
binary=${1:-$(built)}
venv=target/schemathesis
[ -x $venv/bin/st ] || { python3 -m venv $venv && $venv/bin/pip install --quiet 'schemathesis>=4,<5'; }
log=$(mktemp)
NO_COLOR=1 "$binary" serve --config examples/rheinfurt/veedel.toml --listen 127.0.0.1:0 2>"$log" </dev/null &
server=$!
trap 'kill $server 2>/dev/null; rm -f "$log"' EXIT
base=
for _ in $(seq 100); do
  base=$(sed -n 's|.*serving at \(http://[^ ]*\).*|\1|p' "$log")
  [ -z "$base" ] || break
  sleep 0.1
done
[ -n "$base" ] || { cat "$log" >&2; exit 1; }
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method
$venv/bin/st run "$base/api" --checks $checks --phases=examples,coverage,fuzzing --max-examples "${EXAMPLES:-25}" --request-timeout 30 --suppress-health-check all
