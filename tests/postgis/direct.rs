//! Collections whose rows stay in the database: the same answers as from memory.

use crate::postgres::{Database, database};
use crate::server::Server;
use crate::tools::{
    TOWN, bounds, collection, features, ids, json, key, refusal, step, system, tiles_over, town,
};

/// Time enough to count, whatever else this machine does.
const PATIENT: &str = "[limits]\ndirect_count_time = \"10s\"";

/// A server that reads `url` and keeps `ids` in the database.
pub fn direct(url: &str, ids: &[&str], more: &str) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut text = format!("sources = [{url:?}]\n{more}\n");
    for id in ids {
        text += &format!("[collections.{id}]\nmode = \"direct\"\n");
    }
    let config = folder.path().join("veedel.toml");
    std::fs::write(&config, text).unwrap();
    (Server::ready(&["--config", config.to_str().unwrap(), "--no-thinning"]), folder)
}

#[test]
fn rows_in_the_database_and_rows_in_memory_give_the_same_answers() {
    let url = town().url();
    let (direct, _folder) = direct(&url, &TOWN, PATIENT);
    let resident = Server::ready(&[&url, "--no-thinning"]);
    for id in TOWN {
        same_documents(&resident, &direct, id);
        same_items(&resident, &direct, id);
        same_tiles(&resident, &direct, id);
        same_downloads(&resident, &direct, id);
        same_tilesets(&resident, &direct, id);
    }
    same_tiles(&resident, &direct, "gebaeude,strassen");
    same_tiles(&resident, &direct, "bezirke:labels,quartiere:labels");
    assert_eq!(collection(&direct, "kitas")["veedel:freshness"], "direct");
    assert!(direct.log().contains("kitas: it is read at each request"), "{}", direct.log());
}

fn same_documents(resident: &Server, direct: &Server, id: &str) {
    let document = |server: &Server| {
        let mut document = collection(server, id);
        let members = document.as_object_mut().unwrap();
        for name in [
            "links",
            "itemCount",
            "extent",
            "veedel:freshness",
            "veedel:count",
            "veedel:dataVersion",
            "veedel:asOf",
            "veedel:loadedAt",
            "veedel:memoryBytes",
        ] {
            members.remove(name);
        }
        document
    };
    assert_eq!(document(resident), document(direct), "{id}");
    // The extents are the same to the grain of the world grid.
    let extent = |server| collection(server, id)["extent"]["spatial"]["bbox"][0].clone();
    let [left, right]: [[f64; 4]; 2] =
        [resident, direct].map(|server| serde_json::from_value(extent(server)).unwrap());
    assert!(left.iter().zip(right).all(|(left, right)| (left - right).abs() < 1e-3), "{left:?} {right:?}");
}

/// Whole collections, or what a query leaves of them, as files.
fn same_downloads(resident: &Server, direct: &Server, id: &str) {
    for query in ["", "?sortby=-name&properties=name", "?bbox=7.47,50.72,7.49,50.74"] {
        if query.contains("name")
            && !collection(resident, id)["veedel:columns"].to_string().contains(r#""name":"name""#)
        {
            continue;
        }
        for ending in ["csv", "ndjson", "fgb"] {
            let path = format!("/collections/{id}/download.{ending}{query}");
            let [ours, theirs] = [resident, direct].map(|server| server.get(&path));
            assert_eq!((ours.status, theirs.status), (200, 200), "{path}: {}", theirs.text());
            assert!(ours.body == theirs.body, "{path}: {} and {} bytes", ours.body.len(), theirs.body.len());
            let said = ["ogc-numbermatched", "ogc-numberreturned", "content-disposition", "content-type"];
            assert_eq!(said.map(|name| ours.header(name)), said.map(|name| theirs.header(name)), "{path}");
        }
        let features = |server: &Server| {
            let document = server.get(&format!("/collections/{id}/download.geojson{query}")).json();
            (
                document["features"].clone(),
                document["numberMatched"].clone(),
                document["numberReturned"].clone(),
            )
        };
        assert_eq!(features(resident), features(direct), "{id} {query}");
    }
}

fn same_items(resident: &Server, direct: &Server, id: &str) {
    let [west, south, east, north] = bounds(resident, id);
    let middle = [(west + east) / 2.0, (south + north) / 2.0];
    for query in [
        format!("limit=777&crs={}", step(&system(84))),
        format!("limit=2000&crs={}", step(&system(25832))),
        format!("limit=50&bbox={west},{south},{},{}", middle[0], middle[1]),
        format!("limit=3000&bbox={west},{south},{},{}", middle[0], middle[1]),
        format!("limit=50&bbox={},{},{},{}", middle[0], middle[1], middle[0], middle[1]),
        format!("limit=70&sortby=-{}&skip-geometry=true", key(id)),
        format!(
            "limit=99&filter={}",
            step(&format!(
                "S_INTERSECTS(geom,BBOX({west},{south},{},{})) AND NOT {} IS NULL",
                middle[0],
                north,
                key(id)
            ))
        ),
    ] {
        let (left, right) = (features(resident, id, &query), features(direct, id, &query));
        assert_eq!((left.0, left.1.len()), (right.0, right.1.len()), "{id}?{query}");
        for (left, right) in left.1.iter().zip(&right.1) {
            assert_eq!(left.get(), right.get(), "{id}?{query}");
        }
    }
    for format in ["csv", "ndjson", "fgb"] {
        let path = format!("/collections/{id}/items?limit=300&f={format}");
        let (left, right) = (resident.get(&path), direct.get(&path));
        assert_eq!((left.status, right.status), (200, 200), "{path}: {}", right.text());
        assert_eq!(left.header("ogc-numberreturned"), right.header("ogc-numberreturned"), "{path}");
        assert!(left.body == right.body, "{path}: {} and {} bytes", left.body.len(), right.body.len());
    }
    let one = crate::tools::id(&json(&features(resident, id, "limit=1").1[0]));
    for path in [step(&one), "nirgends".into(), "99999999999999999999".into(), "%00".into()] {
        let path = format!("/collections/{id}/items/{path}");
        let (left, right) = (resident.get(&path), direct.get(&path));
        assert_eq!(
            (left.status, left.body.len()),
            (right.status, right.body.len()),
            "{path}: {}",
            right.text()
        );
    }
    let page = direct.get(&format!("/collections/{id}/items?f=html&limit=7"));
    assert_eq!(page.status, 200);
    assert_eq!(page.text().matches("<tr>").count(), 8.min(ids(resident, id).len() + 1), "{}", page.text());
}

fn same_tiles(resident: &Server, direct: &Server, ids: &str) {
    let area = bounds(resident, "bezirke");
    let mut with_features = 0;
    let far = [(0, 0, 0), (3, 7, 4), (9, 500, 300), (14, 16000, 12000)];
    for (z, x, y) in
        [10, 12, 14, 16, 17, 18].into_iter().flat_map(|zoom| tiles_over(area, zoom, 8)).chain(far)
    {
        let path = format!("/xyz/{ids}/{z}/{x}/{y}");
        let (left, right) = (resident.get(&path), direct.get(&path));
        assert_eq!(left.status, right.status, "{path} {}", right.text());
        with_features += usize::from(left.status == 200);
        // Without thinning nothing is left out, and the bytes depend on the features alone.
        assert!(left.body == right.body, "{path} differs:\n{}", apart(&left.body, &right.body));
    }
    assert!(with_features > 3, "{ids}: {with_features}");
}

/// The tileset of a direct collection has all tiles, because its rows may be anywhere, and its tiles
/// are those of the resident one.
fn same_tilesets(resident: &Server, direct: &Server, id: &str) {
    let tileset = |server: &Server| {
        let mut tileset = server.get(&format!("/collections/{id}/tiles/WebMercatorQuad")).json();
        let limits = tileset["tileMatrixSetLimits"].take();
        // How far the extent reaches is known more exactly in memory, and where rows are drawn first.
        for name in ["boundingBox", "centerPoint", "links"] {
            tileset[name].take();
            tileset["layers"][0][name].take();
        }
        tileset["layers"][0]["minTileMatrix"].take();
        (tileset, limits)
    };
    let ((left, _), (right, limits)) = (tileset(resident), tileset(direct));
    assert_eq!(left, right, "{id}");
    assert_eq!((&limits[3]["maxTileRow"], &limits[3]["maxTileCol"]), (&7.into(), &7.into()), "{limits}");
    for (z, x, y) in tiles_over(bounds(resident, "bezirke"), 14, 8) {
        let path = format!("/collections/{id}/tiles/WebMercatorQuad/{z}/{y}/{x}");
        let (left, right) = (resident.get(&path), direct.get(&path));
        // What is outside the limits in memory is empty in the database.
        assert!(left.status == right.status || (left.status, right.status) == (404, 204), "{path}");
        assert!(left.status == 404 || left.body == right.body, "{path}");
    }
}

/// The features in which two tiles differ.
fn apart(left: &[u8], right: &[u8]) -> String {
    let read = |bytes: &[u8]| -> Vec<String> {
        let tile = fast_mvt::MvtReaderRef::new(bytes).unwrap().to_tile().unwrap();
        let features = tile.layers.into_iter().flat_map(|layer| layer.features);
        features.map(|feature| format!("{:?} {:?}", feature.id, feature.geometry)).collect()
    };
    let (left, right) = (read(left), read(right));
    let only = |these: &[String], those: &[String], name: &str| -> Vec<String> {
        let missing = these.iter().filter(|feature| !those.contains(feature));
        missing.map(|feature| format!("only {name}: {feature}")).collect()
    };
    let lines = [only(&left, &right, "in memory"), only(&right, &left, "direct")].concat();
    format!("{} and {} features\n{}", left.len(), right.len(), lines.join("\n"))
}

#[test]
fn what_does_not_fit_into_memory_is_read_at_each_request() {
    let database = database("budget");
    database.sql(
        "CREATE TABLE orte (id int PRIMARY KEY, name text, g geometry(Point, 4326));
         INSERT INTO orte SELECT n, repeat('x', 900), ST_SetSRID(ST_Point(7 + n * 1e-5, 51), 4326)
           FROM generate_series(1, 20000) n;
         CREATE TABLE klein (id int PRIMARY KEY, g geometry(Point, 4326));
         INSERT INTO klein VALUES (1, ST_SetSRID(ST_Point(7, 51), 4326));
         CREATE TABLE ohne (name text, g geometry(Point, 4326));
         INSERT INTO ohne SELECT repeat('x', 900), ST_SetSRID(ST_Point(7, 51), 4326) FROM generate_series(1, 20000);
         ANALYZE",
    );
    let (server, _folder) = direct(&database.url(), &[], &format!("memory_budget = \"16 MiB\"\n{PATIENT}"));
    server.says("ohne is not served");
    assert_eq!(collection(&server, "klein")["veedel:freshness"], "watched");
    assert_eq!(collection(&server, "orte")["veedel:freshness"], "direct");
    assert_eq!(features(&server, "orte", "limit=9999").1.len(), 20000);
    // What was written a moment ago is there.
    database.sql("UPDATE orte SET name = 'neu' WHERE id = 7");
    assert_eq!(server.get("/collections/orte/items/7").json()["properties"]["name"], "neu");
    let (why, hint) = refusal(&server, "public.ohne");
    assert!(why.contains("needs a key") && why.contains("MiB"), "{why}");
    assert!(hint.contains("primary key") && hint.contains("memory_budget"), "{hint}");
    server.says("so it is read at each request");
}

#[test]
fn planning_says_what_to_configure() {
    let (server, _folder) =
        direct(&town().url(), &["schulen"], "[roles.facilities.schulen]\ntitle = \"Schulen\"");
    let answer = server.get("/processes/nearest/execution?facilities=schulen&point=7.47,50.73");
    assert!((400..500).contains(&answer.status), "{}", answer.text());
}

#[test]
fn pages_of_rows_in_the_database_have_tags_by_what_they_say() {
    let database = kitas("tags_of_direct", 9);
    let (server, _folder) = direct(&database.url(), &["kitas"], "");
    let one = "/collections/kitas/items/1".to_owned();
    for path in [
        "/collections/kitas/items?limit=3",
        "/collections/kitas/items?limit=3&sortby=-id",
        "/collections/kitas/items?limit=3&f=csv",
        "/collections/kitas/items?limit=3&f=jsonfg",
        "/collections/kitas/items?limit=3&f=html",
        &one,
    ] {
        let before = server.get(path);
        let tag = before.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        assert_eq!(before.header("cache-control"), "no-cache", "{path}");
        assert_eq!(server.get(path).header("etag"), tag, "{path}");
        let again = server.get_with(path, &[("if-none-match", &tag)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        // Another address, another tag.
        assert_ne!(
            server.get(&format!("{path}{}zoom-level=9", if path == one { "?" } else { "&" })).header("etag"),
            tag
        );
    }
    let tagged = |path: &str| server.get(path).header("etag").to_owned();
    let before = [tagged("/collections/kitas/items?limit=3"), tagged(&one)];
    database.sql("UPDATE kitas SET name = 'neu' WHERE id = 1");
    let path = "/collections/kitas/items?limit=3";
    let changed = server.get_with(path, &[("if-none-match", &before[0])]);
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), before[0]);
    assert_ne!(tagged(&one), before[1]);
}

/// A database with so many Kitas.
fn kitas(name: &str, count: usize) -> Database<'static> {
    let database = database(name);
    database.sql(&format!(
        "CREATE TABLE kitas (id int PRIMARY KEY, name text, geom geometry(Point, 25832));
         INSERT INTO kitas SELECT i, 'Kita ' || i, ST_SetSRID(ST_MakePoint(356000 + i, 5645000), 25832)
         FROM generate_series(1, {count}) i"
    ));
    database
}

/// A client goes on reading one file, and who asks for all of it gets what is in the database now.
#[test]
fn parts_of_a_direct_download_are_parts_of_one_file() {
    let database = kitas("teile_direkt", 900);
    let (server, _folder) = direct(&database.url(), &["kitas"], "");
    for format in ["fgb", "gpkg"] {
        let path = format!("/collections/kitas/download.{format}");
        let part =
            |range: &str, of: &[(&str, &str)]| server.get_with(&path, &[&[("range", range)], of].concat());
        let first = part("bytes=0-99", &[]);
        let tag = first.header("etag").to_owned();
        assert_eq!((first.status, first.header("accept-ranges")), (206, "bytes"), "{format}");
        assert!(tag.starts_with('"') && first.header("content-range").starts_with("bytes 0-99/"), "{tag}");
        database.sql("UPDATE kitas SET name = 'neu ' || name WHERE id = 7");
        let rest = part("bytes=100-", &[("if-range", &tag)]);
        assert_eq!((rest.status, rest.header("etag")), (206, tag.as_str()), "{format}");
        let joined = [first.body, rest.body].concat();
        let begins: &[u8] = if format == "fgb" { b"fgb" } else { b"SQLite format 3" };
        assert!(
            joined.starts_with(begins) && !has(&joined, "neu Kita 7"),
            "{format}: rows of another moment"
        );
        let whole = server.get(&path);
        assert!(whole.status == 200 && has(&whole.body, "neu Kita 7"), "{format}: old rows");
        assert_ne!(whole.header("etag"), tag);
        // What was read of the other file is no part of this one.
        let other = part("bytes=100-", &[("if-range", &tag)]);
        assert_eq!((other.status, other.body.len()), (200, whole.body.len()), "{format}");
        let known = server.get_with(&path, &[("if-none-match", &tag)]);
        assert!(known.status == 200 && has(&known.body, "neu Kita 7"), "{format}: 304 for old rows");
        database.sql("UPDATE kitas SET name = 'Kita 7' WHERE id = 7");
    }
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
