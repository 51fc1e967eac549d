//! Parts of downloads: as GDAL reads FlatGeobuf and GeoPackage from afar, and libraries in
//! browsers.

use std::process::Command;

use crate::http::method;
use crate::server::{Answer, Server};

fn part(server: &Server, path: &str, range: &str) -> Answer {
    server.get_with(path, &[("range", range)])
}

fn kept(server: &Server) -> [u64; 2] {
    let text = server.get("/metrics").text();
    ["veedel_kept_downloads ", "veedel_kept_downloads_bytes "].map(|name| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{text}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    })
}

#[test]
fn parts_of_a_download_are_parts_of_one_file() {
    let server = Server::ready(&[]);
    for ending in ["fgb", "gpkg"] {
        let path = format!("/collections/gebaeude/download.{ending}");
        let whole = server.get(&path);
        let length = whole.body.len();
        let tag = whole.header("etag").to_owned();
        assert_eq!(
            (whole.status, whole.header("accept-ranges")),
            (200, "bytes"),
            "{ending}: {}",
            whole.status
        );
        assert!(tag.starts_with('"'), "{tag}");
        assert_eq!(whole.header("content-length"), length.to_string());
        for (range, from, to) in [
            ("bytes=0-0", 0, 1),
            ("bytes=100-70000", 100, 70_001),
            ("bytes=5-", 5, length),
            ("bytes=-100", length - 100, length),
            ("bytes=0-999999999999", 0, length),
        ] {
            let answer = part(&server, &path, range);
            assert_eq!(answer.status, 206, "{range}");
            assert!(answer.body == whole.body[from..to], "{range}");
            assert_eq!(answer.header("content-range"), format!("bytes {from}-{}/{length}", to - 1));
            assert_eq!(answer.header("content-length"), (to - from).to_string());
            assert_eq!(
                (answer.header("etag"), answer.header("content-type")),
                (tag.as_str(), whole.header("content-type"))
            );
            assert!(!answer.header("content-crs").is_empty() && !answer.header("veedel-as-of").is_empty());
        }
        let nothing = part(&server, &path, &format!("bytes={length}-"));
        assert_eq!(
            (nothing.status, nothing.header("content-range")),
            (416, format!("bytes */{length}").as_str())
        );
        for range in ["bytes=0-1,5-6", "bytes=2-1", "lines=1-2"] {
            let answer = part(&server, &path, range);
            assert!(answer.status == 200 && answer.body == whole.body, "{range}");
        }
        // A part of what it was, or all of what it is.
        for (known, status) in [(tag.as_str(), 206), ("\"other\"", 200)] {
            let answer = server.get_with(&path, &[("range", "bytes=0-9"), ("if-range", known)]);
            assert_eq!(answer.status, status, "{known}");
        }
        for known in [tag.as_str(), "*"] {
            let answer = server.get_with(&path, &[("if-none-match", known)]);
            assert_eq!((answer.status, answer.header("etag")), (304, tag.as_str()), "{known}");
        }
        let head = method(&server, "HEAD", &path);
        assert_eq!((head.status, head.header("content-length")), (200, length.to_string().as_str()));
        // What is packed would have other parts.
        let packed = server.get_with(&path, &[("accept-encoding", "gzip")]);
        assert!(packed.header("content-encoding").is_empty() && packed.body == whole.body);
        // Another question is another file.
        let other = server.get(&format!("{path}?filter=id%3C100"));
        assert_eq!(other.status, 200, "{}", other.text());
        assert_ne!(other.header("etag"), tag);
    }
    let [files, bytes] = kept(&server);
    assert!(files == 4 && bytes > 100_000, "{files} {bytes}");
    // What is sent while it is made has no parts.
    let csv = part(&server, "/collections/gebaeude/download.csv", "bytes=0-9");
    assert_eq!((csv.status, csv.header("accept-ranges")), (200, ""));
}

#[test]
fn the_same_rows_make_the_same_file_and_what_is_not_kept_is_sent_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("veedel.toml");
    std::fs::write(&file, "[limits]\nkept_downloads_bytes = \"64 KiB\"\n").unwrap();
    let server = Server::ready(&["--config", file.to_str().unwrap()]);
    for path in ["/collections/gebaeude/download.fgb", "/collections/gebaeude/download.gpkg"] {
        let whole = part(&server, path, "bytes=0-9");
        assert!(whole.body.len() > 65_536, "{path}");
        assert_eq!(
            (whole.status, whole.header("accept-ranges"), whole.header("etag")),
            (200, "", ""),
            "{path}"
        );
        std::thread::sleep(std::time::Duration::from_millis(1100));
        assert!(server.get(path).body == whole.body, "{path} differs when it is made again");
    }
    // Small ones are kept, and no more of them than there is room for.
    for limit in 0..20 {
        let path = format!("/collections/schulen/download.fgb?filter=id%3E{limit}");
        assert_eq!(part(&server, &path, "bytes=0-9").status, 206, "{path}");
    }
    let [files, bytes] = kept(&server);
    assert!(files >= 1 && bytes <= 65_536, "{files} {bytes}");
}

#[test]
fn gdal_reads_a_download_from_afar() {
    let server = Server::ready(&[]);
    for ending in ["fgb", "gpkg"] {
        let source = format!("/vsicurl/{}/collections/gebaeude/download.{ending}", server.base);
        let answer = Command::new("ogrinfo")
            .args(["-ro", "-so", "-al", "-spat", "7.46", "50.72", "7.47", "50.73", &source])
            .env("CPL_DEBUG", "VSICURL")
            .output();
        let Ok(answer) = answer else {
            println!("skipped: no ogrinfo here (Debian's gdal-bin)");
            return;
        };
        let (text, said) = (String::from_utf8_lossy(&answer.stdout), String::from_utf8_lossy(&answer.stderr));
        assert!(answer.status.success() && text.contains("Feature Count: "), "{ending}: {text}{said}");
        assert!(said.contains("206") || said.contains("Downloading"), "{said}");
    }
}
