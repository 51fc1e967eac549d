//! The PostGIS source against a real server: what is found, what is refused and why, what is loaded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "postgis/beyond_bounds.rs"]
mod beyond_bounds;
#[path = "common/postgres.rs"]
mod postgres;

#[path = "postgis_source/connections.rs"]
mod connections;
#[path = "postgis_source/keys.rs"]
mod keys;
#[path = "postgis_source/loading.rs"]
mod loading;
#[path = "postgis_source/relations.rs"]
mod relations;
#[path = "postgis_source/rights.rs"]
mod rights;
#[path = "postgis_source/srids.rs"]
mod srids;
#[path = "postgis_source/values.rs"]
mod values;

use std::collections::BTreeMap;
use std::time::Duration;

use veedel::access::{Caller, Permit, Policy};
use veedel::catalog::{Collection, Overrides};
use veedel::error::{Error, Result};
use veedel::geo::GeometryType;
use veedel::layer::value_text::plain_text;
use veedel::layer::{Layer, View};
use veedel::source::postgis::{self, Dsn, Locator};
use veedel::source::{Found, Look};

const RELOAD: Duration = Duration::from_secs(60);

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

fn try_look(url: &str, overrides: &BTreeMap<String, Overrides>) -> Result<Look<Locator>> {
    let dsn = Dsn::parse(url)?;
    run(async {
        let client = postgis::connect(&dsn).await?;
        let of = |short: &str, qualified: &str| {
            overrides.get(qualified).or_else(|| overrides.get(short)).cloned().unwrap_or_default()
        };
        postgis::look(&client, &dsn.to_string(), &of, RELOAD).await
    })
}

fn look(url: &str) -> Look<Locator> {
    try_look(url, &BTreeMap::new()).unwrap()
}

fn load(url: &str, found: &Found<Locator>) -> Result<Layer> {
    run(postgis::load(&Dsn::parse(url)?, found, &|_| {}))
}

fn found<'a>(look: &'a Look<Locator>, qualified: &str) -> &'a Found<Locator> {
    let of_name = |found: &&Found<Locator>| found.collection.qualified == qualified;
    look.found.iter().find(of_name).unwrap_or_else(|| panic!("{qualified} is not in {look:#?}"))
}

fn refusal<'a>(look: &'a Look<Locator>, qualified: &str) -> &'a Error {
    let mut all = look.refusals.iter().filter(|refusal| refusal.name == qualified);
    let first = all.next().unwrap_or_else(|| panic!("{qualified} is not refused in {look:#?}"));
    assert!(all.next().is_none(), "{qualified} is refused twice");
    &first.why
}

/// A collection with its rows, asked by the text of its first column.
struct Loaded {
    collection: Collection,
    layer: Layer,
    permit: Permit,
}

impl Loaded {
    fn of(url: &str, found: &Found<Locator>) -> Loaded {
        let layer = load(url, found).unwrap();
        let collection = found.collection.clone();
        let permit = Policy::default().read(&collection, &Caller::Anonymous).unwrap();
        Loaded { collection, layer, permit }
    }

    fn view(&self) -> View<'_> {
        View::new(&self.layer, &self.collection, &self.permit)
    }

    fn row(&self, id: &str) -> usize {
        let (_, first) = self.view().columns().next().unwrap();
        let row = (0..self.layer.len()).find(|row| plain_text(first.get(*row)) == id);
        row.unwrap_or_else(|| panic!("no row {id:?}"))
    }

    /// A cell, as debugging text.
    fn cell(&self, id: &str, column: &str) -> String {
        format!("{:?}", self.view().column(column).unwrap().get(self.row(id)))
    }

    /// A geometry: type, vertices, heights.
    fn geometry(&self, id: &str) -> Option<(GeometryType, Vec<[f64; 2]>, Vec<f64>)> {
        let geometry = self.view().geometry(self.row(id) as u32)?;
        let z = geometry.parts().flat_map(|part| part.z.to_vec()).collect();
        Some((geometry.kind, geometry.xy().to_vec(), z))
    }
}
