-- What no trigger on a table sees: REFRESH MATERIALIZED VIEW, and parts that come and go. Event triggers need a
-- superuser, and so must be the owner of veedel.change: whoever owns it could have the superuser do what he likes.
CREATE OR REPLACE FUNCTION veedel.note_command() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    command record;
    root oid;
    lacking record;
BEGIN
    -- What is done below, and by whoever installs, are commands as well; and without the table nothing can be noted.
    IF current_setting('veedel.noting', true) = 'on' OR to_regclass('veedel.change') IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('veedel.noting', 'on', true);
    FOR command IN SELECT DISTINCT c.objid, c.command_tag FROM pg_event_trigger_ddl_commands() c
                   WHERE c.classid = 'pg_class'::regclass LOOP
        IF command.command_tag = 'REFRESH MATERIALIZED VIEW' THEN
            root := command.objid;
        ELSE
            -- The table at the top of those that the command's is a part of, if its changes are noted.
            WITH RECURSIVE up(oid, height) AS (
                SELECT command.objid, 0
                UNION SELECT i.inhparent, u.height + 1 FROM up u JOIN pg_inherits i ON i.inhrelid = u.oid)
            SELECT u.oid INTO root FROM up u
            JOIN pg_trigger t ON t.tgrelid = u.oid AND t.tgname = 'veedel_feed_insert'
            ORDER BY u.height DESC LIMIT 1;
            CONTINUE WHEN root IS NULL;
            -- A command must never fail because of us: what is left lacking is seen and said.
            BEGIN
                FOR lacking IN
                    WITH RECURSIVE part(oid) AS (
                        SELECT root UNION SELECT i.inhrelid FROM part p JOIN pg_inherits i ON i.inhparent = p.oid)
                    SELECT p.oid::regclass AS part, t.tgname AS name, t.tgfoid::regproc AS function, e.event, e.rows,
                           (SELECT string_agg(quote_literal(convert_from(decode(a.part, 'escape'), getdatabaseencoding())),
                                              ', ' ORDER BY a.number)
                            FROM unnest(string_to_array(encode(t.tgargs, 'escape'), '\000')) WITH ORDINALITY a(part, number)
                            WHERE a.number <= t.tgnargs) AS arguments
                    FROM part p JOIN pg_class c ON c.oid = p.oid AND c.relkind IN ('r', 'p')
                    JOIN pg_trigger t ON t.tgrelid = root
                    JOIN (VALUES ('veedel_feed_insert', 'INSERT', 'REFERENCING NEW TABLE AS new_rows'),
                                 ('veedel_feed_update', 'UPDATE',
                                  'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'),
                                 ('veedel_feed_delete', 'DELETE', 'REFERENCING OLD TABLE AS old_rows'),
                                 ('veedel_feed_truncate', 'TRUNCATE', '')) AS e(name, event, rows) ON e.name = t.tgname
                    WHERE NOT EXISTS (SELECT FROM pg_trigger o WHERE o.tgrelid = p.oid AND o.tgname = t.tgname)
                LOOP
                    EXECUTE format('CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION %s(%s)',
                        lacking.name, lacking.event, lacking.part, lacking.rows, lacking.function, lacking.arguments);
                    EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', lacking.part, lacking.name);
                END LOOP;
            EXCEPTION WHEN OTHERS THEN
                RAISE WARNING 'veedel: the change feed was not extended: %', SQLERRM;
            END;
        END IF;
        INSERT INTO veedel.change (relation, operation, keys) VALUES (root, command.command_tag, NULL);
        PERFORM pg_notify('veedel', '');
    END LOOP;
    PERFORM set_config('veedel.noting', 'off', true);
END $$;
REVOKE ALL ON FUNCTION veedel.note_command() FROM PUBLIC;
DROP EVENT TRIGGER IF EXISTS veedel_feed_command;
CREATE EVENT TRIGGER veedel_feed_command ON ddl_command_end
    WHEN TAG IN ('REFRESH MATERIALIZED VIEW', 'CREATE TABLE', 'ALTER TABLE')
    EXECUTE FUNCTION veedel.note_command();
ALTER EVENT TRIGGER veedel_feed_command ENABLE ALWAYS;
