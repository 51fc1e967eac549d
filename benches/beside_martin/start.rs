//! How long it takes from the start of the program until it can serve.

use crate::measure::median;
use crate::server::Server;
use crate::setup::Setup;

/// Each start is measured so often.
const RUNS: usize = 5;

/// What was started, until when, and the times in seconds.
pub struct Start {
    pub what: &'static str,
    pub target: Option<f64>,
    pub seconds: Vec<f64>,
}

impl Start {
    /// The median, in seconds.
    pub fn median(&self) -> f64 {
        median(&self.seconds)
    }
}

/// All starts. Martin has nothing to load: its first tile is shown for scale.
pub fn all(setup: &Setup) -> Vec<Start> {
    let ready = |source: &str| Server::veedel(setup, source).wait_for("/ready").as_secs_f64();
    let mut starts = vec![Start {
        what: "veedel, PostGIS, until `/ready` is 200",
        target: Some(3.0),
        seconds: (0..RUNS).map(|_| ready(setup.database())).collect(),
    }];
    if let Some(folder) = setup.folder.as_ref().and_then(|folder| folder.to_str()) {
        starts.push(Start {
            what: "veedel, folder, until `/ready` is 200",
            target: Some(1.5),
            seconds: (0..RUNS).map(|_| ready(folder)).collect(),
        });
    }
    if let (Some(program), Some(tile)) = (&setup.martin, setup.tiles.last()) {
        let first = |_| {
            let server = Server::martin(setup, program);
            server.wait_for(&server.tile(tile)).as_secs_f64()
        };
        starts.push(Start {
            what: "Martin, until its first tile",
            target: None,
            seconds: (0..RUNS).map(first).collect(),
        });
    }
    starts
}
