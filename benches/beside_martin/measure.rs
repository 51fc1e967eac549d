//! The tiles of each zoom from both servers, taking turns.

use std::path::Path;
use std::time::{Duration, Instant};

use fast_mvt::MvtReaderRef;

use crate::city::Tile;
use crate::process;
use crate::server::Server;
use crate::setup::Setup;

/// How often each server gives each list.
const RUNS: usize = 7;
/// A run lasts at least so long, the list repeated if it is quicker: CPU time is counted in steps
/// of 10 ms.
const LEAST: f64 = 0.5;
/// A zoom that takes longer is cut short after [`FEWEST`] runs.
const MOST: Duration = Duration::from_secs(50);
const FEWEST: usize = 3;

/// What one zoom gave.
pub struct Zoom {
    pub z: u8,
    pub tiles: usize,
    pub ours: Measured,
    pub martin: Option<Measured>,
}

/// What one server gave for one list.
pub struct Measured {
    /// Features over all tiles.
    pub features: usize,
    /// Bytes over all tiles.
    pub bytes: usize,
    /// Seconds for the whole list, one for each run.
    pub wall: Vec<f64>,
    /// CPU seconds of server and database for the whole list, one for each run.
    pub cpu: Vec<f64>,
    /// The list is asked for so often in each run.
    repeats: usize,
}

/// All zooms of the list.
pub fn zooms(setup: &Setup, ours: &Server, martin: Option<&Server>) -> Vec<Zoom> {
    setup.by_zoom().into_iter().map(|(z, tiles)| zoom(setup, z, &tiles, ours, martin)).collect()
}

fn zoom(setup: &Setup, z: u8, tiles: &[Tile], ours: &Server, martin: Option<&Server>) -> Zoom {
    let begun = Instant::now();
    eprintln!("zoom {z}, {} tiles", tiles.len());
    let mut zoom = Zoom {
        z,
        tiles: tiles.len(),
        ours: look(ours, tiles),
        martin: martin.map(|server| look(server, tiles)),
    };
    for number in 0..RUNS {
        if number >= FEWEST && begun.elapsed() > MOST {
            break;
        }
        run(setup, ours, tiles, &mut zoom.ours);
        if let (Some(server), Some(measured)) = (martin, &mut zoom.martin) {
            run(setup, server, tiles, measured);
        }
    }
    zoom
}

/// Asks for the list once, not counted, to see what is in the tiles; both servers are warm after
/// it.
fn look(server: &Server, tiles: &[Tile]) -> Measured {
    let mut connection = server.connect();
    let (mut features, mut bytes, mut took) = (0, 0, 0.0);
    let mut body = vec![];
    for tile in tiles {
        let begun = Instant::now();
        let status = connection.get(&server.tile(tile), &mut body).expect("an answer");
        took += begun.elapsed().as_secs_f64();
        assert!(matches!(status, 200 | 204), "{tile}: {status}");
        let reader = MvtReaderRef::new(&body).expect("a vector tile");
        features += reader.layers().map(|layer| layer.feature_count()).sum::<usize>();
        bytes += body.len();
    }
    let repeats = (LEAST / took).ceil().clamp(1.0, 500.0) as usize;
    Measured { features, bytes, wall: vec![], cpu: vec![], repeats }
}

/// One run: a new connection, the list over it, wall and CPU time.
fn run(setup: &Setup, server: &Server, tiles: &[Tile], measured: &mut Measured) {
    let addresses: Vec<String> = tiles.iter().map(|tile| server.tile(tile)).collect();
    let mut connection = server.connect();
    let mut body = Vec::with_capacity(1 << 24);
    connection.get("/health", &mut body).expect("an answer");
    let (before, begun) = (cpu(setup, server), Instant::now());
    for _ in 0..measured.repeats {
        for address in &addresses {
            connection.get(address, &mut body).expect("an answer");
        }
    }
    let (wall, after) = (begun.elapsed(), cpu(setup, server));
    let each = |whole: Duration| whole.as_secs_f64() / measured.repeats as f64;
    let (wall, cpu) = (each(wall), each(after - before));
    measured.wall.push(wall);
    measured.cpu.push(cpu);
}

/// CPU time of the server and of the whole database, for both alike.
fn cpu(setup: &Setup, server: &Server) -> Duration {
    process::cpu(server.pid()) + process::cpu_of_family(setup.postmaster)
}

/// Whether the folder gives the same bytes: how many of how many tiles, all collections in one.
pub fn sameness(setup: &Setup, ours: &Server, folder: &Path) -> [usize; 2] {
    let other = Server::veedel(setup, folder.to_str().expect("a path in UTF-8"));
    other.wait_for("/ready");
    let (mut left, mut right) = (ours.connect(), other.connect());
    let (mut a, mut b) = (vec![], vec![]);
    let same = setup.tiles.iter().filter(|tile| {
        let path = format!("/xyz/adressen,einrichtungen,gebaeude,strassen/{}/{}/{}", tile.z, tile.x, tile.y);
        let statuses =
            [left.get(&path, &mut a), right.get(&path, &mut b)].map(|status| status.expect("an answer"));
        statuses.iter().all(|status| *status == 200) && a == b
    });
    [same.count(), setup.tiles.len()]
}

/// The middle of the values; of an even number the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[half],
        _ => (values[half - 1] + values[half]) / 2.0,
    }
}
