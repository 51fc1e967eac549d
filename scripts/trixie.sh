#!/usr/bin/env bash
# A Debian 13 in target/trixie with its QGIS (3.40), for make test-clients: Debian 12's is 3.22, which knows neither filters nor
# other systems than CRS84. Needs root and debootstrap; 2 GB. Says what it lacks and ends well where it cannot be made.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD/target/trixie
if [ -e "$root/.made" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
  echo "QGIS 3.40 is left out: to make $root, run as root where debootstrap is installed" >&2
  exit 0
fi
[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase trixie "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}"
cp /etc/resolv.conf "$root/etc/resolv.conf"
DEBIAN_FRONTEND=noninteractive chroot "$root" sh -c 'apt-get update && apt-get install --yes --no-install-recommends python3-qgis qgis-providers && apt-get clean'
touch "$root/.made"
