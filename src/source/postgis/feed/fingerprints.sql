-- For each served relation one row of JSON: a fingerprint that changes when its rows or columns may have changed, and
-- how the feed is installed on it. {served} is a list of oids.
WITH RECURSIVE
-- What a relation's rows come from: itself, its partitions and children, and for a view what it reads.
reach(served, oid, is_part) AS (
    SELECT s.oid, s.oid, true FROM pg_catalog.unnest('{served}'::pg_catalog.oid[]) AS s(oid)
    UNION
    SELECT r.served, x.oid, r.is_part AND x.is_part
    FROM reach r CROSS JOIN LATERAL (
        SELECT i.inhrelid AS oid, true AS is_part FROM pg_catalog.pg_inherits i WHERE i.inhparent = r.oid
        UNION ALL
        SELECT d.refobjid, false
        FROM pg_catalog.pg_class v
        JOIN pg_catalog.pg_rewrite w ON w.ev_class = v.oid
        JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
            AND d.objid = w.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refobjid <> v.oid
        WHERE v.oid = r.oid AND v.relkind = 'v'
    ) x
),
-- The four triggers of the feed on a relation that holds or hands on rows.
noted AS (
    SELECT t.tgrelid AS oid,
           pg_catalog.count(*) AS there,
           pg_catalog.count(*) FILTER (WHERE t.tgenabled = 'A') AS enabled,
           pg_catalog.min(pg_catalog.encode(t.tgargs, 'hex')) AS key,
           pg_catalog.count(DISTINCT pg_catalog.encode(t.tgargs, 'hex')) AS keys
    FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'veedel'
    WHERE t.tgname IN ('veedel_feed_insert', 'veedel_feed_update', 'veedel_feed_delete', 'veedel_feed_truncate')
    GROUP BY t.tgrelid
),
-- A view's functions that may read anything: what they read is not known.
opaque AS (
    SELECT DISTINCT w.ev_class AS oid
    FROM pg_catalog.pg_rewrite w
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
        AND d.objid = w.oid AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
    JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid AND p.provolatile <> 'i'
),
subscribed AS (SELECT DISTINCT s.srrelid AS oid FROM pg_catalog.pg_subscription_rel s),
fingerprint AS (
    SELECT r.served, c.oid, c.relkind, r.is_part, n.nspname || '.' || c.relname AS name,
           pg_catalog.concat_ws(':', c.oid, c.relkind, pg_catalog.pg_relation_filenode(c.oid),
               pg_catalog.pg_stat_get_tuples_inserted(c.oid), pg_catalog.pg_stat_get_tuples_updated(c.oid),
               pg_catalog.pg_stat_get_tuples_deleted(c.oid)) AS rows,
           pg_catalog.concat_ws(':', c.oid, pg_catalog.pg_relation_filenode(c.oid)) AS file,
           -- A view's definition, and what anything's columns are.
           pg_catalog.concat_ws(':', c.oid, c.relhassubclass,
               (SELECT pg_catalog.string_agg(w.xmin::text, ' ' ORDER BY w.oid)
                FROM pg_catalog.pg_rewrite w WHERE w.ev_class = c.oid),
               (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, a.atttypid, a.atttypmod,
                    a.attcollation, a.attnotnull, a.attacl), ',' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
               c.relacl::text) AS definition,
           o.oid IS NOT NULL AS is_opaque,
           CASE
               WHEN NOT r.is_part OR c.relkind NOT IN ('r', 'p', 'f') THEN NULL
               WHEN c.relkind = 'f' THEN 'a foreign table tells of no change'
               WHEN s.oid IS NOT NULL THEN 'a subscription writes to it, which fires no statement triggers'
               WHEN t.there IS NULL THEN 'no triggers'
               WHEN t.there < 4 THEN 'a trigger is missing'
               WHEN t.enabled < 4 THEN 'a trigger is not enabled always'
               WHEN t.keys > 1 THEN 'its triggers note different keys'
           END AS gap,
           t.key
    FROM reach r
    JOIN pg_catalog.pg_class c ON c.oid = r.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN noted t ON t.oid = c.oid
    LEFT JOIN opaque o ON o.oid = c.oid
    LEFT JOIN subscribed s ON s.oid = c.oid
)
SELECT pg_catalog.json_build_object(
    'oid', s.served::pg_catalog.int8,
    'rows', pg_catalog.md5(pg_catalog.pg_postmaster_start_time()::text
        || pg_catalog.string_agg(s.rows, ',' ORDER BY s.oid)),
    'files', pg_catalog.md5(pg_catalog.string_agg(s.file, ',' ORDER BY s.oid)),
    'definition', pg_catalog.md5(pg_catalog.string_agg(s.definition, ',' ORDER BY s.oid)),
    'reaches', pg_catalog.json_agg(s.oid::pg_catalog.int8 ORDER BY s.oid),
    'is_certain', NOT pg_catalog.bool_or(s.is_opaque OR s.relkind = 'f')
        AND NOT pg_catalog.pg_is_in_recovery()
        AND pg_catalog.current_setting('track_counts') = 'on',
    'notes_commands', EXISTS (SELECT FROM pg_catalog.pg_event_trigger e
        JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace AND n.nspname = 'veedel'
        WHERE e.evtname = 'veedel_feed_command' AND e.evtenabled = 'A'),
    'gaps', COALESCE(pg_catalog.json_agg(s.name || ': ' || s.gap ORDER BY s.name)
        FILTER (WHERE s.gap IS NOT NULL), '[]'::pg_catalog.json),
    'keys', COALESCE(pg_catalog.json_agg(DISTINCT s.key) FILTER (WHERE s.is_part AND s.key IS NOT NULL),
        '[]'::pg_catalog.json),
    'kind', pg_catalog.min(s.relkind::text) FILTER (WHERE s.oid = s.served),
    'name', pg_catalog.min(s.name) FILTER (WHERE s.oid = s.served)
)::pg_catalog.text
FROM fingerprint s
GROUP BY s.served
