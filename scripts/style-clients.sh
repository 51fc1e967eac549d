#!/usr/bin/env bash
# Serves the invented city and has OpenLayers (npm ci in tests/clients) and QGIS 3.40 (target/trixie, by scripts/trixie.sh) load its
# styles by their addresses and draw what they say: style-clients.sh BINARY. Needs root, as QGIS runs in a chroot.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:?a built veedel}
log=$(mktemp)
"$binary" serve --config examples/rheinfurt/veedel.toml --listen 127.0.0.1:0 2>"$log" </dev/null &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" || true; rm -f "$log"' EXIT
base=
for _ in $(seq 100); do
  base=$(NO_COLOR=1 sed -n 's|.*serving at \(http://[^ ]*\).*|\1|p' "$log")
  if [ -n "$base" ] && grep -q "collections read" "$log"; then break; fi
  sleep 0.1
done
[ -n "$base" ] || { cat "$log" >&2; exit 1; }
classes="water=gewaesser building=gebaeude wood=flaechen green=flaechen farmland=flaechen"
for theme in light dark; do
  # shellcheck disable=SC2086
  node tests/clients/openlayers_style.mjs "$base" "$theme" $classes
  # shellcheck disable=SC2086
  QT_QPA_PLATFORM=offscreen chroot target/trixie python3 - "$base" "$theme" \
    $classes <tests/clients/qgis_style.py
done
