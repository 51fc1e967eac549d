-- What the feed keeps in the database; running it again changes nothing. Nobody has rights to it but the owner and
-- whom `veedel feed install --reader` names: writers need none, as the functions run with the owner's.
CREATE SCHEMA IF NOT EXISTS veedel;
CREATE TABLE IF NOT EXISTS veedel.change (
    -- The order of writing, which is not the order of commits: whoever follows goes by the transaction.
    position bigint GENERATED ALWAYS AS IDENTITY,
    transaction pg_catalog.xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    -- The table or partition that the statement named.
    relation pg_catalog.oid NOT NULL,
    operation text NOT NULL,
    -- The keys of the rows before and after: of a key of one column an array as PostgreSQL writes it, of several an array
    -- each in a JSON array. NULL where the whole table is to be read again. Text, as jsonb costs the writer more.
    keys text,
    PRIMARY KEY (transaction, position)
);
-- It was jsonb once; a function that still writes such goes on working.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = 'veedel.change'::pg_catalog.regclass
               AND a.attname = 'keys' AND a.atttypid = 'pg_catalog.jsonb'::pg_catalog.regtype) THEN
        ALTER TABLE veedel.change ALTER COLUMN keys TYPE text;
    END IF;
END $$;
-- Less work for the writer, where this PostgreSQL has it (from 14 on, if built so).
DO $$ BEGIN
    EXECUTE 'ALTER TABLE veedel.change ALTER COLUMN keys SET COMPRESSION lz4';
EXCEPTION WHEN syntax_error OR feature_not_supported OR invalid_parameter_value THEN
    NULL;
END $$;
-- Its key was the position alone, beside an index on the transaction: one index is less work for the writer.
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conrelid = 'veedel.change'::pg_catalog.regclass
               AND c.conname = 'change_pkey' AND pg_catalog.cardinality(c.conkey) = 1) THEN
        ALTER TABLE veedel.change DROP CONSTRAINT change_pkey, ADD PRIMARY KEY (transaction, position);
        DROP INDEX IF EXISTS veedel.change_transaction;
    END IF;
END $$;
-- The newest transaction of which an entry has gone: whoever has not seen all up to it reads everything again.
CREATE SEQUENCE IF NOT EXISTS veedel.pruned MINVALUE 0 START 0;

-- When someone was last told of changes, in milliseconds since 1970. Who commits a notification holds a lock that all
-- others who do wait for; so not every transaction sends one, and whoever listens looks again for a while after each.
CREATE SEQUENCE IF NOT EXISTS veedel.told MINVALUE 0 START 0;

-- Who prunes holds this table, and nothing is ever in it. Everyone may take an advisory lock, which would stop the pruning;
-- this one only the owner, whose rights the functions run with.
CREATE TABLE IF NOT EXISTS veedel.pruning ();
DO $$ DECLARE owner regrole := (SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'veedel.change'::regclass); BEGIN
    IF owner <> (SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'veedel.pruning'::regclass) THEN
        EXECUTE pg_catalog.format('ALTER TABLE veedel.pruning OWNER TO %s', owner);
    END IF;
END $$;
REVOKE ALL ON veedel.pruning FROM PUBLIC;

CREATE OR REPLACE FUNCTION veedel.remember_pruned() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE newest bigint := (SELECT max(g.transaction::text::bigint) FROM gone g);
BEGIN
    IF newest IS NOT NULL THEN
        -- The sequence must never go back, whoever else deletes.
        LOCK TABLE veedel.pruning IN SHARE ROW EXCLUSIVE MODE;
        -- Outside the transaction: noted before the entries are gone, and even if they stay.
        PERFORM setval('veedel.pruned', GREATEST(newest, (SELECT last_value FROM veedel.pruned)));
    END IF;
    RETURN NULL;
END $$;

-- Entries stay for a day, and at most 200,000 of them. Two who prune would wait for each other, so the second does not;
-- nor does a transaction that would fail because another has pruned. Only the oldest are looked at: writers do this.
CREATE OR REPLACE FUNCTION veedel.prune() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    yesterday timestamptz := now() - interval '1 day';
    too_many bigint := (SELECT last_value - 200000 FROM veedel.change_position_seq);
BEGIN
    -- Before anything is read, which a serializable transaction could be made to fail for.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM (SELECT c.at, c.position FROM veedel.change c
                         ORDER BY c.transaction, c.position LIMIT 1) oldest
                   WHERE oldest.at < yesterday OR oldest.position < too_many) THEN
        RETURN;
    END IF;
    BEGIN
        LOCK TABLE veedel.pruning IN SHARE ROW EXCLUSIVE MODE NOWAIT;
    EXCEPTION WHEN lock_not_available OR undefined_table OR insufficient_privilege THEN
        RETURN;
    END;
    DELETE FROM veedel.change WHERE ctid = ANY (ARRAY(
        SELECT c.row FROM (SELECT ctid AS row, transaction, at, position FROM veedel.change
                           ORDER BY transaction, position LIMIT 5000) c
        WHERE c.transaction < pg_snapshot_xmin(pg_current_snapshot())
          AND (c.at < yesterday OR c.position < too_many)));
END $$;

-- Tells whoever listens that something was noted, unless someone has within so many milliseconds; and prunes at times.
CREATE OR REPLACE FUNCTION veedel.tell() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE now_is bigint := (date_part('epoch', clock_timestamp()) * 1000)::bigint;
BEGIN
    PERFORM set_config('veedel.told', (now_is / {told_every})::text, false);
    IF abs(now_is - (SELECT last_value FROM veedel.told)) >= {told_every} THEN
        PERFORM setval('veedel.told', now_is);
        PERFORM pg_notify('{channel}', '');
    END IF;
    IF random() < 0.1 THEN
        PERFORM veedel.prune();
    END IF;
END $$;

DROP TRIGGER IF EXISTS remember_pruned ON veedel.change;
CREATE TRIGGER remember_pruned AFTER DELETE ON veedel.change
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION veedel.remember_pruned();
ALTER TABLE veedel.change ENABLE ALWAYS TRIGGER remember_pruned;
REVOKE ALL ON FUNCTION veedel.prune(), veedel.remember_pruned(), veedel.tell() FROM PUBLIC;
