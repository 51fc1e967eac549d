//! Rules that name an area by reference: they follow its border, and close where it is gone.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::callers::asked;
use crate::files::{fgb, replace};
use crate::place::{Place, bearer};
use crate::server::Answer;

const EAST: [f64; 2] = [356_000.0, 5_645_000.0];

fn square(west: f64, side: f64) -> String {
    let (east, [_, south]) = (west + side, EAST);
    let north = south + side;
    format!("POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))")
}

/// Four points a kilometre apart, from west to east.
fn points() -> Vec<u8> {
    let [west, south] = EAST;
    let at = |number: u32| format!("POINT({} {})", west + f64::from(number) * 1000.0 + 500.0, south + 500.0);
    let all: Vec<(String, String)> = (0..4).map(|number| (format!("p{number}"), at(number))).collect();
    fgb(&all.iter().map(|(name, at)| (at.as_str(), name.as_str())).collect::<Vec<_>>(), true)
}

fn areas(all: &[(&str, String)]) -> Vec<u8> {
    fgb(&all.iter().map(|(name, border)| (border.as_str(), *name)).collect::<Vec<_>>(), true)
}

const RULES: &str = "[access.roles.amt]\n[access.roles.rest]\n\
    [roles.areas.gebiet]\ncollection = \"gebiete\"\nid = \"name\"\n\
    [collections.orte.access]\nrows = { everyone = \"S_WITHIN(geometry, AREA('gebiet', 'O''1'))\", \
    rest = \"NOT S_WITHIN(geometry, AREA('gebiet', 'O''1'))\", amt = \"TRUE\" }\n";

/// The names that an answer has, or its status.
fn names(answer: &Answer) -> Result<Vec<String>, u16> {
    if answer.status != 200 {
        return Err(answer.status);
    }
    let document = answer.json();
    let features = document["features"].as_array().unwrap();
    Ok(features.iter().map(|one| one["properties"]["name"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn a_rule_follows_the_border_of_an_area_and_closes_without_it() {
    let data = tempfile::tempdir().unwrap();
    let [west, _] = EAST;
    replace(data.path(), "orte.fgb", &points());
    replace(data.path(), "gebiete.fgb", &areas(&[("O'1", square(west, 1000.0)), ("W", square(west, 9e3))]));
    let place = Place::new(&format!("sources = [{:?}]\n{RULES}", data.path().to_str().unwrap()));
    let keys = ["rest", "amt"].map(|role| bearer(&place.add(&[role, "--role", role])));
    let server = place.server();
    let items = "/collections/orte/items?sortby=name";
    // None in the moment in which two answers are of different snapshots.
    let see = || {
        let [rest, all] = keys.each_ref().map(|key| names(&asked(&server, items, key)));
        let everyone = names(&server.get(items));
        let others = ["/xyz/orte/0/0/0", "/collections/orte", "/collections/orte/schema"];
        let are_alike = others.map(|path| server.get(path).status == 404) == [everyone.is_err(); 3];
        are_alike.then_some([everyone, rest, all])
    };
    let these = |numbers: &[u32]| Ok(numbers.iter().map(|number| format!("p{number}")).collect());
    let all = these(&[0, 1, 2, 3]);
    assert_eq!(see(), Some([these(&[0]), these(&[1, 2, 3]), all.clone()]));
    let tag = server.get("/xyz/orte/0/0/0").header("etag").to_owned();

    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "GET /changes HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "HTTP/1.1 200 OK");

    // Its border moves, and another row of it is added.
    let both = [("O'1", square(west + 1000.0, 1000.0)), ("O'1", square(west + 3000.0, 1000.0))];
    replace(data.path(), "gebiete.fgb", &areas(&both));
    server.wait_for("the other border", |_| {
        (see() == Some([these(&[1, 3]), these(&[0, 2]), all.clone()])).then_some(())
    });
    assert_ne!(server.get("/xyz/orte/0/0/0").header("etag"), tag);
    // The last chunk has the length 0: clients connect again and load all.
    assert!(lines.any(|line| line == "0"), "the stream goes on");

    // What says nothing of its border is nothing to rules either.
    let version = || server.get("/collections/orte/items").header("veedel-data-version").to_owned();
    let before = version();
    replace(
        data.path(),
        "gebiete.fgb",
        &areas(&[both[1].clone(), ("X", square(west, 1.0)), both[0].clone()]),
    );
    server.wait_for("the third row", |server| {
        (server.get("/collections/gebiete/items").json()["numberMatched"] == 3).then_some(())
    });
    assert_eq!((see().unwrap()[0].clone(), version()), (these(&[1, 3]), before));

    // It is gone, or no area: both rules close, the one for what is not within it, too.
    let bow = "POLYGON((356000 5645000,357000 5646000,357000 5645000,356000 5646000,356000 5645000))";
    for (rows, said) in [
        (areas(&[("W", square(west, 9e3))]), "there is no area \"O'1\" of the level \"gebiet\""),
        (
            areas(&[("O'1", bow.into())]),
            "area \"O'1\" of the level \"gebiet\" has a ring that crosses itself",
        ),
        (areas(&[("O'1", "POINT(356000 5645000)".into())]), "there is no area \"O'1\""),
    ] {
        replace(data.path(), "gebiete.fgb", &rows);
        server.wait_for("the end", |_| (see() == Some([Err(404), Err(404), all.clone()])).then_some(()));
        server.says(said);
        replace(data.path(), "gebiete.fgb", &areas(&both));
        server
            .wait_for("its return", |_| (see().is_some_and(|seen| seen[0] == these(&[1, 3]))).then_some(()));
    }
    std::fs::remove_file(data.path().join("gebiete.fgb")).unwrap();
    server.wait_for("the end", |_| (see() == Some([Err(404), Err(404), all.clone()])).then_some(()));
    // A filter of a request names no areas.
    let filter = "/collections/orte/items?filter=S_WITHIN(geometry,AREA('gebiet','W'))";
    assert_eq!(asked(&server, filter, &keys[1]).status, 400);
}
