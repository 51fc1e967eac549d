#!/usr/bin/env bash
# Serves the embedded city on a free port and opens its map, what people do on it, its pages, and the questions, in headless Chromium: browser-test.sh [BINARY]
# Without a BINARY, the one that cargo test has made already is taken.
set -euo pipefail
cd "$(dirname "$0")/.."

# Cargo knows where its target folder is. What `cargo build` makes is another: without what the tests' dependencies switch on.
built() {
  cargo test --locked --no-run --message-format=json-render-diagnostics |
    sed -n '/"kind":\["bin"\].*"test":false/s/.*"executable":"\([^"]*\)".*/\1/p' | tail -1
}
binary=${1:-$(built)}
log=$(mktemp)
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null; wait "$server" || true; server=; }; }
trap 'stop; rm -f "$log"' EXIT

fail() {
  echo "$1; its log:" >&2
  cat "$log" >&2
  exit 1
}

ready='for (let i = 0; i < 300; i++) {
  const answer = await fetch(process.argv[1]).catch(() => null);
  if (answer?.ok) process.exit(0);
  await new Promise((done) => setTimeout(done, 100));
}
process.exit(1);'

# walk CONFIGURATION SCRIPT: serves so configured, and opens the page as the script does.
walk() {
  : >"$log"
  NO_COLOR=1 "$binary" serve --listen 127.0.0.1:0 --config "$1" 2>"$log" </dev/null &
  server=$!
  local base=
  for _ in $(seq 100); do
    base=$(sed -n 's|.*serving at \(http://[^ ]*\).*|\1|p' "$log")
    [ -z "$base" ] || break
    kill -0 "$server" 2>/dev/null || fail "veedel ended"
    sleep 0.1
  done
  [ -n "$base" ] || fail "veedel does not listen"
  node --input-type=module --eval "$ready" -- "$base/ready" || fail "veedel is not ready within 30 s"
  node "$2" "$base/"
  stop
}

# --config /dev/null: a veedel.toml that lies here is not meant.
walk /dev/null tests/browser/map.mjs
walk /dev/null tests/browser/cockpit.mjs
walk /dev/null tests/browser/pages.mjs
walk /dev/null tests/browser/styles.mjs
walk examples/rheinfurt/veedel.toml tests/browser/styles.mjs
walk examples/rheinfurt/veedel.toml tests/browser/planning.mjs
walk examples/rheinfurt/veedel.toml tests/browser/scenario.mjs
walk examples/rheinfurt/veedel.toml tests/browser/sites.mjs
walk examples/rheinfurt/veedel.toml tests/browser/takeaway.mjs
walk examples/rheinfurt/veedel.toml tests/browser/tasks.mjs
