//! The record of the state folder: what is in it, what is not, and that nothing is taken out unseen.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::callers::{ROLES, asked};
use crate::place::{Place, bearer};

/// `veedel audit ARGUMENTS…`
fn audit(place: &Place, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    command.arg("audit").args(arguments).arg("--config").arg(place.config()).output().unwrap()
}

fn exported(place: &Place) -> Vec<Value> {
    let output = audit(place, &["export"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of<'a>(entries: &'a [Value], what: &str) -> Vec<&'a Value> {
    entries.iter().filter(|entry| entry["what"] == what).collect()
}

fn segment(place: &Place) -> PathBuf {
    let folder = std::fs::read_dir(place.folder.path().join("state/audit")).unwrap();
    let mut files: Vec<PathBuf> = folder.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    files.pop().unwrap()
}

#[test]
fn keys_rules_and_refusals_are_recorded_and_nothing_that_tells_of_persons() {
    let place = Place::new(ROLES);
    let key = place.add(&["Frau Beispiel", "--role", "jugendamt"]);
    let prefix = &key[4..12];
    let server = place.server();
    for _ in 0..300 {
        assert_eq!(asked(&server, "/collections/kitas/items?q=Geheimes", "Bearer falsch").status, 401);
    }
    assert_eq!(asked(&server, "/collections", &bearer(&key)).status, 200);
    let text = std::fs::read_to_string(place.config()).unwrap();
    std::fs::write(place.config(), format!("{text}[collections.kitas.access]\nread = [\"jugendamt\"]\n"))
        .unwrap();
    crate::stop::signal(&server, "-HUP");
    let begun = Instant::now();
    while server.get("/collections/kitas").status != 404 {
        assert!(begun.elapsed() < Duration::from_secs(10), "the rules are not in force");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(place.key(&["revoke", "Frau Beispiel"]).status.success());
    // Refusals are put together for a second.
    std::thread::sleep(Duration::from_millis(1500));
    let entries = exported(&place);
    let added = of(&entries, "key_added");
    assert!(added.len() == 1 && added[0]["on"] == prefix && added[0]["roles"][0] == "jugendamt", "{added:?}");
    assert_eq!(of(&entries, "key_revoked")[0]["on"], prefix);
    let rules = of(&entries, "rules");
    assert!(rules.len() == 2 && rules[0]["on"] != rules[1]["on"], "{rules:?}");
    let denied = of(&entries, "denied");
    let count: u64 = denied.iter().map(|entry| entry["count"].as_u64().unwrap()).sum();
    assert!(count == 300 && denied.len() < 30 && denied[0]["on"] == "items", "{denied:?}");
    let text = std::fs::read_to_string(segment(&place)).unwrap();
    for never in ["Beispiel", "Geheimes", "falsch", &key, "127.0.0.1"] {
        assert!(!text.contains(never), "{never}: {text}");
    }
    let mode = std::fs::metadata(segment(&place)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(audit(&place, &["export", "--since", "2999-01-01"]).stdout, b"");
}

#[test]
fn what_is_changed_taken_out_or_cut_off_is_found() {
    let place = Place::new(ROLES);
    for number in 0..6 {
        place.add(&[&format!("key {number}"), "--role", "jugendamt"]);
    }
    let whole = audit(&place, &["verify"]);
    let said = String::from_utf8_lossy(&whole.stdout).into_owned();
    assert!(whole.status.success() && said.contains("6 entries"), "{said}");
    let head = said.lines().last().unwrap().strip_prefix("head ").unwrap().to_owned();
    assert!(audit(&place, &["verify", "--head", &head]).status.success());
    let path = segment(&place);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let without = |at: usize| [&lines[..at], &lines[at + 1..]].concat().join("\n") + "\n";
    for (changed, said) in [
        (text.replacen("jugendamt", "statistik", 1), "line 2: names another line"),
        (without(2), "line 3: names another line"),
        (without(0), "line 1: is not the first one"),
        (text[..text.len() - 4].to_owned(), "line 6: is no entry"),
        (text.replacen("\"what\"", " \"what\"", 1), "line 1: is not as it was written"),
    ] {
        std::fs::write(&path, changed).unwrap();
        let found = audit(&place, &["verify"]);
        let told = String::from_utf8_lossy(&found.stderr).into_owned();
        assert!(!found.status.success() && told.contains(said), "{said}: {told}");
        assert!(!audit(&place, &["export"]).status.success());
    }
    // The end can be cut off at a line; then the head that was written down is missing.
    std::fs::write(&path, without(5)).unwrap();
    assert!(audit(&place, &["verify"]).status.success());
    let found = audit(&place, &["verify", "--head", &head]);
    assert!(
        !found.status.success() && String::from_utf8_lossy(&found.stderr).contains("cut off"),
        "{found:?}"
    );
    // What was torn off is recorded by the next entry.
    std::fs::write(&path, &text[..text.len() - 30]).unwrap();
    place.add(&["torn", "--role", "jugendamt"]);
    let found = audit(&place, &["verify"]);
    let said = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.status.success() && said.contains("7 entries") && said.contains("1 torn lines"), "{said}");
    assert_eq!(exported(&place)[5]["what"], "torn");
    // A record that went on since has it still.
    std::fs::write(&path, &text).unwrap();
    place.add(&["one more", "--role", "jugendamt"]);
    assert!(audit(&place, &["verify", "--head", &head]).status.success());
}

#[test]
fn many_who_write_at_once_make_one_chain() {
    let place = Place::new(ROLES);
    std::thread::scope(|threads| {
        for thread in 0..8 {
            let place = &place;
            threads.spawn(move || place.add(&[&format!("key {thread}"), "--role", "jugendamt"]));
        }
    });
    assert_eq!(of(&exported(&place), "key_added").len(), 8);
}

#[test]
fn what_cannot_be_recorded_does_not_happen() {
    let place = Place::new(ROLES);
    place.add(&["one", "--role", "jugendamt"]);
    // A folder in the place of the segment: root may write files of any mode.
    let path = segment(&place);
    std::fs::rename(&path, path.with_extension("away")).unwrap();
    std::fs::create_dir(&path).unwrap();
    for arguments in [&["add", "two", "--role", "jugendamt"][..], &["revoke", "one"]] {
        let failed = place.key(arguments);
        assert!(!failed.status.success() && failed.stdout.is_empty(), "{failed:?}");
    }
    std::fs::remove_dir(&path).unwrap();
    std::fs::rename(path.with_extension("away"), &path).unwrap();
    let listed = String::from_utf8(place.key(&["list"]).stdout).unwrap();
    assert!(listed.lines().count() == 1 && !listed.contains("revoked"), "{listed}");
    assert_eq!(exported(&place).len(), 1);
}

#[test]
fn rules_that_cannot_be_recorded_do_not_come_into_force() {
    let place = Place::new(ROLES);
    let server = place.server();
    let (log, away) = (place.folder.path().join("state/audit"), place.folder.path().join("state/away"));
    std::fs::rename(&log, &away).unwrap();
    std::fs::write(&log, "").unwrap();
    let text = std::fs::read_to_string(place.config()).unwrap();
    let rules = format!("{text}[collections.kitas.access]\nread = [\"jugendamt\"]\n");
    std::fs::write(place.config(), rules).unwrap();
    crate::stop::signal(&server, "-HUP");
    server.says("cannot be recorded");
    assert_eq!(server.get("/collections/kitas").status, 200);
    let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(place.config());
    let refused = command.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("state/audit"), "{said}");
    std::fs::remove_file(&log).unwrap();
    std::fs::rename(&away, &log).unwrap();
    crate::stop::signal(&server, "-HUP");
    server.wait_for("the rules", |server| (server.get("/collections/kitas").status == 404).then_some(()));
    assert_eq!(of(&exported(&place), "rules").len(), 2);
}

#[test]
fn a_key_is_forgotten_once_it_has_ended_and_not_before() {
    let place = Place::new(ROLES);
    let key = place.add(&["Frau Beispiel", "--role", "jugendamt"]);
    let old = place.add(&["Alt", "--role", "jugendamt", "--expires", "2020-01-01"]);
    for (wanted, said) in
        [("Frau Beispiel", "is in force"), (&key[..12], "is in force"), ("b", "there is no key \"b\"")]
    {
        let refused = place.key(&["forget", wanted]);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && told.contains(said), "{told}");
    }
    assert!(place.key(&["revoke", "Frau Beispiel"]).status.success());
    // Beside a new key of the name, the old one is named by its digits.
    place.add(&["Frau Beispiel", "--role", "jugendamt"]);
    assert!(!place.key(&["forget", "Frau Beispiel"]).status.success());
    for (wanted, prefix) in [(&key[4..12], &key[4..12]), ("Alt", &old[4..12])] {
        let forgotten = place.key(&["forget", wanted]);
        let told = String::from_utf8_lossy(&forgotten.stdout).into_owned();
        assert_eq!(told, format!("vdl_{prefix}… is forgotten\n"), "{forgotten:?}");
    }
    let file = std::fs::read_to_string(place.folder.path().join("state/keys.json")).unwrap();
    assert!(!file.contains(&key[4..12]) && !file.contains("Alt"), "{file}");
    let entries = exported(&place);
    let forgotten: Vec<&Value> = of(&entries, "key_forgotten").iter().map(|entry| &entry["on"]).collect();
    assert_eq!(forgotten, [&key[4..12], &old[4..12]]);
}

/// A small disk in memory, mounted at a folder until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where mounting is not allowed.
    fn at(folder: &Path) -> Option<SmallDisk> {
        std::fs::create_dir_all(folder).unwrap();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs"]).arg(folder).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success()).then(|| SmallDisk(folder.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn on_a_full_disk_no_key_is_made_or_revoked() {
    let place = Place::new(ROLES);
    let (log, keys) = (place.folder.path().join("state/audit"), place.folder.path().join("state/keys.json"));
    let Some(_disk) = SmallDisk::at(&log) else {
        println!("skipped: a small disk cannot be mounted here, which needs the rights of root");
        return;
    };
    place.add(&["a", "--role", "jugendamt"]);
    let filler = log.join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write_all(&[0; 1024]).is_ok() {}
    drop(file);
    // What is left of the last page is filled by some more keys.
    let refused = (0..100).find_map(|number| {
        let before = std::fs::read(&keys).unwrap();
        let made = place.key(&["add", &format!("n{number}"), "--role", "jugendamt"]);
        (!made.status.success()).then_some((made, before))
    });
    let (refused, before) = refused.unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("No space left"), "{refused:?}");
    assert!(refused.stdout.is_empty() && std::fs::read(&keys).unwrap() == before);
    assert!(!place.key(&["revoke", "a"]).status.success());
    assert_eq!(std::fs::read(&keys).unwrap(), before);
    let count = exported(&place).len();
    std::fs::remove_file(&filler).unwrap();
    assert!(place.key(&["revoke", "a"]).status.success());
    assert_eq!(exported(&place).len(), count + 1);
}
