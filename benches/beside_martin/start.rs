//! How long it takes from the start of the program until it can serve.

use crate::measure::median;
use crate::process;
use crate::server::Server;
use crate::setup::Setup;

/// Each start is measured so often.
const RUNS: usize = 5;

/// What was started, until when, and the times in seconds.
pub struct Start {
    pub what: &'static str,
    pub target: Option<f64>,
    pub runs: Vec<Run>,
}

/// One start, in seconds.
pub struct Run {
    pub wall: f64,
    /// CPU time of the server alone, on all its threads: what a busy machine changes least.
    pub cpu: f64,
}

impl Start {
    /// The median in seconds, by the clock and by CPU time.
    pub fn medians(&self) -> [f64; 2] {
        let of = |value: fn(&Run) -> f64| median(&self.runs.iter().map(value).collect::<Vec<_>>());
        [of(|run| run.wall), of(|run| run.cpu)]
    }
}

/// Starts a server and waits for an answer at `path`.
fn run(server: Server, path: &str) -> Run {
    let wall = server.wait_for(path).as_secs_f64();
    Run { wall, cpu: process::cpu(server.pid()).as_secs_f64() }
}

/// All starts. Martin has nothing to load: its first tile is shown for scale.
pub fn all(setup: &Setup) -> Vec<Start> {
    let ready = |source: &str| run(Server::veedel(setup, source), "/ready");
    let mut starts = vec![Start {
        what: "veedel, PostGIS, until `/ready` is 200",
        target: Some(3.0),
        runs: (0..RUNS).map(|_| ready(setup.database())).collect(),
    }];
    if let Some(folder) = setup.folder.as_ref().and_then(|folder| folder.to_str()) {
        starts.push(Start {
            what: "veedel, folder, until `/ready` is 200",
            target: Some(1.5),
            runs: (0..RUNS).map(|_| ready(folder)).collect(),
        });
    }
    if let (Some(program), Some(tile)) = (&setup.martin, setup.tiles.last()) {
        let first = |_| {
            let server = Server::martin(setup, program);
            let path = server.tile(tile);
            run(server, &path)
        };
        starts.push(Start {
            what: "Martin, until its first tile",
            target: None,
            runs: (0..RUNS).map(first).collect(),
        });
    }
    starts
}
