//! Callers in a role while the policy changes: each answer is of one policy, whichever, and none
//! shows rows of another permit.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::refusal_tests::{city, serve};
use crate::access::{Caller, Grants, Policy};
use crate::catalog::{Publication, Roles};
use crate::limits::Limits;
use crate::query::cql2::text;
use crate::web::App;
use crate::web::http::credentials::Identify;

/// Puts a policy into force by which the office sees the rows of `rule` in one collection.
fn restrict(app: &App, collection: &str, rule: &str) {
    let rule = text::parse(rule, &Limits::default()).unwrap();
    let grants = Grants { rows: [("office".into(), rule)].into(), ..Grants::default() };
    app.snapshots.update(|next| {
        let policy = Policy {
            grants: [(collection.to_owned(), grants.clone())].into(),
            edition: next.edition() + 1,
            ..Policy::default()
        };
        next.configure(policy, Roles::default(), Publication::default());
    });
}

fn office() -> Identify {
    Arc::new(|_| Ok(Caller::in_roles(["office"]).into()))
}

fn asked(address: SocketAddr, path: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    connection
}

/// The status and the body, in chunks as it was sent.
fn answer(mut connection: TcpStream) -> (String, Vec<u8>) {
    let mut all = vec![];
    connection.read_to_end(&mut all).unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    (head.split(' ').nth(1).unwrap().to_owned(), all[end + 4..].to_vec())
}

fn get(address: SocketAddr, path: &str) -> (String, Vec<u8>) {
    answer(asked(address, path))
}

/// How many features an answer says that there are.
fn matched(body: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(body);
    let number = text.split("\"numberMatched\":").nth(1).unwrap_or_default();
    number.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or_default()
}

async fn during<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(test).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_that_streams_is_of_the_policy_it_began_under() {
    let app = city().await;
    let address = serve(&app, office()).await;
    let own: Arc<App> = app.clone();
    during(move || {
        let path = "/collections/gebaeude/download.csv";
        restrict(&own, "gebaeude", "geschosse > 0");
        let (status, before) = get(address, path);
        assert_eq!(status, "200");
        // A client that takes the first bytes, and the others when it may not any more.
        let mut slow = asked(address, path);
        let mut first = [0; 512];
        slow.read_exact(&mut first).unwrap();
        std::thread::sleep(Duration::from_millis(200));
        let mut arrived = vec![0; before.len()];
        let arrived = slow.peek(&mut arrived).unwrap();
        assert!(arrived + (100 << 10) < before.len(), "{arrived} of {} are there", before.len());
        restrict(&own, "gebaeude", "FALSE");
        let (_, now) = get(address, path);
        assert!(now.len() < 200, "{}", now.len());
        let mut rest = vec![];
        slow.read_to_end(&mut rest).unwrap();
        let whole = [first.to_vec(), rest].concat();
        assert!(whole.ends_with(&before[before.len() - 4000..]), "it broke off");
        // A rule that names what is not there closes.
        restrict(&own, "gebaeude", "gone = 1");
        for path in [path, "/collections/gebaeude", "/xyz/gebaeude/0/0/0"] {
            assert_eq!(get(address, path).0, "404", "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whatever_changes_meanwhile_an_answer_is_of_one_permit() {
    let app = city().await;
    let address = serve(&app, office()).await;
    let own: Arc<App> = app.clone();
    during(move || {
        let rules = ["geschosse > 2", "geschosse <= 2"];
        let paths =
            ["/collections/gebaeude/items?limit=3", "/xyz/gebaeude/14/8533/5504", "/collections/gebaeude"];
        let known = rules.map(|rule| {
            restrict(&own, "gebaeude", rule);
            paths.map(|path| get(address, path))
        });
        let counts = known.each_ref().map(|answers| matched(&answers[0].1));
        assert!(counts[0] != counts[1] && !counts.contains(&0), "{counts:?}");
        assert_ne!(known[0][1].1, known[1][1].1, "the tile does not tell");
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for change in 0..1000 {
                    restrict(&own, "gebaeude", rules[change % 2]);
                    std::thread::sleep(Duration::from_millis(1));
                }
                is_over.store(true, Ordering::Relaxed);
            });
            for _ in 0..3 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        let (status, page) = get(address, paths[0]);
                        assert!(status == "200" && counts.contains(&matched(&page)), "{status}");
                        let tile = get(address, paths[1]);
                        assert!(known.iter().any(|answers| answers[1] == tile), "rows of both in one tile");
                    }
                });
            }
        });
    })
    .await;
}
