//! The record of the state folder: what is in it, what is not, and that nothing is taken out unseen.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::callers::{Place, ROLES, asked, bearer};

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
