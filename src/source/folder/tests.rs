//! The folder as a whole, and helpers for the tests of its parts.

use std::fs;

use super::schema::{self, Described, Naming};
use super::*;
use crate::catalog::Collection;
use crate::layer::LayerBuilder;

const NAMING: Naming<'_> =
    Naming { short: "test", qualified: "folder.test", source: "folder", freshness: Freshness::File };

/// Returns the collection of a file that describes itself in this way, with this sidecar.
pub fn collection_of(described: &Described, sidecar: &str) -> Collection {
    try_collection_of(described, sidecar).unwrap()
}

/// Returns the collection, or the reason why there is none.
pub fn try_collection_of(described: &Described, sidecar: &str) -> Result<Collection> {
    schema::collection(described, &Sidecar::parse(sidecar)?, &Overrides::default(), NAMING)
}

/// Returns the cells of each row as text, in key order.
pub fn rows(builder: LayerBuilder) -> Vec<String> {
    let layer = builder.finish(Timestamp::UNIX_EPOCH);
    let cells = |row: &u32| -> Vec<String> {
        layer.columns.iter().map(|column| format!("{:?}", column.get(*row as usize))).collect()
    };
    layer.by_key.iter().map(|row| cells(row).join(" ")).collect()
}

fn none(_: &str, _: &str) -> Overrides {
    Overrides::default()
}

#[test]
fn a_file_that_cannot_be_served_does_not_disturb_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("gut.csv", "id,name\n1,a\n2,b\n");
    write("gut.schema.toml", "title = \"Gut\"\n");
    write("ä, b/c.csv".replace('/', "+").as_str(), "x\n1\n");
    write("sidecar.csv", "a\n1\n");
    write("sidecar.schema.toml", "titel = \"x\"\n");
    write("leer.fgb", "");
    write("kein.fgb", "PK\u{3}\u{4} this is something else");
    write("gut.fgb", "nonsense");
    write("notes.txt", "not ours");
    write(".hidden.csv", "a\n");
    fs::create_dir(folder.path().join("ordner.fgb")).unwrap();

    let look = look(folder.path(), &none).unwrap();
    let names: Vec<&str> = look.found.iter().map(|found| found.short.as_str()).collect();
    assert_eq!(names, ["ä, b+c"]);
    let refused: Vec<&str> =
        look.refusals.iter().map(|refusal| refusal.name.rsplit_once('.').unwrap().1).collect();
    assert_eq!(refused, ["gut", "gut", "kein", "leer", "ordner", "sidecar"]);
    assert!(look.refusals.last().unwrap().why.what.contains("line 1"), "{:?}", look.refusals);
    let folder_name = folder.path().file_name().unwrap().to_str().unwrap();
    assert_eq!(look.found[0].collection.qualified, format!("{folder_name}.ä, b+c"));

    fs::remove_file(folder.path().join("gut.fgb")).unwrap();
    let look = super::look(folder.path(), &none).unwrap();
    let found = look.found.iter().find(|found| found.short == "gut").unwrap();
    assert_eq!((found.collection.title.as_str(), found.rows), ("Gut", 2));
    assert_eq!(load(found, &|_| {}).unwrap().len(), 2);
}

#[test]
fn a_link_that_leads_out_of_the_folder_is_refused_and_one_within_is_followed() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = |name: &str| folder.path().join(name);
    std::fs::write(elsewhere.path().join("geheim.csv"), "a\n1\n").unwrap();
    std::fs::write(elsewhere.path().join("geheim.toml"), "title = \"x\"\n").unwrap();
    std::fs::create_dir(path("..stand")).unwrap();
    std::fs::write(path("..stand/innen.csv"), "a\n1\n").unwrap();
    std::fs::write(path("mit.csv"), "a\n1\n").unwrap();
    let link = std::os::unix::fs::symlink::<std::path::PathBuf, _>;
    link(elsewhere.path().join("geheim.csv"), path("aussen.csv")).unwrap();
    link(elsewhere.path().join("geheim.toml"), path("mit.schema.toml")).unwrap();
    link("..stand/innen.csv".into(), path("innen.csv")).unwrap();
    link("nirgends.csv".into(), path("leer.csv")).unwrap();
    let look = look(folder.path(), &none).unwrap();
    let found: Vec<&str> = look.found.iter().map(|found| found.short.as_str()).collect();
    assert_eq!(found, ["innen"]);
    let refused = |name: &str| {
        let mut of_name = look.refusals.iter().filter(|refusal| refusal.name.ends_with(name));
        of_name.next().map(|refusal| refusal.why.to_string()).unwrap_or_default()
    };
    for name in [".aussen", ".mit"] {
        assert!(
            refused(name).starts_with("it is a link that leads out of the folder (put the file"),
            "{name}"
        );
    }
    assert!(!refused(".leer").is_empty());
    // The folder itself may be a link.
    let other = elsewhere.path().join("folder");
    link(folder.path().to_owned(), other.clone()).unwrap();
    assert_eq!(super::look(&other, &none).unwrap().found.len(), 1);
}

#[test]
fn a_change_of_data_or_sidecar_changes_the_stamps_and_stops_the_load() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), "id\n1\n").unwrap();
    let first = look(folder.path(), &none).unwrap();
    let before = stamp(folder.path()).unwrap();
    assert_eq!(before, stamp(folder.path()).unwrap());
    fs::write(folder.path().join("a.csv"), "id\n1\n2\n").unwrap();
    assert_ne!(before, stamp(folder.path()).unwrap());
    assert_eq!(load(&first.found[0], &|_| {}).unwrap_err().kind, Kind::Unavailable);
    let second = look(folder.path(), &none).unwrap();
    assert_ne!(first.found[0].stamp, second.found[0].stamp);
    fs::write(folder.path().join("a.schema.toml"), "title = \"A\"").unwrap();
    assert_ne!(second.found[0].stamp, look(folder.path(), &none).unwrap().found[0].stamp);
    fs::remove_file(folder.path().join("a.csv")).unwrap();
    assert!(load(&second.found[0], &|_| {}).is_err());
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    assert_eq!(look(Path::new("/no/such/folder"), &none).unwrap_err().kind, Kind::Unavailable);
}

#[test]
fn the_embedded_city_is_whole_and_every_value_fits() {
    let look = look_embedded(&none);
    assert_eq!(look.refusals, []);
    assert_eq!(look.found.len(), 14);
    for found in look.found {
        if let Some(geometry) = &found.collection.geometry {
            assert_eq!((geometry.name.as_str(), geometry.crs), ("geom", crate::geo::Crs::Epsg(25832)));
        }
        let layer = load(&found, &|_| {}).unwrap();
        assert_eq!(layer.len() as u64, found.rows);
        assert_eq!(*layer.report(), crate::layer::LoadReport::default(), "{}", found.short);
        assert!(layer.has_key() && layer.memory() as u64 <= 2 * found.estimate, "{}", found.short);
    }
}
