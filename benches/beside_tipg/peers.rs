//! The database and the servers on it.

use std::env;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::city;
use crate::http::Connection;
use crate::postgres::Cluster;

/// What is asked for, and the column of the filter.
pub const TABLE: &str = "gebaeude";
pub const COLUMN: &str = "geschosse";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// veedel, rows in memory.
    Resident,
    /// veedel, rows in the database.
    Direct,
    Tipg,
    Pygeoapi,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Resident => "veedel, in memory",
            Kind::Direct => "veedel, direct",
            Kind::Tipg => "tipg",
            Kind::Pygeoapi => "pygeoapi",
        }
    }

    /// The path of items.
    pub fn items(self, query: &str) -> String {
        match self {
            Kind::Resident | Kind::Direct => format!("/collections/{TABLE}/items?f=json&{query}"),
            Kind::Tipg => format!("/collections/public.{TABLE}/items?f=geojson&{query}"),
            Kind::Pygeoapi => format!("/collections/{TABLE}/items?f=json&{query}"),
        }
    }
}

/// Everything that a run needs.
pub struct Setup {
    database: String,
    scratch: PathBuf,
    _cluster: Option<Cluster>,
}

/// A server that runs; killed when dropped.
pub struct Peer {
    pub kind: Kind,
    pub address: String,
    child: Child,
    log: PathBuf,
}

impl Setup {
    /// The database that is named, or one of our own with the bench's city.
    pub fn new() -> Setup {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-features");
        fs::create_dir_all(&scratch).unwrap();
        if let Ok(database) = env::var("VEEDEL_BENCH_DATABASE") {
            return Setup { database, scratch, _cluster: None };
        }
        let made = scratch.join("data");
        city::write(&made).expect("the data set can be written");
        let cluster = Cluster::start();
        let name = cluster.database("city").name.clone();
        let database = cluster.tcp_url("postgres", "127.0.0.1", &name);
        let status = Command::new("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(made.join("city.sql"))
            .arg(&database)
            .status();
        assert!(status.expect("psql").success(), "the city cannot be loaded");
        Setup { database, scratch, _cluster: Some(cluster) }
    }

    /// What `psql` answers, unaligned.
    pub fn ask(&self, sql: &str) -> String {
        let output =
            Command::new("psql").args(["-X", "-A", "-t", "-c", sql, &self.database]).output().expect("psql");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// What is beside what.
    pub fn versions(&self) -> String {
        let of = |variable: &str, package: &str| {
            let python = env::var(variable).ok()?;
            let code = format!("import importlib.metadata as m; print(m.version('{package}'))");
            let output = Command::new(python).args(["-c", &code]).output().ok()?;
            Some(format!("{package} {}", String::from_utf8_lossy(&output.stdout).trim()))
        };
        let peers = [of("VEEDEL_BENCH_TIPG", "tipg"), of("VEEDEL_BENCH_PYGEOAPI", "pygeoapi")];
        let ours = format!("veedel {}", env!("CARGO_PKG_VERSION"));
        let database = self.ask("SELECT 'PostgreSQL ' || current_setting('server_version') || ', PostGIS ' || postgis_lib_version()");
        std::iter::once(ours)
            .chain(peers.into_iter().flatten())
            .chain([database])
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// veedel both ways, then each peer that is there.
    pub fn start_all(&self) -> Vec<Peer> {
        let mut peers = vec![self.veedel(Kind::Resident), self.veedel(Kind::Direct)];
        peers.extend(env::var("VEEDEL_BENCH_TIPG").ok().map(|python| self.tipg(&python)));
        peers.extend(env::var("VEEDEL_BENCH_PYGEOAPI").ok().map(|python| self.pygeoapi(&python)));
        peers
    }

    fn veedel(&self, kind: Kind) -> Peer {
        let mode = if kind == Kind::Direct { "direct" } else { "resident" };
        let config = self.scratch.join(format!("{mode}.toml"));
        let text = format!("sources = [{:?}]\n[collections.{TABLE}]\nmode = \"{mode}\"\n", self.database);
        fs::write(&config, text).unwrap();
        let (_, address) = free();
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        command.args(["serve", "--config"]).arg(config).args(["--reload", "1d", "--listen", &address]);
        self.start(kind, command, address, "/ready")
    }

    fn tipg(&self, python: &str) -> Peer {
        let (port, address) = free();
        let mut command = Command::new(python);
        command
            .args([
                "-m",
                "uvicorn",
                "tipg.main:app",
                "--host",
                "127.0.0.1",
                "--port",
                &port,
                "--log-level",
                "warning",
            ])
            .env("DATABASE_URL", &self.database)
            .env("TIPG_DB_EXCLUDE_FUNCTIONS", "[\"*\"]");
        self.start(Kind::Tipg, command, address, &format!("/collections/public.{TABLE}"))
    }

    fn pygeoapi(&self, python: &str) -> Peer {
        let (port, address) = free();
        let config = self.scratch.join("pygeoapi.yml");
        let description = self.scratch.join("pygeoapi-openapi.yml");
        fs::write(&config, self.pygeoapi_config(&port)).unwrap();
        let made = Command::new(Path::new(python).with_file_name("pygeoapi"))
            .args(["openapi", "generate"])
            .arg(&config)
            .arg("--output-file")
            .arg(&description)
            .env("PYGEOAPI_CONFIG", &config)
            .env("PYGEOAPI_OPENAPI", &description)
            .status();
        assert!(made.expect("pygeoapi").success(), "pygeoapi takes no configuration");
        let mut command = Command::new(python);
        command
            .args(["-m", "uvicorn", "pygeoapi.starlette_app:APP", "--host", "127.0.0.1", "--port", &port])
            .args(["--log-level", "warning", "--timeout-keep-alive", "600"])
            .env("PYGEOAPI_CONFIG", &config)
            .env("PYGEOAPI_OPENAPI", &description);
        self.start(Kind::Pygeoapi, command, address, &format!("/collections/{TABLE}?f=json"))
    }

    fn pygeoapi_config(&self, port: &str) -> String {
        let rest = self.database.split("//").nth(1).unwrap_or_default();
        let (who, place) = rest.split_once('@').unwrap_or(("postgres", rest));
        let (host, database) = place.split_once('/').unwrap_or((place, "postgres"));
        let (host, database_port) = host.split_once(':').unwrap_or((host, "5432"));
        let user = who.split(':').next().unwrap_or("postgres");
        format!(
            "server:\n  bind: {{host: 127.0.0.1, port: {port}}}\n  url: http://127.0.0.1:{port}\n  mimetype: application/json\n  \
             encoding: utf-8\n  languages: [en-US]\n  limits: {{default_items: 10, max_items: 10000}}\n  \
             map: {{url: 'http://127.0.0.1', attribution: none}}\nlogging: {{level: ERROR}}\nmetadata:\n  \
             identification: {{title: bench, description: bench, keywords: [bench], keywords_type: theme, terms_of_service: none, url: 'http://127.0.0.1'}}\n  \
             license: {{name: none, url: 'http://127.0.0.1'}}\n  provider: {{name: bench, url: 'http://127.0.0.1'}}\n  \
             contact: {{name: bench, email: bench@example.org}}\nresources:\n  {TABLE}:\n    type: collection\n    \
             title: {TABLE}\n    description: {TABLE}\n    keywords: [bench]\n    extents:\n      spatial: {{bbox: [5, 50, 9, 53], \
             crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84'}}\n    providers:\n      - type: feature\n        \
             name: PostgreSQL\n        data: {{host: {host}, port: {database_port}, dbname: {database}, user: {user}, password: '', \
             search_path: [public]}}\n        id_field: id\n        table: {TABLE}\n        geom_field: geom\n        \
             storage_crs: 'http://www.opengis.net/def/crs/EPSG/0/25832'\n"
        )
    }

    fn start(&self, kind: Kind, mut command: Command, address: String, ready: &str) -> Peer {
        let log = self.scratch.join(format!("{kind:?}.log"));
        let file = File::create(&log).expect("a log");
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let child = command.spawn().unwrap_or_else(|fault| panic!("{command:?}: {fault}"));
        let peer = Peer { kind, address, child, log };
        let (began, mut body) = (Instant::now(), vec![]);
        while !matches!(Connection::to(&peer.address).and_then(|mut it| it.get(ready, &mut body)), Ok(200)) {
            let log = fs::read_to_string(&peer.log).unwrap_or_default();
            assert!(began.elapsed() < Duration::from_secs(120), "{} does not start:\n{log}", kind.name());
            std::thread::sleep(Duration::from_millis(50));
        }
        peer
    }
}

fn free() -> (String, String) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    (port.to_string(), format!("127.0.0.1:{port}"))
}

impl Peer {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A new connection.
    pub fn connect(&self) -> Connection {
        Connection::to(&self.address).unwrap_or_else(|fault| {
            panic!("{fault}; log:\n{}", fs::read_to_string(&self.log).unwrap_or_default())
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
