#!/usr/bin/env bash
# What the change feed's triggers cost a writer: pgbench on a PostgreSQL of its own, fsync on, rounds with and without
# triggers in turn; single rows (an update of one row a transaction) and bulk (500 rows a statement).
#
#   benches/feed_cost.sh [SECONDS a run, 20] [ROUNDS, 5] [CLIENTS, 4]
#
# Needs PostgreSQL with PostGIS and pgbench, and target/release/veedel (or VEEDEL). Prints transactions a second of each
# run, the medians, and the median of what the rounds say.
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
# Each run finds the table tidy, and the log's files made; what is compared are the two runs of a round, side by side.
run() {
  sql -c "VACUUM houses" -c CHECKPOINT
  "$bin/pgbench" -n -h "$folder" -p "$port" -U postgres -c "$clients" -j 1 -T "$seconds" -f "$2" postgres 2>/dev/null |
    sed -n "s/^tps = \([0-9.]*\).*/\1/p" | tee -a "$folder/$1" | sed "s|^|$1 |"
}
sql -c "ALTER SYSTEM SET min_wal_size = '1GB'" -c "SELECT pg_reload_conf()" >/dev/null
run warming "$bulk"; run warming "$single"
for round in $(seq "$rounds"); do
  for state in $([ $((round % 2)) = 0 ] && echo without with || echo with without); do
    if [ "$state" = with ]; then "$veedel" feed install "$url" >/dev/null; else "$veedel" feed remove "$url" >/dev/null; fi
    run "single-$state" "$single"; run "bulk-$state" "$bulk"
  done
done
median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }
for kind in single bulk; do
  slower=$(paste "$folder/$kind-without" "$folder/$kind-with" | awk '{ print 100 * (1 - $2 / $1) }' | median)
  printf '%s: median %.0f/s without, %.0f/s with; of the rounds %.1f %% slower\n' "$kind" \
    "$(median <"$folder/$kind-without")" "$(median <"$folder/$kind-with")" "$slower"
done
