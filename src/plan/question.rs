//! The parts of questions that several questions share. They are read from JSON and checked once.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::ages::Ages;
use super::planning_data::PlanningData;
use super::profile::Profile;
use super::rules::{self, Rule};
use crate::error::{self, Error, Result, Said, said, template};
use crate::geo::edges::Edges;
use crate::geo::geometry::Role;
use crate::limits::{Key, Limits};

/// Which facilities are meant, and what would be different.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Facilities {
    /// The collection; or `type`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub collection: String,
    /// Conditions on its columns, as CQL2 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// Other collections, or other features of the same, that count as the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub and: Vec<Origin>,
    /// A type of facilities as the configuration names it, in place of collections and filters.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The day on which they are in service, where their role names the days from which and until
    /// which they are; today without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<jiff::civil::Date>,
    /// Only areas of at least this many m².
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub minimum_area: Option<f64>,
    /// What if there were these too: longitude, latitude.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("maxItems" = "{planning_changes}"))]
    pub add: Vec<Added>,
    /// What if these, by id, were not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("maxItems" = "{planning_changes}"))]
    pub remove: Vec<Id>,
}

/// Features of a collection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The collection of the facilities.
    pub collection: String,
    /// Conditions on its columns, as CQL2 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

impl Facilities {
    /// Returns all features of a collection.
    pub fn of(collection: &str) -> Facilities {
        Facilities { collection: collection.to_owned(), ..Facilities::default() }
    }

    /// Returns whether no facilities are added or removed.
    pub fn changes_nothing(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    /// Returns the same facilities without those that are added, and with those that are removed.
    pub fn unchanged(&self) -> Facilities {
        Facilities { add: vec![], remove: vec![], ..self.clone() }
    }

    /// Returns the collections and filters that the facilities come from: those of the question, or
    /// the visible ones of its type.
    ///
    /// # Errors
    ///
    /// Returns an error if neither or both are named, if there is no such type, or if there are too
    /// many collections.
    pub fn origins(&self, data: &PlanningData) -> Result<Vec<Origin>> {
        let wrong = |parameter: &str, what: Said| Err(Error::invalid(parameter, what));
        let is_named = !self.collection.is_empty();
        match &self.kind {
            Some(_) if is_named || self.filter.is_some() || !self.and.is_empty() => {
                wrong("facilities.type", said!("a type says collections and filters itself"))
            }
            Some(kind) => match data.shown_types().find(|(name, ..)| name == kind) {
                Some((.., origins)) => Ok(origins),
                None => {
                    let known: Vec<&str> = data.shown_types().map(|(name, ..)| name).collect();
                    let error = Error::invalid("facilities.type", said!("there is no type {:?}", kind));
                    Err(error
                        .hint(said!("{}; types are named under [roles.types]", error::known(kind, &known))))
                }
            },
            None if !is_named => wrong("facilities.collection", said!("no collection and no type is named")),
            None => {
                data.limits.at_most(Key::planning_collections, "facilities.and", self.and.len() + 1)?;
                let first = Origin { collection: self.collection.clone(), filter: self.filter.clone() };
                Ok([first].into_iter().chain(self.and.iter().cloned()).collect())
            }
        }
    }
}

/// A facility that does not exist yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Added {
    /// Longitude and latitude in degrees.
    pub point: [f64; 2],
    /// For how many it would have room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub capacity: Option<f64>,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An id as clients write it: text, or a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a text or a whole number")]
pub enum Id {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl Id {
    /// Returns the id as features show it.
    pub fn text(&self) -> String {
        match self {
            Id::Text(text) => text.clone(),
            Id::Number(number) => number.to_string(),
        }
    }
}

/// Places in longitude and latitude in degrees. In JSON they are one pair, a list of pairs, or a
/// Point or MultiPoint of GeoJSON, which may be part of a feature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct Points(pub Vec<[f64; 2]>);

impl Points {
    /// Returns whether there are no places.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl JsonSchema for Points {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Points".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let list = json_schema!({ "type": "array", "items": {}, "maxItems": "{planning_places}" });
        json_schema!({ "oneOf": [list, { "type": "object" }] })
    }
}

impl TryFrom<serde_json::Value> for Points {
    type Error = &'static str;
    fn try_from(value: serde_json::Value) -> std::result::Result<Points, &'static str> {
        use serde_json::Value;
        const WRONG: &str =
            template!("a list of places such as [[6.96, 50.94], …], or a Point or MultiPoint of GeoJSON");
        let place = |value: &Value| serde_json::from_value::<[f64; 2]>(value.clone()).ok();
        let geometry = value.get("geometry").unwrap_or(&value);
        let places = match (geometry.get("type").and_then(Value::as_str), geometry.get("coordinates")) {
            (Some("Point"), Some(coordinates)) => place(coordinates).map(|place| vec![place]),
            (Some("MultiPoint"), Some(coordinates)) => serde_json::from_value(coordinates.clone()).ok(),
            (None, None) => {
                place(&value).map(|place| vec![place]).or_else(|| serde_json::from_value(value.clone()).ok())
            }
            _ => None,
        };
        places.map(Points).ok_or(WRONG)
    }
}

/// A drawn area in longitude and latitude in degrees: a Polygon or MultiPolygon of GeoJSON, which
/// may be part of a feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value", into = "serde_json::Value")]
pub struct Polygon(Vec<Vec<Vec<[f64; 2]>>>);

impl JsonSchema for Polygon {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Polygon".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object" })
    }
}

impl TryFrom<serde_json::Value> for Polygon {
    type Error = &'static str;
    fn try_from(value: serde_json::Value) -> std::result::Result<Polygon, &'static str> {
        const WRONG: &str = template!("a Polygon or MultiPolygon of GeoJSON, bare or as a feature");
        let geometry = value.get("geometry").unwrap_or(&value);
        let coordinates = geometry.get("coordinates").cloned().ok_or(WRONG)?;
        match geometry.get("type").and_then(serde_json::Value::as_str) {
            Some("Polygon") => serde_json::from_value(coordinates).map(|polygon| Polygon(vec![polygon])),
            Some("MultiPolygon") => serde_json::from_value(coordinates).map(Polygon),
            _ => return Err(WRONG),
        }
        .map_err(|_| WRONG)
    }
}

impl From<Polygon> for serde_json::Value {
    fn from(polygon: Polygon) -> serde_json::Value {
        serde_json::json!({ "type": "MultiPolygon", "coordinates": polygon.0 })
    }
}

impl Polygon {
    /// Returns the rings, and whether each is a hole of the previous exterior ring.
    pub fn rings(&self) -> impl Iterator<Item = (&[[f64; 2]], bool)> {
        self.0
            .iter()
            .flat_map(|polygon| polygon.iter().enumerate().map(|(index, ring)| (ring.as_slice(), index > 0)))
    }

    /// Returns whether the lines cross so few times that the polygon may be repaired.
    fn crosses_little(&self) -> bool {
        let role = |is_hole| if is_hole { Role::Interior } else { Role::Exterior };
        let edges = Edges::new(self.rings().map(|(ring, is_hole)| (role(is_hole), ring)));
        edges.own_pairs(usize::MAX, OFFERED + 1).1 <= OFFERED
    }

    /// Checks that the polygon is valid: its rings are closed, consist of longitudes and latitudes,
    /// and do not cross.
    ///
    /// # Errors
    ///
    /// Returns an error that says what is wrong. If the rings cross, the hint contains a repaired
    /// polygon.
    pub fn check(&self, limits: &Limits) -> Result<()> {
        use geo::Validation;
        let wrong = |what: Said| Error::invalid("polygon", what);
        let vertices: usize = self.0.iter().flatten().map(Vec::len).sum();
        if vertices == 0 {
            return Err(wrong(said!("the polygon has no vertices")));
        }
        limits.at_most(Key::planning_vertices, "polygon", vertices)?;
        let is_on_earth = |[lon, lat]: &[f64; 2]| lon.abs() <= 180.0 && lat.abs() <= 90.0;
        if !self.0.iter().flatten().flatten().all(is_on_earth) {
            return Err(wrong(said!("a vertex is no longitude and latitude")));
        }
        if !self.0.iter().flatten().all(|ring| ring.len() >= 4 && ring.first() == ring.last()) {
            return Err(wrong(said!("a ring is not closed, or has fewer than four vertices")));
        }
        let ring =
            |ring: &Vec<[f64; 2]>| ring.iter().map(|[x, y]| (*x, *y)).collect::<geo::LineString<f64>>();
        let polygons = self.0.iter().map(|rings| {
            let mut rings = rings.iter().map(ring);
            let outer = rings.next().unwrap_or_else(|| geo::LineString::new(vec![]));
            geo::Polygon::new(outer, rings.collect())
        });
        let polygons: geo::MultiPolygon<f64> = polygons.collect();
        polygons.check_validation().map_err(|_| {
            let error = wrong(said!("the rings of the polygon cross or touch themselves or each other"));
            match self.crosses_little().then(|| repaired(&polygons)).flatten() {
                Some(repaired) => error.hint(said!("what may be meant: {}", repaired.to_string())),
                None => error,
            }
        })
    }
}

/// The maximum number of vertices of a repaired polygon in an error, and of crossings of a polygon
/// that is repaired. The time of an overlay grows with both, and it cannot be interrupted.
const OFFERED: usize = 200;

/// Returns the area that crossing rings enclose, as GeoJSON of valid polygons.
fn repaired(polygons: &geo::MultiPolygon<f64>) -> Option<serde_json::Value> {
    use geo::{BooleanOps, CoordsIter, Validation};
    let whole = polygons.union(&geo::MultiPolygon::new(vec![]));
    let is_good = (4..=OFFERED).contains(&whole.coords_count()) && whole.is_valid();
    let ring = |ring: &geo::LineString<f64>| {
        ring.coords().map(|at| [at.x, at.y].map(|degrees| (degrees * 1e7).round() / 1e7)).collect::<Vec<_>>()
    };
    let polygon = |polygon: &geo::Polygon<f64>| {
        [polygon.exterior()].into_iter().chain(polygon.interiors()).map(ring).collect::<Vec<_>>()
    };
    is_good.then(|| Polygon(whole.iter().map(polygon).collect()).into())
}

/// How far is near enough: one of the three.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// Metres, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0), extend("exclusiveMinimum" = true, "maximum" = "{planning_distance}"))]
    pub distance: Option<f64>,
    /// Minutes at the profile's speed, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0), extend("exclusiveMinimum" = true))]
    pub minutes: Option<f64>,
    /// The name of a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// Whose persons are counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// The ages, half-open.
    pub ages: Option<Ages>,
}

/// The limit of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit<'a> {
    /// One distance in metres for all persons.
    Distance(f64),
    /// The distances of a rule by age, with its id.
    Rule(&'a str, &'a Rule),
}

/// The distances in metres that may be asked for if counts are protected. They differ so much that
/// answers to similar distances cannot be subtracted.
pub const PUBLISHED: [f64; 8] = [200.0, 400.0, 500.0, 1000.0, 1500.0, 2000.0, 3500.0, 5000.0];

impl Within {
    /// Returns the limit for a file name, such as `1000m`, `10min` or `din-18034`.
    pub fn named(&self) -> String {
        match (self.distance, self.minutes, &self.rule) {
            (Some(distance), ..) => format!("{distance}m"),
            (_, Some(minutes), _) => format!("{minutes}min"),
            (.., rule) => rule.clone().unwrap_or_default(),
        }
    }

    /// Returns the limit.
    ///
    /// # Errors
    ///
    /// Returns an error if not exactly one limit is named, if the rule does not exist or contains
    /// no distance, or if the distance is not permitted.
    pub fn limit<'a>(&self, profile: Profile, data: &'a PlanningData) -> Result<Limit<'a>> {
        let wrong = |what: Said| {
            Error::invalid("within", what)
                .hint(said!(r#"one of distance (metres), minutes or rule, such as {{"distance": 1000}}"#))
        };
        let metres = match (self.distance, self.minutes, &self.rule) {
            (Some(distance), None, None) => distance,
            (None, Some(minutes), None) => profile.metres(minutes),
            (None, None, Some(rule)) => {
                let (id, rule) = rules::find(&data.roles, rule)?;
                return match rule.steps.is_empty() {
                    true => Err(wrong(said!("the rule {} says no distance", id))),
                    false => Ok(Limit::Rule(id, rule)),
                };
            }
            _ => return Err(wrong(said!("within names not exactly one limit"))),
        };
        is_a_way(metres, &data.limits)?;
        Ok(Limit::Distance(metres))
    }
}

/// Checks that a length in metres is above 0 and at most the limit of distances.
///
/// # Errors
///
/// Returns an error that names the length and the limit.
pub fn is_a_way(metres: f64, limits: &Limits) -> Result<()> {
    let reached = limits.reached(Key::planning_distance);
    let wrong = |what: Said| Error::invalid("within", what);
    if metres > reached.value as f64 {
        return Err(wrong(said!("{} m are more than {} m", metres, reached.value)).reached(reached));
    }
    match metres > 0.0 {
        true => Ok(()),
        false => Err(wrong(said!("{} m are not above 0", metres))),
    }
}
