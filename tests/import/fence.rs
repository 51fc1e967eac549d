//! Import reads what it was given and nothing else, whatever the file points to.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::text;

/// What nobody gave to import.
const SECRET: &str = "nobody-gave-this";

/// A folder with a file that is not given, and a host that counts who asks it.
struct Place {
    folder: tempfile::TempDir,
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret.csv"), format!("a,b\n{SECRET},1\n")).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Place { folder, address, asked }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Imports a file of this content; answers what was said.
    fn import(&self, name: &str, content: &[u8]) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.import_file(&self.path(name))
    }

    fn import_file(&self, file: &Path) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        let out = self.path("out");
        command.arg("import").arg(file).arg("--into").arg(&out);
        // Where a proxy is not for local addresses, the one that leads nowhere is not either.
        for name in ["no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY"] {
            command.env_remove(name);
        }
        let output = command.output().unwrap();
        let written = std::fs::read_dir(&out).map(|all| all.map(|file| file.unwrap().path()).collect());
        let written: Vec<PathBuf> = written.unwrap_or_default();
        for file in written {
            let content = std::fs::read(&file).unwrap();
            assert!(!text(&content).contains(SECRET), "{}", file.display());
        }
        assert_eq!(self.asked.load(Ordering::SeqCst), 0, "{}", file.display());
        format!("{}{}", text(&output.stdout), text(&output.stderr))
    }
}

#[test]
fn formats_that_point_elsewhere_are_not_read() {
    let place = Place::new();
    let secret = place.path("secret.csv").display().to_string();
    let url = format!("http://{}/a.geojson", place.address);
    for (name, content) in [
        (
            "a.vrt",
            format!(
                "<OGRVRTDataSource><OGRVRTLayer name=\"secret\"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
            ),
        ),
        (
            "b.vrt",
            format!(
                "<OGRVRTDataSource><OGRVRTLayer name=\"a\"><SrcDataSource>/vsicurl/{url}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
            ),
        ),
        (
            "renamed.gml",
            format!(
                "<OGRVRTDataSource><OGRVRTLayer name=\"secret\"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
            ),
        ),
        ("wfs.xml", format!("<OGRWFSDataSource><URL>{url}</URL></OGRWFSDataSource>")),
        ("csw.xml", format!("<OGRCSWDataSource><URL>{url}</URL></OGRCSWDataSource>")),
    ] {
        let said = place.import(name, content.as_bytes());
        assert!(said.contains("it cannot be opened"), "{name}: {said}");
    }
    // A name is a name, whatever it looks like.
    let said = place.import("PG:dbname=x", b"");
    assert!(said.contains("it cannot be opened"), "{said}");
    for name in ["/vsicurl/http://127.0.0.1/a.geojson", "PG:dbname=x", "http://127.0.0.1/a.geojson"] {
        let said = place.import_file(Path::new(name));
        assert!(said.contains("it cannot be read"), "{name}: {said}");
    }
}

#[test]
fn no_host_is_asked_for_a_coordinate_system_or_a_schema() {
    let place = Place::new();
    let address = &place.address;
    for (kind, key) in [("link", "href"), ("url", "url"), ("name", "name")] {
        let content = format!(
            r#"{{"type":"FeatureCollection","crs":{{"type":"{kind}","properties":{{"{key}":"http://{address}/crs"}}}},
            "features":[{{"type":"Feature","properties":{{"a":1}},"geometry":{{"type":"Point","coordinates":[7,51]}}}}]}}"#
        );
        let said = place.import(&format!("{kind}.geojson"), content.as_bytes());
        assert!(said.contains(": 1 rows, "), "{kind}: {said}");
    }
    let gml = format!(
        r#"<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" timeStamp="x"
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:o="http://x" xmlns:gml="http://www.opengis.net/gml"
        xsi:schemaLocation="http://x http://{address}/wfs?SERVICE=WFS&amp;REQUEST=DescribeFeatureType&amp;VERSION=1.1.0&amp;TYPENAME=k">
        <gml:featureMember><o:k fid="k.0"><o:g><gml:Point srsName="EPSG:25832"><gml:coordinates>356000,5645000</gml:coordinates>
        </gml:Point></o:g><o:a>1</o:a></o:k></gml:featureMember></wfs:FeatureCollection>"#
    );
    let said = place.import("wfs.gml", gml.as_bytes());
    assert!(said.contains(": 1 rows, "), "{said}");
}

#[test]
fn a_geopackage_reads_no_other_file() {
    let place = Place::new();
    let source = place.path("source.csv");
    std::fs::write(&source, "a,b\n1,2\n").unwrap();
    let file = place.path("a.gpkg");
    let made = Command::new("ogr2ogr").args(["-f", "GPKG"]).arg(&file).arg(&source).status();
    assert!(made.unwrap().success());
    let python = "import sqlite3, sys\n\
        c = sqlite3.connect(sys.argv[1])\n\
        c.execute('PRAGMA writable_schema = 1')\n\
        sql = \"CREATE VIRTUAL TABLE evil USING VirtualText('%s', 'UTF-8', 1, POINT, DOUBLEQUOTE, ',')\" % sys.argv[2]\n\
        c.execute(\"INSERT INTO sqlite_master VALUES ('table', 'evil', 'evil', 0, ?)\", (sql,))\n\
        c.execute(\"INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('evil', 'attributes', 'evil')\")\n\
        c.commit()";
    let made = Command::new("python3").args(["-c", python]).arg(&file).arg(place.path("secret.csv")).status();
    match made {
        Ok(status) if status.success() => {
            let said = place.import_file(&file);
            assert!(said.contains("evil"), "{said}");
        }
        _ => eprintln!("skipped: no python3 to make a GeoPackage with"),
    }
}

#[test]
fn what_unpacks_beyond_bounds_is_not_read() {
    let place = Place::new();
    let python = "import sys, zipfile\n\
        with zipfile.ZipFile(sys.argv[1], 'w') as z: [z.writestr(str(i), '') for i in range(10001)]";
    let file = place.path("many.zip");
    let made = Command::new("python3").args(["-c", python]).arg(&file).status();
    match made {
        Ok(status) if status.success() => {
            let said = place.import_file(&file);
            assert!(said.contains("more than 10000 files lie in it"), "{said}");
            assert!(said.contains("unpack it"), "{said}");
        }
        _ => eprintln!("skipped: no python3 to make a .zip with"),
    }
}
