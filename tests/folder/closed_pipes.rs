//! Whoever reads what a command prints may have read enough, and close the pipe.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Runs a command whose standard output, and standard error if told, nobody reads any more.
fn unread(arguments: &[&str], is_error_unread: bool) -> Output {
    let script = if is_error_unread { r#""$0" "$@" 2>&1"# } else { r#""$0" "$@""# };
    let mut command = Command::new("sh");
    // It waits until the reader is gone.
    command.args(["-c", &format!("read -r _; {script}"), env!("CARGO_BIN_EXE_veedel")]).args(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    drop(child.stdin.take());
    child.wait_with_output().unwrap()
}

#[test]
fn a_command_ends_quietly_where_nobody_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("orte.csv"), "id,name\n1,a\n").unwrap();
    std::fs::write(folder.path().join("mehr.csv"), "id,name\n1,a\n").unwrap();
    let path = folder.path().to_str().unwrap();
    let (csv, into) = (format!("{path}/orte.csv"), format!("{path}/neu"));
    let mut commands: Vec<(Vec<&str>, i32)> = vec![
        (vec!["--help"], 0),
        (vec!["--version"], 0),
        (vec!["import", "--help"], 0),
        (vec!["check", path], 0),
        (vec!["check", path, "/nowhere/at/all"], 1),
        (vec!["check", "--config", "/nowhere/at/all.toml"], 1),
        (vec!["feed", "status", "postgresql://nobody@127.0.0.1:1/nothing"], 1),
        (vec!["tiles", "purge", "--socket", "/nowhere/at/all"], 1),
    ];
    if cfg!(feature = "gdal") {
        commands.push((vec!["import", &csv, "--into", &into], 0));
    }
    for (arguments, code) in commands {
        for is_error_unread in [false, true] {
            let output = unread(&arguments, is_error_unread);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{arguments:?} {is_error_unread}: {said}");
            assert!(!said.contains("panicked") && !said.contains("roken pipe"), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn a_disk_that_is_full_is_a_fault() {
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else {
        eprintln!("skipped: no /dev/full");
        return;
    };
    let output =
        Command::new(env!("CARGO_BIN_EXE_veedel")).arg("--help").stdout(Stdio::from(full)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("standard output cannot be written") && !said.contains("panicked"), "{said}");
}

#[test]
fn a_server_goes_on_where_nobody_reads_its_log() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("orte.csv"), "id,name\n1,a\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    command.args(["serve", folder.path().to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    command.env("VEEDEL_LOG", "trace").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = lines.find(|line| line.as_ref().unwrap().contains("serving at ")).unwrap().unwrap();
    let address = line.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    drop(lines);
    // What loads says so in the log, and must load all the same.
    let items = format!("http://{address}/collections/orte/items?f=json");
    let began = Instant::now();
    let text = loop {
        match ureq::get(&items).call() {
            Ok(answer) => break answer.into_body().read_to_string().unwrap(),
            Err(why) => assert!(began.elapsed() < Duration::from_secs(30), "{why}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(text.contains("\"name\":\"a\""), "{text}");
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
}
