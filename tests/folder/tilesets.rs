//! OGC API – Tiles: the tilesets, their tile matrix set and their tiles, which are those of `/xyz`.

use serde_json::Value;

use crate::caching::counted;
use crate::city::CITY;
use crate::files::{fgb, replace};
use crate::http::method;
use crate::server::{Answer, Server};

const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
const SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";

/// The target of the first link with a relation, as a path.
fn link(server: &Server, document: &Value, rel: &str) -> String {
    let links = document["links"].as_array().unwrap();
    let link = links.iter().find(|link| link["rel"] == rel).unwrap_or_else(|| panic!("{rel}: {document}"));
    link["href"].as_str().unwrap().strip_prefix(&server.base).unwrap().to_owned()
}

fn document(server: &Server, path: &str) -> Value {
    let answer = server.get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// The first and the last row and column of each zoom.
fn limits(tileset: &Value) -> Vec<(u32, [u32; 4])> {
    let number = |limit: &Value, name: &str| u32::try_from(limit[name].as_u64().unwrap()).unwrap();
    let limits = tileset["tileMatrixSetLimits"].as_array().unwrap().iter();
    limits
        .map(|limit| {
            let names = ["minTileRow", "maxTileRow", "minTileCol", "maxTileCol"];
            let zoom = limit["tileMatrix"].as_str().unwrap().parse().unwrap();
            (zoom, names.map(|name| number(limit, name)))
        })
        .collect()
}

fn of_collection(server: &Server, id: &str, (z, x, y): (u32, u32, u32)) -> Answer {
    server.get(&format!("/collections/{id}/tiles/WebMercatorQuad/{z}/{y}/{x}"))
}

fn same(tile: &Answer, xyz: &Answer, about: &str) {
    assert_eq!(tile.status, xyz.status, "{about}: {}", tile.text());
    assert!(tile.body == xyz.body, "{about}");
    for header in ["etag", "cache-control", "content-type", "vary", "veedel-freshness", "veedel-data-version"]
    {
        assert_eq!(tile.header(header), xyz.header(header), "{header} of {about}");
    }
}

#[test]
fn whoever_follows_links_from_the_start_finds_every_tileset() {
    let server = Server::ready(&[]);
    let landing = document(&server, "/?f=json");
    let sets =
        document(&server, &link(&server, &landing, "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"));
    let set = document(&server, &link(&server, &sets["tileMatrixSets"][0], "self"));
    assert_eq!(
        (set["id"].as_str(), set["tileMatrices"].as_array().unwrap().len()),
        (Some("WebMercatorQuad"), 23)
    );
    let mut found = vec![];
    for collection in document(&server, "/collections?f=json")["collections"].as_array().unwrap() {
        let id = collection["id"].as_str().unwrap();
        let has_tiles = collection["links"].as_array().unwrap().iter().any(|link| link["rel"] == TILESETS);
        assert_eq!(has_tiles, !collection["veedel:geometry"].is_null(), "{id}");
        if !has_tiles {
            let refused = server.get(&format!("/collections/{id}/tiles"));
            assert_eq!((refused.status, server.get(&format!("/xyz/{id}.json")).status), (404, 404), "{id}");
            continue;
        }
        let list = document(&server, &link(&server, collection, TILESETS));
        let listed = &list["tilesets"][0];
        let tileset = document(&server, &link(&server, listed, "self"));
        for member in ["title", "dataType", "crs", "tileMatrixSetURI", "tileMatrixSetLimits"] {
            assert_eq!(tileset[member], listed[member], "{member} of {id}");
        }
        assert_eq!(tileset["tileMatrixSetURI"], set["uri"]);
        assert_eq!(link(&server, &tileset, SCHEME), "/tileMatrixSets/WebMercatorQuad?f=json");
        assert_eq!(
            link(&server, &tileset, "item"),
            format!("/collections/{id}/tiles/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}")
        );
        let tilejson = document(&server, &link(&server, &tileset, "describedby"));
        let (layer, known) = (&tileset["layers"][0], &tilejson["vector_layers"][0]);
        assert_eq!(layer["id"], known["id"]);
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut columns = [names(&layer["propertiesSchema"]["properties"]), names(&known["fields"])];
        columns.iter_mut().for_each(|names| names.sort());
        assert_eq!(columns[0], columns[1], "{id}");
        assert_eq!(layer["minTileMatrix"], known["minzoom"].to_string());
        let dimension = ["point", "line", "polygon"].iter().position(|word| known["geometry_type"] == *word);
        assert_eq!(layer["geometryDimension"].as_u64(), dimension.map(|number| number as u64), "{id}");
        found.push(id.to_owned());
    }
    let all = document(&server, &link(&server, &landing, TILESETS));
    let dataset = document(&server, &link(&server, &all["tilesets"][0], "self"));
    let layers: Vec<&str> =
        dataset["layers"].as_array().unwrap().iter().map(|layer| layer["id"].as_str().unwrap()).collect();
    assert_eq!(layers, found);
    let classes = document(&server, "/conformance").to_string();
    for class in [
        "core",
        "tileset",
        "tilesets-list",
        "geodata-tilesets",
        "dataset-tilesets",
        "collections-selection",
        "mvt",
        "oas30",
    ] {
        assert!(classes.contains(&format!("ogcapi-tiles-1/1.0/conf/{class}\"")), "{class}");
    }
}

#[test]
fn tiles_of_a_tileset_are_those_of_xyz_and_none_with_features_is_outside_its_limits() {
    let server = Server::ready(&[]);
    let mut with_features = 0;
    for (id, _, _) in CITY {
        let tileset = server.get(&format!("/collections/{id}/tiles/WebMercatorQuad"));
        if tileset.status == 404 {
            continue;
        }
        for (zoom, [top, bottom, left, right]) in limits(&tileset.json()) {
            if bottom - top > 8 || right - left > 8 {
                // Deeper zooms would be thousands of tiles.
                continue;
            }
            // All inside, and a ring around them.
            for y in top.saturating_sub(1)..=bottom + 1 {
                for x in left.saturating_sub(1)..=right + 1 {
                    let tile = of_collection(&server, id, (zoom, x, y));
                    let xyz = server.get(&format!("/xyz/{id}/{zoom}/{x}/{y}"));
                    let about = format!("{id} {zoom}/{x}/{y}");
                    if (top..=bottom).contains(&y) && (left..=right).contains(&x) {
                        same(&tile, &xyz, &about);
                        with_features += usize::from(tile.status == 200);
                    } else {
                        assert_eq!(tile.status, 404, "{about}");
                        assert!(matches!(xyz.status, 204 | 404), "{about}");
                    }
                }
            }
        }
    }
    assert!(with_features > 300, "{with_features}");
}

#[test]
fn a_tile_is_made_once_for_all_its_addresses() {
    let server = Server::ready(&[]);
    let tile = "WebMercatorQuad/14/5503/8532";
    for (count, paths) in [
        (1, vec![format!("/collections/gebaeude/tiles/{tile}"), "/xyz/gebaeude/14/8532/5503".into()]),
        (
            1,
            vec![
                format!("/tiles/{tile}?collections=gebaeude"),
                format!("/collections/gebaeude/tiles/{tile}?f=mvt"),
            ],
        ),
        (
            2,
            vec![
                "/xyz/strassen,gebaeude/14/8532/5503".into(),
                format!("/tiles/{tile}?collections=gebaeude,strassen"),
            ],
        ),
    ] {
        for path in paths {
            // At once again, so that the answer itself is sent again.
            assert_eq!([server.get(&path).status, server.get(&path).status], [200, 200], "{path}");
            assert_eq!(counted(&server, "veedel_tiles_made_total"), count, "{path}");
        }
    }
    assert!(counted(&server, "veedel_tiles_sent_again_total") > 0);
    let path = format!("/collections/gebaeude/tiles/{tile}");
    let first = server.get(&path);
    let again = server.get_with(&path, &[("if-none-match", first.header("etag"))]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = method(&server, "HEAD", &path);
    assert_eq!((head.status, head.header("content-length")), (200, first.body.len().to_string().as_str()));
    assert_eq!(method(&server, "OPTIONS", &path).header("allow"), "GET, HEAD, OPTIONS");
    assert_eq!(method(&server, "DELETE", &path).status, 405);
    let text = server.get("/metrics").text();
    assert!(!text.contains("route=\"other\",status=\"2xx\"} 1"), "{text}");
}

#[test]
fn a_choice_of_collections_is_a_tile_of_them() {
    let server = Server::ready(&[]);
    let tile = |query: &str| server.get(&format!("/tiles/WebMercatorQuad/14/5503/8532{query}"));
    let xyz = |ids: &str| server.get(&format!("/xyz/{ids}/14/8532/5503"));
    let address = crate::files::step(&format!("{}/collections/strassen", server.base));
    for (query, ids) in [
        ("?collections=strassen", "strassen"),
        ("?collections=gebaeude,strassen,gebaeude", "gebaeude,strassen"),
        ("?collections=gebaeude%2Cstrassen", "gebaeude,strassen"),
        ("?f=mvt&collections=gebaeude", "gebaeude"),
        (&format!("?collections={address}"), "strassen"),
    ] {
        same(&tile(query), &xyz(ids), query);
    }
    let all: Vec<String> = document(&server, "/tiles/WebMercatorQuad")["layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["id"].as_str().unwrap().to_owned())
        .collect();
    same(&tile(""), &xyz(&all.join(",")), "all");
    // The standard has the layers in the order that is asked for.
    let names = |answer: Answer| -> Vec<String> {
        let tile = fast_mvt::MvtReaderRef::new(&answer.body).unwrap().to_tile().unwrap();
        tile.layers.into_iter().map(|layer| layer.name.to_string()).collect()
    };
    assert_eq!(names(tile("?collections=strassen,gebaeude")), ["strassen", "gebaeude"]);
    let tileset = document(&server, "/tiles/WebMercatorQuad?collections=strassen,gebaeude&f=json");
    assert_eq!([&tileset["layers"][0]["id"], &tileset["layers"][1]["id"]], ["strassen", "gebaeude"]);
    assert_eq!(
        link(&server, &tileset, "item"),
        "/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}?collections=strassen,gebaeude"
    );
    for (query, status, parameter) in [
        ("?collections=", 400, "collections"),
        ("?collections=nichts", 400, "collections"),
        ("?collections=bevoelkerung", 400, "collections"),
        ("?collections=%FF", 400, "collections"),
        ("?collections=bezirke:labels", 400, "collections"),
        ("?f=png", 400, "f"),
        ("?x=1", 400, "x"),
        ("?filter=nichts=1", 400, "filter"),
    ] {
        let refused = tile(query);
        assert_eq!(
            (refused.status, refused.json()["parameter"].as_str()),
            (status, Some(parameter)),
            "{query}"
        );
    }
}

#[test]
fn a_comma_may_be_part_of_an_id_that_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a,b", "a", "b"] {
        replace(folder.path(), &format!("{name}.fgb"), &fgb(&[("POINT(355500 5640500)", name)], true));
    }
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    for (chosen, ids) in [("a%2Cb", "a%2Cb"), ("a,b", "a,b"), ("b%2Ca", "a,b"), ("b,a%2Cb", "b,a%2Cb")] {
        let layers: Vec<String> = document(&server, &format!("/tiles/WebMercatorQuad?collections={chosen}"))
            ["layers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|layer| crate::files::step(layer["id"].as_str().unwrap()))
            .collect();
        let mut asked: Vec<&str> = ids.split(',').collect();
        let mut layers: Vec<&str> = layers.iter().map(String::as_str).collect();
        asked.sort();
        layers.sort();
        assert_eq!(layers, asked, "{chosen}");
    }
    let tileset = document(&server, "/collections/a%2Cb/tiles/WebMercatorQuad");
    let template = link(&server, &tileset, "item");
    let path = template.replace("{tileMatrix}", "0").replace("{tileRow}", "0").replace("{tileCol}", "0");
    assert_eq!(server.get(&path).status, 200, "{path}");
}

#[test]
fn a_filter_of_a_tileset_is_that_of_its_tiles() {
    let server = Server::ready(&[]);
    let query = "?filter=schulart%3D'Gymnasium'";
    let tileset = document(&server, &format!("/collections/schulen/tiles/WebMercatorQuad{query}&f=json"));
    let template = link(&server, &tileset, "item");
    assert!(template.ends_with(query), "{template}");
    assert!(link(&server, &tileset, "describedby").ends_with(query));
    let path = template.replace("{tileMatrix}", "10").replace("{tileRow}", "343").replace("{tileCol}", "533");
    same(&server.get(&path), &server.get(&format!("/xyz/schulen/10/533/343{query}")), &path);
    assert_eq!(server.get("/collections/schulen/tiles/WebMercatorQuad?filter=nichts%3D1").status, 400);
    assert_eq!(server.get("/collections/schulen/tiles?filter=TRUE").status, 400, "a list has no filter");
}

#[test]
fn what_is_not_there_is_refused_in_the_words_of_the_standard() {
    let server = Server::ready(&[]);
    for (path, status, parameter) in [
        ("/collections/nichts/tiles", 404, None),
        ("/collections/nichts/tiles/WebMercatorQuad", 404, None),
        ("/collections/nichts/tiles/WebMercatorQuad/0/0/0", 404, None),
        ("/collections/bevoelkerung/tiles/WebMercatorQuad/0/0/0", 404, None),
        ("/collections/bezirke:labels/tiles/WebMercatorQuad/0/0/0", 404, None),
        ("/collections/schulen/tiles/WorldCRS84Quad", 404, None),
        ("/collections/schulen/tiles/WorldCRS84Quad/0/0/0", 404, None),
        ("/tiles/webmercatorquad", 404, None),
        ("/tileMatrixSets/WorldCRS84Quad", 404, None),
        ("/collections/schulen/tiles/WebMercatorQuad/12/0/0", 404, None),
        ("/collections/schulen/tiles/WebMercatorQuad/23/0/0", 404, None),
        ("/collections/schulen/tiles/WebMercatorQuad/0/-1/0", 404, None),
        ("/collections/schulen/tiles/WebMercatorQuad/0/0/99999999999", 404, None),
        ("/collections/schulen/tiles/WebMercatorQuad/0/0", 404, None),
        ("/collections/schulen/tiles/WebMercatorQuad/0/0/0/0", 404, None),
        ("/collections/schulen/tiles/", 404, None),
        ("/collections/schulen/tiles/WebMercatorQuad/a/0/0", 400, Some("tileMatrix")),
        ("/collections/schulen/tiles/WebMercatorQuad/0/a/0", 400, Some("tileRow")),
        ("/tiles/WebMercatorQuad/0/0/1.5", 400, Some("tileCol")),
        ("/collections/schulen/tiles/WebMercatorQuad/0/0/0?collections=schulen", 400, Some("collections")),
        ("/collections/schulen/tiles?f=mvt", 400, Some("f")),
        ("/tileMatrixSets?x=1", 400, Some("x")),
    ] {
        let refused = server.get(path);
        assert_eq!(refused.status, status, "{path}: {}", refused.text());
        assert_eq!(refused.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(refused.json()["parameter"].as_str(), parameter, "{path}");
    }
}

#[test]
fn an_empty_collection_has_all_tiles_and_they_are_empty() {
    let folder = tempfile::tempdir().unwrap();
    replace(folder.path(), "leer.fgb", &fgb(&[], true));
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    let tileset = document(&server, "/collections/leer/tiles/WebMercatorQuad");
    assert_eq!(limits(&tileset)[3], (3, [0, 7, 0, 7]));
    assert!(tileset["boundingBox"].is_null() && tileset["centerPoint"].is_null());
    assert_eq!(of_collection(&server, "leer", (3, 7, 2)).status, 204);
}

#[test]
fn a_server_without_collections_has_no_tileset() {
    let folder = tempfile::tempdir().unwrap();
    replace(folder.path(), "tabelle.csv", b"a,b\n1,2\n");
    let server = Server::ready(&[folder.path().to_str().unwrap()]);
    assert_eq!(document(&server, "/tiles")["tilesets"], serde_json::json!([]));
    for path in ["/tiles/WebMercatorQuad", "/tiles/WebMercatorQuad/0/0/0"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    assert_eq!(server.get("/tiles?f=html").status, 200);
}

#[test]
fn the_zooms_of_the_configuration_are_those_of_the_tileset() {
    let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    let city = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/city");
    let text = format!(
        "sources = [{:?}]\n[collections.schulen]\nmin_zoom = 9\nmax_zoom = 13\nmax_age = \"1h\"\n[limits]\ntile_zoom = 14\n\
         tile_collections = 3\n",
        city.to_str().unwrap()
    );
    std::fs::write(file.path(), text).unwrap();
    let server = Server::ready(&["--config", file.path().to_str().unwrap()]);
    let zooms = |path: &str| -> Vec<u32> {
        limits(&document(&server, path)).into_iter().map(|(zoom, _)| zoom).collect()
    };
    assert_eq!(zooms("/collections/schulen/tiles/WebMercatorQuad"), (9..=13).collect::<Vec<_>>());
    assert_eq!(zooms("/collections/kitas/tiles/WebMercatorQuad"), (0..=14).collect::<Vec<_>>());
    assert_eq!(
        document(&server, "/tileMatrixSets/WebMercatorQuad")["tileMatrices"].as_array().unwrap().len(),
        15
    );
    assert_eq!(of_collection(&server, "schulen", (8, 133, 85)).status, 404);
    let tile = of_collection(&server, "schulen", (9, 266, 171));
    assert_eq!((tile.status, tile.header("cache-control")), (200, "public, max-age=3600"));
    let tileset = document(&server, "/tiles/WebMercatorQuad");
    assert_eq!(tileset["layers"].as_array().unwrap().len(), 3, "as many as a tile may have");
    let many = server.get("/tiles/WebMercatorQuad/9/171/266?collections=a,b,c,d").json();
    assert_eq!(many["limit"]["name"], "tile_collections");
}

#[test]
fn pages_are_in_the_language_of_the_reader() {
    let server = Server::ready(&[]);
    for (path, german, english) in [
        ("/collections/schulen/tiles", "<h1>Vektorkacheln: Schulen</h1>", "<h1>Vector tiles: Schulen</h1>"),
        ("/collections/schulen/tiles/WebMercatorQuad", "(Punkte), ab Zoomstufe 0", "(points), from zoom 0"),
        ("/tiles", "Alle Datensätze", "All collections"),
        ("/tiles/WebMercatorQuad?collections=schulen", "Alle Datensätze", "All collections"),
        ("/tileMatrixSets", "<h1>Kachelschemata</h1>", "<h1>Tile matrix sets</h1>"),
        ("/tileMatrixSets/WebMercatorQuad", "Maßstab 1:", "Scale 1:"),
    ] {
        for (language, words) in [("de", german), ("en", english)] {
            let headers = [("accept-language", language), ("accept", "text/html")];
            let page = server.get_with(path, &headers);
            let text = page.text();
            assert_eq!((page.status, page.header("content-language")), (200, language), "{path}");
            assert!(text.contains(words), "{path}: {text}");
            assert!(text.contains(&format!("<html lang=\"{language}\">")), "{path}");
        }
    }
}
