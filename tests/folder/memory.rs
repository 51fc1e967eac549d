//! Memory stays as it is, whatever is asked: a long run of its own (`make test-all`).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::files::{replace, some_of_the_city};
use crate::server::Server;

/// Memory that is no leak: what allocators and buffers take more at one moment than at another.
const SLACK_KIB: u64 = 16 * 1024;

/// Resident memory of the server in KiB, the least of ten looks, so that no answer under way is counted.
fn resident(server: &Server) -> u64 {
    let look = || {
        std::thread::sleep(Duration::from_millis(50));
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    (0..10).map(|_| look()).min().unwrap()
}

fn seconds(name: &str, default: u64) -> Duration {
    Duration::from_secs(std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default))
}

/// One round of everything: tiles, pages, whole collections, questions, and what makes no sense.
fn round(server: &Server, turn: usize) {
    let (x, y) = (8525 + turn % 13, 5498 + turn % 11);
    assert!(server.get(&format!("/xyz/gebaeude,strassen/14/{x}/{y}")).status < 300);
    assert_eq!(server.get("/collections/adressen/items?limit=10000").status, 200);
    assert_eq!(
        server.get(&format!("/collections/gebaeude/items?limit=50&bbox=7,50,{}.4,51", 7 + turn % 2)).status,
        200
    );
    assert_eq!(server.get(&format!("/collections/schulen/items?nothing={turn}")).status, 400);
    assert_eq!(server.get(&format!("/nothing/{turn}")).status, 404);
    assert_eq!(server.get(&format!("/search?q=Haupt{}", turn % 10)).status, 200);
    let distance = [500, 1000, 1500][turn % 3];
    for (process, more) in [("coverage", json!({})), ("siting", json!({ "p": 2 })), ("supply", json!({}))] {
        let mut inputs = more;
        inputs["facilities"] = json!({ "collection": "kitas" });
        if process != "supply" {
            inputs["within"] = json!({ "distance": distance });
        }
        let answer = server.post(&format!("/processes/{process}/execution"), &json!({ "inputs": inputs }));
        assert!(answer.status == 200 || answer.status == 503, "{process}: {}", answer.text());
    }
}

#[test]
fn memory_stays_as_it_is_under_a_mixed_load() {
    if std::env::var_os("VEEDEL_ALONE").is_none() {
        println!("skipped: a long run, for make test-all");
        return;
    }
    let folder = some_of_the_city(&[
        "strassen",
        "adressen",
        "quartiere",
        "bezirke",
        "bevoelkerung",
        "kitas",
        "schulen",
        "spielplaetze",
        "gebaeude",
        "flaechen",
        "gewaesser",
        "bahn",
        "orte",
        "einrichtungen",
    ]);
    let example = include_str!("../../examples/rheinfurt/veedel.toml");
    let own = example.replace("../../fixtures/city", folder.path().to_str().unwrap());
    assert_ne!(example, own);
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    // Answers of other people are others: what is kept of them is full after the first seconds.
    std::fs::write(&file, own + "\n[limits]\nresults_bytes = \"1 MiB\"\n").unwrap();
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    let people = std::fs::read_to_string(folder.path().join("bevoelkerung.csv")).unwrap();
    let others = people.replacen(",46,", ",47,", 1);
    assert_ne!(people, others);
    let run = |time: Duration| {
        let (stop, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for worker in 0..3 {
                let (server, stop, rounds) = (&server, &stop, &rounds);
                scope.spawn(move || {
                    for turn in worker.. {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        round(server, turn);
                        rounds.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            // Every second files are replaced, the people by others, so that layers, and all that planning made of them,
            // come and go.
            let school = std::fs::read(folder.path().join("schulen.fgb")).unwrap();
            let kitas = std::fs::read(folder.path().join("kitas.fgb")).unwrap();
            let until = Instant::now() + time;
            while Instant::now() < until {
                std::thread::sleep(Duration::from_secs(1));
                replace(folder.path(), "schulen.fgb", &school);
                replace(folder.path(), "kitas.fgb", &kitas);
                let now = std::fs::read_to_string(folder.path().join("bevoelkerung.csv")).unwrap();
                let next = if now == people { &others } else { &people };
                replace(folder.path(), "bevoelkerung.csv", next.as_bytes());
            }
            stop.store(true, Ordering::Relaxed);
        });
        rounds.into_inner()
    };
    run(seconds("VEEDEL_MEMORY_WARMUP", 30));
    let before = resident(&server);
    let rounds = run(seconds("VEEDEL_MEMORY_SECONDS", 120));
    let after = resident(&server);
    println!("{rounds} rounds of nine requests: {before} KiB before, {after} KiB after");
    assert!(after <= before + before / 10 + SLACK_KIB, "{before} KiB before, {after} KiB after");
}
