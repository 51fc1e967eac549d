//! Sixteen dear questions at once, beside someone who wants tiles, someone who pages by a small
//! filter, and someone who asks how the server is doing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::askers::{send, wait};
use crate::bystander::is_alone;
use crate::data::{alone, server};
use crate::questions::all;
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

#[test]
fn sixteen_dear_questions_at_once_keep_nobody_waiting() {
    let _alone = alone();
    let (server, _file) = server("request_time = \"6s\"\ntile_time = \"3s\"");
    let quiet = bystanders(&server, Duration::from_secs(4));
    let (stop, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let questions: Vec<_> = all().into_iter().filter(|question| question.right.contains(&504)).collect();
    let busy = std::thread::scope(|scope| {
        for first in 0..16 {
            let (server, stop, asked, questions) = (&server, &stop, &asked, &questions);
            scope.spawn(move || {
                for question in questions.iter().cycle().skip(first * questions.len() / 16) {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    wait(send(server, question));
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let _stop = Stop(&stop);
        bystanders(&server, Duration::from_secs(20))
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
    println!("{} dear questions", asked.load(Ordering::Relaxed));
    // With other programs on the machine, the bounds hold only roughly.
    let roughly = if is_alone() { 1 } else { 5 };
    let tiles = (2 * of_a_hundred(&quiet[0], 99)).max(Duration::from_millis(5));
    let bounds = [tiles, Duration::from_millis(250), Duration::from_millis(50)];
    for ((name, busy), bound) in names.iter().zip(&busy).zip(bounds) {
        let wait = of_a_hundred(busy, 99);
        assert!(wait <= roughly * bound, "{name}: {wait:?}, and {bound:?} is wanted");
    }
}
