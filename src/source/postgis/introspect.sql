-- Every relation, with or without a column of PostGIS's geometry or geography (or a domain over one): one row
-- each, as JSON.
-- Left out: partitions (their parent stands for them), what belongs to an extension, the system's schemas.
-- No rows at all: PostGIS is not installed.
WITH RECURSIVE postgis AS (
    SELECT n.oid, n.nspname AS name, pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'postgis'
),
-- Each type with what it is below its domains; the outermost type modifier that is set counts.
base(declared, type, modifier) AS (
    SELECT t.oid, t.oid, -1 FROM pg_catalog.pg_type t WHERE t.typtype <> 'd'
    UNION ALL
    SELECT d.oid, b.type, CASE WHEN d.typtypmod <> -1 THEN d.typtypmod ELSE b.modifier END
    FROM pg_catalog.pg_type d JOIN base b ON b.declared = d.typbasetype
    WHERE d.typtype = 'd'
),
spatial(declared) AS (
    SELECT b.declared
    FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type JOIN postgis ON postgis.oid = t.typnamespace
    WHERE t.typname IN ('geometry', 'geography')
),
relation AS (
    SELECT c.oid, n.nspname, n.oid AS namespace, c.relname, c.relkind, c.relispopulated, c.reltuples
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT c.relispartition
      AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'topology', 'veedel')
      AND n.nspname !~ '^tiger(_data)?$'
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
            AND d.objsubid = 0 AND d.deptype = 'e')
      AND EXISTS (
          SELECT FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
),
-- The parts that hold rows: the leaves of a partitioned table, else the relation itself.
part AS (
    SELECT r.oid AS whole, leaf.relid AS oid
    FROM relation r CROSS JOIN LATERAL pg_catalog.pg_partition_tree(r.oid) leaf
    WHERE r.relkind = 'p' AND leaf.isleaf
    UNION ALL
    SELECT r.oid, r.oid FROM relation r WHERE r.relkind IN ('r', 'm')
),
measure AS (
    SELECT part.whole,
           pg_catalog.sum(GREATEST(c.reltuples, 0)) AS rows,
           pg_catalog.bool_or(c.reltuples <= 0 AND pg_catalog.pg_relation_size(c.oid) > 0) AS unknown,
           pg_catalog.sum(pg_catalog.pg_relation_size(c.oid)
               + COALESCE(pg_catalog.pg_relation_size(NULLIF(c.reltoastrelid, 0::pg_catalog.oid)), 0)) AS bytes
    FROM part JOIN pg_catalog.pg_class c ON c.oid = part.oid
    GROUP BY part.whole
),
col AS (
    SELECT a.attrelid,
           pg_catalog.json_agg(pg_catalog.json_build_object(
               'number', a.attnum,
               'name', a.attname,
               'kind', CASE WHEN a.atttypid IN (SELECT declared FROM spatial) THEN t.typname
                            WHEN tn.nspname = 'pg_catalog' THEN t.typname
                            ELSE tn.nspname || '.' || t.typname END,
               'spatial', a.atttypid IN (SELECT declared FROM spatial),
               'element', CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1
                               THEN e.typname END,
               'modifier', CASE WHEN a.atttypmod <> -1 THEN a.atttypmod ELSE b.modifier END,
               'not_null', a.attnotnull,
               'folds', EXISTS (SELECT FROM pg_catalog.pg_collation l
                                WHERE l.oid = a.attcollation AND NOT l.collisdeterministic),
               'readable', pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
               'comment', pg_catalog.col_description(a.attrelid, a.attnum)
           ) ORDER BY a.attnum) AS list
    FROM relation r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN base b ON b.declared = a.atttypid
    JOIN pg_catalog.pg_type t ON t.oid = b.type
    JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem
    GROUP BY a.attrelid
),
-- The tables that each inherits from, near and far.
ancestor(child, parent) AS (
    SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits i JOIN relation r ON r.oid = i.inhrelid
    UNION
    SELECT a.child, i.inhparent FROM ancestor a JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.parent
),
-- Unique indexes over plain columns for all rows, the primary key first, then the fewest columns.
key AS (
    SELECT i.indrelid,
           pg_catalog.json_agg(pg_catalog.json_build_object(
               'columns', (SELECT pg_catalog.json_agg(k.number ORDER BY k.place)
                           FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
                           WHERE k.place <= i.indnkeyatts)
           ) ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid) AS list
    FROM relation r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
    WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    GROUP BY i.indrelid
)
SELECT pg_catalog.json_build_object(
    'postgis', postgis.name,
    'postgis_usable', postgis.usable,
    'role', CURRENT_USER,
    'relation', CASE WHEN r.oid IS NOT NULL THEN pg_catalog.json_build_object(
        'oid', r.oid::pg_catalog.int8,
        'schema', r.nspname,
        'name', r.relname,
        'kind', r.relkind,
        'populated', r.relispopulated,
        'usable', pg_catalog.has_schema_privilege(r.namespace, 'USAGE'),
        'comment', pg_catalog.obj_description(r.oid, 'pg_class'),
        'rows', m.rows,
        'bytes', m.bytes,
        'measured', m.whole IS NOT NULL AND NOT m.unknown,
        'columns', col.list,
        'keys', COALESCE(key.list, '[]'::pg_catalog.json),
        'parents', COALESCE((
            SELECT pg_catalog.json_agg(
                pg_catalog.json_build_object('schema', pn.nspname, 'name', p.relname) ORDER BY pn.nspname, p.relname)
            FROM ancestor a
            JOIN pg_catalog.pg_class p ON p.oid = a.parent
            JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
            WHERE a.child = r.oid), '[]'::pg_catalog.json)
    ) END
)::pg_catalog.text
FROM postgis
LEFT JOIN relation r ON true
LEFT JOIN measure m ON m.whole = r.oid
LEFT JOIN col ON col.attrelid = r.oid
LEFT JOIN key ON key.indrelid = r.oid
ORDER BY r.nspname, r.relname
