//! `POST /v2/isochrones/{profile}/geojson`: the process `reach` in the format of openrouteservice's
//! isochrones (version 2 of its API), for clients of openrouteservice (Masterportal, CoSI, the QGIS
//! plugin).
//!
//! [`matrix`] is a further endpoint of openrouteservice. Directions are not offered.

pub mod matrix;

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::encode::json_text;
use crate::error::{self, Error, Result, reading, said};
use crate::plan::PlanningData;
use crate::plan::disclosure::Published;
use crate::plan::figures::digits;
use crate::plan::profile::Profile;
use crate::plan::question::{Group, Points};
use crate::plan::reach::answer::BandRow;
use crate::plan::reach::evidence::evidence;
use crate::plan::reach::{Bands, OneOrMany, Question, reach};
use crate::web::http::path::Path;
use crate::web::request;

/// The body of a request, as clients of openrouteservice send it. Members that change no figure
/// (`options`, `smoothing`, `id`, …) are ignored.
#[derive(Debug, Deserialize, Serialize)]
struct Request {
    /// Longitude and latitude of each place.
    locations: Points,
    /// The bands, in seconds, or for the `range_type` distance in `units` (metres by default). A
    /// single number with `interval` is split into several bands.
    range: Vec<f64>,
    #[serde(default)]
    range_type: RangeType,
    #[serde(default)]
    interval: Option<f64>,
    /// `total_pop`, `area` or `reachfactor`; another name is an error.
    #[serde(default)]
    attributes: Vec<String>,
    #[serde(default)]
    units: Option<String>,
    #[serde(default)]
    area_units: Option<String>,
    #[serde(default)]
    location_type: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum RangeType {
    #[default]
    Time,
    Distance,
}

/// Answers with isochrones as GeoJSON.
pub async fn isochrones(
    asked: request::Request,
    Path(profile): Path<String>,
    body: Bytes,
) -> Result<Response> {
    let profile = profile_of(&profile)?;
    let request: Request = reading::json("body", &body)?;
    let place = asked.place()?;
    let work = move || {
        let basis = asked.basis();
        let answer = answer(&basis, profile, &request)?;
        if basis.is_confidential() && request.attributes.iter().any(|wanted| wanted == "total_pop") {
            asked.record_exact("isochrones")?;
        }
        Ok(answer)
    };
    let document = place.work(work).await??;
    let mut response = json_text::rewritten(&document).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

fn profile_of(name: &str) -> Result<Profile> {
    match name {
        "foot-hiking" => Ok(Profile::Foot),
        "cycling-road" | "cycling-mountain" | "cycling-electric" => Ok(Profile::Bicycle),
        name => Profile::parse(name).ok_or_else(|| {
            Error::invalid("profile", said!("there is no profile {:?}", name)).hint(error::known(
                name,
                &["foot-walking", "cycling-regular", "wheelchair", "child", "senior"],
            ))
        }),
    }
}

impl Request {
    /// Returns the bands in metres.
    fn bands(&self, profile: Profile) -> Result<Vec<f64>> {
        let unit = |name: Option<&str>| match name {
            None | Some("m") => Ok(1.0),
            Some("km") => Ok(1000.0),
            Some("mi") => Ok(1609.344),
            Some(other) => Err(Error::invalid("units", said!("there is no unit {:?}", other))
                .hint(error::known(other, &["m", "km", "mi"]))),
        };
        if self.location_type.as_deref().is_some_and(|kind| kind != "start") {
            let what =
                said!("only location_type start is known: all ways here are as long to as from a place");
            return Err(Error::invalid("location_type", what));
        }
        let factor = match self.range_type {
            RangeType::Time => profile.metres(1.0 / 60.0),
            RangeType::Distance => unit(self.units.as_deref())?,
        };
        let ranges = match (self.range.as_slice(), self.interval) {
            ([range], Some(interval)) if interval > 0.0 && range / interval <= 1000.0 => {
                (1..=(range / interval).ceil() as u32)
                    .map(|step| (f64::from(step) * interval).min(*range))
                    .collect()
            }
            (_, Some(interval)) if interval <= 0.0 => {
                return Err(Error::invalid("interval", "the interval is not above 0"));
            }
            (ranges, _) => ranges.to_vec(),
        };
        Ok(ranges.iter().map(|range| range * factor).collect())
    }
}

fn answer(basis: &PlanningData, profile: Profile, request: &Request) -> Result<Value> {
    let known = ["area", "total_pop", "reachfactor"];
    if let Some(unknown) = request.attributes.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Error::invalid("attributes", said!("there is no attribute {:?}", unknown))
            .hint(error::known(unknown, &["area", "total_pop"])));
    }
    let wants = |name: &str| request.attributes.iter().any(|wanted| wanted == name);
    let question = Question {
        points: request.locations.clone(),
        addresses: vec![],
        facilities: None,
        within: Bands { distance: Some(OneOrMany::Many(request.bands(profile)?)), minutes: None },
        profile,
        merge: false,
        persons: wants("total_pop"),
        group: Group::default(),
        date: None,
    };
    let answer = reach(basis, &question).map_err(|error| match error.parameter.as_deref() {
        Some("within") => Error { hint: error.hint, ..Error::invalid("range", error.what) },
        Some("points") => Error::invalid("locations", error.what),
        _ => error,
    })?;
    // If an isochrone were missing, a client would take the next one for it.
    if let Some(first) = answer.off_network.none.first() {
        let what =
            said!("no open line of the network lies within {} m of place {}", basis.roles.snapping, first);
        return Err(Error::invalid("locations", what));
    }
    let (plane, disclosure) = (basis.plane()?, basis.disclosure());
    let area_unit = match request.area_units.as_deref().or(request.units.as_deref()) {
        Some("km") => 1e6,
        Some("mi") => 1609.344 * 1609.344,
        _ => 1.0,
    };
    let factor = match request.range_type {
        RangeType::Time => profile.metres(1.0 / 60.0),
        RangeType::Distance => 1.0,
    };
    let features = answer.isochrones.iter().map(|isochrone| {
        let row = BandRow::of(isochrone, &answer, &question, &plane, disclosure);
        let properties = Properties {
            group_index: isochrone.origin.unwrap_or(0),
            value: digits(row.distance / factor, 3),
            center: row.point,
            area: wants("area").then(|| row.area / area_unit),
            total_pop: wants("total_pop").then(|| row.persons.unwrap_or(Published::Nothing)),
        };
        json!({ "type": "Feature", "properties": properties, "geometry": row.geometry })
    });
    let features: Vec<Value> = features.collect();
    Ok(json!({
        "type": "FeatureCollection",
        "features": features,
        "metadata": {
            "service": "isochrones",
            "attribution": answer_attribution(basis),
            "query": { "profile": profile.name(), "range": request.range, "range_type": request.range_type },
            "evidence": evidence(basis, &question, &answer, disclosure),
        },
    }))
}

/// The properties of an isochrone.
#[derive(Serialize)]
struct Properties {
    group_index: u32,
    value: f64,
    center: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_pop: Option<Published>,
}

fn answer_attribution(basis: &PlanningData) -> Option<String> {
    let role = basis.roles.network.as_ref()?;
    basis.role_collection("network", &role.collection).ok()?.collection.attribution.clone()
}
