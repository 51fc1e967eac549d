#!/usr/bin/env bash
# Installs independent programs that planning is compared with, spopt and pandana, from PyPI into target/oracles. Where
# they cannot be had, their tests say that they are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
into=target/oracles

[ -x "$into/bin/python" ] || /usr/bin/python3 -m venv --system-site-packages "$into"
"$into/bin/pip" install --quiet spopt==0.7.0 pandana==0.8 ||
  echo "spopt and pandana could not be installed: what needs them is skipped." >&2
