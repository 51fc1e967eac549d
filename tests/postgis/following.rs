//! What the tests of the change feed share: the command, and a server started anew to compare with.

use std::process::{Command, Output};

use crate::postgres::Database;
use crate::server::Server;
use crate::tools::{collection, features, step, tiles_over};

/// Runs `veedel feed ARGUMENTS…`.
pub fn feed(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_veedel")).arg("feed").args(arguments).output().unwrap()
}

/// Runs `veedel feed ARGUMENTS…`, which must succeed; what it says.
pub fn feed_ok(arguments: &[&str]) -> String {
    let output = feed(arguments);
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}: {out}{err}");
    out
}

/// A server on `database` of which all tables with a key follow the feed.
pub fn following(database: &Database<'_>) -> Server {
    feed_ok(&["install", &database.url()]);
    Server::ready(&[&database.url()])
}

/// How a collection keeps up.
pub fn class(server: &Server, id: &str) -> String {
    collection(server, id)["veedel:freshness"].as_str().unwrap().to_owned()
}

/// The name of feature `key` of `t`, or of a collection of the same form.
pub fn name(server: &Server, id: &str, key: &str) -> Option<String> {
    let answer = server.get(&format!("/collections/{}/items/{key}", step(id)));
    (answer.status == 200).then(|| answer.json()["properties"]["name"].as_str().unwrap_or("").to_owned())
}

/// All features of a collection as they were sent.
pub fn everything(server: &Server, id: &str) -> Vec<String> {
    let crs = "crs=http%3A%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FOGC%2F1.3%2FCRS84";
    features(server, id, &format!("limit=5000&{crs}")).1.iter().map(|one| one.get().to_owned()).collect()
}

/// The tiles compared: of some zooms over the place where all tests have their rows.
pub fn tiles() -> Vec<(u8, u32, u32)> {
    let bounds = [6.85, 50.85, 7.15, 51.1];
    [5, 9, 10, 11, 12, 13, 14, 15].into_iter().flat_map(|zoom| tiles_over(bounds, zoom, 24)).collect()
}

/// A tile of one or several collections in a coding; its status and its bytes.
pub fn tile(server: &Server, ids: &str, (z, x, y): (u8, u32, u32), coding: &str) -> (u16, Vec<u8>) {
    let path = format!("/xyz/{ids}/{z}/{x}/{y}");
    let answer = server.get_with(&path, &[("Accept-Encoding", coding)]);
    assert!(matches!(answer.status, 200 | 204), "{path}: {}", answer.text());
    (answer.status, answer.body)
}

/// Waits until every collection's items are those that a server started now reads, then holds that every tile, single
/// and composite, is the same to the byte.
pub fn assert_like_a_cold_one(server: &Server, url: &str, ids: &[&str]) {
    let cold = Server::ready(&[url, "--tile-cache", "0 B", "--watch", "0s"]);
    for id in ids {
        let truth = everything(&cold, id);
        let mut last = vec![];
        server.wait_for(&format!("the rows of {id}"), |server| {
            last = everything(server, id);
            (last == truth).then_some(())
        });
    }
    // What low zooms may show later than the rest.
    std::thread::sleep(std::time::Duration::from_millis(5100));
    let composite = ids.join(",");
    for place in tiles() {
        for layers in ids.iter().copied().chain([composite.as_str()]) {
            let [warm, truth] = [server, &cold].map(|server| tile(server, layers, place, "identity"));
            assert!(
                warm == truth,
                "{layers} {place:?} is stale: {} and {} bytes",
                warm.1.len(),
                truth.1.len()
            );
        }
    }
}
