//! Files written by the `flatgeobuf` crate are read back; damaged ones are in `damage_tests`.

use ::flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geozero::wkt::Wkt;
use geozero::{ColumnValue, CoordDimensions, GeomProcessor, GeozeroGeometry, PropertyProcessor};

use super::*;
use crate::catalog::ColumnType as Published;
use crate::geo::geometry::Role;
use crate::source::folder::tests::{rows, try_collection_of};

pub(super) fn options(write_index: bool) -> FgbWriterOptions<'static> {
    let crs = FgbCrs { code: 3857, ..FgbCrs::default() };
    FgbWriterOptions { write_index, detect_type: false, promote_to_multi: false, crs, ..Default::default() }
}

pub(super) fn finished(writer: FgbWriter<'_>) -> Vec<u8> {
    let mut bytes = vec![];
    writer.write(&mut bytes).unwrap();
    bytes
}

/// A file with one feature for each text, of mixed types.
pub(super) fn mixed(texts: &[&str]) -> Vec<u8> {
    let options = FgbWriterOptions { has_z: texts.iter().any(|text| text.contains('Z')), ..options(true) };
    let mut writer = FgbWriter::create_with_options("mixed", GeometryType::Unknown, options).unwrap();
    writer.add_column("id", ColumnType::Int, |_, _| {});
    for (text, id) in texts.iter().zip(0..) {
        writer
            .add_feature_geom(Wkt(text), |feature| {
                feature.property(0, "id", &ColumnValue::Int(id)).unwrap();
            })
            .unwrap();
    }
    finished(writer)
}

pub(super) fn points(count: i32, write_index: bool) -> Vec<u8> {
    let mut writer =
        FgbWriter::create_with_options("points", GeometryType::Point, options(write_index)).unwrap();
    writer.add_column("id", ColumnType::Int, |_, _| {});
    writer.add_column("name", ColumnType::String, |_, _| {});
    for id in 0..count {
        let text = format!("POINT({id} {})", 2 * id);
        writer
            .add_feature_geom(Wkt(&text), |feature| {
                feature.property(0, "id", &ColumnValue::Int(id)).unwrap();
                feature.property(1, "name", &ColumnValue::String("größer")).unwrap();
            })
            .unwrap();
    }
    finished(writer)
}

/// Looks at a file and loads it, as the folder does.
pub(super) fn read_with(bytes: &[u8], sidecar: &str) -> Result<(Collection, LayerBuilder)> {
    let mut input = Input::of_bytes(bytes.to_vec());
    let described = look(&mut input, &Sidecar::parse(sidecar).unwrap())?;
    let collection = try_collection_of(&described, sidecar)?;
    let builder = load(&mut Input::of_bytes(bytes.to_vec()), &collection, &|_| {})?;
    Ok((collection, builder))
}

pub(super) fn read(bytes: &[u8]) -> Result<LayerBuilder> {
    read_with(bytes, "srid = 3857").map(|(_, builder)| builder)
}

pub(super) fn fault(bytes: &[u8]) -> String {
    read(bytes).map(|_| ()).unwrap_err().what.to_string()
}

#[test]
fn every_geometry_type_is_read_to_the_bit() {
    let bytes = mixed(&[
        "POINT(0.1 2)",
        "LINESTRING(0 0,1 1,2 0)",
        "POLYGON((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1))",
        "MULTIPOINT(1 1,2 2)",
        "MULTILINESTRING((0 0,1 1),(2 2,3 3,4 4))",
        "MULTIPOLYGON(((0 0,9 0,9 9,0 0),(1 1,2 1,2 2,1 1)),((20 20,30 20,30 30,20 20)))",
    ]);
    let (collection, builder) = read_with(&bytes, "").unwrap();
    assert_eq!(collection.geometry.unwrap().kind, None);
    let layer = builder.finish(jiff::Timestamp::UNIX_EPOCH);
    let geometries = layer.geometries.as_ref().unwrap();
    let shown: Vec<String> = layer
        .by_key
        .iter()
        .map(|row| {
            let geometry = geometries.get(*row).unwrap();
            let parts: String =
                geometry.parts().map(|part| format!(" {}{}", letter(part.role), part.xy.len())).collect();
            let members: String = geometry
                .members()
                .iter()
                .map(|member| format!(" {}:{}", member.kind.name(), member.parts))
                .collect();
            format!("{}{parts}{members}", geometry.kind.name())
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Point P1",
            "LineString L3",
            "Polygon E4 I4",
            "MultiPoint P2",
            "MultiLineString L2 L3",
            "MultiPolygon E4 I4 E4",
        ]
    );
    assert_eq!(geometries.get(layer.by_key[0]).unwrap().xy(), [[0.1, 2.0]]);
    assert_eq!(*layer.report(), crate::layer::LoadReport::default());
}

/// A file of one collection, declared in the header: the writer cannot mix collections with other
/// types.
pub(super) fn collection() -> Vec<u8> {
    let kind = GeometryType::GeometryCollection;
    let mut writer = FgbWriter::create_with_options("collection", kind, options(true)).unwrap();
    let text = "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1),POLYGON((0 0,9 0,9 9,0 0)))";
    writer.add_feature_geom(Wkt(text), |_| {}).unwrap();
    finished(writer)
}

#[test]
fn a_collection_keeps_its_members() {
    let layer = read(&collection()).unwrap().finish(jiff::Timestamp::UNIX_EPOCH);
    let geometry = layer.geometries.as_ref().unwrap().get(0).unwrap();
    let members: Vec<(&str, u32)> =
        geometry.members().iter().map(|member| (member.kind.name(), member.parts)).collect();
    assert_eq!(geometry.kind.name(), "GeometryCollection");
    assert_eq!(members, [("Point", 1), ("LineString", 1), ("Polygon", 1)]);
    assert_eq!(geometry.parts().map(|part| letter(part.role)).collect::<String>(), "PLE");
}

fn letter(role: Role) -> char {
    match role {
        Role::Points => 'P',
        Role::Line => 'L',
        Role::Exterior => 'E',
        Role::Interior => 'I',
    }
}

/// Geometries that WKT cannot express, given as calls to the writer.
struct Drawn(fn(&mut dyn Pen) -> geozero::error::Result<()>);

trait Pen: GeomProcessor {}
impl<P: GeomProcessor> Pen for P {}

impl GeozeroGeometry for Drawn {
    fn process_geom<P: GeomProcessor>(&self, processor: &mut P) -> geozero::error::Result<()> {
        (self.0)(processor)
    }

    fn dims(&self) -> CoordDimensions {
        CoordDimensions::default()
    }
}

fn drawn(kind: GeometryType, has_m: bool, geometry: Drawn) -> Vec<u8> {
    let options = FgbWriterOptions { has_z: true, has_m, ..options(true) };
    let mut writer = FgbWriter::create_with_options("drawn", kind, options).unwrap();
    writer.add_feature_geom(geometry, |_| {}).unwrap();
    finished(writer)
}

#[test]
fn heights_are_kept_and_measures_are_counted() {
    let line = Drawn(|pen| {
        pen.linestring_begin(true, 2, 0)?;
        pen.coordinate(1.0, 2.0, Some(7.5), Some(100.0), None, None, 0)?;
        pen.coordinate(3.0, 4.0, Some(8.5), Some(200.0), None, None, 1)?;
        pen.linestring_end(true, 0)
    });
    let (collection, builder) = read_with(&drawn(GeometryType::LineString, true, line), "").unwrap();
    assert!(collection.geometry.unwrap().has_z);
    assert_eq!(builder.report.measures, 1);
    let layer = builder.finish(jiff::Timestamp::UNIX_EPOCH);
    let part = layer.geometries.as_ref().unwrap().get(0).unwrap().parts().next().unwrap();
    assert_eq!((part.xy, part.z), (&[[1.0, 2.0], [3.0, 4.0]][..], &[7.5, 8.5][..]));
}

#[test]
fn types_outside_simple_features_keep_their_row_and_are_counted() {
    let triangle = Drawn(|pen| {
        pen.triangle_begin(true, 1, 0)?;
        pen.linestring_begin(false, 4, 0)?;
        for (x, y, at) in [(0.0, 0.0, 0), (1.0, 0.0, 1), (1.0, 1.0, 2), (0.0, 0.0, 3)] {
            pen.coordinate(x, y, Some(0.0), None, None, None, at)?;
        }
        pen.linestring_end(false, 0)?;
        pen.triangle_end(true, 0)
    });
    let builder = read(&drawn(GeometryType::Triangle, false, triangle)).unwrap();
    assert_eq!((builder.rows(), builder.report.unsupported, builder.report.null_geometries), (1, 1, 0));
}

#[test]
fn an_open_ring_is_closed() {
    let bytes = mixed(&["POLYGON((0 0,9 0,9 9))"]);
    let layer = read(&bytes).unwrap().finish(jiff::Timestamp::UNIX_EPOCH);
    assert_eq!(
        layer.geometries.as_ref().unwrap().get(0).unwrap().xy(),
        [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 0.0]]
    );
}

/// A file with a column of each type, one full row and one without values.
pub(super) fn every_column() -> Vec<u8> {
    use ColumnValue as V;
    let values: [(&str, ColumnType, V<'_>); 17] = [
        ("byte", ColumnType::Byte, V::Byte(-1)),
        ("ubyte", ColumnType::UByte, V::UByte(255)),
        ("bool", ColumnType::Bool, V::Bool(true)),
        ("short", ColumnType::Short, V::Short(-2)),
        ("ushort", ColumnType::UShort, V::UShort(65535)),
        ("int", ColumnType::Int, V::Int(-3)),
        ("uint", ColumnType::UInt, V::UInt(u32::MAX)),
        ("long", ColumnType::Long, V::Long(i64::MIN)),
        ("ulong", ColumnType::ULong, V::ULong(u64::MAX)),
        ("float", ColumnType::Float, V::Float(0.5)),
        ("double", ColumnType::Double, V::Double(0.1)),
        ("string", ColumnType::String, V::String("12.50")),
        ("json", ColumnType::Json, V::Json("{\"a\": [1]}")),
        ("instant", ColumnType::DateTime, V::DateTime("1970-01-01T01:00:00+01:00")),
        ("moment", ColumnType::DateTime, V::DateTime("1970-01-01T00:00:01")),
        ("binary", ColumnType::Binary, V::Binary(&[1, 2, 3])),
        ("last", ColumnType::String, V::String("ß")),
    ];
    let mut writer = FgbWriter::create_with_options("all", GeometryType::Point, options(true)).unwrap();
    for (name, kind, _) in &values {
        writer.add_column(name, *kind, |_, _| {});
    }
    writer.add_feature_geom(Wkt("POINT(1 1)"), |_| {}).unwrap();
    writer
        .add_feature_geom(Wkt("POINT(1 1)"), |feature| {
            for ((name, _, value), number) in values.iter().zip(0..) {
                feature.property(number, name, value).unwrap();
            }
        })
        .unwrap();
    finished(writer)
}

#[test]
fn every_column_type_is_read_and_retyped() {
    let (collection, builder) = read_with(&every_column(), "").unwrap();
    use Published::*;
    let kinds: Vec<Published> = collection.columns.iter().map(|column| column.kind).collect();
    let expected = [
        Integer,
        Integer,
        Boolean,
        Integer,
        Integer,
        Integer,
        BigInteger,
        BigInteger,
        BigInteger,
        Real,
        Double,
        Text,
        Json,
        TimestampWithZone,
        Timestamp,
        Text,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(builder.report.to_string(), "the binary column \"binary\" is left out");
    let mut found = rows(builder);
    found.sort();
    assert_eq!(
        found,
        [
            "Integer(-1) Integer(255) Boolean(true) Integer(-2) Integer(65535) Integer(-3) \
             Integer(4294967295) Integer(-9223372036854775808) Null Real(0.5) Double(0.1) Text(\"12.50\") \
             Json(\"{\\\"a\\\": [1]}\") TimestampWithZone(0) Timestamp(1000000) Text(\"ß\")",
            &["Null"; 16].join(" "),
        ]
    );
    let sidecar = "[columns.string]\ntype = \"numeric\"\n[columns.ulong]\ntype = \"numeric\"\n\
                   [columns.moment]\ntype = \"text\"";
    let found = rows(read_with(&every_column(), sidecar).unwrap().1);
    let full = found.iter().find(|row| !row.starts_with("Null")).unwrap();
    for value in ["Numeric(\"18446744073709551615\")", "Numeric(\"12.50\")", "Text(\"1970-01-01T00:00:01\")"]
    {
        assert!(full.contains(value), "{full}");
    }
}

#[test]
fn the_header_gives_words_key_and_system() {
    let options = FgbWriterOptions { title: Some("Titel"), description: Some("Satz"), ..options(true) };
    let mut writer = FgbWriter::create_with_options("x", GeometryType::Point, options).unwrap();
    writer.add_column("id", ColumnType::Int, |_, _| {});
    writer.add_column("nummer", ColumnType::String, |builder, column| {
        column.title = Some(builder.create_string("Nummer"));
        column.primary_key = true;
        column.nullable = false;
    });
    let (collection, _) = read_with(&finished(writer), "").unwrap();
    assert_eq!((collection.title.as_str(), collection.description.as_deref()), ("Titel", Some("Satz")));
    assert_eq!((collection.key.as_slice(), collection.columns[1].nullable), (&[1][..], false));
    assert_eq!(collection.columns[1].title.as_deref(), Some("Nummer"));
    assert_eq!(collection.geometry.unwrap().crs, crate::geo::Crs::Epsg(3857));
}

#[test]
fn a_system_of_another_authority_is_refused() {
    let crs = FgbCrs { org: Some("ESRI"), code: 102100, ..FgbCrs::default() };
    let options = FgbWriterOptions { crs, ..options(true) };
    let writer = FgbWriter::create_with_options("x", GeometryType::Point, options).unwrap();
    assert!(fault(&finished(writer)).contains("ESRI:102100"));
}
