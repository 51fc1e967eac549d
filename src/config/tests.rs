//! Whole configurations: good ones, bad ones with every fault named; none shows a password.

use std::{path::Path, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::catalog::{ColumnSchema, ColumnType, Detail, Language, Metadata, Overrides, names::Name};
use crate::limits::{Beyond, Unit, table};

fn environment(name: &str) -> Option<String> {
    (name == "CITY_PASSWORD").then(|| "canary@1".into())
}

pub(super) fn parse(text: &str) -> Result<Settings, Vec<Fault>> {
    file::parse("veedel.toml", text, Path::new("/etc"), &environment)
}

pub(super) fn faults(text: &str) -> String {
    let faults = parse(text).expect_err(text);
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n")
}

fn name(short: &str, qualified: &str) -> Name {
    Name { short: short.into(), qualified: qualified.into() }
}

#[test]
fn nothing_configured_is_the_default() {
    assert_eq!(parse(""), Ok(Settings::default()));
    assert_eq!(parse("\u{feff}# only words\r\n"), Ok(Settings::default()));
}

#[test]
fn three_mistakes_are_named_with_their_lines() {
    insta::assert_snapshot!(faults(
        "lisen = \"0.0.0.0:80\"\n\
         reload = \"5 fortnights\"\n\
         sources = [\"${MISSING}\"]\n"
    ), @r#"
    veedel.toml:1:1: unknown key "lisen" (did you mean "listen"?)
    veedel.toml:2:10: reload: "5 fortnights" is no duration (write a whole number and ms, s, m, h or d, such as "30s" or "5m")
    veedel.toml:3:12: sources: the environment variable MISSING is not set (set it where veedel is started, or write the value here)
    "#);
}

#[test]
fn ten_mistakes_are_named_with_their_lines() {
    insta::assert_snapshot!(faults(
        "listen = 3000\n\
         public_url = \"https://h/?q\"\n\
         sources = [\"a\", 7, \"a\"]\n\
         reload = 300\n\
         memory_budget = \"0 %\"\n\
         language = \"kölsch\"\n\
         [limits]\n\
         tile_zoom = 30\n\
         uri_byte = \"1 MiB\"\n\
         [collections.schools]\n\
         min_zoom = 9\n\
         max_zoom = 3\n\
         hidden = \"yes\"\n\
         [collections.city.schools]\n\
         title = \"Schools\"\n"
    ), @r#"
    veedel.toml:1:10: listen: 3000 is not a text (write an IP address and a port, such as "127.0.0.1:3000", or "0.0.0.0:3000" for all networks)
    veedel.toml:2:14: public_url: "https://h/?q" has a query or a fragment, to which no link can be appended (write http:// or https://, a host and where need be a path, such as "https://geo.example.org/veedel")
    veedel.toml:3:17: sources: 7 is not a text (put it in double quotes)
    veedel.toml:3:20: sources: "a" is named twice (remove one of the two)
    veedel.toml:4:10: reload: 300 is not a text (write number and unit, such as "5m")
    veedel.toml:5:17: memory_budget: "0 %" is no memory budget (write a size such as "2 GiB", or a part of the memory such as "60 %" (1 to 95))
    veedel.toml:6:12: language: "kölsch" is no language of ours (write "de" or "en")
    veedel.toml:8:13: tile_zoom: 30 is not allowed (write a whole number from 0 to 22)
    veedel.toml:9:1: unknown key "uri_byte" (did you mean "uri_bytes"?)
    veedel.toml:12:12: max_zoom 3 is less than min_zoom 9 (no zoom would be left; exchange the two?)
    veedel.toml:13:10: hidden: "yes" is not true or false (write true or false without quotes)
    veedel.toml:14:14: "city" has no settings, only sections within (an id with a dot stands in quotes: [collections."schema.table"])
    "#);
}

#[test]
fn mistakes_of_toml_and_of_values_are_named_together() {
    insta::assert_snapshot!(faults(
        "listen = 0.0.0.0:80\n\
         reload \n\
         language = \"de\"\n\
         language = \"en\"\n\
         public_url = \"https://geo\n\
         srid = 25832\n\
         [collections\n\
         [limits\n"
    ), @r#"
    veedel.toml:1:13: invalid float (put a text in double quotes)
    veedel.toml:2:8: key with no value, expected `=` (write KEY = VALUE)
    veedel.toml:4:1: duplicate key (remove one of the two)
    veedel.toml:5:26: invalid basic string, expected `"` (close it on this line)
    veedel.toml:6:1: unknown key "srid" (known here: access, access_log, catalog, collections, language, limits, listen, map, memory_budget, operator_listen, operator_socket, public_url, reload, roles, rules, sources, state, tile_cache, trusted_proxies, watch)
    veedel.toml:7:13: unclosed table, expected `]` (close it on this line)
    veedel.toml:8:8: unclosed table, expected `]` (close it on this line)
    "#);
}

#[test]
fn every_key_is_read() {
    let settings = parse(
        "listen = \"[::]:80\"\n\
         public_url = \"https://geo.example.org/\"\n\
         sources = [\"data\", \"postgresql://reader:${CITY_PASSWORD}@db/city\"]\n\
         reload = \"1s\"\n\
         memory_budget = \"2 GiB\"\n\
         tile_cache = \"0 B\"\n\
         access_log = true\n\
         operator_socket = \"operator.sock\"\n\
         language = \"de\"\n\
         [limits]\n\
         page_maximum = 500\n\
         tile_bytes = \"1 MiB\"\n\
         request_time = \"500ms\"\n\
         [collections.schools]\n\
         title = { de = \"Schulen\", en = \"Schools\" }\n\
         description = \"Alle\"\n\
         datetime = \"seit\"\n\
         attribution = \"Stadt\"\n\
         licence = \"CC0\"\n\
         key = [\"a\", \"b\"]\n\
         srid = 25832\n\
         min_zoom = 3\nmax_zoom = 22\n\
         max_age = \"5m\"\n\
         hide = \"secret\"\n\
         rank = \"pupils\"\n\
         column_zooms = { street = 14 }\nvalue_zooms.kind = { primary = 12, other = 16 }\n\
         visible_at_first = false\n\
         [collections.\"city.kitas\"]\n\
         hidden = true\n\
         key = \"id\"\n",
    )
    .unwrap();
    assert_eq!(settings.listen.to_string(), "[::]:80");
    assert_eq!(settings.public_url.as_ref().map(PublicUrl::as_str), Some("https://geo.example.org"));
    let sources: Vec<String> = settings.sources.iter().map(Source::to_string).collect();
    assert_eq!(sources, ["/etc/data", "postgresql://reader@db/city"]);
    assert_eq!(settings.reload, Duration::from_secs(1));
    assert_eq!(settings.memory_budget, MemoryBudget::Bytes(2 << 30));
    assert_eq!((settings.tile_cache, settings.access_log), (0, true));
    assert_eq!(settings.operator_socket.as_deref(), Some(Path::new("/etc/operator.sock")));
    assert_eq!(settings.language, Language::German);
    assert_eq!(settings.limits.page_maximum, 500);
    assert_eq!(settings.limits.tile_bytes, 1 << 20);
    assert_eq!(settings.limits.request_time, Duration::from_millis(500));
    let overrides = Overrides {
        listed: true,
        max_age: Some(Duration::from_secs(300)),
        title: Some("Schulen".into()),
        description: Some("Alle".into()),
        attribution: Some("Stadt".into()),
        licence: Some("CC0".into()),
        direct: None,
        key: Some(vec!["a".into(), "b".into()]),
        srid: Some(25832),
        min_zoom: Some(3),
        max_zoom: Some(22),
        detail: Detail {
            rank: Some("pupils".into()),
            column_zooms: [("street".into(), 14)].into(),
            value_zooms: [("kind".into(), [("primary".into(), 12), ("other".into(), 16)].into())].into(),
        },
        categories: None,
        visible_at_first: Some(false),
        datetime: Some("seit".into()),
        metadata: Metadata { title_en: Some("Schools".into()), ..Metadata::default() },
        ..Overrides::default()
    };
    assert_eq!(settings.overrides["schools"], overrides);
    assert_eq!(settings.overrides["city.kitas"].key, Some(vec!["id".into()]));
    assert_eq!(settings.policy.hidden_columns["schools"], ["secret".to_owned()].into());
    assert_eq!(settings.policy.hidden_collections, ["city.kitas".to_owned()].into());
}

/// Each key refuses values of a wrong type, unit or range, with one fault that names it.
#[test]
fn every_key_refuses_what_is_wrong() {
    for (line, part) in [
        ("listen = \"localhost\"", "listen: \"localhost\" is no address"),
        ("listen = true", "listen: true is not a text"),
        ("public_url = \"geo\"", "public_url: \"geo\" is no URL"),
        ("public_url = [1]", "public_url: a list is not a text"),
        ("sources = []", "sources: the list is empty"),
        ("sources = 5", "sources: 5 is not a text"),
        ("sources = \"mysql://h/d\"", "sources: \"mysql://…\" is neither"),
        ("sources = [\"a\", \"./../etc/a\", \"a\"]", "sources: \"a\" is named twice"),
        ("reload = \"999ms\"", "reload: \"999ms\" is too short"),
        ("reload = 5.5", "reload: 5.5 is not a text"),
        ("memory_budget = \"1 KiB\"", "memory_budget: \"1 KiB\" is too little"),
        ("memory_budget = 60", "memory_budget: 60 is not a text"),
        ("language = \"DE\"", "language: \"DE\" is no language"),
        ("limits = 3", "limits: 3 is not a section"),
        ("limits.tile_features = 0", "tile_features: 0 is not allowed"),
        ("limits.tile_features = -1", "tile_features: -1 is not allowed"),
        ("limits.tile_features = 99999999999999999999", "tile_features: 99999999999999999999 is not allowed"),
        ("limits.tile_features = \"9\"", "tile_features: \"9\" is not a whole number"),
        ("limits.uri_bytes = 1024", "uri_bytes: 1024 is not a text"),
        ("limits.uri_bytes = \"1 B\"", "uri_bytes: \"1 B\" is not allowed"),
        ("limits.head_time = \"1d\"", "head_time: \"1440m\" is not allowed"),
        ("limits.page_maximum = 99", "page_default is more than page_maximum"),
        ("limits.uri_bytes = \"40 KiB\"", "uri_bytes is more than head_bytes"),
        ("collections = 1", "collections: 1 is not a section"),
        ("collections.a = 1", "\"a\": 1 is not a section"),
        ("collections.a.title = \" \"", "title: is empty"),
        ("collections.a.description = 1979-05-27", "description: a date is not a text"),
        ("collections.a.attribution = {}", "attribution: a section is not a text"),
        ("collections.a.licence = 1.5", "licence: 1.5 is not a text"),
        ("collections.a.key = []", "key: the list is empty"),
        ("collections.a.key = [\"a\", \"a\"]", "key: \"a\" is named twice"),
        ("collections.a.key = [\"\"]", "key: a column's name is empty"),
        ("collections.a.srid = 0", "srid: 0 is not allowed"),
        ("collections.a.srid = \"EPSG:25832\"", "srid: \"EPSG:25832\" is not a whole number"),
        ("collections.a.hidden = 1", "hidden: 1 is not true or false"),
        ("collections.a.hide = [[\"a\"]]", "hide: a list is not a text"),
        ("collections.a = { key = \"a\", hide = \"a\" }", "hide: \"a\" is in the key"),
        ("collections.a.min_zoom = 23", "min_zoom: 23 is not allowed"),
        ("collections.a.max_zoom = -1", "max_zoom: -1 is not allowed"),
        ("collections.a = { min_zoom = 5, max_zoom = 4 }", "max_zoom 4 is less than min_zoom 5"),
        ("collections.a.titel = \"A\"", "unknown key \"titel\" (did you mean \"title\"?)"),
        ("collections.a.max_age = 5", "max_age: "),
        ("collections.a.rank = 5", "rank: 5 is not a text"),
        ("collections.a = { column_zooms = { street = 17 } }", "column_zooms: \"street\": 17 is not allowed"),
        ("collections.a = { value_zooms = { kind = 3 } }", "value_zooms: \"kind\": 3 is not a section"),
        ("tile_cache = \"much\"", "tile_cache: "),
        ("tile_cache = 128", "tile_cache: "),
        ("operator_socket = 3", "operator_socket: "),
        ("access_log = \"yes\"", "access_log: "),
        ("thinning = false", "unknown key \"thinning\" (known here: access, access_log, catalog, "),
        ("[limit]", "unknown section \"limit\" (did you mean \"limits\"?)"),
    ] {
        refuses(line, part);
    }
}

/// Checks that there is one fault, with its position, `part` in its words, and a hint.
pub(super) fn refuses(line: &str, part: &str) {
    let faults = faults(line);
    assert!(faults.starts_with("veedel.toml:1:") && faults.contains(part), "{line}\n{faults}");
    assert_eq!(faults.lines().count(), 1, "{faults}");
    assert!(faults.ends_with(')'), "no hint: {faults}");
}

#[test]
fn what_a_short_name_hides_stays_hidden_when_a_namesake_appears() {
    let text =
        "[collections.s]\nhidden = true\n[collections.t]\nhide = \"c\"\n[collections.\"a.t\"]\nhide = \"d\"";
    let settings = parse(text).unwrap();
    let seen = |short: &str, qualified: &str| {
        let mut collection = crate::query::cql2::tests::collection();
        for (slot, name) in [(&mut collection.id, qualified), (&mut collection.short, short)] {
            *slot = name.into();
        }
        collection.qualified = qualified.into();
        collection.columns = ["c", "d", "e"].map(|name| ColumnSchema::new(name, ColumnType::Text)).into();
        Some(settings.policy.read(&collection, &Default::default())?.columns().to_vec())
    };
    assert_eq!([seen("s", "a.s"), seen("s", "b.s")], [None, None]);
    assert_eq!(seen("u", "a.u"), Some(vec![0, 1, 2]));
    assert_eq!([seen("t", "a.t"), seen("t", "b.t")], [Some(vec![2]), Some(vec![1, 2])]);
}

#[test]
fn a_collection_that_no_source_has_is_warned_about_with_its_line() {
    let settings =
        parse("[collections.shools]\ntitle = \"A\"\n[collections.\"a.kitas\"]\ntitle = \"B\"").unwrap();
    let found = [name("schools", "a.schools"), name("kitas", "a.kitas")];
    let warnings: Vec<String> = settings.unmatched_collections(&found).iter().map(Fault::to_string).collect();
    assert_eq!(
        warnings,
        ["veedel.toml:1:14: no source has a collection \"shools\" (did you mean \"schools\"?)"]
    );
}

#[test]
fn folders_that_are_none_are_named_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "sources = [\".\",\n  \"none\", \"veedel.toml\"]").unwrap();
    let missing = read(Some(&file)).unwrap().missing_folders();
    let places: Vec<_> = missing.iter().map(|fault| (fault.line, fault.column)).collect();
    assert_eq!(places, [(2, 3), (2, 11)], "{missing:?}");
}

#[test]
fn files_that_cannot_be_read_are_faults() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    let what = |path: &Path| read(Some(path)).unwrap_err().remove(0);
    assert_eq!(what(&path).what, "there is no such file");
    assert_eq!(what(folder.path()).what, "is a folder");
    std::fs::write(&path, b"listen = 1\nx = \"\xff\"").unwrap();
    assert_eq!((what(&path).line, what(&path).column), (2, 6));
    std::fs::write(&path, vec![b'#'; 1 << 20]).unwrap();
    assert_eq!(read(Some(&path)), Ok(Settings::default()));
    std::fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
    assert_eq!(what(&path).what, "is longer than 1 MiB");
    assert_eq!(what(Path::new("/dev/zero")).what, "is longer than 1 MiB");
}

/// The limits as the example file lists them.
fn documented_limits() -> String {
    let mut text = String::new();
    for limit in table() {
        text += &format!("# {}\n", limit.description);
        let value = match limit.unit {
            _ if limit.default == u64::MAX => "100".into(),
            Unit::Count | Unit::Zoom | Unit::Percent | Unit::Metres => limit.default.to_string(),
            Unit::Bytes => format!("\"{}\"", quantity::spoken_size(limit.default)),
            Unit::Milliseconds => format!("\"{}\"", quantity::spoken_duration(limit.default)),
        };
        text += &format!("#{} = {value}\n", limit.name);
    }
    text
}

#[test]
fn the_example_lists_every_limit_in_the_tables_words() {
    let written = documentation().split_once("#[limits]\n").unwrap().1;
    assert_eq!(written, documented_limits(), "copy the right side to veedel.example.toml");
    assert!(table().iter().any(|limit| limit.beyond == Beyond::Thin));
}

#[test]
fn the_example_with_every_key_uncommented_is_right_and_complete() {
    assert_eq!(parse(documentation()), Ok(Settings::default()));
    let uncommented = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting.to_owned(),
        _ => line.to_owned(),
    };
    let text = documentation().lines().map(uncommented).collect::<Vec<_>>().join("\n");
    let settings = parse(&text).unwrap();
    let limits = settings.limits.clone();
    let defaults = Settings::default();
    assert_eq!(limits, defaults.limits);
    assert_eq!(
        (settings.listen, settings.reload, settings.memory_budget, settings.language),
        (defaults.listen, defaults.reload, defaults.memory_budget, defaults.language)
    );
    // A key that the reader knows and the example lacks would be listed among the known keys.
    for section in ["", "[collections.a]\n", "[roles]\n", "[roles.facilities.a]\n"] {
        let fault = parse(&format!("{section}zzzzzzzz = 1")).unwrap_err().remove(0);
        let known = fault.hint.strip_prefix("known here: ").unwrap();
        for key in known.split(", ") {
            let heads = ["", "roles."].map(|above| format!("\n[{above}{key}"));
            let is_shown =
                text.contains(&format!("\n{key} = ")) || heads.iter().any(|head| text.contains(head));
            assert!(is_shown, "{key} is not in the example");
        }
    }
}

#[test]
fn no_password_shows_anywhere() {
    let url = "postgresql://u:canary@h/d";
    let quoted = format!("\"{url}\"");
    for text in [
        format!("sources = {url}"),
        format!("sources = [{url}]"),
        format!("sources = [{quoted}, {quoted}]"),
        format!("sources = [\"{url}#\"]"),
        format!("sources = \"{url}"),
        format!("sources = '{url}\n"),
        format!("{quoted} = 1"),
        format!("{url} = 1"),
        url.to_owned(),
        format!("[{quoted}]"),
        format!("[{url}]"),
        format!("[collections.{quoted}]\nx = 1"),
        format!("[collections.a]\ntitle = 1\nkey = [{quoted}, {quoted}]"),
        format!("[collections.a]\nkey = {quoted}\nhide = {quoted}"),
        ["listen", "public_url", "reload", "memory_budget", "language", "limits", "collections"]
            .map(|key| format!("{key} = {quoted}\n"))
            .concat(),
    ] {
        let message = faults(&text);
        assert!(!message.contains("canary"), "{text}\n{message}");
    }
    let settings = parse(&format!("sources = {quoted}")).unwrap();
    assert!(!format!("{settings:?}").contains("canary"));
    let settings = parse("sources = \"postgresql://u:${CITY_PASSWORD}@h/d\"").unwrap();
    assert!(!format!("{settings:?}").contains("canary"));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader_and_every_fault_has_a_place_in_it(
        text in "([a-z_]{1,8}|listen|sources|limits|collections|[\\[\\]{}=.,\"'\n #]|[0-9é\u{0}]){0,60}",
    ) {
        if let Err(faults) = parse(&text) {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                prop_assert!(fault.line >= 1 && fault.line <= text.lines().count() + 1, "{} {}", text, fault);
            }
        }
    }
}
