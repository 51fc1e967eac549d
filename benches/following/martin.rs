//! The same of Martin, if there is one: with its cache, and without.

use std::fmt::Write;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::commits::{COMMITS, Commit, TILE};
use crate::postgres::Database;

/// How long a tile is asked for before it counts as stale.
const PATIENCE: Duration = Duration::from_secs(20);
const RUNS: usize = 20;

struct Martin {
    child: Child,
    base: String,
    agent: ureq::Agent,
}

impl Drop for Martin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Martin {
    fn start(database: &Database<'_>, cache: &[&str]) -> Option<Martin> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let url = database.cluster.tcp_url("postgres", "127.0.0.1", &database.name);
        let mut command = Command::new("martin");
        command.args(["--listen-addresses", &address]).args(cache).arg(url);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let martin =
            Martin { child, base: format!("http://{address}"), agent: ureq::Agent::new_with_defaults() };
        let began = Instant::now();
        while martin.get("/health").is_none() {
            assert!(began.elapsed() < Duration::from_secs(60), "Martin does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(martin)
    }

    fn get(&self, path: &str) -> Option<Vec<u8>> {
        let mut answer = self.agent.get(format!("{}{path}", self.base)).call().ok()?;
        answer.body_mut().with_config().limit(1 << 30).read_to_vec().ok()
    }

    /// The milliseconds from a commit to the tile that shows it, if it comes.
    fn wait(&self, database: &Database<'_>, commit: &Commit, run: usize) -> Option<f64> {
        let path = format!("/{}/14/{}/{}", commit.tile, TILE[0], TILE[1]);
        let before = self.get(&path).expect("a tile");
        let mut session = database.cluster.session(&database.name);
        assert!(session.sql(&(commit.sql)(run)), "{}", commit.what);
        let began = Instant::now();
        while self.get(&path).expect("a tile") == before {
            if began.elapsed() > PATIENCE {
                return None;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Some(began.elapsed().as_secs_f64() * 1e3)
    }
}

/// A table of the same commits; nothing where there is no Martin.
pub fn beside(text: &mut String, database: &Database<'_>) {
    let version = Command::new("martin").arg("--version").output().map(|output| output.stdout);
    let Ok(version) = version else { return };
    let version = String::from_utf8_lossy(&version);
    let seconds = PATIENCE.as_secs();
    writeln!(
        text,
        "\n{} on the same database, in quiet:\n\n| committed | cache | p50 ms |\n| --- | --- | ---: |",
        version.trim()
    )
    .unwrap();
    for (what, cache, runs) in [("as it comes", &[][..], 1), ("none", &["--cache-size", "0"][..], RUNS)] {
        let Some(martin) = Martin::start(database, cache) else { continue };
        for commit in &COMMITS {
            let times: Option<Vec<f64>> = (0..runs).map(|run| martin.wait(database, commit, run)).collect();
            let cell = match times {
                Some(mut times) => {
                    times.sort_unstable_by(f64::total_cmp);
                    format!("{:.1}", times[times.len() / 2])
                }
                None => format!("still the old one after {seconds} s"),
            };
            writeln!(text, "| {} | {what} | {cell} |", commit.what).unwrap();
        }
    }
    text.push_str(
        "\nldproxy, which cannot be run here, asks the database for changes every 60 s as it comes (its documentation of feature \
         changes); tipg and pygeoapi keep no tiles.\n",
    );
}
