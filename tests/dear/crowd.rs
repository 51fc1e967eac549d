//! Many dear questions at once, beside someone who wants tiles, someone who pages by a small filter,
//! and someone who asks how the server is doing.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::askers::{connect_from, cpu_during, send_from, wait};
use crate::bystander::is_alone;
use crate::data::{alone, server, server_behind_a_line};
use crate::http2::{get, hello};
use crate::proxy::Line;
use crate::questions::{Question, all};
use crate::server::Server;

const TILES: [&str; 4] = [
    "/xyz/klein/14/8502/5499",
    "/xyz/strassen/14/8532/5503",
    "/xyz/gebaeude,strassen/14/8532/5503",
    "/xyz/viele/16/34010/21998",
];
const PAGE: &str = "/collections/viele/items?limit=20&filter=art%20%3D%20'Art%203'%20AND%20wert%20%3C%20500";
const HEALTH: &str = "/health";

/// Set when this is dropped, also by a panic.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The waits of someone who asks for these paths in turn, with a breath in between, until `stop`.
fn waits(server: &Server, paths: &[&str], stop: &AtomicBool) -> Vec<Duration> {
    let mut waits = vec![];
    for path in paths.iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let asked = Instant::now();
        let answer = server.get(path);
        waits.push(asked.elapsed());
        assert!(matches!(answer.status, 200 | 204), "{path}: {} {}", answer.status, answer.text());
        std::thread::sleep(Duration::from_millis(2));
    }
    waits.sort_unstable();
    waits
}

/// The waits of all three for a while.
fn bystanders(server: &Server, time: Duration) -> [Vec<Duration>; 3] {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = [&TILES[..], &[PAGE], &[HEALTH]].map(|paths| {
            let stop = &stop;
            scope.spawn(move || waits(server, paths, stop))
        });
        std::thread::sleep(time);
        drop(Stop(&stop));
        asking.map(|asking| asking.join().unwrap())
    })
}

fn of_a_hundred(waits: &[Duration], which: usize) -> Duration {
    waits[waits.len() * which / 100]
}

/// Holds that all three wait as in quiet, or not too long, while `ask` goes on until it is told to
/// stop.
///
/// A tile may take twice as long as in quiet, or 5 ms `times` as many.
fn assert_undisturbed(server: &Server, times: u32, ask: impl FnOnce(&AtomicBool) + Send) {
    let (quiet, busy) = if is_alone() { (4, 20) } else { (1, 5) };
    let quiet = bystanders(server, Duration::from_secs(quiet));
    let stop = AtomicBool::new(false);
    let busy = std::thread::scope(|scope| {
        scope.spawn(|| ask(&stop));
        let _stop = Stop(&stop);
        bystanders(server, Duration::from_secs(busy))
    });
    let names = ["tiles", "pages", "health"];
    for ((name, quiet), busy) in names.iter().zip(&quiet).zip(&busy) {
        println!(
            "{name}: of {} waits the 99th {:?} and the longest {:?}; in quiet {:?} and {:?}",
            busy.len(),
            of_a_hundred(busy, 99),
            busy.last(),
            of_a_hundred(quiet, 99),
            quiet.last()
        );
    }
    // With other programs on the machine, the bounds hold only roughly.
    let roughly = if is_alone() { 1 } else { 5 };
    let tiles = (2 * of_a_hundred(&quiet[0], 99)).max(times * Duration::from_millis(5));
    let bounds = [tiles, Duration::from_millis(250), Duration::from_millis(50)];
    for ((name, busy), bound) in names.iter().zip(&busy).zip(bounds) {
        let wait = of_a_hundred(busy, 99);
        assert!(wait <= roughly * bound, "{name}: {wait:?}, and {bound:?} is wanted");
    }
}

/// Asks dear questions on so many connections at once from the address `client`, until told to stop.
fn ask_dearly(server: &Server, connections: usize, client: [u8; 4], stop: &AtomicBool) {
    let questions: Vec<_> = all().into_iter().filter(|question| question.right.contains(&504)).collect();
    let asked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for first in 0..connections {
            let (questions, asked) = (&questions, &asked);
            scope.spawn(move || {
                for question in questions.iter().cycle().skip(first * questions.len() / connections) {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    // Turned away at once, nobody comes back at once.
                    if wait(send_from(server, client, question)) == 429 {
                        std::thread::sleep(Duration::from_millis(100));
                    }
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    println!("{} dear questions", asked.load(Ordering::Relaxed));
}

/// Asks dear questions in as many streams of one connection as the server allows, until told to
/// stop.
fn ask_dearly_in_one(server: &Server, client: [u8; 4], stop: &AtomicBool) {
    let is_wanted = |question: &&Question| question.body.is_none() && question.right.contains(&504);
    let questions = all();
    let questions: Vec<_> = questions.iter().filter(is_wanted).collect();
    let mut asked = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut socket = connect_from(server, client);
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        socket.write_all(&hello(1 << 20)).unwrap();
        for stream in 0..100 {
            let question = questions[asked % questions.len()];
            if socket.write_all(&get(2 * stream + 1, &question.path, &[(":authority", "x")])).is_err() {
                break;
            }
            asked += 1;
        }
        let began = Instant::now();
        while !stop.load(Ordering::Relaxed) && began.elapsed() < Duration::from_secs(8) {
            let mut bytes = [0; 1 << 16];
            let _ = socket.read(&mut bytes);
        }
    }
    println!("{asked} dear questions in streams");
}

#[test]
fn sixteen_dear_questions_at_once_keep_nobody_waiting() {
    let _alone = alone();
    let (server, _file) = server("request_time = \"6s\"\ntile_time = \"3s\"");
    assert_undisturbed(&server, 1, |stop| ask_dearly(&server, 16, [127, 0, 0, 2], stop));
}

#[test]
fn dear_questions_on_many_connections_and_in_many_streams_keep_nobody_waiting() {
    let _alone = alone();
    let (server, _file) = server("request_time = \"6s\"\ntile_time = \"3s\"");
    // Whoever asks so needs the same cores.
    assert_undisturbed(&server, 3, |stop| {
        std::thread::scope(|scope| {
            scope.spawn(|| ask_dearly(&server, 64, [127, 0, 0, 2], stop));
            scope.spawn(|| ask_dearly_in_one(&server, [127, 0, 0, 3], stop));
        });
    });
}

#[test]
fn a_database_that_crawls_keeps_nobody_waiting_but_those_who_ask_it() {
    let _alone = alone();
    let (server, _file, proxy) =
        server_behind_a_line("direct_statement_time = \"1s\"\ndirect_answer_time = \"3s\"");
    let questions: Vec<_> = all().into_iter().filter(|question| question.path.contains("direkt")).collect();
    for line in [Line::Slow, Line::Stalled] {
        assert_undisturbed(&server, 1, |stop| {
            proxy.set(line);
            std::thread::scope(|scope| {
                for question in questions.iter().cycle().take(64) {
                    let server = &server;
                    scope.spawn(move || {
                        while !stop.load(Ordering::Relaxed) {
                            let status = wait(send_from(server, [127, 0, 0, 2], question));
                            let right = [200, 204, 400, 404, 429, 503, 504];
                            assert!(right.contains(&status), "{}: {status}", question.name);
                            std::thread::sleep(Duration::from_millis(100));
                        }
                    });
                }
            });
        });
        let used = cpu_during(&server, Duration::from_millis(500));
        assert!(used <= Duration::from_millis(100), "{line:?}: used {used:?} when nobody asked");
        proxy.set(Line::Good);
    }
}
