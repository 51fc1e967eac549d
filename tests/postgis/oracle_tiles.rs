//! Our tiles held against `ST_AsMVT` of the same rows, and our decoded geometries judged by
//! PostGIS.
//!
//! Stated differences, translated before comparing: `numeric` is a double here and text there,
//! `jsonb` is one attribute of JSON text here and an attribute for each plain member there, arrays
//! are JSON here and `{a,b}` there, instants are ISO 8601 with a T and Z here.

use std::collections::BTreeMap;
use std::fmt::Write;

use fast_mvt::{MvtGeometry, MvtReaderRef, MvtValue};
use serde_json::Value;

use crate::server::Server;
use crate::tools::{TOWN, bounds, key, tiles_over, town};

type Tile = (u8, u32, u32);

/// The features of a tile's one layer by id (or by `kita_id`, as a UUID is no id of a feature).
type Features = BTreeMap<String, (BTreeMap<String, MvtValue>, MvtGeometry)>;

fn decode(bytes: &[u8], key: &str) -> Features {
    let tile = MvtReaderRef::new(bytes).unwrap().to_tile().unwrap();
    assert!(tile.layers.len() <= 1);
    let mut features = Features::new();
    for feature in tile.layers.into_iter().flat_map(|layer| layer.features) {
        let attributes: BTreeMap<String, MvtValue> = feature.properties.into_iter().collect();
        let id = match (feature.id, attributes.get(key)) {
            (Some(id), None) => id.to_string(),
            (None, Some(MvtValue::String(id))) => id.clone(),
            other => panic!("an id or the key as an attribute, not {other:?}"),
        };
        assert!(features.insert(id.clone(), (attributes, feature.geometry)).is_none(), "{id} twice");
    }
    features
}

#[test]
fn tiles_hold_what_st_asmvt_makes_of_the_same_rows() {
    let server = Server::ready(&["--no-thinning", &town().url()]);
    let area = bounds(&server, "bezirke");
    for id in TOWN {
        let tiles: Vec<Tile> = (12..=18).flat_map(|zoom| tiles_over(area, zoom, 16)).collect();
        let theirs = oracle(id, &tiles);
        let mut pairs = Pairs::default();
        for (tile, theirs) in tiles.iter().zip(theirs) {
            let (z, x, y) = tile;
            let ours = server.get(&format!("/xyz/{id}/{z}/{x}/{y}"));
            compare(id, *tile, decode(&ours.body, key(id)), decode(&theirs, key(id)), &mut pairs);
        }
        assert!(pairs.both.len() >= 10, "{id}: only {} features", pairs.both.len());
        pairs.judge(id);
    }
}

/// What PostGIS makes of these tiles.
fn oracle(id: &str, tiles: &[Tile]) -> Vec<Vec<u8>> {
    let places: Vec<String> =
        tiles.iter().enumerate().map(|(index, (z, x, y))| format!("({index},{z},{x},{y})")).collect();
    let feature_id = if id == "kitas" { "" } else { ", 'id'" };
    let text = town().sql(&format!(
        "SET TimeZone = 'UTC'; SET client_min_messages = error;
         CREATE TEMP TABLE worte AS SELECT * FROM {id}; ALTER TABLE worte DROP COLUMN geom;
         CREATE TEMP TABLE flach AS SELECT {key} AS k, ST_Transform(geom, 3857) AS g FROM {id};
         CREATE INDEX ON flach USING gist (g);
         SELECT encode(COALESCE((
             SELECT ST_AsMVT(zeile, '{id}', 4096, 'geom'{feature_id}) FROM (
                 SELECT ST_AsMVTGeom(g, ST_TileEnvelope(z, x, y), 4096, 64, true) AS geom, worte.*
                 FROM flach JOIN worte ON worte.{key} = flach.k WHERE g && ST_TileEnvelope(z, x, y, margin => 64.0 / 4096)
             ) zeile WHERE zeile.geom IS NOT NULL), ''), 'hex')
         FROM (VALUES {}) ort(i, z, x, y) ORDER BY i",
        places.join(","),
        key = key(id),
    ));
    // psql writes an empty line for an empty tile, and none of the last lines may be lost.
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.resize(tiles.len(), "");
    lines.into_iter().map(unhex).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// What is left to PostGIS to judge: geometries of both, and features that only one of us has.
#[derive(Default)]
struct Pairs {
    both: Vec<(Tile, String, String, String)>,
    only: Vec<(Tile, String, &'static str)>,
}

fn compare(id: &str, tile: Tile, mut ours: Features, theirs: Features, pairs: &mut Pairs) {
    for (feature, (their_attributes, their_geometry)) in theirs {
        let Some((attributes, geometry)) = ours.remove(&feature) else {
            pairs.only.push((tile, feature, "PostGIS"));
            continue;
        };
        assert_same_attributes(&attributes, their_attributes, &format!("{id} {feature} in {tile:?}"));
        pairs.both.push((tile, feature, wkt(&geometry), wkt(&their_geometry)));
    }
    pairs.only.extend(ours.into_keys().map(|feature| (tile, feature, "veedel")));
}

fn assert_same_attributes(
    ours: &BTreeMap<String, MvtValue>,
    mut theirs: BTreeMap<String, MvtValue>,
    what: &str,
) {
    for (name, value) in ours {
        if let ("oeffnungszeiten", MvtValue::String(text)) = (name.as_str(), value) {
            let members: BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
            for (member, value) in members {
                if let (Value::String(ours), Some(theirs)) = (&value, theirs.remove(&member)) {
                    assert_eq!(theirs, MvtValue::String(ours.clone()), "{what}: {member}");
                }
            }
            continue;
        }
        let theirs = theirs.remove(name).unwrap_or_else(|| panic!("{what}: PostGIS has no {name}"));
        let theirs = match (name.as_str(), theirs) {
            ("grundflaeche" | "aussenflaeche", MvtValue::String(digits)) => {
                MvtValue::Double(digits.parse().unwrap())
            }
            ("geraete" | "angebote", MvtValue::String(array)) => MvtValue::String(json_of(&array)),
            ("aktualisiert", MvtValue::String(time)) => {
                MvtValue::String(time.replace(' ', "T").replace("+00", "Z"))
            }
            (_, other) => other,
        };
        assert_eq!(*value, theirs, "{what}: {name}");
    }
    assert!(theirs.is_empty(), "{what}: PostGIS has {theirs:?} too");
}

/// `{a,"b c"}` as the text of a JSON array of texts.
fn json_of(array: &str) -> String {
    let inner = array.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    let (mut words, mut quoted) = (vec![String::new()], false);
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        let word = words.last_mut().unwrap();
        match character {
            '"' => quoted = !quoted,
            '\\' => word.extend(characters.next()),
            ',' if !quoted => words.push(String::new()),
            other => word.push(other),
        }
    }
    words.retain(|_| !inner.is_empty());
    serde_json::to_string(&words).unwrap()
}

impl Pairs {
    /// PostGIS measures, in units of the tile. Our outlines are those of the rows, but for rounding
    /// to the grid: 0.71 units at most, and 0.75 with the projection. Theirs are as near, but where
    /// ST_AsMVTGeom has left out a point that is nearer than half a unit to the one before. Where
    /// they are, the two are at most 1.5 units apart. It clips after rounding and we before: an
    /// edge that meets the clip at a flat angle meets it elsewhere, so outlines are compared from
    /// the clip inwards, each against the whole other.
    fn judge(&self, id: &str) {
        let rows: Vec<String> = self
            .both
            .iter()
            .map(|((z, x, y), feature, ours, theirs)| {
                format!("('{feature}', {z}, {x}, {y}, '{ours}'::geometry, '{theirs}'::geometry)")
            })
            .collect();
        let outline = |shape: &str| {
            format!("(CASE WHEN ST_Dimension({shape}) = 2 THEN ST_Boundary({shape}) ELSE {shape} END)")
        };
        let farthest = |from: &str, to: &str| {
            let (from, to) = (outline(from), outline(to));
            format!(
                "COALESCE((SELECT max(ST_Distance(punkt.geom, {to})) FROM ST_DumpPoints(
                     ST_Intersection({from}, ST_MakeEnvelope(-62, -62, 4158, 4158))) punkt), 0)"
            )
        };
        let wrong = town().sql(&format!(
            "SET client_min_messages = error;
             CREATE TEMP TABLE paar (was text, z int, x int, y int, a geometry, b geometry);
             INSERT INTO paar VALUES {rows};
             WITH wahr AS (
                 SELECT paar.*, ST_Scale(ST_Translate(ST_SetSRID(ST_Transform(geom, 3857), 0), -ST_XMin(k), -ST_YMax(k)),
                     4096 / (ST_XMax(k) - ST_XMin(k)), -4096 / (ST_XMax(k) - ST_XMin(k))) AS w
                 FROM paar JOIN {id} ON {id}.{key}::text = paar.was, LATERAL (SELECT ST_TileEnvelope(paar.z, paar.x, paar.y) AS k) kachel),
             mass AS (
                 SELECT *, ST_IsValid(a) AS gueltig, GREATEST({there}, {back}) AS abstand,
                        {ours_off} AS unser_fehler, {theirs_off} AS ihr_fehler,
                        CASE WHEN ST_Dimension(a) = 2 THEN ST_Area(ST_SymDifference(a, ST_MakeValid(b))) ELSE 0 END
                            AS flaeche,
                        ST_Length({theirs}) AS umfang
                 FROM wahr)
             SELECT was, z, x, y, gueltig, ST_Dimension(a), ST_Dimension(b), abstand, unser_fehler, ihr_fehler, flaeche, umfang,
                    left(ST_AsText(a), 300), left(ST_AsText(b), 300)
             FROM mass
             WHERE NOT gueltig OR ST_Dimension(a) <> ST_Dimension(b) OR unser_fehler > 0.75
                 OR abstand > 1.5 AND ihr_fehler <= 0.75 OR flaeche > 0.75 * umfang + 2
             ORDER BY abstand DESC LIMIT 10",
            rows = rows.join(",\n"),
            key = key(id),
            theirs = outline("b"),
            ours_off = farthest("a", "w"),
            theirs_off = farthest("b", "w"),
            there = farthest("a", "b"),
            back = farthest("b", "a"),
        ));
        assert!(wrong.is_empty(), "{id}: of {} features, among others:\n{wrong}", self.both.len());
        self.judge_single(id);
    }

    /// A feature that only one of us has must be next to nothing there: what of it lies in the tile
    /// and its buffer (less its outermost unit, where rounding decides who is in) is less than two
    /// units wide and high, or a sliver of at most two units' area.
    fn judge_single(&self, id: &str) {
        if self.only.is_empty() {
            return;
        }
        let key = key(id);
        let mut rows = String::new();
        for ((z, x, y), feature, who) in &self.only {
            let comma = if rows.is_empty() { "" } else { "," };
            write!(rows, "{comma}('{feature}', '{who}', {z}, {x}, {y})").unwrap();
        }
        let wrong = town().sql(&format!(
            "WITH nur(id, wer, z, x, y) AS (VALUES {rows}),
             teil AS (
                 SELECT nur.*, ST_Intersection(ST_Transform(geom, 3857), ST_TileEnvelope(z, x, y, margin => 63.0 / 4096)) AS g,
                        ST_XMax(ST_TileEnvelope(z, 0, 0)) - ST_XMin(ST_TileEnvelope(z, 0, 0)) AS seite
                 FROM nur JOIN {id} ON {id}.{key}::text = nur.id),
             mass AS (
                 SELECT *, (ST_XMax(g) - ST_XMin(g)) * 4096 / seite AS breite,
                        (ST_YMax(g) - ST_YMin(g)) * 4096 / seite AS hoehe,
                        ST_Dimension(g) AS dimension, ST_Area(g) * (4096 / seite) ^ 2 AS flaeche
                 FROM teil)
             SELECT id, wer, z, x, y, breite, hoehe, dimension, flaeche, left(ST_AsText(g), 200) FROM mass
             WHERE NOT (ST_IsEmpty(g) OR GREATEST(breite, hoehe) < 2 OR (dimension = 2 AND flaeche < 2))
             LIMIT 10"
        ));
        assert!(wrong.is_empty(), "{id}: only one of us has\n{wrong}");
        let allowed = 3 + self.both.len() / 100;
        assert!(
            self.only.len() <= allowed,
            "{id}: {} of {}: {:?}",
            self.only.len(),
            self.both.len(),
            self.only
        );
    }
}

fn wkt(geometry: &MvtGeometry) -> String {
    let point = |point: &geo::Coord<i32>| format!("{} {}", point.x, point.y);
    let line =
        |line: &geo::LineString<i32>| format!("({})", line.0.iter().map(point).collect::<Vec<_>>().join(","));
    let polygon = |polygon: &geo::Polygon<i32>| {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        format!("({})", rings.map(line).collect::<Vec<_>>().join(","))
    };
    match geometry {
        MvtGeometry::Point(one) => format!("POINT({})", point(&one.0)),
        MvtGeometry::MultiPoint(many) => {
            format!("MULTIPOINT({})", many.iter().map(|one| point(&one.0)).collect::<Vec<_>>().join(","))
        }
        MvtGeometry::LineString(one) => format!("LINESTRING{}", line(one)),
        MvtGeometry::MultiLineString(many) => {
            format!("MULTILINESTRING({})", many.iter().map(line).collect::<Vec<_>>().join(","))
        }
        MvtGeometry::Polygon(one) => format!("POLYGON{}", polygon(one)),
        MvtGeometry::MultiPolygon(many) => {
            format!("MULTIPOLYGON({})", many.iter().map(polygon).collect::<Vec<_>>().join(","))
        }
        other => panic!("no geometry of MVT: {other:?}"),
    }
}
