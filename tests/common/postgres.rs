//! A PostgreSQL with PostGIS for one test process: made in a temporary folder, gone when the process ends.
//!
//! A shell stands between this process and the server and waits on a pipe. When the pipe closes, because the
//! cluster was dropped or this process ended in whatever way, it stops the server and removes the folder; so
//! nothing is left behind although a `static` is never dropped, and only processes started here are stopped.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// A server with its data folder.
pub struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
    keeper: Mutex<Option<Child>>,
    template: OnceLock<()>,
    databases: AtomicUsize,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Clients are disconnected, the data written.
    Fast,
    /// As in a crash.
    Immediate,
}

/// A database of a cluster, with PostGIS.
pub struct Database<'a> {
    pub cluster: &'a Cluster,
    pub name: String,
}

/// A new database on the cluster that all tests of this process share; its name begins with `name`.
pub fn database(name: &str) -> Database<'static> {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).database(name)
}

impl Cluster {
    /// Makes and starts a cluster.
    pub fn start() -> Cluster {
        let bin = binaries();
        let made = as_server(&["mktemp", "-d", "-t", "veedel-postgres-XXXXXX"]).output().unwrap();
        let folder = PathBuf::from(String::from_utf8(made.stdout).unwrap().trim());
        assert!(folder.is_dir(), "no temporary folder could be made");
        let (initdb, data) = (bin.join("initdb"), folder.join("data"));
        let options = ["--no-sync", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8", "-U", "postgres"];
        let mut command = as_server(&[initdb.to_str().unwrap(), "-D", data.to_str().unwrap()]);
        succeed(command.args(options).output().unwrap(), "initdb");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Cluster {
            bin,
            folder,
            port,
            keeper: Mutex::default(),
            template: OnceLock::new(),
            databases: AtomicUsize::new(0),
        };
        // The role "secret" needs its password.
        let rules = "local replication all trust\nlocal all secret scram-sha-256\nhost all secret all scram-sha-256\n\
                     local all all trust\nhost all all 127.0.0.1/32 trust\n";
        cluster.write("data/pg_hba.conf", rules);
        cluster.restart();
        cluster
    }

    /// A standby of this cluster, by streaming replication; it answers once it has everything up to now.
    pub fn standby(&self) -> Cluster {
        let made = as_server(&["mktemp", "-d", "-t", "veedel-postgres-XXXXXX"]).output().unwrap();
        let folder = PathBuf::from(String::from_utf8(made.stdout).unwrap().trim());
        let (backup, data) = (self.bin.join("pg_basebackup"), folder.join("data"));
        let from = [self.folder.to_str().unwrap(), &self.port.to_string()].map(str::to_owned);
        let mut command = as_server(&[backup.to_str().unwrap(), "-D", data.to_str().unwrap()]);
        command.args(["-h", &from[0], "-p", &from[1], "-U", "postgres", "-R", "-c", "fast", "-N"]);
        succeed(command.output().unwrap(), "pg_basebackup");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Cluster {
            bin: self.bin.clone(),
            folder,
            port,
            keeper: Mutex::default(),
            template: OnceLock::new(),
            databases: AtomicUsize::new(0),
        };
        cluster.restart();
        cluster
    }

    /// Starts the server again after [`stop`](Self::stop).
    pub fn restart(&self) {
        let script = r#"
            "$1/postgres" -D "$2/data" -k "$2" -p "$3" -h 127.0.0.1 -F -c full_page_writes=off \
                -c synchronous_commit=off -c autovacuum=off -c max_connections=400 >>"$2/log" 2>&1 &
            server=$!
            read -r signal
            kill -s "${signal:-QUIT}" $server
            wait $server
            [ -n "$signal" ] || rm -rf "$2"
        "#;
        let (bin, folder) = (self.bin.to_str().unwrap(), self.folder.to_str().unwrap());
        let mut command = as_server(&["sh", "-c", script, "sh", bin, folder, &self.port.to_string()]);
        let keeper = command.stdin(Stdio::piped()).spawn().unwrap();
        *self.keeper.lock().unwrap() = Some(keeper);
        let begun = Instant::now();
        while !self.is_ready() {
            assert!(begun.elapsed() < Duration::from_secs(30), "PostgreSQL does not start:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    fn is_ready(&self) -> bool {
        let mut command = Command::new(self.bin.join("pg_isready"));
        command.args(["-q", "-h"]).arg(&self.folder).args(["-p", &self.port.to_string()]);
        command.status().unwrap().success()
    }

    /// Stops the server; the data stays.
    pub fn stop(&self, how: Stop) {
        let signal: &[u8] = match how {
            Stop::Fast => b"INT\n",
            Stop::Immediate => b"QUIT\n",
        };
        let mut keeper = self.keeper.lock().unwrap().take().expect("the server runs");
        keeper.stdin.take().unwrap().write_all(signal).unwrap();
        keeper.wait().unwrap();
    }

    /// Lets the server speak TLS with this certificate and key (PEM).
    pub fn offer_tls(&self, certificate: &str, key: &str) {
        self.write("data/server.crt", certificate);
        self.write("data/server.key", key);
        self.sql("postgres", "ALTER SYSTEM SET ssl = on");
        self.sql("postgres", "SELECT pg_reload_conf()");
        std::thread::sleep(Duration::from_millis(300));
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Writes a file in the cluster's folder, as the server's user.
    fn write(&self, name: &str, content: &str) {
        let path = self.folder.join(name);
        let mut command = as_server(&["sh", "-c", r#"umask 077; cat >"$1""#, "sh", path.to_str().unwrap()]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(content.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// A new database with PostGIS whose name begins with `name`.
    pub fn database(&self, name: &str) -> Database<'_> {
        self.template.get_or_init(|| {
            self.sql("postgres", "CREATE DATABASE vorlage");
            self.sql("vorlage", "CREATE EXTENSION postgis");
        });
        let name = format!("{name}_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\" TEMPLATE vorlage"));
        Database { cluster: self, name }
    }

    /// Runs SQL as the superuser; what it answers, unaligned.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut command = Command::new(self.bin.join("psql"));
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database]);
        command.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string(), "-f", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let text = sql.to_owned();
        let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
        let output = succeed(child.wait_with_output().unwrap(), sql);
        let _ = writer.join();
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs SQL as far as it goes: a database that goes away meanwhile is no fault of the caller's.
    pub fn try_sql(&self, database: &str, sql: &str) -> bool {
        self.session(database).sql(sql)
    }

    /// A connection that stays open.
    pub fn session(&self, database: &str) -> Session {
        let mut command = Command::new(self.bin.join("psql"));
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database]);
        command.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string(), "-f", "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Session { child, input, output: std::io::BufReader::new(output) }
    }

    /// The address over the socket; `who` is `user` or `user:password`.
    pub fn url(&self, who: &str, database: &str) -> String {
        let socket = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgresql://{who}@{socket}:{}/{database}", self.port)
    }

    /// The address over TCP, by this host name.
    pub fn tcp_url(&self, who: &str, host: &str, database: &str) -> String {
        format!("postgresql://{who}@{host}:{}/{database}", self.port)
    }

    /// The port of the server, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A connection of psql.
pub struct Session {
    child: Child,
    input: std::process::ChildStdin,
    output: std::io::BufReader<std::process::ChildStdout>,
}

impl Session {
    /// Runs statements and waits until they are done; false once the connection is gone.
    pub fn sql(&mut self, sql: &str) -> bool {
        let line = format!("{sql}\n\\echo done\n");
        if self.input.write_all(line.as_bytes()).and_then(|()| self.input.flush()).is_err() {
            return false;
        }
        let mut answer = String::new();
        while std::io::BufRead::read_line(&mut self.output, &mut answer).is_ok_and(|length| length > 0) {
            if answer.trim_end().ends_with("done") {
                return true;
            }
        }
        false
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Database<'_> {
    /// Runs SQL as the superuser; what it answers, unaligned.
    pub fn sql(&self, sql: &str) -> String {
        self.cluster.sql(&self.name, sql)
    }

    /// The address for the superuser.
    pub fn url(&self) -> String {
        self.url_as("postgres")
    }

    /// The address for another role.
    pub fn url_as(&self, who: &str) -> String {
        self.cluster.url(who, &self.name)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let keeper = self.keeper.lock().map(|mut keeper| keeper.take());
        match keeper {
            Ok(Some(mut keeper)) => {
                drop(keeper.stdin.take());
                let _ = keeper.wait();
            }
            _ => drop(std::fs::remove_dir_all(&self.folder)),
        }
    }
}

fn succeed(output: Output, what: &str) -> Output {
    assert!(output.status.success(), "{what} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// A command run as the user `postgres` where we are root, whom PostgreSQL refuses.
fn as_server(arguments: &[&str]) -> Command {
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let prefix: &[&str] = if is_root { &["runuser", "-u", "postgres", "--"] } else { &[] };
    let mut words = prefix.iter().chain(arguments);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).current_dir("/");
    command
}

/// The folder of PostgreSQL's programs: `VEEDEL_PG_BIN`, Debian's newest, or on the PATH.
fn binaries() -> PathBuf {
    let given = std::env::var_os("VEEDEL_PG_BIN").map(PathBuf::from);
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    given
        .into_iter()
        .chain(debian.into_iter().rev().map(|(_, folder)| folder))
        .chain(on_path)
        .find(|folder| is_file(&folder.join("initdb")) && is_file(&folder.join("postgres")))
        .unwrap_or_else(|| {
            panic!(
                "these tests need PostgreSQL with PostGIS: apt install postgresql-15-postgis-3 \
                 (or set VEEDEL_PG_BIN to the folder of initdb and postgres)"
            )
        })
}

fn is_file(path: &Path) -> bool {
    path.is_file()
}
