//! A folder that changes while it is served.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::files::{city_folder, fgb, one_point, replace, some_of_the_city};
use crate::server::Server;

fn name_of(server: &Server, id: &str) -> Option<String> {
    let answer = server.get(&format!("/collections/{id}/items"));
    (answer.status == 200)
        .then(|| answer.json()["features"][0]["properties"]["name"].as_str().unwrap().to_owned())
}

#[test]
fn files_come_change_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    assert_eq!(server.get("/collections").json()["collections"], serde_json::json!([]));
    assert_eq!(server.get("/collections?f=html").status, 200);
    assert_eq!(name_of(&server, "a"), None);

    replace(folder.path(), "a.fgb", &one_point("eins"));
    server.wait_for("the new file", |server| (name_of(server, "a")? == "eins").then_some(()));
    replace(folder.path(), "a.fgb", &one_point("zwei"));
    server.wait_for("its replacement", |server| match name_of(server, "a")?.as_str() {
        "zwei" => Some(()),
        other => {
            assert_eq!(other, "eins");
            None
        }
    });
    replace(folder.path(), "a.schema.toml", b"title = \"Titel\"\n");
    server.wait_for("its sidecar", |server| {
        (server.get("/collections/a").json()["title"] == "Titel").then_some(())
    });
    std::fs::remove_file(folder.path().join("a.fgb")).unwrap();
    server.wait_for("its removal", |server| name_of(server, "a").is_none().then_some(()));
    for path in ["/collections/a", "/collections/a/items", "/xyz/a/0/0/0", "/xyz/a.json"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    replace(folder.path(), "a.fgb", &one_point("drei"));
    server.wait_for("its return", |server| (name_of(server, "a")? == "drei").then_some(()));
}

#[test]
fn requests_never_fail_while_a_file_is_swapped() {
    let folder = tempfile::tempdir().unwrap();
    replace(folder.path(), "a.fgb", &one_point("0"));
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let done = AtomicBool::new(false);
    let asked = std::thread::scope(|scope| {
        let askers = ["/collections/a/items", "/xyz/a/14/8532/5504", "/xyz/a.json"].map(|path| {
            let (server, done) = (&server, &done);
            scope.spawn(move || {
                let mut asked = 0;
                while !done.load(Ordering::Relaxed) {
                    let answer = server.get(path);
                    assert!(
                        matches!(answer.status, 200 | 204),
                        "{path}: {} {}",
                        answer.status,
                        answer.text()
                    );
                    asked += 1;
                }
                asked
            })
        });
        for name in ["1", "2"] {
            replace(folder.path(), "a.fgb", &one_point(name));
            server.wait_for("the swap", |server| (name_of(server, "a")? == name).then_some(()));
        }
        done.store(true, Ordering::Relaxed);
        askers.map(|asker| asker.join().unwrap()).iter().sum::<i32>()
    });
    assert!(asked > 30, "{asked}");
}

#[test]
fn what_cannot_be_served_is_named_with_its_reason() {
    let folder = some_of_the_city(&["schulen"]);
    let whole = std::fs::read(city_folder().join("strassen.fgb")).unwrap();
    replace(folder.path(), "kurz.fgb", &whole[..whole.len() / 2]);
    replace(folder.path(), "kopf.fgb", &whole[..40]);
    replace(folder.path(), "leer.fgb", b"");
    replace(folder.path(), "magie.fgb", b"GIF89a nothing of ours");
    let mut flipped = whole.clone();
    flipped[12..60].iter_mut().for_each(|byte| *byte ^= 0xff);
    replace(folder.path(), "gekippt.fgb", &flipped);
    replace(folder.path(), "sidecar.fgb", &whole);
    replace(folder.path(), "sidecar.schema.toml", b"title = \"a\"\nunsinn = 1\n");
    replace(folder.path(), "ohneindex.fgb", &fgb(&[("POINT(392622 5620879)", "x")], false));
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let document = server.get("/collections").json();
    let served: Vec<&str> =
        document["collections"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    let mut bad: Vec<(String, String)> = document["veedel:sources"][0]["notServed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap().to_owned(), one["why"].as_str().unwrap().to_owned()))
        .collect();
    for one in document["collections"].as_array().unwrap() {
        if let Some(why) = one["veedel:why"].as_str() {
            bad.push((one["id"].as_str().unwrap().to_owned(), why.to_owned()));
        }
    }
    for name in ["kurz", "kopf", "leer", "magie", "gekippt", "sidecar", "ohneindex"] {
        let (_, why) = bad
            .iter()
            .find(|(bad, _)| bad.rsplit('.').next() == Some(name))
            .unwrap_or_else(|| panic!("{name} is not named: {bad:?}"));
        assert!(why.len() > 10, "{name}: {why}");
        assert!(server.log().contains(name), "{name}: {}", server.log());
        let answer = server.get(&format!("/collections/{name}/items"));
        assert!(matches!(answer.status, 404 | 503), "{name}: {}", answer.text());
    }
    assert!(bad.iter().any(|(name, why)| name.ends_with("sidecar") && why.contains("line 2")), "{bad:?}");
    assert!(served.contains(&"schulen"), "{served:?}");
    assert_eq!(server.get("/collections/schulen/items").json()["numberMatched"], 12);
    assert_eq!(server.get("/ready").status, 200);
}

#[test]
fn a_damaged_replacement_leaves_the_old_data_served() {
    let folder = some_of_the_city(&["schulen", "strassen"]);
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let before = server.get("/collections/strassen").json();
    let items = server.get("/collections/strassen/items?limit=5").json()["features"].take();
    let whole = std::fs::read(city_folder().join("strassen.fgb")).unwrap();
    for (round, damaged) in [&whole[..whole.len() - 100], &whole[..30], b"nonsense"].into_iter().enumerate() {
        let lines = server.log().lines().count();
        replace(folder.path(), "strassen.fgb", damaged);
        server.wait_for("a word about the damage", |server| {
            server.log().lines().skip(lines).any(|line| line.contains("strassen")).then_some(())
        });
        let after = server.get("/collections/strassen").json();
        assert_eq!(after["veedel:loadedAt"], before["veedel:loadedAt"], "round {round}");
        assert_eq!(server.get("/collections/strassen/items?limit=5").json()["features"], items);
        assert_eq!(server.get("/xyz/strassen/14/8532/5504").status / 100, 2);
    }
    replace(folder.path(), "strassen.fgb", &fgb(&[("POINT(392622 5620879)", "neu")], true));
    std::fs::remove_file(folder.path().join("strassen.schema.toml")).unwrap();
    server.wait_for("the mended file", |server| (name_of(server, "strassen")? == "neu").then_some(()));
}

#[test]
fn flipped_bytes_never_bring_the_server_down() {
    // In the long suite twenty thousand files, a thousand at a time.
    let (rounds, files) = if crate::bystander::is_alone() { (20, 1000) } else { (1, 60) };
    let whole = std::fs::read(city_folder().join("quartiere.fgb")).unwrap();
    let mut state = 12345u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..files {
            let mut bytes = whole.clone();
            for _ in 0..=number % 4 {
                let at = 8 + random(bytes.len() - 8);
                bytes[at] ^= 1 << random(8);
            }
            replace(folder.path(), &format!("q{number:02}.fgb"), &bytes);
        }
        all_are_answered(&mut Server::ready(&[folder.path().to_str().unwrap()]));
    }
}

/// Whatever became of the collections of a server: each is answered, and the server goes on.
fn all_are_answered(server: &mut Server) {
    let document = server.get("/collections").json();
    for one in document["collections"].as_array().unwrap() {
        let id = one["id"].as_str().unwrap();
        for path in [
            format!("/collections/{id}/items"),
            format!("/xyz/{id}/0/0/0"),
            format!("/xyz/{id}/14/8532/5504"),
        ] {
            let status = server.get(&path).status;
            assert!(matches!(status, 200 | 204 | 503), "{path}: {status}");
        }
    }
    assert!(server.is_alive() && !server.log().contains("panic"), "{}", server.log());
}

#[test]
fn a_file_that_is_being_written_leaves_the_old_data_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.fgb");
    std::fs::write(&file, one_point("alt")).unwrap();
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let whole = one_point("neu");
    for part in [whole.len() / 4, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, &whole[..part]).unwrap();
        for _ in 0..5 {
            std::thread::sleep(Duration::from_millis(100));
            assert_eq!(name_of(&server, "a").as_deref(), Some("alt"), "{part} of {} bytes", whole.len());
        }
    }
    std::fs::write(&file, &whole).unwrap();
    server.wait_for("the whole file", |server| (name_of(server, "a")? == "neu").then_some(()));
}

#[test]
fn a_folder_that_goes_away_leaves_its_data_served_until_it_returns() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, away) = (parent.path().join("daten"), parent.path().join("weg"));
    std::fs::create_dir(&folder).unwrap();
    replace(&folder, "a.fgb", &one_point("alt"));
    let server = Server::ready(&[folder.to_str().unwrap()]);
    std::fs::rename(&folder, &away).unwrap();
    server.wait_for("a word about the folder", |server| {
        server.get("/collections").json()["veedel:sources"][0]["away"].is_string().then_some(())
    });
    assert_eq!(name_of(&server, "a").as_deref(), Some("alt"));
    assert_eq!(server.get("/ready").status, 200, "reading goes on from memory");
    replace(&away, "a.fgb", &one_point("neu"));
    std::fs::rename(&away, &folder).unwrap();
    server.wait_for("the folder's return", |server| (name_of(server, "a")? == "neu").then_some(()));
}

#[test]
fn what_is_no_file_and_has_no_name_disturbs_nobody() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    replace(folder.path(), "gut.fgb", &one_point("gut"));
    std::fs::create_dir(folder.path().join("ordner.fgb")).unwrap();
    let pipe = folder.path().join("pipe.fgb");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("null.csv")).unwrap();
    std::os::unix::fs::symlink("/no/such/file", folder.path().join("nirgends.fgb")).unwrap();
    std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(b"\xff.fgb")), one_point("x")).unwrap();
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let document = server.get("/collections").json();
    let refused = document["veedel:sources"][0]["notServed"].to_string();
    for name in ["ordner", "pipe", "null", "nirgends", "\u{fffd}.fgb"] {
        assert!(refused.contains(name), "{name} in {refused}");
    }
    assert_eq!(document["collections"].as_array().unwrap().len(), 1);
    replace(folder.path(), "gut.fgb", &one_point("besser"));
    server.wait_for("a change beside them", |server| (name_of(server, "gut")? == "besser").then_some(()));
}

#[test]
fn namesakes_of_two_folders_have_qualified_names() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    replace(first.path(), "a.fgb", &one_point("eins"));
    replace(second.path(), "a.fgb", &one_point("zwei"));
    let server = Server::ready(&[first.path().to_str().unwrap(), second.path().to_str().unwrap()]);
    for (folder, name) in [(&first, "eins"), (&second, "zwei")] {
        let id = format!("{}.a", folder.path().file_name().unwrap().to_str().unwrap());
        assert_eq!(name_of(&server, &crate::files::step(&id)).as_deref(), Some(name), "{id}");
    }
    let missing = server.get("/collections/a");
    assert_eq!(missing.status, 404);
    assert!(missing.json()["hint"].as_str().unwrap().contains(".a or "), "{}", missing.text());
}
