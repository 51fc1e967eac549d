//! `POST /v2/matrix/{profile}/json`: the ways between places, in the format of openrouteservice's
//! matrix.

use axum::Json;
use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result, Said, reading, said};
use crate::plan::matrix::{Matrix, matrix};
use crate::plan::profile::Profile;
use crate::plan::question::Points;
use crate::plan::{PlanningData, evidence};
use crate::web::http::path::Path;
use crate::web::planning::openrouteservice::{answer_attribution, profile_of};
use crate::web::request;

/// The body of a request, as clients of openrouteservice send it.
#[derive(Debug, Deserialize, Serialize)]
struct Request {
    /// Longitude and latitude of each place.
    locations: Points,
    #[serde(default)]
    sources: Chosen,
    #[serde(default)]
    destinations: Chosen,
    #[serde(default = "duration")]
    metrics: Vec<Metric>,
    #[serde(default)]
    units: Unit,
}

/// A choice among the places: all of them, or their indices from 0, which clients write as numbers
/// or as strings.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(untagged)]
enum Chosen {
    #[default]
    All,
    Word(String),
    Numbers(Vec<usize>),
    Texts(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Metric {
    Distance,
    Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    #[default]
    M,
    Km,
    Mi,
}

fn duration() -> Vec<Metric> {
    vec![Metric::Duration]
}

/// Answers with the matrix.
pub async fn matrix_of(
    asked: request::Request,
    Path(profile): Path<String>,
    body: Bytes,
) -> Result<Json<Value>> {
    let profile = profile_of(&profile)?;
    let request: Request = reading::json("body", &body)?;
    let place = asked.place()?;
    let work = move || {
        let basis = asked.basis();
        answer(&basis, profile, &request)
    };
    Ok(Json(place.work(work).await??))
}

impl Chosen {
    /// Returns the chosen places, in the order in which the request lists them.
    fn of(&self, all: &[[f64; 2]], parameter: &str) -> Result<Vec<[f64; 2]>> {
        let wrong = |what: Said| {
            Error::invalid(parameter, what).hint("numbers of locations, from 0, such as [0, 2], or [\"all\"]")
        };
        let at = |index: usize| {
            all.get(index).copied().ok_or_else(|| wrong(said!("there is no location {}", index)))
        };
        let number = |text: &String| text.parse().map_err(|_| wrong(said!("{:?} is no number", text)));
        match self {
            Chosen::All => Ok(all.to_vec()),
            Chosen::Word(word) if word == "all" => Ok(all.to_vec()),
            Chosen::Word(word) => Err(wrong(said!("{:?} is no list", word))),
            Chosen::Numbers(numbers) => numbers.iter().map(|index| at(*index)).collect(),
            Chosen::Texts(texts) if matches!(texts.as_slice(), [word] if word == "all") => Ok(all.to_vec()),
            Chosen::Texts(texts) => texts.iter().map(|text| at(number(text)?)).collect(),
        }
    }
}

fn answer(basis: &PlanningData, profile: Profile, request: &Request) -> Result<Value> {
    let sources = request.sources.of(&request.locations.0, "sources")?;
    let destinations = request.destinations.of(&request.locations.0, "destinations")?;
    let found = matrix(basis, profile, &sources, &destinations)?;
    let (network, graph) = (basis.network()?, basis.graph(profile)?);
    let mut document = json!({
        "sources": places(&sources, &found.sources),
        "destinations": places(&destinations, &found.destinations),
        "metadata": {
            "service": "matrix",
            "attribution": answer_attribution(basis),
            "query": { "profile": profile.name(), "metrics": request.metrics, "units": request.units },
            "evidence": { "network": evidence::network::network(basis, &network, &graph, profile), "edge": evidence::edge() },
        },
    });
    let unit = match request.units {
        Unit::M => 1.0,
        Unit::Km => 1000.0,
        Unit::Mi => 1609.344,
    };
    if let Some(members) = document.as_object_mut() {
        if request.metrics.contains(&Metric::Distance) {
            members.insert("distances".into(), table(&found, |metres| metres / unit));
        }
        if request.metrics.contains(&Metric::Duration) {
            members.insert("durations".into(), table(&found, |metres| profile.minutes(metres) * 60.0));
        }
    }
    Ok(document)
}

/// Returns the requested places, each with its distance to the network in metres; null for a place
/// that is too far away from the network.
fn places(places: &[[f64; 2]], offsets: &[Option<f64>]) -> Vec<Value> {
    let place = |(place, offset): (&[f64; 2], &Option<f64>)| match offset {
        Some(offset) => json!({ "location": place, "snapped_distance": hundredths(*offset) }),
        None => Value::Null,
    };
    places.iter().zip(offsets).map(place).collect()
}

fn table(found: &Matrix, value: impl Fn(f64) -> f64) -> Value {
    let cell = |way: &Option<f64>| way.map(|metres| hundredths(value(metres)));
    let rows = found.ways.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>());
    json!(rows.collect::<Vec<_>>())
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
