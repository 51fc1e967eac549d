//! A whole collection as GeoJSON in its stored system: how fast it streams, and what it takes of
//! processor and memory.

use std::fmt::Write;
use std::fs;
use std::time::Instant;

use crate::peers::{Kind, Peer, TABLE};

/// Whole collections asked for; the first has to get warm.
const RUNS: usize = 6;
/// A tick of `/proc/PID/stat`, in milliseconds.
const TICK: u64 = 10;

/// A table row for each veedel. Peers have no such answer: tipg and pygeoapi give at most 10,000
/// features.
pub fn rows(servers: &[Peer]) -> String {
    let mut text = String::from(
        "\nThe whole collection as GeoJSON in EPSG:25832, medians; memory is the process's peak before and after:\n\n\
         | | MB | ms | MB a second | CPU ms, kernel too | MB a CPU second | MiB before | MiB after |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for server in servers.iter().filter(|server| matches!(server.kind, Kind::Resident | Kind::Direct)) {
        let path =
            format!("/collections/{TABLE}/download.geojson?crs=http://www.opengis.net/def/crs/EPSG/0/25832");
        let before = peak(server);
        let (mut walls, mut processors, mut body) = (vec![], vec![], vec![]);
        for run in 0..RUNS {
            let (began, spent) = (Instant::now(), processor(server));
            let status = server.connect().get(&path, &mut body).unwrap();
            assert_eq!(status, 200, "{path}");
            if run > 0 {
                walls.push(began.elapsed().as_secs_f64() * 1e3);
                processors.push((processor(server) - spent) as f64);
            }
        }
        let [wall, processor] = [walls, processors].map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        });
        let megabytes = body.len() as f64 / 1e6;
        let rate = |ms: f64| megabytes / ms * 1e3;
        writeln!(
            text,
            "| {} | {megabytes:.1} | {wall:.0} | **{:.0}** | {processor:.0} | **{:.0}** | {before} | {} |",
            server.kind.name(),
            rate(wall),
            rate(processor),
            peak(server)
        )
        .unwrap();
    }
    text
}

/// The milliseconds of processor time that a server has used.
fn processor(server: &Peer) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.pid())).unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * TICK
}

/// The most memory that it has had, in MiB.
fn peak(server: &Peer) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}
