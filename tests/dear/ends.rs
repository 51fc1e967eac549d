//! Every dear question ends: in time, with its asker, and with the server.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::askers::{cpu_during, crawl, megabytes, send, wait};
use crate::bystander::is_alone;
use crate::data::{alone, rows, server};
use crate::questions::{OTHERWISE, Question, all, all_of};
use crate::server::Server;

/// The longest time of any class in these tests, and what the system needs beside it.
const LONGEST: Duration = Duration::from_millis(2_500);
/// The memory that the server may ever hold, in megabytes.
const MOST_MEMORY: u64 = 1_200;
/// What questions may still use after their end.
const AFTER: Duration = Duration::from_millis(100);

/// What is wrong with how some questions, asked at once, are answered.
fn answered_wrongly(server: &Server, questions: &[Question]) -> Vec<String> {
    let ask = |question: &Question| {
        let began = Instant::now();
        let (status, took) = (wait(send(server, question)), began.elapsed());
        println!("{status} after {} ms: {}", took.as_millis(), question.name);
        if !question.right.contains(&status) {
            return Some(format!("{}: answered with {status}", question.name));
        }
        // What is sent is bounded otherwise.
        (took > LONGEST && status == 504).then(|| format!("{}: took {took:?}", question.name))
    };
    std::thread::scope(|scope| {
        let asking: Vec<_> = questions.iter().map(|question| scope.spawn(move || ask(question))).collect();
        asking.into_iter().filter_map(|asking| asking.join().unwrap()).collect()
    })
}

/// What is wrong if the server goes on working.
fn goes_on(server: &Server, after: &str, questions: &[Question]) -> Option<String> {
    let used = cpu_during(server, Duration::from_millis(150));
    let names: Vec<&str> = questions.iter().map(|question| question.name.as_str()).collect();
    (used > AFTER).then(|| format!("used {used:?} after {after} of {names:?}"))
}

#[test]
fn every_dear_question_ends_in_time_and_with_its_asker() {
    let _alone = alone();
    let (server, _file) = server("");
    assert_all_routes_are_asked(&server);
    let (mut found, mut memory) = (vec![], vec![]);
    for pass in 0..3 {
        for questions in all_of(&server).chunks(if pass == 0 { 6 } else { 12 }) {
            found.extend(answered_wrongly(&server, questions));
            if pass > 0 {
                continue;
            }
            found.extend(goes_on(&server, "the answers", questions));
            let left: Vec<_> = questions.iter().map(|question| send(&server, question)).collect();
            std::thread::sleep(Duration::from_millis(50));
            drop(left);
            std::thread::sleep(Duration::from_millis(60));
            found.extend(goes_on(&server, "the askers", questions));
        }
        // What was freed is given back after a moment.
        std::thread::sleep(Duration::from_secs(1));
        memory.push(megabytes(&server, "VmRSS"));
    }
    let most = megabytes(&server, "VmHWM");
    println!("{memory:?} MB after each pass, at most {most}");
    assert!(most <= MOST_MEMORY, "{most} MB");
    assert!(found.is_empty(), "{}", found.join("\n"));
    // The first fills what is kept on purpose.
    assert!(memory[2] * 10 <= memory[1] * 11, "{memory:?} MB");
}

#[test]
fn who_reads_a_byte_at_a_time_costs_nothing() {
    let _alone = alone();
    let (server, _file) = server("write_time = \"1s\"");
    let mut found = vec![];
    for questions in all_of(&server).chunks(60) {
        std::thread::scope(|scope| {
            for question in questions {
                scope.spawn(|| crawl(send(&server, question), Duration::from_secs(3)));
            }
        });
        std::thread::sleep(Duration::from_millis(100));
        found.extend(goes_on(&server, "slow reading", questions));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Holds that every route that the server describes has its dear question.
fn assert_all_routes_are_asked(server: &Server) {
    let asked: BTreeSet<&str> =
        all_of(server).iter().map(|question| question.route).chain(OTHERWISE).collect();
    let document = server.get("/api").json();
    let own = "/collections/schulen";
    let known: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|path| {
            !path.starts_with("/collections/")
                || path.starts_with(own)
                || path.contains("catalog")
                || path.contains("{collectionId}")
        })
        .map(|path| path.replace(own, "/collections/{collectionId}"))
        .collect();
    let missing: Vec<&String> = known.iter().filter(|path| !asked.contains(path.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_server_ends_whatever_it_works_on() {
    let _alone = alone();
    // Each time all is loaded anew.
    let every = if is_alone() { 1 } else { 14 } * (rows() / 30_000).max(1);
    for question in all().iter().filter(|question| question.right.contains(&504)).step_by(every) {
        let (mut server, _file) =
            server("request_time = \"60s\"\ntile_time = \"60s\"\nplanning_time = \"60s\"");
        let working: Vec<_> = (0..4).map(|_| send(&server, question)).collect();
        std::thread::sleep(Duration::from_millis(100));
        let asked = std::process::Command::new("kill").args(["-TERM", &server.pid().to_string()]).status();
        assert!(asked.unwrap().success());
        assert!(server.wait_exit(Duration::from_secs(2)).is_some(), "still there: {}", question.name);
        drop(working);
    }
}
