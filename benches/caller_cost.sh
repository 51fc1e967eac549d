#!/usr/bin/env bash
# Counts the instructions that a kept tile takes, for whom it is: caller_cost.sh BINARY [OTHER-BINARY]
# Needs valgrind, which counts the same on every machine and however busy it is, and curl.
#
# Each server is asked for the tile so often and then twice as often; the difference is what the requests took. The other
# binary, such as one of an earlier version, is asked as an anonymous caller only.
set -euo pipefail

binary=$(realpath "$1")
other=${2:+$(realpath "$2")}
tile=/xyz/strassen/14/8532/5503
times=4000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/rules.toml" <<TOML
state = "$work/state"
[access.roles.amt]
[collections.kitas.access]
rows = { everyone = "plaetze > 60", amt = "TRUE" }
TOML
key=$("$binary" key add amt --role amt --config "$work/rules.toml")

# asked BINARY CONFIGURATION TIMES PATH [CURL-OPTION…]: the instructions of a server from its start to its end.
asked() {
  local log=$work/log addresses=$work/addresses address=
  valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null --log-file="$work/counted" \
    "$1" serve --listen 127.0.0.1:0 --config "$2" 2>"$log" </dev/null &
  local server=$!
  for _ in $(seq 600); do
    address=$(sed -n 's|.*serving at \(http://[^ ]*\).*|\1|p' "$log")
    [ -z "$address" ] || ! curl -sf "$address/ready" >/dev/null || break
    sleep 0.2
  done
  for _ in $(seq "$3"); do printf 'url = "%s%s"\noutput = "/dev/null"\n' "$address" "$4"; done >"$addresses"
  curl -sf --config "$addresses" "${@:5}"
  kill "$server"
  wait "$server" || true
  sed -n 's/.*I *refs: *//p' "$work/counted" | tr -d ,
}

# each BINARY CONFIGURATION PATH [CURL-OPTION…]: the instructions of one request.
each() {
  local few many
  few=$(asked "$1" "$2" "$times" "${@:3}")
  many=$(asked "$1" "$2" $((2 * times)) "${@:3}")
  echo $(((many - few) / times))
}

row() { printf '| %s | %s |\n' "$1" "$(each "${@:2}")"; }

echo '| tile | instructions |'
echo '| --- | --- |'
[ -z "$other" ] || row "kept, the other binary" "$other" /dev/null "$tile"
row "kept, without rules" "$binary" /dev/null "$tile"
row "kept, with rules about another collection" "$binary" "$work/rules.toml" "$tile"
row "the same with a key" "$binary" "$work/rules.toml" "$tile" -H "authorization: Bearer $key"
row "of a collection with rules" "$binary" "$work/rules.toml" "${tile/strassen/kitas}"
row "the same with a key" "$binary" "$work/rules.toml" "${tile/strassen/kitas}" -H "authorization: Bearer $key"
