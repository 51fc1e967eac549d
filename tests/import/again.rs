//! A second import into a PostGIS: the table stays with everything on it, and what changed is said.

use serde_json::{Value, json};

use super::{entry, import, imported, text};
use crate::postgres;

pub struct Place {
    pub database: postgres::Database<'static>,
    pub folder: tempfile::TempDir,
}

impl Place {
    pub fn new(name: &str) -> Place {
        Place { database: postgres::database(name), folder: tempfile::tempdir().unwrap() }
    }

    pub fn arguments(&self, url: &str, content: &str, more: &[&str]) -> Vec<String> {
        let file = self.folder.path().join("orte.csv");
        std::fs::write(&file, content).unwrap();
        let report = self.report().display().to_string();
        let mut all =
            vec![file.display().to_string(), "--into".into(), url.into(), "--report".into(), report];
        all.extend(more.iter().map(|word| word.to_string()));
        all
    }

    pub fn report(&self) -> std::path::PathBuf {
        self.folder.path().join("report.json")
    }

    /// Imports `orte.csv` of this content; the report's entry, and what was said.
    pub fn import(&self, content: &str, more: &[&str]) -> Value {
        let arguments = self.arguments(&self.database.url(), content, more);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        entry(&imported(&words, &self.report()), "orte").clone()
    }

    pub fn refused_as(&self, who: &str, content: &str, more: &[&str]) -> String {
        let arguments = self.arguments(&self.database.url_as(who), content, more);
        let output = import(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(!output.status.success());
        text(&output.stdout)
    }

    pub fn refused(&self, content: &str, more: &[&str]) -> String {
        self.refused_as("postgres", content, more)
    }

    pub fn sql(&self, sql: &str) -> String {
        self.database.sql(sql).trim().to_owned()
    }

    pub fn rows(&self) -> String {
        self.sql("SELECT string_agg(id || ':' || name, ' ' ORDER BY id) FROM orte")
    }
}

const FIRST: &str = "id,name,lon,lat\n1,a,6.9,50.9\n2,b,6.9,50.9\n3,c,6.9,50.9\n";
const SECOND: &str = "id,name,lon,lat\n1,a,6.9,50.9\n2,x,6.9,50.9\n4,d,6.95,50.95\n5,e,6.9,50.9\n";

#[test]
fn whatever_hangs_on_a_table_stays_and_only_rows_that_differ_change() {
    let place = Place::new("again");
    assert!(place.import(FIRST, &[])["changes"].is_null());
    let reader = format!("again_{}", place.database.name);
    place.sql(&format!(
        "CREATE ROLE {reader} LOGIN; GRANT SELECT ON orte TO {reader}; ALTER TABLE orte ENABLE ROW LEVEL SECURITY; \
         CREATE POLICY open_ones ON orte FOR SELECT TO {reader} USING (name <> 'x'); \
         ALTER TABLE orte ADD CHECK (length(name) < 9); CREATE INDEX ON orte (name); \
         COMMENT ON TABLE orte IS 'Meine'; ALTER TABLE orte ADD COLUMN notiz text; UPDATE orte SET notiz = 'N' || id; \
         CREATE VIEW sicht AS SELECT name FROM orte; \
         CREATE TABLE child (ort integer REFERENCES orte ON DELETE CASCADE); INSERT INTO child VALUES (1), (2); \
         CREATE TABLE noted (what text); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN INSERT INTO noted VALUES (TG_OP || coalesce(NEW.id, OLD.id)); RETURN NULL; END $$; \
         CREATE TRIGGER noting AFTER INSERT OR UPDATE OR DELETE ON orte FOR EACH ROW EXECUTE FUNCTION note()"
    ));
    let oid = place.sql("SELECT 'orte'::regclass::oid");
    let it = place.import(SECOND, &[]);
    assert_eq!(it["changes"], json!({"new": 2, "changed": 1, "gone": 1}));
    assert_eq!(place.rows(), "1:a 2:x 4:d 5:e");
    assert_eq!(
        place.sql("SELECT string_agg(what, ' ' ORDER BY what) FROM noted"),
        "DELETE3 INSERT4 INSERT5 UPDATE2"
    );
    assert_eq!(place.sql("SELECT 'orte'::regclass::oid"), oid);
    assert_eq!(place.sql("SELECT string_agg(notiz, ' ' ORDER BY id) FROM orte"), "N1 N2");
    assert_eq!(place.sql("SELECT count(*) FROM child"), "2");
    assert_eq!(place.sql("SELECT count(*) FROM pg_indexes WHERE tablename = 'orte'"), "3");
    assert_eq!(place.sql("SELECT obj_description('orte'::regclass)"), "Meine");
    assert_eq!(
        place.sql(&format!("SET ROLE {reader}; SELECT count(*) FROM orte")).lines().last().unwrap(),
        "3"
    );
    assert_eq!(place.sql("SELECT count(*) FROM sicht"), "4");
    assert_eq!(place.sql("SELECT count(*) FROM pg_class WHERE relname LIKE 'veedel_import%'"), "0");
    // Nor does --replace take what the owner added.
    place.import(SECOND, &["--replace"]);
    assert_eq!(place.sql("SELECT string_agg(notiz, ' ' ORDER BY id) FROM orte"), "N1 N2");
    let said = place.refused("id,name,lon,lat\n1,much_too_long,6.9,50.9\n", &[]);
    assert!(said.contains("check constraint"), "{said}");
    assert_eq!(place.rows(), "1:a 2:x 4:d 5:e");
}

#[test]
fn what_import_did_not_make_is_left_alone_unless_told() {
    let place = Place::new("foreign");
    place.sql(
        "CREATE TABLE orte (id integer, name text, mine text); INSERT INTO orte VALUES (7, 'old', 'kept?'); \
         ALTER TABLE orte ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON orte USING (name = 'a')",
    );
    let said = place.refused(FIRST, &[]);
    assert!(said.contains("did not make") && said.contains("--replace"), "{said}");
    assert_eq!(place.rows(), "7:old");
    let it = place.import(FIRST, &["--replace"]);
    assert_eq!(it["changes"]["gone"], 1, "{it:#}");
    assert!(it["changes"]["columns"].to_string().contains("the column mine is gone"), "{it:#}");
    assert_eq!(place.rows(), "1:a 2:b 3:c");
    assert_eq!(place.sql("SELECT count(*) FROM pg_policy WHERE polrelid = 'orte'::regclass"), "1");
    assert_eq!(place.sql("SELECT relrowsecurity FROM pg_class WHERE oid = 'orte'::regclass"), "t");
    // Now it is import's.
    assert_eq!(place.import(SECOND, &[])["changes"], json!({"new": 2, "changed": 1, "gone": 1}));
    for (statement, word) in [
        ("CREATE VIEW orte AS SELECT 1 AS id", "is a view"),
        ("CREATE TABLE orte (id integer) PARTITION BY LIST (id)", "is a partitioned table"),
    ] {
        let place = Place::new("other_kind");
        place.sql(statement);
        let said = place.refused(FIRST, &["--replace"]);
        assert!(said.contains(word) && said.contains("--name"), "{said}");
    }
}

#[test]
fn a_table_of_another_role_is_not_touched() {
    let place = Place::new("owner");
    place.import(FIRST, &[]);
    let editor = format!("editor_{}", place.database.name);
    place.sql(&format!(
        "CREATE ROLE {editor} LOGIN; GRANT CREATE, USAGE ON SCHEMA public TO {editor}; GRANT SELECT ON orte TO {editor}"
    ));
    let said = place.refused_as(&editor, SECOND, &[]);
    assert!(said.contains("permission denied"), "{said}");
    // With the rights, but behind a policy that hides rows from it.
    place.sql(&format!(
        "GRANT ALL ON orte TO {editor}; ALTER TABLE orte ENABLE ROW LEVEL SECURITY; \
         CREATE POLICY one_row ON orte TO {editor} USING (id = 1)"
    ));
    let said = place.refused_as(&editor, SECOND, &[]);
    assert!(said.contains("row-level security"), "{said}");
    assert_eq!(place.rows(), "1:a 2:b 3:c");
}

#[test]
fn columns_may_come_go_and_change_where_nothing_hangs_on_them() {
    let place = Place::new("columns");
    place.import("id,ags,old\n1,05315,x\n2,05316,y\n", &[]);
    let it = place.import("id,ags,neu\n1,5315,true\n2,5316,false\n", &[]);
    let said = it["changes"]["columns"].to_string();
    assert!(said.contains("ags was text and is integer now (2 values)"), "{said}");
    assert!(
        said.contains("the column neu (boolean) is new") && said.contains("the column old is gone"),
        "{said}"
    );
    assert_eq!(it["changes"]["changed"], 2);
    assert_eq!(
        place.sql("SELECT string_agg(id || ':' || ags || neu, ' ' ORDER BY id) FROM orte"),
        "1:5315true 2:5316false"
    );
    // The key becomes a code, and a number again.
    place.import("id,ags,neu\n01,5315,true\n2,5316,false\n", &[]);
    assert_eq!(place.sql("SELECT string_agg(id, ' ' ORDER BY id) FROM orte"), "01 2");
    let it = place.import("id,ags,neu\n1,5315,true\n2,5316,false\n", &[]);
    assert_eq!((&it["changes"]["new"], &it["changes"]["gone"]), (&json!(1), &json!(1)), "{it:#}");
    assert_eq!(place.sql("SELECT sum(id) FROM orte"), "3");

    place.sql("CREATE INDEX on_neu ON orte (neu)");
    let said = place.refused("id,ags\n1,5315\n", &[]);
    assert!(said.contains("on_neu") && said.contains("--replace"), "{said}");
    let it = place.import("id,ags\n1,5315\n", &["--replace"]);
    assert!(it["notes"].to_string().contains("on_neu"), "{it:#}");
    place.sql("CREATE POLICY p ON orte USING (ags > 1)");
    let said = place.refused("id,ags\n1,x\n", &["--replace"]);
    assert!(said.contains("policy"), "{said}");
    assert_eq!(place.sql("SELECT ags FROM orte"), "5315");
}

#[test]
fn rows_that_are_as_before_have_values_in_columns_that_are_not() {
    let place = Place::new("filled");
    place.import("id,n,same\n1,1,a\n2,2,b\n3,x,c\n", &[]);
    let it = place.import("id,n,same,neu\n1,1,a,\n2,2,b,7\n3,3,c,8\n", &[]);
    assert_eq!(
        (&it["changes"]["new"], &it["changes"]["changed"], &it["changes"]["gone"]),
        (&json!(0), &json!(1), &json!(0))
    );
    let rows = "SELECT string_agg(concat_ws(':', id, n, same, neu), ' ' ORDER BY id) FROM orte";
    assert_eq!(place.sql(rows), "1:1:a 2:2:b:7 3:3:c:8");
    assert_eq!(place.sql("SELECT sum(n) FROM orte"), "6");
    // Key and columns at once.
    let it = place.import("id,n,same,neu\n1,1.5,a,\n02,2,b,7\n3,3,c,8\n", &[]);
    assert_eq!(
        (&it["changes"]["new"], &it["changes"]["changed"], &it["changes"]["gone"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(place.sql(rows), "02:2:b:7 1:1.5:a 3:3:c:8");
}

#[test]
fn without_a_key_all_rows_are_put_anew_and_counted_by_their_values() {
    let place = Place::new("keyless");
    place.import("name,n\na,1\na,1\nb,2\n", &[]);
    let it = place.import("name,n\na,1\nb,3\nc,4\n", &[]);
    assert_eq!(it["changes"], json!({"new": 2, "gone": 2}));
    assert_eq!(place.sql("SELECT string_agg(fid || name || n, ' ' ORDER BY fid) FROM orte"), "1a1 2b3 3c4");
    place.sql("INSERT INTO orte (name) VALUES ('by hand')");
    assert_eq!(place.sql("SELECT fid FROM orte WHERE name = 'by hand'"), "4");
    // It gets a key, and loses it again.
    place.import("id,name,n\n7,a,1\n8,b,1\n", &[]);
    assert_eq!(place.rows(), "7:a 8:b");
    let columns = "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute \
                   WHERE attrelid = 'orte'::regclass AND attnum > 0 AND NOT attisdropped";
    assert_eq!(place.sql(columns), "name n id");
    let key = "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] \
               WHERE indrelid = 'orte'::regclass AND indisprimary";
    assert_eq!(place.sql(key), "id");
    place.import("name,n\na,1\nb,2\n", &[]);
    assert_eq!((place.sql(columns), place.sql(key)), ("name n fid".into(), "fid".into()));
    place.sql("ALTER TABLE orte ADD COLUMN notiz text");
    let said = place.refused("name,n\na,1\n", &[]);
    assert!(said.contains("notiz") && said.contains("no key"), "{said}");
    // A foreign key would take rows of another table along.
    place.sql(
        "CREATE TABLE child (ort integer REFERENCES orte ON DELETE CASCADE); INSERT INTO child VALUES (1)",
    );
    let said = place.refused("name,n\na,1\n", &["--replace"]);
    assert!(said.contains("other tables refer to its rows"), "{said}");
    assert_eq!(place.sql("SELECT count(*) FROM child"), "1");
}

#[test]
fn a_dry_run_says_what_a_real_one_would_and_writes_nothing() {
    let place = Place::new("dry");
    let it = place.import(FIRST, &["--dry-run"]);
    assert_eq!((&it["dry_run"], &it["rows_written"]), (&json!(true), &json!(3)));
    assert_eq!(place.sql("SELECT count(*) FROM pg_class WHERE relname ~ 'orte|veedel_import'"), "0");
    place.import(FIRST, &[]);
    let arguments = place.arguments(&place.database.url(), SECOND, &["--dry-run"]);
    let output = import(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let said = text(&output.stdout);
    assert!(said.contains("2 new, 1 changed, 1 gone (2 neu, 1 geändert, 1 weg)"), "{said}");
    assert_eq!(place.rows(), "1:a 2:b 3:c");
    place.sql("ALTER TABLE orte ADD CHECK (name <> 'x')");
    assert!(place.refused(SECOND, &["--dry-run"]).contains("check constraint"));
}

#[test]
fn names_that_postgresql_keeps_for_itself_are_no_hindrance() {
    let place = Place::new("system_names");
    let it = place.import("id,xmin,CTID,tableoid\n1,2,3,4\n", &[]);
    assert_eq!(it["renamed_columns"], json!({"xmin": "xmin_2", "CTID": "ctid_2", "tableoid": "tableoid_2"}));
    assert_eq!(place.sql("SELECT xmin_2 + ctid_2 + tableoid_2 FROM orte"), "9");
    // A table that was put aside keeps the names of its key and its index.
    place.sql("ALTER TABLE orte RENAME TO orte_alt");
    place.import(FIRST, &[]);
    assert_eq!(place.rows(), "1:a 2:b 3:c");
    let file = place.folder.path().join("pg_class.csv");
    std::fs::write(&file, "id\n1\n").unwrap();
    let report = place.report();
    let url = place.database.url();
    let words = [file.to_str().unwrap(), "--into", &url, "--report", report.to_str().unwrap()];
    imported(&words, &report);
    imported(&words, &report);
    assert_eq!(place.sql("SELECT count(*) FROM public.pg_class"), "1");
    let file = place.folder.path().join("spatial_ref_sys.csv");
    std::fs::write(&file, "srid\n1\n").unwrap();
    let output =
        import(&[file.to_str().unwrap(), "--into", &url, "--report", report.to_str().unwrap(), "--replace"]);
    assert!(text(&output.stdout).contains("of an extension"), "{}", text(&output.stdout));
}

#[test]
fn rows_differ_where_they_are_written_otherwise_in_any_type() {
    let place = Place::new("types");
    let file = place.folder.path().join("orte.geojson");
    let row = |id: u32, properties: &str| {
        format!(
            r#"{{"type": "Feature", "properties": {{"id": {id}, {properties}}}, "geometry": {{"type": "Point", "coordinates": [6.9, 50.9]}}}}"#
        )
    };
    let import = |changed: &str, at: &str| {
        let usual = r#""text": "Köln", "whole": 1, "large": 10000000000, "number": 0.1, "zero": 0.5, "yes": true, "day": "2024-05-06", "moment": "2024-05-06T07:08:09Z", "list": [1, 2], "nothing": null"#;
        let (name, _) = changed.split_once(':').unwrap_or_default();
        let parts: Vec<&str> = usual.split(", \"").collect();
        let parts = parts.iter().map(|part| format!("\"{}", part.trim_start_matches('"')));
        let changed: Vec<String> = parts
            .map(|part| if part.starts_with(name) && !name.is_empty() { changed.to_owned() } else { part })
            .collect();
        let moved = row(1, &changed.join(", ")).replace("[6.9, 50.9]", at);
        let rows = [moved, row(2, usual), row(3, &usual.replace("0.5", "-0.0").replace("null", "\"x\""))];
        let content = format!(r#"{{"type": "FeatureCollection", "features": [{}]}}"#, rows.join(","));
        std::fs::write(&file, content).unwrap();
        let (url, report) = (place.database.url(), place.report());
        let words = [file.to_str().unwrap(), "--into", &url, "--report", report.to_str().unwrap()];
        entry(&imported(&words, &report), "orte")["changes"].clone()
    };
    let none = json!({"new": 0, "changed": 0, "gone": 0});
    assert_eq!(import("", "[6.9, 50.9]"), Value::Null);
    assert_eq!(import("", "[6.9, 50.9]"), none);
    for (changed, at) in [
        (r#""text": "köln""#, "[6.9, 50.9]"),
        (r#""whole": 2"#, "[6.9, 50.9]"),
        (r#""large": 10000000001"#, "[6.9, 50.9]"),
        (r#""number": 0.10000000000000002"#, "[6.9, 50.9]"),
        (r#""zero": 0.0"#, "[6.9, 50.9]"),
        (r#""zero": -0.0"#, "[6.9, 50.9]"),
        (r#""yes": false"#, "[6.9, 50.9]"),
        (r#""day": "2024-05-07""#, "[6.9, 50.9]"),
        (r#""moment": "2024-05-06T07:08:10Z""#, "[6.9, 50.9]"),
        (r#""list": [2, 1]"#, "[6.9, 50.9]"),
        (r#""nothing": "x""#, "[6.9, 50.9]"),
        ("", "[6.9, 50.90001]"),
    ] {
        assert_eq!(import(changed, at), json!({"new": 0, "changed": 1, "gone": 0}), "{changed}");
        assert_eq!(import(changed, at), none, "{changed}");
    }
}

#[test]
fn letters_are_compared_whatever_the_collation_of_the_owner() {
    let place = Place::new("collation");
    place.import("id,name\nx1,Abc\nx2,b\n", &[]);
    place.sql(
        "CREATE COLLATION same (provider = icu, locale = 'und-u-ks-level2', deterministic = false); \
         ALTER TABLE orte ALTER id TYPE text COLLATE same, ALTER name TYPE text COLLATE same",
    );
    let it = place.import("id,name\nx1,abc\nx2,b\n", &[]);
    assert_eq!(it["changes"], json!({"new": 0, "changed": 1, "gone": 0}));
    let it = place.import("id,name\nX1,abc\nx2,b\n", &[]);
    assert_eq!(it["changes"], json!({"new": 1, "changed": 0, "gone": 1}));
    assert_eq!(place.rows(), "X1:abc x2:b");
}
