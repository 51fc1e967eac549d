//! Warm tiles beside nginx, which sends the same bytes from files: the most that HTTP gives on this
//! machine.
//!
//! `cargo bench --profile dist --bench beside_nginx` asks veedel for tiles of the embedded city in
//! gzip, writes them to files for nginx (sendfile, open_file_cache), and lets wrk ask both in
//! turns, with 1, 8 and 64 connections. It writes what it measured to `benches/results/`. nginx and
//! wrk must be installed.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice)] // a tool for ourselves

#[path = "../beside_martin/machine.rs"]
mod machine;
#[path = "../../tests/common/server.rs"]
mod server;

use std::fmt::Write;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use server::Server;

const CONNECTIONS: [usize; 3] = [1, 8, 64];
const ROUNDS: usize = 5;
const SECONDS: usize = 3;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by cargo bench only");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ours = Server::ready(&[]);
    let paths = tiles(&ours, folder.path());
    let nginx = Nginx::start(folder.path());
    let before = machine::Load::now();
    let mut text = heading(&ours, &paths, folder.path());
    for connections in CONNECTIONS {
        let mut rates: [Vec<f64>; 2] = Default::default();
        for _ in 0..ROUNDS {
            for (rate, base) in rates.iter_mut().zip([&nginx.base, &ours.base]) {
                rate.push(wrk(folder.path(), base, connections));
            }
        }
        let [theirs, mine] = rates.map(median);
        let ratio = mine / theirs;
        writeln!(text, "| {connections} | {theirs:.0} | {mine:.0} | **{ratio:.2} ×** | {ROUNDS} |").unwrap();
    }
    let [before, after] = [before, machine::Load::now()];
    writeln!(text, "\nLoad average (1 / 5 min): {} before, {} after.", before.0, after.0).unwrap();
    let today = jiff::Zoned::now().date();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/results/{today}-warm.md"));
    fs::write(&file, &text).unwrap();
    println!("{text}\n{}", file.display());
}

/// Asks for the tiles, so that they are kept, and writes them where nginx finds them, with a list
/// for wrk.
fn tiles(ours: &Server, folder: &Path) -> Vec<String> {
    let mut paths = vec![];
    for (z, x, y, side) in [(13, 4265, 2751, 3), (14, 8531, 5502, 4), (16, 34126, 22012, 5)] {
        for (x, y) in (x..x + side).flat_map(|x| (y..y + side).map(move |y| (x, y))) {
            let path = format!("/xyz/gebaeude,strassen/{z}/{x}/{y}");
            let answer = ours.get_with(&path, &[("accept-encoding", "gzip")]);
            if answer.status != 200 || answer.header("content-encoding") != "gzip" {
                continue;
            }
            let file = folder.join(format!("html{path}"));
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, &answer.body).unwrap();
            paths.push(path);
        }
    }
    assert!(paths.len() > 10, "{paths:?}");
    let list: String = paths.iter().map(|path| format!("{path:?},")).collect();
    let script = format!(
        "local paths = {{{list}}}\nlocal number = 0\nlocal headers = {{[\"Accept-Encoding\"] = \"gzip\"}}\n\
         request = function() number = number % #paths + 1\n\
         return wrk.format(\"GET\", paths[number], headers) end\n"
    );
    fs::write(folder.join("paths.lua"), script).unwrap();
    paths
}

fn heading(ours: &Server, paths: &[String], folder: &Path) -> String {
    let sizes: Vec<u64> =
        paths.iter().map(|path| folder.join(format!("html{path}")).metadata().unwrap().len()).collect();
    let nginx = Command::new("nginx").arg("-v").output().unwrap();
    let nginx = String::from_utf8_lossy(&nginx.stderr).trim().replace("nginx version: ", "");
    let head = ours.get_with(&paths[0], &[("accept-encoding", "gzip")]).headers.len();
    format!(
        "# Warm tiles beside nginx, {}\n\n- Machine: {}\n- veedel {}, {}; {nginx}, 2 workers, sendfile, \
         open_file_cache, no access log\n- {} tiles in gzip of {} to {} bytes; {head} header fields of veedel's; no \
         access log\n- wrk, 1 thread, {SECONDS} s a round, servers taking turns; medians of requests a second\n\n\
         | connections | nginx | veedel | ratio | rounds |\n| ---: | ---: | ---: | ---: | ---: |\n",
        jiff::Zoned::now().strftime("%Y-%m-%d %H:%M %Z"),
        machine::describe(),
        env!("CARGO_PKG_VERSION"),
        machine::version(Path::new("rustc"), "--version"),
        paths.len(),
        sizes.iter().min().unwrap(),
        sizes.iter().max().unwrap(),
    )
}

fn wrk(folder: &Path, base: &str, connections: usize) -> f64 {
    let (script, seconds) = (folder.join("paths.lua"), format!("-d{SECONDS}"));
    let mut command = Command::new("wrk");
    command.args(["-t1", &seconds, &format!("-c{connections}"), "-s"]).arg(script).arg(base);
    let output = command.output().expect("wrk is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{text}");
    let rate = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    rate.unwrap_or_else(|| panic!("{text}")).trim().parse().unwrap()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// A running nginx, ended on drop.
struct Nginx {
    base: String,
    stop: Vec<String>,
}

impl Nginx {
    fn start(folder: &Path) -> Nginx {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let here = folder.display();
        // Root's workers read as another user.
        let user = if fs::metadata("/proc/self")
            .map(|own| std::os::unix::fs::MetadataExt::uid(&own))
            .is_ok_and(|uid| uid == 0)
        {
            "user root;"
        } else {
            ""
        };
        let text = format!(
            "{user} worker_processes 2; pid {here}/nginx.pid; error_log {here}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;\n\
             open_file_cache max=1000 inactive=60s; default_type application/vnd.mapbox-vector-tile;\n\
             server {{ listen 127.0.0.1:{port}; root {here}/html; etag on;\n\
             add_header Content-Encoding gzip; add_header Vary Accept-Encoding;\n\
             add_header Cache-Control no-cache; add_header Access-Control-Allow-Origin *; }} }}\n"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, text).unwrap();
        let arguments = vec!["-p".into(), here.to_string(), "-c".into(), file.display().to_string()];
        let status = Command::new("nginx").args(&arguments).status().expect("nginx is installed");
        assert!(status.success());
        Nginx {
            base: format!("http://127.0.0.1:{port}"),
            stop: arguments.into_iter().chain(["-s".into(), "stop".into()]).collect(),
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = Command::new("nginx").args(&self.stop).status();
    }
}
