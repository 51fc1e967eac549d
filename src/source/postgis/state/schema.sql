-- The keys of callers and the record, for several servers; running it again changes nothing. Nobody has rights to it but
-- the owner and whom `veedel state install` names.
CREATE SCHEMA IF NOT EXISTS veedel;

CREATE TABLE IF NOT EXISTS veedel.key (
    name text NOT NULL,
    -- The digits by which a key is recognised, and the SHA-256 of its text in base64url. The text itself is nowhere.
    prefix text NOT NULL CHECK (prefix ~ '^[0-9a-f]{8}$'),
    sha256 text PRIMARY KEY CHECK (sha256 ~ '^[A-Za-z0-9_-]{43}$'),
    roles text[] NOT NULL,
    created timestamptz NOT NULL CHECK (isfinite(created)),
    expires timestamptz CHECK (isfinite(expires)),
    revoked timestamptz CHECK (isfinite(revoked)),
    -- The last day on which it was used (UTC).
    last_used date CHECK (isfinite(last_used))
);

-- A segment is a month. What the lines say, and how each names the one before it, is not the database's matter.
CREATE TABLE IF NOT EXISTS veedel.audit (
    segment text COLLATE "C" NOT NULL CHECK (segment ~ '^[0-9]{4}-[0-9]{2}$'),
    position bigint NOT NULL CHECK (position > 0),
    line text NOT NULL,
    PRIMARY KEY (segment, position)
);
CREATE INDEX IF NOT EXISTS audit_rules ON veedel.audit (segment, position)
    WHERE line LIKE '{"at":"%","what":"rules",%';

-- Who appends holds this table, and nothing is ever in it. Everyone may take an advisory lock, which would stop the
-- appending; this one only the owner, whose rights the functions run with.
CREATE TABLE IF NOT EXISTS veedel.appending ();

-- The last line, and the last one about rules.
CREATE OR REPLACE FUNCTION veedel.audit_end(OUT segment text, OUT line text, OUT rules text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT last.segment, last.line,
           (SELECT a.line FROM veedel.audit a WHERE a.line LIKE '{"at":"%","what":"rules",%'
            ORDER BY a.segment DESC, a.position DESC LIMIT 1)
    FROM (SELECT) one LEFT JOIN (
        SELECT a.segment, a.line FROM veedel.audit a ORDER BY a.segment DESC, a.position DESC LIMIT 1) last ON true
$$;

-- Appends lines, if the last one still has the SHA-256 that they follow (NULL if there is none). Otherwise it says which
-- line is the last now; until the end of the transaction nobody else appends then, so the next attempt succeeds.
CREATE OR REPLACE FUNCTION veedel.audit_append(
    after text, into_segment text, lines text, OUT appended boolean, OUT segment text, OUT line text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last record;
BEGIN
    -- Others would not see here what was appended after they began.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'veedel: the record is appended to in READ COMMITTED only' USING ERRCODE = '25001';
    END IF;
    LOCK TABLE veedel.appending IN EXCLUSIVE MODE;
    SELECT a.segment, a.position, a.line INTO last FROM veedel.audit a
    ORDER BY a.segment DESC, a.position DESC LIMIT 1;
    IF encode(sha256(convert_to(last.line, 'UTF8')), 'hex') IS DISTINCT FROM after THEN
        appended := false;
        segment := last.segment;
        line := last.line;
        RETURN;
    END IF;
    IF into_segment < last.segment COLLATE "C" OR lines = '' OR octet_length(lines) > 16777216 THEN
        RAISE EXCEPTION 'veedel: these lines do not follow the last one' USING ERRCODE = '22023';
    END IF;
    -- A clock that is years ahead must not begin a segment which all others then stay in.
    IF into_segment IS DISTINCT FROM last.segment
        AND into_segment > to_char((now() + interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM') COLLATE "C" THEN
        RAISE EXCEPTION 'veedel: this month has not begun' USING ERRCODE = '22008';
    END IF;
    INSERT INTO veedel.audit (segment, position, line)
    SELECT into_segment, CASE WHEN into_segment = last.segment THEN last.position ELSE 0 END + t.number, t.line
    FROM unnest(string_to_array(lines, E'\n')) WITH ORDINALITY AS t(line, number);
    appended := true;
END $$;

REVOKE ALL ON SCHEMA veedel FROM PUBLIC;
REVOKE ALL ON veedel.key, veedel.audit, veedel.appending FROM PUBLIC;
REVOKE ALL ON FUNCTION veedel.audit_end(), veedel.audit_append(text, text, text) FROM PUBLIC;
