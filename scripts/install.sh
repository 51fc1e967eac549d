#!/usr/bin/env bash
# Installs what this machine lacks: install.sh build | check | test | clients. Debian 12 and its relatives; does nothing twice.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()

# need "PACKAGES" TEST…: notes the packages if the test fails.
need() {
  local packages=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=($packages)
}

links() { echo 'int main(void) { return 0; }' | cc -x c -o /dev/null -; }
node_is_new_enough() { command -v npm && node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)'; }
has_fonts() { test -e /usr/share/fonts/truetype/noto/NotoSans-Italic.ttf && test -e /usr/share/doc/fonts-noto-core/copyright; }
has_postgis() { [ -n "${VEEDEL_PG_BIN:-}" ] || compgen -G '/usr/share/postgresql/*/extension/postgis.control'; }
has_nginx() { command -v nginx || test -x /usr/sbin/nginx; }
has_chromium() { test -x "${CHROMIUM:-/usr/bin/chromium}"; }

what_is_missing() {
  missing=()
  need "gcc libc6-dev" links
  need pkg-config command -v pkg-config
  need libgdal-dev pkg-config --exists gdal
  need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
  need "nodejs npm" node_is_new_enough
  need fonts-noto-core has_fonts
  if [ "$1" = clients ]; then
    need "python3-qgis qgis-providers" /usr/bin/python3 -c 'import qgis.core'
    need debootstrap command -v debootstrap
    need python3-venv /usr/bin/python3 -c 'import ensurepip'
  fi
  [ "$1" = test ] || return 0
  need "postgresql-15 postgresql-15-postgis-3" has_postgis
  need chromium has_chromium
  need gdal-bin command -v ogr2ogr
  need nginx-light has_nginx
  # A second opinion on planning: tests/oracle.
  need "python3-numpy python3-scipy python3-gdal" /usr/bin/python3 -c 'import numpy, scipy, osgeo'
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || { echo "run as root: $*" >&2; exit 1; }
  echo "needs root: $*"
  sudo "$@"
}

install_missing() {
  [ ${#missing[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "no apt here; please install what Debian calls: ${missing[*]}" >&2
    exit 1
  fi
  as_root apt-get update </dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${missing[@]}" </dev/null
}

# The toolchain is yours to choose, so an old one is only named.
check_rust() {
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  found=$(rustc --version 2>/dev/null | cut -d' ' -f2) || true
  if [ "$(printf '%s\n' "$wanted" "${found:-0}" | sort -V | head -1)" != "$wanted" ]; then
    echo "veedel needs Rust $wanted or newer; here is ${found:-none}." >&2
    echo "Install it by https://rustup.rs, or, if you have rustup: rustup update stable" >&2
    exit 1
  fi
}

check_lints() {
  if cargo clippy --version && cargo fmt --version; then return; fi >/dev/null 2>&1
  rustup component add clippy rustfmt
}

case "${1:-}" in
  build | check | test | clients) check_rust ;;
  *) echo "usage: $0 build | check | test | clients" >&2; exit 2 ;;
esac
[ "$1" != check ] || check_lints
what_is_missing "$1"
install_missing
what_is_missing "$1"
[ ${#missing[@]} = 0 ] || { echo "still missing or too old (Node.js 18 is needed): ${missing[*]}" >&2; exit 1; }
