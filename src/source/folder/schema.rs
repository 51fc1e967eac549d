//! Makes a collection from what its file, its sidecar and the configuration say.

use super::infer::Reading;
use super::sidecar::Sidecar;
use crate::catalog::{Collection, ColumnSchema, ColumnType, Detail, Freshness, GeometryColumn, Overrides};
use crate::error::{Error, Kind, Result};
use crate::geo::{Crs, GeometryType};

/// The maximum number of columns, as in PostgreSQL. A file with more is damaged.
pub const MAX_COLUMNS: usize = 1600;
/// The zoom levels of tiles, unless configured.
const ZOOMS: (u8, u8) = (0, 22);
/// The names of columns that are taken as key if nothing else says which column it is.
pub const KEY_NAMES: [&str; 5] = ["id", "fid", "gid", "ogc_fid", "objectid"];

/// What a file says about itself.
#[derive(Clone, Debug, Default)]
pub struct Described {
    /// The title, if the file has one.
    pub title: Option<String>,
    /// The description, if the file has one.
    pub description: Option<String>,
    /// The columns that can be served, in the order of the file.
    pub columns: Vec<ColumnSchema>,
    /// The positions of the columns that the file declares as its key.
    pub key: Vec<usize>,
    /// How each column of a CSV table is read.
    pub readings: Vec<Reading>,
    /// The geometry; None for a table.
    pub geometry: Option<DescribedGeometry>,
    /// The number of rows that the file says it has.
    pub rows: u64,
    /// The number of bytes of its data.
    pub bytes: u64,
}

/// What a file says about its geometry.
#[derive(Clone, Copy, Debug)]
pub struct DescribedGeometry {
    /// The geometry type; None if it is mixed.
    pub kind: Option<GeometryType>,
    /// The EPSG code; None if the file does not say it.
    pub srid: Option<u32>,
    /// Whether the geometries have heights.
    pub has_z: bool,
}

/// The names of a file and its source.
#[derive(Clone, Copy, Debug)]
pub struct Naming<'a> {
    /// The file's name without its extension.
    pub short: &'a str,
    /// The qualified name, `folder.file`.
    pub qualified: &'a str,
    /// The name of the source for people.
    pub source: &'a str,
    /// How the collection follows the source.
    pub freshness: Freshness,
}

/// Makes the collection that a file is published as.
///
/// Its key is the first of these: what the configuration or the sidecar says; what the file
/// declares; the first column named `id`, `fid`, `gid`, `ogc_fid` or `objectid` in any case, if it
/// holds integers, text or UUIDs. The last is only a guess:
/// [`LayerBuilder`](crate::layer::LayerBuilder) drops such a key, with a note, if it is not unique.
///
/// # Errors
///
/// Fails if a configured column does not exist, a name occurs twice, or the coordinate system is
/// not known.
pub fn collection(
    described: &Described,
    sidecar: &Sidecar,
    overrides: &Overrides,
    naming: Naming<'_>,
) -> Result<Collection> {
    let names: Vec<&str> = described.columns.iter().map(|column| column.name.as_str()).collect();
    unique_names(&names)?;
    sidecar.check_columns(&names)?;
    let columns = described.columns.iter().map(|column| with_words(column, sidecar)).collect();
    let mut collection = Collection {
        short: naming.short.into(),
        id: naming.short.into(),
        qualified: naming.qualified.into(),
        title: first(&sidecar.title, &described.title).unwrap_or_else(|| naming.short.into()),
        description: first(&sidecar.description, &described.description),
        attribution: sidecar.attribution.clone(),
        licence: sidecar.licence.clone(),
        geometry: described
            .geometry
            .map(|geometry| geometry_column(geometry, sidecar, overrides))
            .transpose()?,
        columns,
        key: vec![],
        source: naming.source.into(),
        freshness: naming.freshness,
        zooms: ZOOMS,
        max_age: None,
        detail: Detail::default(),
        categories: None,
        size_by: None,
        visible_at_first: true,
        datetime: None,
        metadata: Default::default(),
        table: None,
        hidden: Default::default(),
    };
    collection.key = key(&collection, described, sidecar, overrides)?;
    overrides.describe(&mut collection);
    Ok(collection)
}

fn first(one: &Option<String>, other: &Option<String>) -> Option<String> {
    one.clone().or_else(|| other.clone())
}

/// Fails and names the column if a name is empty or occurs twice.
///
/// # Errors
///
/// Fails and names the column if a name is empty or occurs twice.
pub fn unique_names(names: &[&str]) -> Result<()> {
    if names.len() > MAX_COLUMNS {
        let what = format!("it has {} columns; at most {MAX_COLUMNS} are served", names.len());
        return Err(Error::new(Kind::TooLarge, what));
    }
    let mut seen = std::collections::BTreeSet::new();
    for (name, number) in names.iter().zip(1..) {
        if name.is_empty() {
            return Err(Error::new(Kind::Invalid, format!("column {number} has no name")));
        }
        if !seen.insert(name) {
            return Err(Error::new(Kind::Invalid, format!("there are two columns named {name:?}")));
        }
    }
    Ok(())
}

fn with_words(column: &ColumnSchema, sidecar: &Sidecar) -> ColumnSchema {
    let Some(words) = sidecar.column(&column.name) else { return column.clone() };
    ColumnSchema {
        name: column.name.clone(),
        kind: words.kind.unwrap_or(column.kind),
        nullable: column.nullable,
        title: first(&words.title, &column.title),
        description: first(&words.description, &column.description),
        unit: first(&words.unit, &column.unit),
        words: column.words.clone(),
    }
}

fn geometry_column(
    geometry: DescribedGeometry,
    sidecar: &Sidecar,
    overrides: &Overrides,
) -> Result<GeometryColumn> {
    let Some(srid) = geometry.srid.or(overrides.srid).or(sidecar.srid) else {
        return Err(Error::invalid("srid", "it does not say which coordinate system it has")
            .hint("write `srid = 25832` (your EPSG code) into its sidecar NAME.schema.toml"));
    };
    Ok(GeometryColumn {
        name: sidecar.geometry.clone().unwrap_or_else(|| "geometry".into()),
        kind: geometry.kind,
        crs: Crs::from_srid(srid),
        has_z: geometry.has_z,
    })
}

fn key(
    collection: &Collection,
    described: &Described,
    sidecar: &Sidecar,
    overrides: &Overrides,
) -> Result<Vec<usize>> {
    let configured = overrides.key.as_deref().or(sidecar.key.as_ref().map(|key| key.names()));
    if let Some(names) = configured {
        return names.iter().map(|name| key_column(collection, name)).collect();
    }
    if !described.key.is_empty() {
        return Ok(described.key.clone());
    }
    let guess = collection.columns.iter().position(is_named_like_a_key);
    Ok(guess.into_iter().collect())
}

fn key_column(collection: &Collection, name: &str) -> Result<usize> {
    collection
        .column(name)
        .ok_or_else(|| Error::invalid("key", format!("there is no column {name:?} to be the key")))
}

fn is_named_like_a_key(column: &ColumnSchema) -> bool {
    use ColumnType::*;
    KEY_NAMES.iter().any(|name| column.name.eq_ignore_ascii_case(name))
        && matches!(column.kind, Integer | BigInteger | Text | Uuid)
}

/// Returns the approximate size of the collection's layer in bytes. This is a fixed part for each
/// row, and the data again for texts and for coordinates, which are kept as 64-bit floats and on
/// the 32-bit world grid.
pub fn estimate(collection: &Collection, rows: u64, bytes: u64) -> u64 {
    let cells: u64 = collection.columns.iter().map(|column| width(column.kind)).sum();
    let fixed = if collection.geometry.is_some() { 40 } else { 16 };
    rows.saturating_mul(cells + fixed).saturating_add(bytes.saturating_add(bytes / 2))
}

fn width(kind: ColumnType) -> u64 {
    use ColumnType::*;
    match kind {
        Boolean => 1,
        Integer | Real | Date | Numeric | Text | Json | Array => 4,
        BigInteger | Double | Timestamp | TimestampWithZone | Time => 8,
        Uuid => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMING: Naming<'_> =
        Naming { short: "wege", qualified: "stadt.wege", source: "stadt", freshness: Freshness::File };

    fn described(columns: &[(&str, ColumnType)], srid: Option<u32>) -> Described {
        Described {
            columns: columns.iter().map(|(name, kind)| ColumnSchema::new(*name, *kind)).collect(),
            geometry: Some(DescribedGeometry { kind: None, srid, has_z: false }),
            ..Described::default()
        }
    }

    fn made(described: &Described, sidecar: &str, overrides: &Overrides) -> Result<Collection> {
        collection(described, &Sidecar::parse(sidecar).unwrap(), overrides, NAMING)
    }

    #[test]
    fn the_key_is_configured_or_declared_or_guessed() {
        let mut file = described(
            &[("name", ColumnType::Text), ("FID", ColumnType::Integer), ("id", ColumnType::Double)],
            Some(3857),
        );
        let none = Overrides::default();
        assert_eq!(made(&file, "", &none).unwrap().key, [1]);
        assert_eq!(made(&file, "key = [\"id\", \"name\"]", &none).unwrap().key, [2, 0]);
        let configured = Overrides { key: Some(vec!["name".into()]), ..none.clone() };
        assert_eq!(made(&file, "key = \"id\"", &configured).unwrap().key, [0]);
        file.key = vec![0];
        assert_eq!(made(&file, "", &none).unwrap().key, [0]);
        assert!(made(&file, "key = \"nix\"", &none).unwrap_err().what.contains("nix"));
    }

    #[test]
    fn the_coordinate_system_comes_from_the_file_then_the_configuration_then_the_sidecar() {
        let crs = |file: Option<u32>, sidecar: &str, configured: Option<u32>| {
            let overrides = Overrides { srid: configured, ..Overrides::default() };
            made(&described(&[], file), sidecar, &overrides).map(|made| made.geometry.unwrap().crs)
        };
        assert_eq!(crs(Some(3857), "srid = 2", Some(3)).unwrap(), Crs::Epsg(3857));
        assert_eq!(crs(None, "srid = 2", Some(4326)).unwrap(), Crs::Crs84);
        assert_eq!(crs(None, "srid = 25832", None).unwrap(), Crs::Epsg(25832));
        assert!(crs(None, "", None).unwrap_err().hint.unwrap().contains("srid"));
    }

    #[test]
    fn the_sidecar_changes_types_and_words() {
        let file = described(&[("tag", ColumnType::Text)], Some(4326));
        let text = "title = \"Wege\"\ngeometry = \"lage\"\n[columns.tag]\ntype = \"date\"\nunit = \"d\"";
        let made = made(&file, text, &Overrides::default()).unwrap();
        assert_eq!((made.title.as_str(), made.qualified.as_str()), ("Wege", "stadt.wege"));
        assert_eq!(made.geometry.unwrap().name, "lage");
        assert_eq!((made.columns[0].kind, made.columns[0].unit.as_deref()), (ColumnType::Date, Some("d")));
    }

    #[test]
    fn names_must_be_there_and_differ() {
        assert!(unique_names(&["a", "b"]).is_ok());
        assert!(unique_names(&["a", "b", "a"]).unwrap_err().what.contains("\"a\""));
        assert!(unique_names(&["a", ""]).unwrap_err().what.contains("column 2"));
        assert!(unique_names(&vec!["a"; MAX_COLUMNS + 1]).is_err());
    }
}
