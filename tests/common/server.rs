//! The veedel binary on a free port, spoken to over HTTP, killed on drop.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A running server and what it has logged so far.
pub struct Server {
    /// The process; None where the server runs in this one.
    child: Option<Child>,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    log: Arc<Mutex<String>>,
    agent: ureq::Agent,
    /// A header of every request, beside those of the test.
    header: Option<(&'static str, String)>,
}

/// An answer, whatever its status.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    fn of(mut response: ureq::http::Response<ureq::Body>) -> Answer {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a whole body");
        Answer { status, headers, body }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| panic!("{fault}: {}", self.text()))
    }

    /// A header, or the empty string.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

impl Server {
    /// Starts `veedel serve ARGUMENTS… --listen 127.0.0.1:0` and waits until it listens (not until it is ready).
    pub fn start(arguments: &[&str]) -> Server {
        Server::start_with(arguments, |_| {})
    }

    /// The same with changes to the command (environment, working folder).
    pub fn start_with(arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        command.arg("serve").args(arguments).args(["--listen", "127.0.0.1:0"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).env("NO_COLOR", "1");
        prepare(&mut command);
        let mut child = command.spawn().expect("veedel starts");
        let log = Arc::new(Mutex::new(String::new()));
        let lines = BufReader::new(child.stderr.take().expect("piped"));
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut server =
            Server { child: Some(child), base: String::new(), log, agent: agent(), header: None };
        server.base = server.wait_for("an address in the log", |server| {
            let log = server.log();
            let address = log.split("serving at ").nth(1)?;
            Some(address.split_whitespace().next()?.to_owned())
        });
        server
    }

    /// A server that runs in this process, at `http://127.0.0.1:PORT`.
    pub fn at(base: String) -> Server {
        Server { child: None, base, log: Arc::default(), agent: agent(), header: None }
    }

    /// The same server, asked with a header in every request.
    pub fn asked_with(&self, name: &'static str, value: &str) -> Server {
        let mut server = Server::at(self.base.clone());
        server.header = Some((name, value.to_owned()));
        server
    }

    /// Starts and waits until everything is loaded.
    pub fn ready(arguments: &[&str]) -> Server {
        let server = Server::start(arguments);
        server.wait_ready();
        server
    }

    /// Waits until `/ready` says 200.
    pub fn wait_ready(&self) {
        self.wait_for("readiness", |server| (server.get("/ready").status == 200).then_some(()));
    }

    /// Asks `probe` every 20 ms, at most 30 s, until it has an answer.
    pub fn wait_for<T>(&self, what: &str, mut probe: impl FnMut(&Server) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(answer) = probe(self) {
                return answer;
            }
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "waited for {what} in vain; log:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the log has a text, which may be written after the answer that it is about.
    pub fn says(&self, text: &str) {
        self.wait_for(text, |server| server.log().contains(text).then_some(()));
    }

    /// Sends it a signal, such as `-HUP`.
    pub fn signal(&self, signal: &str) {
        let mut command = Command::new("kill");
        assert!(command.args([signal, &self.pid().to_string()]).status().unwrap().success());
    }

    /// The header of every request.
    fn own_header(&self) -> Option<(&str, &str)> {
        self.header.as_ref().map(|(name, value)| (*name, value.as_str()))
    }

    /// GET of a path.
    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    /// GET with headers.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in headers.iter().copied().chain(self.own_header()) {
            request = request.header(name, value);
        }
        Answer::of(request.call().unwrap_or_else(|fault| panic!("GET {path}: {fault}")))
    }

    /// POST of a JSON document.
    #[allow(dead_code, reason = "not every test asks by body")]
    pub fn post(&self, path: &str, body: &serde_json::Value) -> Answer {
        self.post_with(path, body, &[])
    }

    /// The same with header fields.
    pub fn post_with(&self, path: &str, body: &serde_json::Value, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.post(format!("{}{path}", self.base));
        for (name, value) in headers.iter().copied().chain(self.own_header()) {
            request = request.header(name, value);
        }
        Answer::of(request.send_json(body).unwrap_or_else(|fault| panic!("POST {path}: {fault}")))
    }

    /// The host and port, for raw sockets.
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// The process id, for signals.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a process").id()
    }

    /// Whether the process is still there.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.as_mut().expect("a process").try_wait(), Ok(None))
    }

    /// Waits for the process to end; its exit code.
    pub fn wait_exit(&mut self, at_most: Duration) -> Option<i32> {
        let began = Instant::now();
        while began.elapsed() < at_most {
            if let Ok(Some(status)) = self.child.as_mut().expect("a process").try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
        // Whatever a test is about: a panic of the server's is a fault. (Not while the test fails already.)
        let log = self.log();
        assert!(std::thread::panicking() || !log.contains("panicked at"), "{log}");
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .max_redirects(0)
        .build()
        .into()
}
