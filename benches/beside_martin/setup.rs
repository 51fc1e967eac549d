//! What is measured: the database, the tiles, the folder, and which Martin.
//!
//! - `VEEDEL_BENCH_DATABASE`: a `postgresql://` address on this machine whose city is measured
//!   instead of ours;
//! - `VEEDEL_BENCH_TILES`: another list of tiles, `z x y` a line;
//! - `VEEDEL_BENCH_FOLDER`: the same content as that database as a folder (for ours it is made);
//! - `VEEDEL_BENCH_MARTIN`: the program, if it is not on the PATH;
//! - `VEEDEL_BENCH_NAME`: how the results are called beside their date.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::city::{self, Tile};
use crate::postgres::{Cluster, Stop};

/// Everything that a run needs to know.
pub struct Setup {
    pub tiles: Vec<Tile>,
    /// The content of the database as a folder, if there is one.
    pub folder: Option<PathBuf>,
    /// Martin's program, if there is one.
    pub martin: Option<PathBuf>,
    /// The process all of PostgreSQL descends from.
    pub postmaster: u32,
    /// Where logs go.
    pub scratch: PathBuf,
    /// What the data set is, in a sentence.
    pub data: String,
    name: Option<String>,
    database: String,
    /// Stops when dropped.
    _cluster: Option<Cluster>,
}

impl Setup {
    /// By the environment; makes and loads what is not given.
    pub fn new() -> Setup {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
        let made = scratch.join("data");
        city::write(&made).expect("the data set can be written");
        let given = env::var("VEEDEL_BENCH_DATABASE").ok();
        let (cluster, database) = match &given {
            Some(address) => (None, address.clone()),
            None => {
                let (cluster, database) = load(&made.join("city.sql"));
                (Some(cluster), database)
            }
        };
        let own_folder = given.is_none().then(|| made.join("city"));
        let tiles = path("VEEDEL_BENCH_TILES").unwrap_or_else(|| made.join("tiles.txt"));
        Setup {
            tiles: city::read_tiles(&tiles).expect("a list of tiles"),
            folder: path("VEEDEL_BENCH_FOLDER").or(own_folder),
            martin: path("VEEDEL_BENCH_MARTIN").or_else(|| on_path("martin")),
            postmaster: postmaster(&database),
            scratch,
            data: data(&database, given.is_none()),
            name: env::var("VEEDEL_BENCH_NAME").ok(),
            database,
            _cluster: cluster,
        }
    }

    /// The database's address.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Where the results go: named by the day.
    pub fn results_file(&self) -> PathBuf {
        let name = self.name.as_ref().map(|name| format!("-{name}")).unwrap_or_default();
        let today = jiff::Zoned::now().date();
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/results/{today}{name}.md"))
    }

    /// The tiles of each zoom, in the order of the list.
    pub fn by_zoom(&self) -> Vec<(u8, Vec<Tile>)> {
        let mut zooms: Vec<(u8, Vec<Tile>)> = vec![];
        for tile in &self.tiles {
            match zooms.iter_mut().find(|(z, _)| *z == tile.z) {
                Some((_, tiles)) => tiles.push(*tile),
                None => zooms.push((tile.z, vec![*tile])),
            }
        }
        zooms
    }
}

/// What `psql` answers, unaligned.
pub fn ask(database: &str, sql: &str) -> String {
    let output = Command::new("psql").args(["-X", "-A", "-t", "-c", sql, database]).output().expect("psql");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A PostgreSQL with the city in it, set as for Martin's good: all of it fits into its buffers.
fn load(script: &Path) -> (Cluster, String) {
    let cluster = Cluster::start();
    cluster.sql("postgres", "ALTER SYSTEM SET shared_buffers = '1GB'");
    cluster.sql("postgres", "ALTER SYSTEM SET jit = off");
    cluster.stop(Stop::Fast);
    cluster.restart();
    let name = cluster.database("city").name.clone();
    let address = cluster.tcp_url("postgres", "127.0.0.1", &name);
    let status = Command::new("psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"])
        .arg(script)
        .arg(&address)
        .status()
        .expect("psql");
    assert!(status.success(), "the city cannot be loaded");
    (cluster, address)
}

fn data(database: &str, is_ours: bool) -> String {
    let count = "SELECT string_agg(relname || ' ' || reltuples, ', ' ORDER BY relname) FROM pg_class \
                 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
                 AND relname <> 'spatial_ref_sys'";
    let whose = if is_ours { "our own generator's" } else { "a database given" };
    format!("{whose}: {}", ask(database, count))
}

/// The parent of a process that lives as long as the server.
fn postmaster(database: &str) -> u32 {
    let checkpointer = ask(database, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
    let pid = checkpointer.parse().expect("a process id");
    crate::process::parent(pid).expect("the database runs on this machine")
}

fn path(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}
