#!/usr/bin/env bash
# Makes what packages carry beside the binary: target/veedel-sbom.json (CycloneDX) and target/veedel-notices.txt, the licences of
# third parties, of the crates and of the map page. Needs cargo-cyclonedx, cargo-about, and the map page built.
set -euo pipefail
cd "$(dirname "$0")/.."
need() {
  cargo "$1" --version >/dev/null 2>&1 || { echo "needs: cargo install --locked $2" >&2; exit 1; }
}
need cyclonedx "cargo-cyclonedx --version 0.5.9"
need about "cargo-about --version 0.9.3 --features cli"
page=viewer/dist/assets/licences.txt
[ -s "$page" ] || { echo "needs: make viewer" >&2; exit 1; }
fonts=/usr/share/doc/fonts-noto-core/copyright
[ -s "$fonts" ] || { echo "needs: apt-get install fonts-noto-core" >&2; exit 1; }
mkdir -p target

host=$(rustc -vV | sed -n 's/^host: //p')
cargo cyclonedx --format json --spec-version 1.5 --target "$host" --override-filename veedel-sbom
mv veedel-sbom.json target/
node packaging/page_parts.mjs target/veedel-sbom.json

# Once the crates are here, nobody else is asked.
cargo fetch --locked --quiet
cargo about generate --frozen --fail --config packaging/about.toml --output-file target/veedel-notices.txt packaging/about.hbs
{
  printf '\n%s\nOf the map page:\n\n' "$(printf -- '-%.0s' {1..78})"
  cat "$page"
  printf '\n%s\nOf the fonts Noto Sans:\n\n' "$(printf -- '-%.0s' {1..78})"
  cat "$fonts"
} >> target/veedel-notices.txt
