//! What maps are drawn with: sheets of icons and ranges of glyphs, of the binary and of folders, good and hostile ones.

#[path = "map_files/hostile.rs"]
mod hostile;

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use prost::Message;
use serde_json::Value;
use spreet::resvg::tiny_skia::Pixmap;

use crate::server::{Answer, Server};

/// The glyphs of an answer, as MapLibre reads them.
#[derive(Clone, PartialEq, Message)]
struct Glyphs {
    #[prost(message, repeated, tag = "1")]
    stacks: Vec<Stack>,
}

#[derive(Clone, PartialEq, Message)]
struct Stack {
    #[prost(string, required, tag = "1")]
    name: String,
    #[prost(string, required, tag = "2")]
    range: String,
    #[prost(message, repeated, tag = "3")]
    glyphs: Vec<Glyph>,
}

#[derive(Clone, PartialEq, Message)]
struct Glyph {
    #[prost(uint32, required, tag = "1")]
    id: u32,
    #[prost(bytes = "vec", optional, tag = "2")]
    bitmap: Option<Vec<u8>>,
    #[prost(uint32, required, tag = "3")]
    width: u32,
    #[prost(uint32, required, tag = "4")]
    height: u32,
    #[prost(sint32, required, tag = "5")]
    left: i32,
    #[prost(sint32, required, tag = "6")]
    top: i32,
    #[prost(uint32, required, tag = "7")]
    advance: u32,
}

/// A server with these lines in its configuration, which is in the folder.
fn configured(folder: &Path, lines: &str) -> Server {
    let file = folder.join("veedel.toml");
    std::fs::write(&file, lines).unwrap();
    Server::start(&["--config", file.to_str().unwrap()])
}

/// A picture of one colour.
fn svg(colour: &str, size: u32) -> String {
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{size}' height='{size}'>\
         <rect width='{size}' height='{size}' fill='{colour}'/></svg>"
    )
}

fn put(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// The index and the picture of a sheet.
fn sheet(server: &Server, name: &str) -> (Value, Pixmap) {
    let [index, picture] = ["json", "png"].map(|ending| server.get(&format!("/sprites/{name}.{ending}")));
    assert_eq!((index.status, picture.status), (200, 200), "{} {}", index.text(), picture.text());
    assert_eq!(
        (index.header("content-type"), picture.header("content-type")),
        ("application/json", "image/png")
    );
    (index.json(), Pixmap::decode_png(&picture.body).unwrap())
}

fn glyphs(answer: &Answer) -> Stack {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/x-protobuf"),
        "{}",
        answer.text()
    );
    let mut stacks = Glyphs::decode(answer.body.as_slice()).unwrap().stacks;
    assert_eq!(stacks.len(), 1);
    stacks.remove(0)
}

#[test]
fn every_icon_of_the_binary_is_in_the_sheet_and_white() {
    let server = Server::start(&[]);
    let types: BTreeSet<&str> =
        veedel::catalog::facility_types::shipped().keys().map(String::as_str).collect();
    for (name, scale) in [("veedel", 1), ("veedel@2x", 2), ("veedel%402x", 2)] {
        let (index, picture) = sheet(&server, name);
        let index = index.as_object().unwrap();
        assert!(types.iter().all(|id| index.contains_key(*id)), "{name}");
        for (icon, place) in index {
            let of = |key: &str| u32::try_from(place[key].as_u64().unwrap()).unwrap();
            let (x, y, width, height) = (of("x"), of("y"), of("width"), of("height"));
            assert_eq!((width, height, of("pixelRatio")), (15 * scale, 15 * scale, scale), "{icon}");
            assert!(x + width <= picture.width() && y + height <= picture.height(), "{icon}");
            let pixels = (y..y + height).flat_map(|y| (x..x + width).map(move |x| (x, y)));
            let colours = pixels.map(|(x, y)| picture.pixel(x, y).unwrap().demultiply());
            let covered = colours.filter(|colour| colour.alpha() > 200);
            let covered =
                covered.inspect(|c| assert_eq!((c.red(), c.green(), c.blue()), (255, 255, 255), "{icon}"));
            assert!(covered.count() > 20, "{icon} is empty");
        }
    }
    let list = server.get("/sprites").json();
    assert_eq!(list["sprites"][0]["id"], "veedel");
    assert!(list["sprites"][0]["icons"].as_array().unwrap().len() > 60);
}

#[test]
fn folders_of_icons_are_sets_and_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    for (name, colour) in
        [("a/x", "#f00"), ("a/ä b", "#f00"), ("b/x", "#00f"), ("b/z", "#00f"), ("c ö/w", "#0f0")]
    {
        put(folder.path(), &format!("icons/{name}.svg"), svg(colour, 9));
    }
    put(folder.path(), "icons/a/readme.txt", "no icon");
    put(folder.path(), "icons/.hidden/x.svg", svg("#000", 9));
    put(folder.path(), "icons/file.svg", svg("#000", 9));
    let server = configured(folder.path(), "[map]\nsprites = \"icons\"\n");
    let names = |index: &Value| index.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let colour = |(index, picture): &(Value, Pixmap), name: &str| {
        let of = |key: &str| u32::try_from(index[name][key].as_u64().unwrap()).unwrap();
        let pixel = picture.pixel(of("x") + 4, of("y") + 4).unwrap();
        (pixel.red(), pixel.green(), pixel.blue())
    };
    assert_eq!(names(&sheet(&server, "a").0), ["x", "ä b"]);
    assert_eq!(names(&sheet(&server, "c%20%C3%B6").0), ["w"]);
    let (ab, ba) = (sheet(&server, "a,b"), sheet(&server, "b,a"));
    assert_eq!(names(&ab.0), ["x", "z", "ä b"]);
    assert_eq!((colour(&ab, "x"), colour(&ba, "x")), ((255, 0, 0), (0, 0, 255)));
    let tag = |name: &str| server.get(&format!("/sprites/{name}.png")).header("etag").to_owned();
    assert_eq!(tag("a,a,veedel"), tag("veedel,a"));
    assert_eq!(tag("c%20%C3%B6,veedel,c%20%C3%B6"), tag("veedel,c%20%C3%B6"));
    let ids = server.get("/sprites").json();
    let ids: Vec<&str> =
        ids["sprites"].as_array().unwrap().iter().map(|set| set["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["veedel", "a", "b", "c ö"]);
    assert!(!server.log().contains("left out"), "{}", server.log());
}

#[test]
fn icons_are_read_again_on_sighup() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "icons/a/x.svg", svg("#f00", 9));
    let server = configured(folder.path(), "[map]\nsprites = \"icons\"\n");
    assert_eq!(server.get("/sprites/a.json").status, 200);
    put(folder.path(), "icons/b/y.svg", svg("#f00", 9));
    assert_eq!(server.get("/sprites/b.json").status, 404);
    let hup = std::process::Command::new("kill").args(["-HUP", &server.pid().to_string()]).status();
    assert!(hup.unwrap().success());
    server.wait_for("the new set", |server| (server.get("/sprites/b.json").status == 200).then_some(()));
}

#[test]
fn names_of_europe_are_in_the_ranges() {
    let server = Server::start(&[]);
    for letter in "ğşıłżßẞΩЯ€„".chars() {
        let first = u32::from(letter) / 256 * 256;
        for font in ["Noto%20Sans%20Regular", "Noto Sans Bold", "Noto%20Sans%20Italic"]
            .map(|name| name.replace(' ', "%20"))
        {
            let answer = server.get(&format!("/fonts/{font}/{first}-{}.pbf", first + 255));
            let stack = glyphs(&answer);
            assert_eq!(stack.range, format!("{first}-{}", first + 255));
            let glyph = stack.glyphs.iter().find(|glyph| glyph.id == u32::from(letter));
            let glyph = glyph.unwrap_or_else(|| panic!("{font} has no {letter}"));
            let bytes = glyph.bitmap.as_ref().unwrap().len();
            assert_eq!(u32::try_from(bytes).unwrap(), (glyph.width + 6) * (glyph.height + 6), "{letter}");
            assert!((1..40).contains(&glyph.advance) && (-30..0).contains(&glyph.top), "{letter} {glyph:?}");
        }
    }
    let last = glyphs(&server.get("/fonts/Noto%20Sans%20Regular/65280-65535.pbf"));
    assert!(last.glyphs.iter().all(|glyph| glyph.id >= 65_280));
}

#[test]
fn a_stack_takes_the_first_font_that_has_the_letter() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("fonts")).unwrap();
    let own = "/usr/share/fonts/truetype/noto/NotoSansMath-Regular.ttf";
    std::fs::copy(own, folder.path().join("fonts/math.ttf")).unwrap();
    let server = configured(folder.path(), "[map]\nfonts = \"fonts\"\n");
    let list = server.get("/fonts").json();
    let names: Vec<&str> =
        list["fonts"].as_array().unwrap().iter().map(|font| font["name"].as_str().unwrap()).collect();
    let own = "Noto Sans Math Regular";
    assert_eq!(names, ["Noto Sans Regular", "Noto Sans Bold", "Noto Sans Italic", own]);
    let of = |stack: &str| {
        let stack = glyphs(&server.get(&format!("/fonts/{}/8704-8959.pbf", stack.replace(' ', "%20"))));
        stack.glyphs.iter().map(|glyph| glyph.id).collect::<BTreeSet<u32>>()
    };
    // ∮ is in the font of mathematics alone.
    assert!(!of("Noto Sans Regular").contains(&0x222e) && of(own).contains(&0x222e));
    assert!(of(&format!("Noto Sans Regular,{own}")).is_superset(&of(own)));
    let tag = |stack: &str| server.get(&format!("/fonts/{stack}/0-255.pbf")).header("etag").to_owned();
    let (one, twice) = ("Noto%20Sans%20Bold", "Noto%20Sans%20Bold,Noto%20Sans%20Bold");
    assert_eq!(tag(one), tag(twice));
    assert_ne!(tag(one), tag("Noto%20Sans%20Regular"));
}

#[test]
fn each_coding_has_a_tag_of_its_own_and_a_304() {
    let server = Server::start(&[]);
    for path in ["/sprites/veedel.json", "/sprites/veedel@2x.png", "/fonts/Noto%20Sans%20Regular/0-255.pbf"] {
        let plain = server.get(path);
        assert_eq!((plain.status, plain.header("content-encoding")), (200, ""), "{path}");
        assert_eq!(
            (plain.header("cache-control"), plain.header("access-control-allow-origin")),
            ("no-cache", "*")
        );
        let packed = server.get_with(path, &[("accept-encoding", "gzip")]);
        if path.ends_with(".png") {
            assert_eq!(
                (packed.header("content-encoding"), packed.header("etag")),
                ("", plain.header("etag"))
            );
        } else {
            assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
            assert!(
                packed.header("vary").to_lowercase().contains("accept-encoding"),
                "{}",
                packed.header("vary")
            );
            assert_ne!(packed.header("etag"), plain.header("etag"));
            let mut bytes = vec![];
            flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut bytes).unwrap();
            assert_eq!(bytes, plain.body, "{path}");
            assert!(packed.body.len() * 4 < plain.body.len() * 3, "{path}");
        }
        let known = [("accept-encoding", "gzip"), ("if-none-match", packed.header("etag"))];
        let again = server.get_with(path, &known);
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
    }
}

#[test]
fn kept_files_are_answered_at_once() {
    let server = Server::start(&[]);
    for path in ["/sprites/veedel.json", "/sprites/veedel@2x.png", "/fonts/Noto%20Sans%20Regular/256-511.pbf"]
    {
        let took = |_| {
            let began = Instant::now();
            assert_eq!(server.get_with(path, &[("accept-encoding", "gzip")]).status, 200);
            began.elapsed()
        };
        let times: Vec<Duration> = (0..40).map(took).collect();
        let warm = times[1..].iter().min().unwrap();
        println!("{path}: first {:?}, then {warm:?}", times[0]);
        assert!(*warm < Duration::from_millis(5), "{path}: {warm:?}");
    }
}

#[test]
fn what_there_is_not_is_a_problem_that_names_what_there_is() {
    let server = Server::start(&[]);
    for (path, status, words) in [
        ("/sprites/veedl.json", 404, "known: veedel"),
        ("/sprites/.json", 404, "veedel"),
        ("/sprites/veedel,.json", 404, "veedel"),
        ("/sprites/veedel@3x.json", 404, "veedel"),
        ("/sprites/veedel.svg", 404, "/sprites/veedel.json"),
        ("/sprites/..%2F..%2Fetc.json", 404, "veedel"),
        ("/sprites/%00.png", 404, "veedel"),
        ("/sprites/%ff.png", 404, "UTF-8"),
        ("/sprites/veedel.json?a=b", 400, "a"),
        ("/fonts/Noto%20Sans/0-255.pbf", 404, "Noto Sans Regular, Noto Sans Bold, Noto Sans Italic"),
        ("/fonts/Noto%20Sans%20Bold,Arial/0-255.pbf", 404, "Arial"),
        ("/fonts/..%2F..%2Fetc/0-255.pbf", 404, "Noto Sans Bold"),
        ("/fonts/,/0-255.pbf", 404, "Noto Sans Bold"),
        ("/fonts/Noto%20Sans%20Bold/0-256.pbf", 404, "256-511.pbf"),
        ("/fonts/Noto%20Sans%20Bold/65536-65791.pbf", 404, "65280-65535.pbf"),
        ("/fonts/Noto%20Sans%20Bold/0-255", 404, "0-255.pbf"),
        ("/fonts/Noto%20Sans%20Bold/0-255.pbf?a=b", 400, "a"),
        ("/fonts/Noto%20Sans%20Bold", 404, ""),
    ] {
        let answer = server.get(path);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, "application/problem+json"),
            "{path}"
        );
        assert!(answer.text().contains(words), "{path}: {}", answer.text());
        let german = server.get_with(path, &[("accept-language", "de")]);
        assert_eq!(german.status, status);
    }
}

#[test]
fn ids_and_stacks_have_limits() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        put(folder.path(), &format!("icons/{name}/{name}.svg"), svg("#fff", 100));
    }
    let lines = "[map]\nsprites = \"icons\"\n[limits]\nsprite_ids = 2\nfont_stack = 2\nsprite_icons = 76\n\
                 sprite_sheet_pixels = 100000\nmap_files_bytes = \"0 B\"\n";
    let server = configured(folder.path(), lines);
    let limit = |path: &str| {
        let answer = server.get(path);
        (answer.status, answer.json()["limit"]["name"].as_str().map(str::to_owned))
    };
    let reached = |name: &str| (400, Some(name.to_owned()));
    assert_eq!(server.get("/sprites/a,b.png").status, 200);
    assert_eq!(limit("/sprites/a,b,c.png"), reached("sprite_ids"));
    assert_eq!(limit("/sprites/a,a,a.png"), reached("sprite_ids"));
    assert_eq!(limit("/sprites/veedel,a.png"), reached("sprite_sheet_pixels"));
    let stack = |count: usize| format!("/fonts/{}/0-255.pbf", vec!["Noto%20Sans%20Bold"; count].join(","));
    assert_eq!(server.get(&stack(2)).status, 200);
    assert_eq!(limit(&stack(3)), reached("font_stack"));
    drop(server);
    let server = configured(folder.path(), &lines.replace("100000", "4000000").replace("76", "75"));
    let answer = server.get("/sprites/veedel,a.png");
    assert_eq!((answer.status, answer.json()["limit"]["name"].as_str()), (400, Some("sprite_icons")));
}
