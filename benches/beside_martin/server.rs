//! A tile server that runs while it is measured.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::city::{COLLECTION, Tile};
use crate::http::Connection;
use crate::setup::Setup;

/// A server on a port of its own; killed when dropped.
pub struct Server {
    pub address: String,
    /// What comes before a tile's place in its address.
    pub prefix: String,
    begun: Instant,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Martin on the database, its cache off, all else as it comes.
    pub fn martin(setup: &Setup, program: &Path) -> Server {
        let mut command = Command::new(program);
        command.args(["--cache-size", "0", setup.database(), "--listen-addresses"]).env("RUST_LOG", "warn");
        let server = Server::start(command, &setup.scratch.join("martin.log"), format!("/{COLLECTION}"));
        server.wait_for("/health");
        server
    }

    /// veedel on a folder or a database; not waited for.
    pub fn veedel(setup: &Setup, source: &str) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        command
            .args(["serve", source, "--no-thinning", "--tile-cache", "0 B", "--reload", "1d", "--listen"])
            .env("VEEDEL_LOG", "warn");
        Server::start(command, &setup.scratch.join("veedel.log"), format!("/xyz/{COLLECTION}"))
    }

    /// Starts the command with an address as its last argument.
    fn start(mut command: Command, log: &Path, prefix: String) -> Server {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let file = File::create(log).expect("a log");
        command.arg(&address).stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let begun = Instant::now();
        let child = command.spawn().unwrap_or_else(|fault| panic!("{command:?}: {fault}"));
        Server { address, prefix, begun, child, log: log.into() }
    }

    /// Waits until `path` is answered with 200; how long that was after the start.
    pub fn wait_for(&self, path: &str) -> Duration {
        let mut body = vec![];
        loop {
            let status = Connection::to(&self.address).and_then(|mut it| it.get(path, &mut body));
            let took = self.begun.elapsed();
            if matches!(status, Ok(200)) {
                return took;
            }
            assert!(took < Duration::from_secs(60), "{path} does not come; log:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The address of a tile.
    pub fn tile(&self, tile: &Tile) -> String {
        format!("{}/{}/{}/{}", self.prefix, tile.z, tile.x, tile.y)
    }

    /// A new connection.
    pub fn connect(&self) -> Connection {
        Connection::to(&self.address).unwrap_or_else(|fault| panic!("{fault}; log:\n{}", self.log()))
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
