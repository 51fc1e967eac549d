#!/usr/bin/env bash
# Makes target/veedel_VERSION_ARCH.deb: deb.sh [BINARY], by default target/dist/veedel. Needs dpkg-deb, and what notices.sh makes.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-target/dist/veedel}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
architecture=$(dpkg --print-architecture)
for file in target/veedel-sbom.json target/veedel-notices.txt; do
  [ -s "$file" ] || { echo "$file is missing: make sbom" >&2; exit 1; }
done
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

install -Dm755 "$binary" "$root/usr/bin/veedel"
install -Dm644 veedel.example.toml "$root/usr/share/doc/veedel/veedel.example.toml"
install -Dm644 LICENSE "$root/usr/share/doc/veedel/copyright"
for page in README.md README.de.md ARCHITECTURE.md CONTRIBUTING.md SECURITY.md CHANGELOG.md docs/*.md docs/pictures/*.png; do
  install -Dm644 "$page" "$root/usr/share/doc/veedel/$page"
done
install -Dm644 target/veedel-sbom.json "$root/usr/share/doc/veedel/sbom.cdx.json"
install -Dm644 target/veedel-notices.txt "$root/usr/share/doc/veedel/third-party-notices.txt"
install -dm755 "$root/etc/veedel" "$root/lib/systemd/system" "$root/DEBIAN"
sed 's#/usr/local/bin/veedel#/usr/bin/veedel#; 1s#.*#\# systemd unit of the package; change it by systemctl edit veedel.#' \
  packaging/veedel.service > "$root/lib/systemd/system/veedel.service"
# Without a source it would serve an invented city, which nobody expects of an installed server: so nothing is
# started until somebody has said what to serve.
cat > "$root/etc/veedel/veedel.toml" <<'TOML'
# What to serve: see /usr/share/doc/veedel/veedel.example.toml. Then: systemctl enable --now veedel
#sources = ["postgresql://veedel:${PGPASSWORD}@localhost/city", "/srv/geodata"]
TOML
cat > "$root/DEBIAN/control" <<CONTROL
Package: veedel
Version: $version
Architecture: $architecture
Maintainer: veedel <veedel@localhost>
Depends: libc6, libgcc-s1, libgdal32
Section: science
Priority: optional
Description: geodata tile server and spatial API
 Serves PostGIS and FlatGeobuf from memory: vector tiles, GeoJSON and a map.
CONTROL
echo /etc/veedel/veedel.toml > "$root/DEBIAN/conffiles"
cat > "$root/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart veedel.service
fi
POSTINST
chmod 755 "$root/DEBIAN/postinst"
package="target/veedel_${version}_${architecture}.deb"
mkdir -p target
dpkg-deb --root-owner-group --build "$root" "$package"
