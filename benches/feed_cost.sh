#!/usr/bin/env bash
# What the change feed's triggers cost a writer: pgbench on a PostgreSQL of its own, fsync on, rounds with and without
# triggers in turn; single rows (an update of one row a transaction) and bulk (500 rows a statement).
#
#   benches/feed_cost.sh [SECONDS a run, 20] [ROUNDS, 5] [CLIENTS, 4]
#
# Needs PostgreSQL with PostGIS and pgbench, and target/release/veedel (or VEEDEL). Prints transactions a second of each
# run and the medians.
set -euo pipefail
seconds=${1:-20} rounds=${2:-5} clients=${3:-4}
veedel=$(realpath "${VEEDEL:-${CARGO_TARGET_DIR:-target}/release/veedel}")
bin=${VEEDEL_PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)}
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
folder=$(as mktemp -d -t veedel-feed-XXXXXX)
cd /
port=$((20000 + RANDOM % 20000))
as "$bin/initdb" -A trust -U postgres -D "$folder/data" >/dev/null
as "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -o "-k $folder -p $port -h ''" start >/dev/null
trap 'as "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null; rm -rf "$folder"' EXIT
sql() { "$bin/psql" -X -q -A -t -h "$folder" -p "$port" -U postgres -d postgres "$@"; }
url="postgresql://postgres@${folder//\//%2F}:$port/postgres"
sql -c "CREATE EXTENSION postgis;
  CREATE TABLE houses (id int PRIMARY KEY, name text, geom geometry(Polygon, 25832));
  INSERT INTO houses SELECT i, 'n', ST_Expand(ST_SetSRID(ST_MakePoint(350000 + i % 500 * 20, 5640000 + i / 500 * 20), 25832), 6)
    FROM generate_series(1, 100000) i; CREATE INDEX ON houses USING gist (geom); ANALYZE houses;"
single=$folder/single.sql bulk=$folder/bulk.sql
as tee "$single" >/dev/null <<'SQL'
\set id random(1, 100000)
UPDATE houses SET name = 'm' || :id, geom = ST_Translate(geom, 0.01, 0) WHERE id = :id;
SQL
as tee "$bulk" >/dev/null <<'SQL'
\set id (1 + 500 * :client_id + 2500 * random(0, 39))
UPDATE houses SET name = 'b' WHERE id BETWEEN :id AND :id + 499;
SQL
run() { "$bin/pgbench" -n -h "$folder" -p "$port" -U postgres -c "$clients" -j 1 -T "$seconds" -f "$2" postgres 2>/dev/null |
  sed -n "s/^tps = \([0-9.]*\).*/\1/p" | tee -a "$folder/$1" | sed "s|^|$1 |"; }
for _ in $(seq "$rounds"); do
  "$veedel" feed remove "$url" >/dev/null
  run single-without "$single"; run bulk-without "$bulk"
  "$veedel" feed install "$url" >/dev/null
  run single-with "$single"; run bulk-with "$bulk"
done
median() { sort -n "$folder/$1" | sed -n "$(((rounds + 1) / 2))p"; }
for kind in single bulk; do
  awk -v kind=$kind -v a="$(median $kind-without)" -v b="$(median $kind-with)" \
    'BEGIN { printf "%s: median %.0f/s without, %.0f/s with: %.1f %% slower\n", kind, a, b, 100 * (1 - b / a) }'
done
