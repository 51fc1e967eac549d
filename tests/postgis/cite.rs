//! OGC's own test suite for Features Part 1 and 2, where `VEEDEL_CITE` names a folder with it (`scripts/cite.sh`).

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::Server;
use crate::tools::town;

fn suite() -> Option<PathBuf> {
    let folder = std::env::var_os("VEEDEL_CITE").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: VEEDEL_CITE names no folder with OGC's suite; scripts/cite.sh makes one");
    }
    folder
}

/// Lets the suite ask the server, and holds what it found against `tests/cite/known.tsv`.
fn ask(suite: &Path, name: &str, server: &Server) {
    let out = suite.join(name);
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out).unwrap();
    let properties = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <properties><entry key=\"iut\">{}/</entry><entry key=\"noofcollections\">-1</entry></properties>\n",
        server.base
    );
    std::fs::write(out.join("properties.xml"), properties).unwrap();
    let classes = format!("{0}/classes:{0}/lib/*", suite.display());
    let log = std::fs::File::create(out.join("suite.log")).unwrap();
    let status = Command::new("java")
        .args(["-cp", &classes, "org.opengis.cite.ogcapifeatures10.TestNGController", "-o"])
        .arg(&out)
        .arg(out.join("properties.xml"))
        .stderr(log.try_clone().unwrap())
        .stdout(log)
        .status();
    assert!(status.expect("java runs").success(), "see {}", out.join("suite.log").display());
    let judged = Command::new("python3").arg("tests/cite/judge.py").arg(name).arg(&out).status();
    assert!(judged.expect("python3 runs").success(), "{name}: a failure that is not explained");
}

#[test]
fn cite_finds_no_failure_of_ours_on_a_folder() {
    let Some(suite) = suite() else { return };
    ask(&suite, "folder", &Server::ready(&["fixtures/city"]));
}

#[test]
fn cite_finds_no_failure_of_ours_on_a_postgis() {
    let Some(suite) = suite() else { return };
    ask(&suite, "postgis", &Server::ready(&[&town().url()]));
}
