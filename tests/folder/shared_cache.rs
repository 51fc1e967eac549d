//! nginx as a shared cache in front of the server, with nothing said to it but what the answers say
//! (RFC 9111): it mixes no caller's answers with another's, keeps what is the same for everyone,
//! and stores nothing that is protected. Skipped where nginx is not installed.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::callers::asked;
use crate::likeness::ADDRESS;
use crate::place::{Place, bearer};
use crate::server::{Answer, Server};

/// Playgrounds are public, Kitas row by row and column by column, schools the office's alone. All
/// may be kept for an hour, so that a cache that mixed callers would do so.
const RULES: &str = r#"
[access.roles.jugendamt]
[access.roles.statistik]
[collections.spielplaetze]
max_age = "1h"
[collections.kitas]
max_age = "1h"
[collections.kitas.access]
rows = { everyone = "plaetze > 60", jugendamt = "TRUE" }
show = { everyone = ["kita_id", "name"], jugendamt = ["kita_id", "name", "traeger"] }
[collections.schulen]
max_age = "1h"
[collections.schulen.access]
protected = true
read = ["jugendamt"]
show = { jugendamt = ["id", "name", "schulart"] }
"#;

/// nginx with a cache of its own, ended on drop.
struct Cache {
    child: Child,
    base: String,
    folder: tempfile::TempDir,
}

impl Cache {
    /// The cache before this server; None where nginx is not installed.
    fn before(server: &Server) -> Option<Cache> {
        Cache::before_with(server, "")
    }

    /// The same with more directives.
    fn before_with(server: &Server, more: &str) -> Option<Cache> {
        if Command::new("nginx").arg("-v").output().is_err() {
            println!("skipped: nginx is not installed (Debian's package nginx-light)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration(folder.path(), port, server.address(), more)).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file).args(["-e", "error.log"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let cache = Cache { child, base: format!("http://127.0.0.1:{port}"), folder };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = fs::read_to_string(cache.folder.path().join("error.log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(20), "nginx does not listen: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(cache)
    }

    /// All that it has stored, file by file.
    fn stored(&self) -> Vec<Vec<u8>> {
        let mut files = vec![];
        let mut folders = vec![self.folder.path().join("kept"), self.folder.path().join("passing")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => files.push(fs::read(path).unwrap()),
                }
            }
        }
        files
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        // One process without workers, so nothing is left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(folder: &Path, port: u16, server: &str, more: &str) -> String {
    let here = folder.display();
    format!(
        "daemon off; master_process off; pid {here}/nginx.pid; error_log {here}/error.log;\n\
         events {{ worker_connections 256; }}\n\
         http {{ access_log off;\n\
         client_body_temp_path {here}/bodies; proxy_temp_path {here}/passing;\n\
         fastcgi_temp_path {here}/f; uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;\n\
         proxy_cache_path {here}/kept keys_zone=kept:1m inactive=1h use_temp_path=off;\n\
         server {{ listen 127.0.0.1:{port};\n\
         location / {{ proxy_pass http://{server}; proxy_http_version 1.1;\n\
         proxy_set_header Connection \"\"; proxy_set_header Host $host:$server_port;\n\
         proxy_cache kept; {more} add_header X-Cache-Status $upstream_cache_status always; }} }} }}\n"
    )
}

/// What is asked for: of the public collection, of the one with rules, of the protected one, of
/// several, and of all.
const PATHS: [&str; 26] = [
    "/collections/spielplaetze/items?limit=5",
    "/collections/spielplaetze/download.csv",
    "/xyz/spielplaetze/13/4266/2752",
    "/xyz/spielplaetze/0/0/0",
    "/xyz/spielplaetze.json",
    "/collections/kitas",
    "/collections/kitas/items?limit=500",
    "/collections/kitas/items?limit=500&f=csv",
    "/collections/kitas/download.geojson",
    "/collections/kitas/schema",
    "/collections/kitas/aggregate?group-by=name",
    "/xyz/kitas/13/4266/2752",
    "/xyz/kitas/0/0/0",
    "/xyz/spielplaetze,kitas/13/4266/2752",
    "/xyz/kitas.json",
    "/collections/schulen",
    "/collections/schulen/items?limit=500",
    "/collections/schulen/download.csv",
    "/xyz/schulen/13/4266/2752",
    "/xyz/spielplaetze,schulen/13/4266/2752",
    "/xyz/schulen.json",
    "/collections",
    "/catalog",
    "/search?q=Schule",
    "/search?q=Kita",
    "/styles/light",
];

/// Those of them that a shared cache answers by itself once everyone has asked.
const KEPT: [&str; 5] = [
    "/xyz/spielplaetze/13/4266/2752",
    "/xyz/spielplaetze/0/0/0",
    "/xyz/kitas/13/4266/2752",
    "/xyz/kitas/0/0/0",
    "/xyz/spielplaetze,kitas/13/4266/2752",
];

/// Who asks: the keys of the office, of a colleague, of another role, and none.
struct Callers {
    office: String,
    colleague: String,
    statistics: String,
}

impl Callers {
    fn of(place: &Place) -> Callers {
        let add = |name: &str, role: &str| bearer(&place.add(&[name, "--role", role]));
        Callers {
            office: add("Jugendamt", "jugendamt"),
            colleague: add("Kollegin", "jugendamt"),
            statistics: add("Statistik", "statistik"),
        }
    }

    /// In turns, the office first and last.
    fn office_first(&self) -> Vec<Option<&str>> {
        let [office, colleague, statistics] =
            [&self.office, &self.colleague, &self.statistics].map(|key| Some(key.as_str()));
        vec![office, None, office, None, statistics, colleague, None, statistics, None, office]
    }

    /// In turns, everyone first and last.
    fn everyone_first(&self) -> Vec<Option<&str>> {
        [vec![None, None], self.office_first(), vec![None]].concat()
    }
}

fn ask(server: &Server, path: &str, key: Option<&str>) -> Answer {
    key.map_or_else(|| server.get(path), |key| asked(server, path, key))
}

/// What an answer says, without the moment at which it was made.
fn told(answer: &Answer) -> String {
    let text = answer.text();
    let (before, moment) = text.split_once("\"timeStamp\":\"").unwrap_or((&text, ""));
    let behind = moment.split_once('"').map_or(moment, |(_, behind)| behind);
    let fields = ["content-type", "etag", "link"].map(|name| answer.header(name));
    format!("{} {fields:?}\n{before}{behind}", answer.status)
}

/// Everything in turns through the cache: each caller gets what the server itself tells him.
fn nobody_gets_what_is_another_s(server: &Server, cache: &Cache, turns: &[Option<&str>]) {
    let through = Server::at(cache.base.clone());
    for path in PATHS {
        let mut is_stored = false;
        for (turn, key) in turns.iter().enumerate() {
            let (own, got) = (ask(server, path, *key), ask(&through, path, *key));
            let about = format!("{path}, turn {turn} ({})", key.map_or("everyone", |_| "a key"));
            assert_eq!(told(&got), told(&own), "{about}");
            let status = got.header("x-cache-status");
            assert!(!status.is_empty(), "{about}: it passes by the cache");
            // Without a key, the second of two questions is answered by the cache.
            let is_kept = KEPT.contains(&path) && key.is_none();
            if is_kept && is_stored {
                assert_eq!(status, "HIT", "{about}");
            }
            is_stored |= is_kept;
            assert!(is_kept || status != "HIT" || path.starts_with("/xyz/spielplaetze/"), "{about}");
        }
    }
    // A tag that another caller was given confirms nothing.
    for path in ["/xyz/kitas/13/4266/2752", "/collections/kitas/items?limit=500", "/xyz/schulen/13/4266/2752"]
    {
        let tag = ask(server, path, turns[3].or(turns[5]).or(turns[2])).header("etag").to_owned();
        let fields = [("if-none-match", tag.as_str())];
        assert!(!tag.is_empty() && through.get_with(path, &fields).status != 304, "{path} {tag}");
    }
}

/// Texts that only the office may see: the schools, Kitas that everyone does not see, operators.
fn secrets(server: &Server, office: &str) -> Vec<String> {
    let names = |path: &str, key: Option<&str>, column: &str| -> Vec<String> {
        let document = ask(server, path, key).json();
        let features = document["features"].as_array().unwrap();
        features.iter().filter_map(|one| Some(one["properties"][column].as_str()?.to_owned())).collect()
    };
    let (kitas, schools) = ("/collections/kitas/items?limit=500", "/collections/schulen/items?limit=500");
    let seen = names(kitas, None, "name").concat();
    let mut secrets = names(schools, Some(office), "name");
    assert!(secrets.len() > 5, "{secrets:?}");
    secrets
        .extend(names(kitas, Some(office), "name").into_iter().filter(|name| !seen.contains(name.as_str())));
    secrets.extend(names(kitas, Some(office), "traeger"));
    secrets.extend([office.to_owned(), "schulart".into(), "traeger".into(), "schulen".into()]);
    secrets
}

fn holds(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_shared_cache_mixes_no_callers_and_stores_nothing_that_is_protected() {
    let place = Place::new(&format!("public_url = {ADDRESS:?}\n{RULES}"));
    let callers = Callers::of(&place);
    let server = place.server();
    let secrets = secrets(&server, &callers.office);
    for turns in [callers.office_first(), callers.everyone_first()] {
        let Some(cache) = Cache::before(&server) else { return };
        nobody_gets_what_is_another_s(&server, &cache, &turns);
        let stored = cache.stored();
        assert!(stored.iter().any(|file| holds(file, "/xyz/spielplaetze/13/4266/2752")), "nothing is stored");
        assert!(stored.iter().any(|file| holds(file, "/xyz/kitas/13/4266/2752")), "nothing is stored");
        for secret in &secrets {
            let holder = stored.iter().find(|file| holds(file, secret));
            let about = holder.map(|file| String::from_utf8_lossy(&file[..file.len().min(900)]));
            assert_eq!(about, None, "{secret} is stored");
        }
        println!("{} answers are stored", stored.len());
    }
}

/// Of several fields `Vary`, nginx before 1.23 heeds only the last.
#[test]
fn a_shared_cache_keeps_the_codings_of_a_tile_apart() {
    let more = "[collections.gebaeude]\nmax_age = \"1h\"\n\
        [collections.gebaeude.access]\nrows = { everyone = \"geschosse > 1\", jugendamt = \"TRUE\" }\n";
    let place = Place::new(&format!("{RULES}{more}"));
    let server = place.server();
    let Some(cache) = Cache::before(&server) else { return };
    let through = Server::at(cache.base.clone());
    let path = "/xyz/gebaeude/14/8532/5503";
    for coding in ["gzip", "identity", "br", "identity", "zstd", "gzip", "identity"] {
        let fields = [("accept-encoding", coding)];
        let (own, got) = (server.get_with(path, &fields), through.get_with(path, &fields));
        let tag = format!("-{coding}\"");
        assert!(got.status == 200 && got.header("etag").ends_with(&tag), "{coding}: {}", got.header("etag"));
        assert_eq!((got.header("etag"), &got.body), (own.header("etag"), &own.body), "{coding}");
    }
}

/// The same cache tells whoever comes next what it was told for the office, if it is made to forget
/// whom an answer is for. So the test above can fail.
#[test]
fn a_cache_that_heeds_nothing_would_mix_callers() {
    let place = Place::new(&format!("public_url = {ADDRESS:?}\n{RULES}"));
    let callers = Callers::of(&place);
    let server = place.server();
    let ignoring = "proxy_ignore_headers Vary Cache-Control Expires; proxy_cache_valid 200 1h;";
    let Some(cache) = Cache::before_with(&server, ignoring) else { return };
    let through = Server::at(cache.base.clone());
    let path = "/collections/schulen/items?limit=500";
    assert_eq!(asked(&through, path, &callers.office).status, 200);
    assert_eq!(through.get(path).status, 200);
    assert!(cache.stored().iter().any(|file| holds(file, "schulart")));
}
