//! The tables of the matrix: what they hold, and what each role sees of them. The rules of the
//! configuration and the tables that hold only what a role sees are both made from here.

use crate::likeness::ADDRESS;
use crate::postgres::Database;

/// A table, the collections made of it, and what is granted of it.
pub struct Table {
    pub name: &'static str,
    /// The ids of its collections, one for each geometry column.
    pub ids: &'static [&'static str],
    pub key: &'static str,
    /// Name, type and value of each column in SQL; `i` is the number of the row.
    columns: &'static [[&'static str; 3]],
    pub is_protected: bool,
    /// Without any, everyone sees all.
    grants: &'static [Grant],
    /// More of its section of the configuration, with rules or without.
    more: &'static str,
    /// The rules for changes, which have no effect.
    edits: &'static str,
}

/// What a role sees of a table.
pub struct Grant {
    role: &'static str,
    /// The names of the columns, with commas; empty for all.
    columns: &'static str,
    /// The condition of its rows in CQL2 and in SQL; empty for all.
    rows: [&'static str; 2],
}

const fn grant(role: &'static str, columns: &'static str, rows: [&'static str; 2]) -> Grant {
    Grant { role, columns, rows }
}

const ALL: [&str; 2] = ["", ""];

/// Some rows share a place, some have none, and those with numbers divisible by 5 lie beyond others.
const POINT: &str = "CASE WHEN i % 17 > 0 THEN ST_SetSRID(ST_MakePoint(390000 + i % 10 * 150 + CASE WHEN i % 5 = 0 THEN 900 ELSE 0 END, 5620000 + i / 10 * 120), 25832) END";
const SQUARE: &str = "ST_Expand(ST_SetSRID(ST_MakePoint(390000 + i % 10 * 150 + CASE WHEN i % 5 = 0 THEN 900 ELSE 0 END, 5620000 + i / 10 * 120), 25832), 9 + i % 60)";
const IS_POINT: &str = "geometry(Point, 25832)";
const IS_POLYGON: &str = "geometry(Polygon, 25832)";

const WITHIN_0: &str = "ST_Within(geom, (SELECT v.geom FROM public.viertel v WHERE v.name = 'Viertel 0'))";
const NOT_WITHIN_1: &str =
    "NOT ST_Within(geom, (SELECT v.geom FROM public.viertel v WHERE v.name = 'Viertel 1'))";

/// All tables that rules may be about.
pub const TABLES: &[Table] = &[
    Table {
        name: "offen",
        ids: &["offen"],
        key: "id",
        columns: &[
            ["id", "int", "i"],
            ["name", "text", "'n' || i % 7"],
            ["seit", "date", "date '2020-01-01' + i"],
            ["geom", IS_POINT, POINT],
        ],
        is_protected: false,
        grants: &[],
        more: "",
        edits: "",
    },
    Table {
        name: "spalten",
        ids: &["spalten"],
        key: "id",
        columns: &[
            ["id", "bigint", "i"],
            ["name", "text", "'n' || i % 7"],
            ["art", "text", "CASE WHEN i % 4 > 0 THEN 'art' || i % 3 END"],
            ["telefon", "text", "'0221/' || i"],
            ["plaetze", "int", "i * 7919 % 100"],
            ["geom", IS_POINT, POINT],
        ],
        is_protected: false,
        grants: &[
            grant("everyone", "id,name,art", ALL),
            grant("leser_a", "id,name,art,telefon,plaetze", ALL),
            grant("leser_b", "id,telefon", ALL),
        ],
        more: "rank = \"plaetze\"\n",
        edits: "access.edit = { redaktion = [\"create\", \"update\"] }\n",
    },
    Table {
        name: "zeilen",
        ids: &["zeilen"],
        key: "kennung",
        columns: &[
            ["kennung", "text", "'k' || i"],
            ["name", "text", "CASE WHEN i % 5 = 0 THEN 'Zuflucht ' ELSE 'Haus ' END || i % 9"],
            ["schutz", "text", "CASE WHEN i % 5 = 0 THEN 'ja' END"],
            ["bezirk", "int", "i % 4"],
            ["plaetze", "int", "i * 7919 % 100"],
            ["geom", IS_POLYGON, SQUARE],
        ],
        is_protected: false,
        grants: &[
            grant("everyone", "", ["schutz IS NULL", "schutz IS NULL"]),
            grant("leser_a", "", ["TRUE", ""]),
            grant("leser_b", "", ["bezirk = 2 OR schutz = 'ja'", "bezirk = 2 OR schutz = 'ja'"]),
        ],
        more: "",
        edits: "access.edit = { redaktion = [\"create\", \"replace\", \"update\", \"delete\"] }\n\
               access.edit_rows = { redaktion = \"TRUE\" }\n",
    },
    Table {
        name: "gebiet",
        ids: &["gebiet"],
        key: "id",
        columns: &[["id", "int", "i"], ["name", "text", "'n' || i % 7"], ["geom", IS_POINT, POINT]],
        is_protected: false,
        grants: &[
            grant("everyone", "", ["S_WITHIN(geom, AREA('viertel', 'Viertel 0'))", WITHIN_0]),
            grant("leser_a", "", ["TRUE", ""]),
            grant("leser_b", "", ["NOT S_WITHIN(geom, AREA('viertel', 'Viertel 1'))", NOT_WITHIN_1]),
        ],
        more: "",
        edits: "access.edit_rows = { redaktion = \"S_WITHIN(geom, AREA('viertel', 'Viertel 2'))\" }\n",
    },
    Table {
        name: "geschuetzt",
        ids: &["geschuetzt"],
        key: "id",
        columns: &[
            ["id", "int", "i"],
            ["name", "text", "'Zuflucht ' || i"],
            ["telefon", "text", "'0299/' || i"],
            ["anschrift", "text", "'Gasse ' || i"],
            ["plaetze", "int", "i * 7919 % 100"],
            ["geom", IS_POINT, POINT],
        ],
        is_protected: true,
        grants: &[
            grant("leser_a", "id,name,telefon,plaetze", ALL),
            grant("statistik", "id,plaetze", ["plaetze > 30", "plaetze > 30"]),
        ],
        more: "",
        edits: "access.edit = { redaktion = [\"delete\"] }\n",
    },
    Table {
        name: "haus",
        ids: &["haus", "haus.eingang"],
        key: "id",
        columns: &[
            ["id", "int", "i"],
            ["name", "text", "'n' || i % 5"],
            ["geheim", "int", "CASE WHEN i % 11 > 0 THEN i * 7919 % 100 END"],
            ["notiz", "text", "'notiz ' || i"],
            ["geom", IS_POLYGON, SQUARE],
            ["eingang", IS_POINT, POINT],
        ],
        is_protected: false,
        grants: &[
            grant("everyone", "id,name", ["geheim < 33", "geheim < 33"]),
            grant("leser_a", "id,name,geheim", ["TRUE", ""]),
            grant("leser_b", "id,name,notiz", ["geheim >= 50", "geheim >= 50"]),
        ],
        more: "",
        edits: "",
    },
    Table {
        name: "ohne",
        ids: &["ohne"],
        key: "email",
        columns: &[
            ["email", "text", "i * 7919 % 100 || '@stadt.example'"],
            ["name", "text", "'n' || i % 3"],
            ["art", "text", "'art' || i % 4"],
            ["geom", IS_POINT, POINT],
        ],
        is_protected: false,
        grants: &[grant("everyone", "name,art", ALL), grant("leser_b", "name", ALL)],
        more: "",
        edits: "",
    },
];

/// What planning counts with, the same for all.
const PLANNING: &str = "
    CREATE TABLE strassen (id serial PRIMARY KEY, geom geometry(LineString, 25832));
    INSERT INTO strassen (geom) SELECT ST_SetSRID(ST_MakeLine(ST_MakePoint(389900 + x * 150, 5619990 + y * 120),
      ST_MakePoint(389900 + (x + dx) * 150, 5619990 + (y + 1 - dx) * 120)), 25832)
      FROM generate_series(0, 18) x, generate_series(0, 7) y, generate_series(0, 1) dx;
    CREATE TABLE adressen (id int PRIMARY KEY, strasse text, hausnummer text, geom geometry(Point, 25832));
    INSERT INTO adressen SELECT i, 'Weg ' || i % 6, i::text,
      ST_SetSRID(ST_MakePoint(389950 + i % 12 * 190, 5620010 + i / 12 * 130), 25832) FROM generate_series(1, 60) i;
    CREATE TABLE viertel (name text PRIMARY KEY, geom geometry(Polygon, 25832));
    INSERT INTO viertel SELECT 'Viertel ' || i,
      ST_MakeEnvelope(389800 + i * 800, 5619900, 390600 + i * 800, 5620900, 25832) FROM generate_series(0, 3) i;
    CREATE TABLE bevoelkerung (gebiet text, altersgruppe text, anzahl int, stichtag date, PRIMARY KEY (gebiet, altersgruppe));
    INSERT INTO bevoelkerung SELECT 'Viertel ' || i, g, 40 + i * 31 + length(g), '2024-12-31'
      FROM generate_series(0, 3) i, unnest(ARRAY['unter 3', '3 bis 5', '6 bis 9', '10 bis 17', '18 bis 64', 'ab 65']) g;";

const ROLES: &str = "
[collections.strassen]
hidden = true
[collections.adressen]
hidden = true
[collections.bevoelkerung]
hidden = true
[roles.network]
collection = \"strassen\"
[roles.demand]
collection = \"adressen\"
address = [\"strasse\", \"hausnummer\"]
[roles.population]
collection = \"bevoelkerung\"
level = \"viertel\"
area = \"gebiet\"
date = \"stichtag\"
group = \"altersgruppe\"
persons = \"anzahl\"
[roles.areas.viertel]
collection = \"viertel\"
id = \"name\"
[roles.facilities.zeilen]
name = \"name\"
capacity = { column = \"plaetze\", unit = \"Plätze\" }
[roles.types.hilfe]
of = [{ collection = \"zeilen\" }GESCHUETZT]
";

impl Table {
    /// What a role sees of it: None if nothing, else columns and the condition of rows.
    fn granted(&self, role: &str) -> Option<(&'static str, [&'static str; 2])> {
        let of = |name: &str| self.grants.iter().find(|grant| grant.role == name);
        let grant = of(role).or_else(|| of("everyone"));
        match grant {
            Some(grant) => Some((grant.columns, grant.rows)),
            None => self.grants.is_empty().then_some(("", ALL)),
        }
    }

    /// Whether it exists for a role.
    pub fn is_seen_by(&self, role: &str) -> bool {
        self.granted(role).is_some()
    }

    /// Whether rules are about it.
    pub fn has_rules(&self) -> bool {
        !self.grants.is_empty()
    }

    /// Whether its features have ids, because anyone sees its key.
    pub fn has_ids(&self) -> bool {
        self.grants.iter().all(|grant| grant.columns.split(',').any(|name| [self.key, ""].contains(&name)))
    }

    /// The names of its columns that are no geometries.
    pub fn columns_of_values(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().filter(|[_, kind, _]| !kind.starts_with("geometry")).map(|[name, ..]| *name)
    }

    /// Whether a role sees a column.
    pub fn shows(&self, role: &str, column: &str) -> bool {
        let shown = self.granted(role).map(|(shown, _)| shown);
        shown.is_some_and(|shown| shown.is_empty() || shown.split(',').any(|name| name == column))
    }

    /// The columns that a table for a role has. A key that is not seen is another one there.
    fn columns_of(&self, role: &str) -> Vec<[&'static str; 3]> {
        let stays = |[name, kind, _]: &&[&str; 3]| {
            kind.starts_with("geometry") || *name == self.key || self.shows(role, name)
        };
        self.columns.iter().filter(stays).copied().collect()
    }

    fn create(&self, kind: &str, columns: &[[&str; 3]]) -> String {
        let columns: Vec<String> = columns.iter().map(|[name, kind, _]| format!("{name} {kind}")).collect();
        format!("CREATE {kind} {} ({}, PRIMARY KEY ({}));", self.name, columns.join(", "), self.key)
    }

    fn fill(&self) -> String {
        let values: Vec<&str> = self.columns.iter().map(|[.., value]| *value).collect();
        format!("INSERT INTO {} SELECT {} FROM generate_series(1, 60) i;", self.name, values.join(", "))
    }

    /// Makes the table of a role in `public` what it sees of the whole one in `pg_temp`. Only rows
    /// that differ are written.
    fn follow(&self, role: &str) -> String {
        let Some((_, [_, condition])) = self.granted(role) else { return String::new() };
        let (name, key) = (self.name, self.key);
        let columns: Vec<&str> = self.columns_of(role).iter().map(|[name, ..]| *name).collect();
        let value = |name: &&str| match **name == *key && !self.has_ids() {
            true => format!("md5({name}) AS {name}"),
            false => (*name).to_owned(),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        let condition = if condition.is_empty() { "true" } else { condition };
        let list = columns.join(", ");
        let [own, new] = ["t", "n"]
            .map(|of| columns.iter().map(|name| format!("{of}.{name}")).collect::<Vec<_>>().join(", "));
        format!(
            "CREATE TEMP VIEW neu_{name} AS SELECT {} FROM pg_temp.{name} WHERE {condition} ORDER BY 1;
             DELETE FROM public.{name} t WHERE NOT EXISTS (SELECT FROM neu_{name} n WHERE n.{key} = t.{key});
             UPDATE public.{name} t SET ({list}) = ROW({new}) FROM neu_{name} n
               WHERE n.{key} = t.{key} AND ROW({own}) IS DISTINCT FROM ROW({new});
             INSERT INTO public.{name} ({list}) SELECT {list} FROM neu_{name} n
               WHERE NOT EXISTS (SELECT FROM public.{name} t WHERE n.{key} = t.{key});",
            values.join(", ")
        )
    }

    /// Its section of the configuration with rules.
    fn rules(&self) -> String {
        let list = |names: &str| format!("{:?}", names.split(',').collect::<Vec<_>>());
        let entries = |key: &str, entry: &dyn Fn(&Grant) -> Option<String>| {
            let all: Vec<String> = self
                .grants
                .iter()
                .filter_map(|grant| Some(format!("{} = {}", grant.role, entry(grant)?)))
                .collect();
            if all.is_empty() { String::new() } else { format!("access.{key} = {{ {} }}\n", all.join(", ")) }
        };
        let rows = |grant: &Grant| (!grant.rows[0].is_empty()).then(|| format!("{:?}", grant.rows[0]));
        let show = |grant: &Grant| (!grant.columns.is_empty()).then(|| list(grant.columns));
        let mut text = format!("{}{}{}", entries("rows", &rows), entries("show", &show), self.edits);
        if self.is_protected {
            let readers: Vec<&str> = self.grants.iter().map(|grant| grant.role).collect();
            text.push_str(&format!("access.protected = true\naccess.read = {readers:?}\n"));
        }
        text
    }
}

/// The configuration of a server with rules, or of one whose tables hold what a role sees.
pub fn configuration(database: &Database<'_>, role: Option<&str>, is_direct: bool, more: &str) -> String {
    let has_rules = role.is_none();
    let is_there = |table: &&Table| role.is_none_or(|role| table.is_seen_by(role));
    // A part of planning is named where it is there.
    let all_of_it = TABLES.iter().filter(is_there).any(|table| table.is_protected);
    let protected = if all_of_it { ", { collection = \"geschuetzt\" }" } else { "" };
    let roles = ROLES.replace("GESCHUETZT", protected);
    let mut text = format!("sources = [{:?}]\npublic_url = {ADDRESS:?}\n{more}\n{roles}", database.url());
    for table in TABLES.iter().filter(is_there) {
        for id in table.ids {
            let direct = if is_direct { "mode = \"direct\"\n" } else { "" };
            // Rules for a table are written under its last collection.
            let own = match (has_rules && table.ids.last() == Some(id), table.has_ids()) {
                (true, _) => table.rules(),
                (false, false) if !has_rules => format!("hide = [{:?}]\n", table.key),
                _ => String::new(),
            };
            let more = if *id == table.name { table.more } else { "" };
            text.push_str(&format!("[collections.{id:?}]\n{direct}{more}{own}"));
        }
    }
    text
}

/// Fills a database with all of it.
pub fn fill(database: &Database<'_>) {
    let tables: Vec<String> =
        TABLES.iter().map(|table| table.create("TABLE", table.columns) + &table.fill()).collect();
    database.sql(&format!("{PLANNING}{}ANALYZE;", tables.concat()));
}

/// Fills a database with what a role sees of it, after the changes in SQL were made.
pub fn fill_for(database: &Database<'_>, role: &str) {
    let create = |table: &Table| table.create("TABLE", &table.columns_of(role));
    let seen = TABLES.iter().filter(|table| table.is_seen_by(role));
    database.sql(&format!("{PLANNING}{}", seen.map(create).collect::<String>()));
    follow(database, role, "");
    database.sql("VACUUM FULL; ANALYZE");
}

/// Makes a database hold what a role sees after these changes of the tables that [`fill`] makes, in
/// one transaction.
pub fn follow(database: &Database<'_>, role: &str, changes: &str) {
    let whole: String =
        TABLES.iter().map(|table| table.create("TEMP TABLE", table.columns) + &table.fill()).collect();
    let follow: String = TABLES.iter().map(|table| table.follow(role)).collect();
    database.sql(&format!("{whole}\n{changes};\nBEGIN;\n{follow}\nCOMMIT;"));
}

/// The keys of all rows of the tables that are there, as `table|key`.
pub fn keys(database: &Database<'_>, role: Option<&str>) -> Vec<String> {
    let seen = TABLES.iter().filter(|table| role.is_none_or(|role| table.is_seen_by(role)));
    let select = |table: &Table| format!("SELECT '{0}|' || {1} FROM {0}", table.name, table.key);
    let all: Vec<String> = seen.map(select).collect();
    database.sql(&format!("{} ORDER BY 1", all.join(" UNION ALL "))).lines().map(str::to_owned).collect()
}
