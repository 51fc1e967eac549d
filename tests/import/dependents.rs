//! Columns that go or change their type while something hangs on them: refused by its name, or
//! carried over.

use serde_json::json;

use super::again::Place;

const FIRST: &str = "id,name,art,n\n1,a,x,1\n2,b,y,2\n";
const GONE: &str = "id,name,n\n1,a,1\n2,b,2\n";
const OTHER: &str = "id,name,art,n\n1,a,3,1\n2,b,4,2\n";

/// What the catalogs know of the table, so that nothing can go or come without being seen.
const STATE: &str = "SELECT string_agg(concat_ws(' ', attname, atttypid, attnotnull, attisdropped), ', ' ORDER BY attnum), \
     (SELECT count(*) FROM pg_depend), (SELECT string_agg(o::text, ' ' ORDER BY id) FROM orte o) \
     FROM pg_attribute WHERE attrelid = 'orte'::regclass AND attnum > 0";

const FUNCTION: &str = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;";

/// A place with the table and what these statements make of it.
fn place(statements: &str) -> Place {
    let place = Place::new("hanging");
    place.import(FIRST, &[]);
    place.sql(&format!("SET client_min_messages = error; {statements}"));
    place
}

#[test]
fn what_postgresql_would_keep_is_named_and_nothing_is_dropped_along() {
    let functions =
        format!("{FUNCTION} CREATE TRIGGER t BEFORE UPDATE OF art ON orte FOR EACH ROW EXECUTE FUNCTION f()");
    let condition = format!(
        "{FUNCTION} CREATE TRIGGER t BEFORE UPDATE ON orte FOR EACH ROW WHEN (NEW.art IS NULL) EXECUTE FUNCTION f()"
    );
    for (statements, name) in [
        ("CREATE VIEW v AS SELECT art FROM orte", "the view v needs it"),
        ("CREATE VIEW v AS SELECT * FROM orte; CREATE VIEW w AS SELECT * FROM v", "the view v needs it"),
        ("CREATE MATERIALIZED VIEW m AS SELECT art FROM orte", "the materialized view m needs it"),
        (
            "CREATE TABLE z (art text); \
             CREATE RULE r AS ON UPDATE TO orte WHERE NEW.art = 'q' DO ALSO INSERT INTO z VALUES (NEW.art)",
            "the rule r on table orte needs it",
        ),
        (&functions, "the trigger t on table orte needs it"),
        (&condition, "the trigger t on table orte needs it"),
        ("CREATE POLICY p ON orte USING (art = 'x')", "the policy p on table orte needs it"),
        (
            "CREATE TABLE z (a text); CREATE POLICY p ON z USING (EXISTS (SELECT FROM orte WHERE art = a))",
            "the policy p on table z needs it",
        ),
        (
            "ALTER TABLE orte ADD g text GENERATED ALWAYS AS (art || '!') STORED",
            "the generated column g needs it",
        ),
        (
            "CREATE FUNCTION f() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT art FROM orte; END",
            "the function f() needs it",
        ),
        (
            "CREATE PUBLICATION pub FOR TABLE orte (id, art)",
            "the publication of table orte in publication pub needs it",
        ),
        (
            "ALTER TABLE orte REPLICA IDENTITY FULL; CREATE PUBLICATION pub FOR TABLE orte WHERE (art = 'x')",
            "the publication of table orte in publication pub needs it",
        ),
    ] {
        let place = place(statements);
        let before = place.sql(STATE);
        for (content, begins) in [
            (GONE, "the file has no column art any more, and "),
            (OTHER, "the column art is text in the table and integer in the file, and "),
        ] {
            for more in [&[][..], &["--replace"], &["--dry-run"]] {
                let said = place.refused(content, more);
                assert!(said.contains(&format!("{begins}{name}")), "{statements}: {said}");
                assert!(said.contains("drop what needs it, import") && !said.contains("CASCADE"), "{said}");
                assert_eq!(place.sql(STATE), before, "{statements}");
            }
        }
        // What is not touched is no hindrance.
        place.import("id,name,art,n,neu\n1,a,x,1,7\n3,b,y,2,8\n", &[]);
    }
}

#[test]
fn all_that_hangs_on_columns_is_named_at_once() {
    let place = place(
        "CREATE VIEW v AS SELECT art, n FROM orte; CREATE POLICY p ON orte USING (art = 'x'); \
         CREATE INDEX i ON orte (art); CREATE MATERIALIZED VIEW m AS SELECT n FROM orte",
    );
    let said = place.refused("id,name\n1,a\n", &[]);
    let all = "the file has no column art any more, and the index i, the policy p on table orte and the view v need it; \
               the file has no column n any more, and the materialized view m and the view v need it (drop what";
    assert!(said.contains(all), "{said}");
    let said = place.refused("id,name\n1,a\n", &["--replace"]);
    assert!(said.contains("any more, and the policy p on table orte and the view v need it; "), "{said}");
}

#[test]
fn foreign_keys_of_other_tables_keep_their_column() {
    let place = place("ALTER TABLE orte ADD UNIQUE (art); CREATE TABLE z (a text REFERENCES orte (art))");
    let said = place.refused(GONE, &["--replace"]);
    assert!(said.contains("the constraint z_a_fkey on table z needs it (drop what"), "{said}");
    // Its type is that of the other table's column.
    for more in [&[][..], &["--replace"]] {
        let said = place.refused(OTHER, more);
        assert!(said.contains("z_a_fkey") && said.contains("drop what needs it, import"), "{said}");
    }
    assert_eq!(place.sql("SELECT string_agg(art, ' ' ORDER BY id) FROM orte"), "x y");
}

#[test]
fn what_goes_with_its_column_goes_only_when_told() {
    let own = "CREATE TABLE z (a text PRIMARY KEY); INSERT INTO z VALUES ('x'), ('y'); \
               ALTER TABLE orte ADD FOREIGN KEY (art) REFERENCES z";
    for (statements, name) in [
        ("CREATE INDEX i ON orte (art)", "index i"),
        ("CREATE INDEX i ON orte (lower(art))", "index i"),
        ("CREATE INDEX i ON orte (n) WHERE art = 'x'", "index i"),
        ("ALTER TABLE orte ADD UNIQUE (art)", "constraint orte_art_key on table orte"),
        ("ALTER TABLE orte ADD CHECK (art <> 'q')", "constraint orte_art_check on table orte"),
        ("CREATE STATISTICS s ON art, n FROM orte", "statistics object s"),
        ("CREATE SEQUENCE s OWNED BY orte.art", "sequence s"),
        (own, "constraint orte_art_fkey on table orte"),
    ] {
        let place = place(statements);
        let before = place.sql(STATE);
        let said = place.refused(GONE, &[]);
        assert!(said.contains(&format!("the {name} needs it (give another name")), "{statements}: {said}");
        assert!(said.contains("--replace"), "{said}");
        assert_eq!(place.sql(STATE), before, "{statements}");
        let it = place.import(GONE, &["--replace"]);
        assert!(it["notes"].to_string().contains(&format!("with the column art went the {name}")), "{it:#}");
    }
}

#[test]
fn what_can_be_made_anew_for_another_type_stays() {
    let place = place(
        "CREATE INDEX plain ON orte (art); CREATE STATISTICS s ON art, n FROM orte; ALTER TABLE orte ADD UNIQUE (art); \
         ALTER TABLE orte ALTER art SET NOT NULL; GRANT SELECT (art) ON orte TO PUBLIC; \
         COMMENT ON COLUMN orte.art IS 'Meine'; ALTER TABLE orte ALTER art SET STATISTICS 500",
    );
    let it = place.import(OTHER, &[]);
    assert_eq!(it["changes"]["columns"], json!(["art was text and is integer now (2 values)"]));
    assert_eq!(place.sql("SELECT sum(art) FROM orte"), "7");
    assert_eq!(
        place.sql(
            "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'orte'"
        ),
        "orte_art_key orte_pkey plain"
    );
    assert_eq!(
        place.sql(
            "SELECT attnotnull, attacl, attstattarget, col_description(attrelid, attnum) FROM pg_attribute \
             WHERE attrelid = 'orte'::regclass AND attname = 'art'"
        ),
        "t|{=r/postgres}|500|Meine"
    );
    assert_eq!(place.sql("SELECT count(*) FROM pg_statistic_ext WHERE stxrelid = 'orte'::regclass"), "1");
}

#[test]
fn what_is_not_for_the_other_type_is_named() {
    let own = "CREATE TABLE z (a text PRIMARY KEY); INSERT INTO z VALUES ('x'), ('y'); \
               ALTER TABLE orte ADD FOREIGN KEY (art) REFERENCES z";
    for (statements, name) in [
        ("CREATE INDEX i ON orte (lower(art))", "index i"),
        ("CREATE INDEX i ON orte (n) WHERE art = 'x'", "index i"),
        ("ALTER TABLE orte ADD CHECK (length(art) < 9)", "constraint orte_art_check on table orte"),
        (own, "constraint orte_art_fkey on table orte"),
    ] {
        let place = place(statements);
        let before = place.sql(STATE);
        for more in [&[][..], &["--replace"]] {
            let said = place.refused(OTHER, more);
            assert!(said.contains(&format!("the {name} on art")), "{statements}: {said}");
            assert!(said.contains("drop what needs it, import"), "{said}");
            assert_eq!(place.sql(STATE), before, "{statements}");
        }
    }
    let place = place("CREATE TABLE z (o orte)");
    let said = place.refused(OTHER, &[]);
    assert!(said.contains("z.o"), "{said}");
    let place = self::place("ALTER TABLE orte ALTER art SET DEFAULT 'q'");
    let said = place.refused(OTHER, &[]);
    assert!(said.contains("default for column") && said.contains("art"), "{said}");
}

#[test]
fn a_key_that_a_view_groups_by_stays() {
    let place = place("CREATE VIEW v AS SELECT name, count(*) FROM orte GROUP BY id");
    let said = place.refused("name,art,n\na,x,1\n", &["--replace"]);
    assert!(said.contains("the view v needs"), "{said}");
    let place = self::place("CREATE VIEW v AS SELECT name, id FROM orte GROUP BY id");
    // The column is there, and does not identify the rows any more.
    let said = place.refused("id,name,art,n\n1,a,x,1\n1,a,x,1\n", &["--replace"]);
    assert!(said.contains("another key than the table, and the view v needs"), "{said}");
}

#[test]
fn a_column_that_is_the_key_no_longer_may_be_empty() {
    let place = place("");
    let it = place.import("id,name,art,n\n1,a,x,1\n,b,y,2\n", &[]);
    assert!(it["key"].is_null(), "{it:#}");
    assert_eq!(place.sql("SELECT string_agg(coalesce(id::text, '-'), ' ' ORDER BY fid) FROM orte"), "1 -");
}

#[test]
fn a_column_that_counts_by_itself_is_the_key_no_longer() {
    let place = Place::new("identity");
    place.sql("CREATE TABLE orte (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text)");
    place.import("id,name\n1,a\n1,b\n", &["--replace"]);
    assert_eq!(place.rows(), "1:a 1:b");
}
