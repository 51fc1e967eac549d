//! Keys and the record in a database that several servers share: who may do what with them, what happens while the
//! database is away, and that nothing is taken out unseen.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::postgres::{Cluster, Database, Stop, database};
use crate::proxy::{Line, Proxy};
use crate::server::{Answer, Server};

const RULES: &str = "[access.roles.jugendamt]\n[access.roles.statistik]\nexact_statistics = true\n\
    [collections.schulen.access]\nread = [\"jugendamt\"]\n";

/// What planning answers from.
const PLANNING: &str = r#"
[roles.network]
collection = "strassen"
[roles.demand]
collection = "adressen"
address = ["strasse", "hausnummer"]
[roles.areas.bezirk]
collection = "bezirke"
id = "id"
name = "name"
[roles.areas.viertel]
collection = "quartiere"
id = "name"
[roles.population]
collection = "bevoelkerung"
level = "viertel"
area = "gebiet"
date = "stichtag"
group = "altersgruppe"
persons = "anzahl"
"#;

/// A page that callers in the role jugendamt see.
const PAGE: &str = "/collections/schulen/items?limit=1";
/// A question whose answer is exact for callers in the role statistik.
const EXACT: &str = "/processes/reach/execution?points=7.47,50.73&distance=500";

/// A database for keys and record, a role for servers, and a configuration.
struct Office<'a> {
    database: Database<'a>,
    role: String,
    folder: tempfile::TempDir,
}

impl<'a> Office<'a> {
    /// One in which nothing is installed.
    fn bare(database: Database<'a>) -> Office<'a> {
        let (folder, role) = (tempfile::tempdir().unwrap(), format!("{}_server", database.name));
        database.sql(&format!("CREATE ROLE \"{role}\" LOGIN"));
        let office = Office { database, role, folder };
        office.configure(&office.database.url_as(&office.role));
        office
    }

    fn of(database: Database<'a>) -> Office<'a> {
        let office = Office::bare(database);
        office.install();
        office
    }

    fn install(&self) -> String {
        let said = self.veedel(&["state", "install", "--role", &self.role]);
        assert!(said.status.success(), "{said:?}");
        String::from_utf8(said.stdout).unwrap()
    }

    /// Writes the configuration, by which servers reach the state at `url`.
    fn configure(&self, url: &str) {
        let city = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/city");
        let text = format!("state = {url:?}\nsources = {city:?}\n{RULES}{PLANNING}");
        std::fs::write(self.config(), text).unwrap();
    }

    fn config(&self) -> String {
        self.folder.path().join("veedel.toml").to_str().unwrap().to_owned()
    }

    fn server(&self) -> Server {
        Server::ready(&["--config", &self.config()])
    }

    /// `veedel serve` where it is to fail; what it says.
    fn refused(&self) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--config", &self.config()]);
        let output = command.output().unwrap();
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// A command, as the role of the configuration.
    fn plain(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_veedel"));
        command.args(arguments).args(["--config", &self.config()]).output().unwrap()
    }

    /// A command, as the owner of the database.
    fn veedel(&self, arguments: &[&str]) -> Output {
        self.plain(&[arguments, &["--state", &self.database.url()]].concat())
    }

    /// A new key.
    fn add(&self, name: &str, role: &str) -> String {
        let made = self.veedel(&["key", "add", name, "--role", role]);
        assert!(made.status.success(), "{made:?}");
        format!("Bearer {}", String::from_utf8(made.stdout).unwrap().trim())
    }

    /// The entries of the record, after checking them.
    fn exported(&self) -> Vec<Value> {
        let output = self.veedel(&["audit", "export"]);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Whether SQL succeeds as the role of the servers.
    fn may(&self, sql: &str) -> bool {
        let role = &self.role;
        self.database.cluster.try_sql(
            &self.database.name,
            &format!("SET SESSION AUTHORIZATION \"{role}\";\nBEGIN;\n{sql};\nROLLBACK;"),
        )
    }
}

fn ask(server: &Server, path: &str, key: &str) -> Answer {
    server.get_with(path, &[("authorization", key)])
}

fn of(entries: &[Value], what: &str) -> usize {
    entries.iter().filter(|entry| entry["what"] == what).count()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Waits until a page is answered with a status; how long that took.
fn until(server: &Server, path: &str, key: &str, status: u16) -> Duration {
    let begun = Instant::now();
    server.wait_for("the status", |server| (ask(server, path, key).status == status).then_some(()));
    begun.elapsed()
}

#[test]
fn a_key_is_accepted_by_two_servers_and_ends_at_both() {
    let office = Office::of(database("schluessel"));
    let early = office.add("früh", "jugendamt");
    let nodes = [office.server(), office.server()];
    let late = office.add("Amt für Kinder", "jugendamt");
    for node in &nodes {
        assert_eq!(ask(node, PAGE, &early).status, 200);
        assert!(until(node, PAGE, &late, 200) < Duration::from_secs(5));
        assert_eq!(node.get(PAGE).status, 404);
    }
    let listed = text(&office.veedel(&["key", "list"]).stdout);
    assert!(listed.contains("Amt für Kinder; roles jugendamt") && listed.contains("never used"), "{listed}");
    // The server's role may list, too, and sees no secret.
    assert_eq!(text(&office.plain(&["key", "list"]).stdout), listed);
    assert!(!listed.contains(&late[20..]), "{listed}");
    for (arguments, said) in [
        (vec!["key", "add", "früh", "--role", "jugendamt"], "there is a key of the name"),
        (vec!["key", "revoke", "X"], "there is no key \"X\" in force"),
        (vec!["key", "forget", "früh"], "is in force"),
    ] {
        let refused = office.veedel(&arguments);
        assert!(!refused.status.success() && text(&refused.stderr).contains(said), "{refused:?}");
    }
    let mut stream = std::net::TcpStream::connect(nodes[1].address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET /changes HTTP/1.1\r\nHost: a\r\nAuthorization: {late}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "HTTP/1.1 200 OK");
    let begun = Instant::now();
    assert!(office.veedel(&["key", "revoke", "Amt für Kinder"]).status.success());
    // The last chunk has the length 0.
    assert!(lines.map(Result::unwrap).any(|line| line == "0"), "the stream goes on");
    for node in &nodes {
        until(node, PAGE, &late, 401);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(ask(node, PAGE, &early).status, 200);
    }
    println!("a revoked key ended at two servers after {:?}", begun.elapsed());
    assert!(office.veedel(&["key", "forget", "Amt für Kinder"]).status.success());
    assert_eq!(office.database.sql("SELECT name FROM veedel.key"), "früh");
    let entries = office.exported();
    let counts = ["key_added", "key_revoked", "key_forgotten", "rules"].map(|what| of(&entries, what));
    assert_eq!(counts, [2, 1, 1, 1], "{entries:?}");
    // The text of a key is nowhere in the database.
    let all = office.database.sql("SELECT * FROM veedel.key; SELECT * FROM veedel.audit");
    assert!(!all.contains(&early[20..]) && !all.contains(&late[20..]), "{all}");
    // A key of which the database has nonsense puts none into force.
    drop(nodes);
    office
        .database
        .sql("INSERT INTO veedel.key VALUES ('x', '01234567', repeat('A', 43), '{jugendamt}', now())");
    assert_eq!(ask(&office.server(), PAGE, &early).status, 200);
}

#[test]
fn the_role_of_a_server_only_appends_and_makes_no_keys() {
    let office = Office::of(database("rechte"));
    office.add("a", "jugendamt");
    assert!(office.may("SELECT * FROM veedel.key") && office.may("SELECT veedel.audit_end()"));
    assert!(office.may("UPDATE veedel.key SET last_used = now()"));
    let append = |month: &str| {
        format!(
            "SELECT veedel.audit_append((SELECT encode(sha256(convert_to(e.line, 'UTF8')), 'hex') FROM veedel.audit_end() e), {month}, 'x')"
        )
    };
    let present = "to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')";
    assert!(office.may(&append(present)));
    // No month before the last one, none that has not begun, and nothing that is no month.
    for month in ["'1999-01'", "'9999-12'", "to_char(now() + interval '40 days', 'YYYY-MM')", "'x'", "NULL"] {
        assert!(!office.may(&append(month)), "{month}");
    }
    for never in [
        "SELECT * FROM veedel.audit",
        "SELECT count(*) FROM veedel.audit",
        "INSERT INTO veedel.audit VALUES ('2026-01', 1, 'x')",
        "UPDATE veedel.audit SET line = ''",
        "DELETE FROM veedel.audit",
        "TRUNCATE veedel.audit",
        "DROP TABLE veedel.audit",
        "ALTER TABLE veedel.audit DISABLE TRIGGER ALL",
        "CREATE TRIGGER t BEFORE INSERT ON veedel.audit FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "LOCK TABLE veedel.audit IN ACCESS SHARE MODE",
        "LOCK TABLE veedel.appending IN ACCESS SHARE MODE",
        "CREATE OR REPLACE FUNCTION veedel.audit_end() RETURNS text LANGUAGE sql AS 'SELECT 1'",
        "CREATE TABLE veedel.mine ()",
        "INSERT INTO veedel.key SELECT * FROM veedel.key",
        "DELETE FROM veedel.key",
        "UPDATE veedel.key SET revoked = NULL",
        "UPDATE veedel.key SET roles = '{statistik}'",
        "UPDATE veedel.key SET sha256 = sha256",
    ] {
        assert!(!office.may(never), "{never}");
    }
    // A function of the caller's own does not run with the rights of the owner.
    let role = &office.role;
    office.database.sql(&format!("GRANT CREATE ON SCHEMA public TO \"{role}\""));
    assert!(!office.may(
        "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'DELETE FROM veedel.audit; SELECT $1';
         SET search_path = public, pg_catalog; SELECT veedel.audit_append('', '2026-12', 'x');
         SELECT 1 / count(*) FILTER (WHERE line IS NULL) FROM veedel.audit_end()"
    ));
    // In a transaction that would not see what others append meanwhile, nothing is appended.
    assert!(!office.may(
        "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT veedel.audit_append(NULL, '2026-12', 'x')"
    ));
    // Commands that need more say what is lacking.
    for (arguments, said) in [
        (&["key", "add", "b", "--role", "jugendamt"][..], "INSERT on veedel.key"),
        (&["audit", "verify"], "SELECT on veedel.audit"),
        (&["state", "install"], "use a role with CREATE on the database"),
    ] {
        let refused = office.plain(arguments);
        let told = text(&refused.stderr);
        assert!(!refused.status.success() && refused.stdout.is_empty() && told.contains(said), "{told}");
    }
    // A manager is not the owner, and may do that.
    let manager = format!("{}_manager", office.database.name);
    office.database.sql(&format!("CREATE ROLE \"{manager}\" LOGIN"));
    assert!(office.veedel(&["state", "install", "--manager", &manager]).status.success());
    let url = office.database.url_as(&manager);
    for arguments in [
        &["key", "add", "b", "--role", "jugendamt"][..],
        &["key", "revoke", "b"],
        &["key", "forget", "b"],
        &["audit", "verify"],
    ] {
        let done = office.plain(&[arguments, &["--state", &url]].concat());
        assert!(done.status.success(), "{done:?}");
    }
    let install = office.plain(&["state", "install", "--state", &url]);
    assert!(!install.status.success(), "{install:?}");
}

#[test]
fn several_servers_and_commands_append_at_once_and_make_one_chain() {
    let office = Office::of(database("kette"));
    let exact = office.add("Statistik", "statistik");
    let nodes = [office.server(), office.server()];
    let begun = Instant::now();
    std::thread::scope(|threads| {
        for number in 0..3 {
            let office = &office;
            threads.spawn(move || {
                for round in 0..4 {
                    office.add(&format!("key {number} {round}"), "jugendamt");
                }
            });
        }
        for node in nodes.iter().chain(&nodes) {
            let exact = &exact;
            threads.spawn(move || {
                for _ in 0..15 {
                    let answer = ask(node, EXACT, exact);
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    assert_eq!(ask(node, "/", "Bearer falsch").status, 401);
                }
            });
        }
    });
    println!("72 entries of two servers and three commands took {:?}", begun.elapsed());
    std::thread::sleep(Duration::from_millis(2_500));
    let verified = office.veedel(&["audit", "verify"]);
    assert!(verified.status.success(), "{verified:?}");
    let entries = office.exported();
    assert_eq!(
        [of(&entries, "key_added"), of(&entries, "exact_statistics"), of(&entries, "rules")],
        [13, 60, 1]
    );
    let denied = entries.iter().filter(|entry| entry["what"] == "denied");
    assert_eq!(denied.map(|entry| entry["count"].as_u64().unwrap()).sum::<u64>(), 60);
    // Other rules are recorded by the server that has them, once.
    let rules = std::fs::read_to_string(office.config()).unwrap()
        + "[collections.kitas.access]\nread = [\"jugendamt\"]\n";
    std::fs::write(office.config(), rules).unwrap();
    nodes.iter().for_each(|node| node.signal("-HUP"));
    for node in &nodes {
        node.wait_for("the rules", |node| (node.get("/collections/kitas").status == 404).then_some(()));
    }
    let count = of(&office.exported(), "rules");
    assert!((2..=3).contains(&count), "{count}");
}

#[test]
fn what_is_changed_or_taken_out_of_the_database_is_found() {
    let office = Office::of(database("fund"));
    for number in 0..5 {
        office.add(&format!("key {number}"), "jugendamt");
    }
    let whole = office.veedel(&["audit", "verify"]);
    let said = text(&whole.stdout);
    assert!(whole.status.success() && said.contains("5 entries"), "{said}");
    let head = said.lines().last().unwrap().strip_prefix("head ").unwrap().to_owned();
    office.database.sql("CREATE TABLE kept AS SELECT * FROM veedel.audit");
    for (change, said) in [
        (
            "UPDATE veedel.audit SET line = replace(line, 'jugendamt', 'statistik') WHERE position = 1",
            "line 2: names another line",
        ),
        ("DELETE FROM veedel.audit WHERE position = 3", "line 3: names another line"),
        ("DELETE FROM veedel.audit WHERE position = 1", "line 1: is not the first one"),
        ("UPDATE veedel.audit SET line = left(line, -4) WHERE position = 5", "line 5: is no entry"),
        (
            "UPDATE veedel.audit SET line = line || E'\\n' || line WHERE position = 2",
            "line 3: names another line",
        ),
        ("UPDATE veedel.audit SET position = 9 WHERE position = 1", "line 1: is not the first one"),
        ("UPDATE veedel.audit SET segment = '1999-01'", "line 1: is not the first one"),
    ] {
        office.database.sql(change);
        let found = office.veedel(&["audit", "verify"]);
        let told = text(&found.stderr);
        assert!(
            !found.status.success() && told.contains(said) && told.contains("veedel.audit of postgresql://"),
            "{said}: {told}"
        );
        assert!(!office.veedel(&["audit", "export"]).status.success());
        office.database.sql("TRUNCATE veedel.audit; INSERT INTO veedel.audit SELECT * FROM kept");
    }
    assert!(office.veedel(&["audit", "verify", "--head", &head]).status.success());
    office.database.sql("DELETE FROM veedel.audit WHERE position = 5");
    assert!(office.veedel(&["audit", "verify"]).status.success());
    let cut = office.veedel(&["audit", "verify", "--head", &head]);
    assert!(!cut.status.success() && text(&cut.stderr).contains("cut off"), "{cut:?}");
}

/// The database is stopped, or its line lets nothing pass.
#[test]
fn while_the_database_is_away_keys_close_and_everyone_else_goes_on() {
    let cluster = Cluster::start();
    let office = Office::of(cluster.database("weg"));
    let proxy = Proxy::to(cluster.port());
    let (role, name) = (&office.role, &office.database.name);
    office.configure(&format!("postgresql://{role}@127.0.0.1:{}/{name}?sslmode=disable", proxy.port));
    let (key, exact) = (office.add("Amt", "jugendamt"), office.add("Statistik", "statistik"));
    let server = office.server();
    let was = of(&office.exported(), "exact_statistics");
    assert_eq!(ask(&server, EXACT, &exact).status, 200);
    for how in ["stalled", "stopped"] {
        until(&server, PAGE, &key, 200);
        match how {
            "stalled" => proxy.set(Line::Stalled),
            _ => cluster.stop(Stop::Immediate),
        }
        let begun = Instant::now();
        // What was read last is still believed; but nothing exact is given that is not recorded.
        assert_eq!(ask(&server, PAGE, &key).status, 200, "{how}");
        let refused = ask(&server, EXACT, &exact);
        let waited = begun.elapsed();
        assert_eq!(refused.status, 503, "{how}: {}", refused.text());
        assert!(waited < Duration::from_secs(7), "{how}: {waited:?}");
        until(&server, PAGE, &key, 503);
        let closed = begun.elapsed();
        assert!(
            closed < waited.max(Duration::from_secs(5)) + Duration::from_millis(500),
            "{how}: {closed:?}"
        );
        println!("{how}: the exact answer was refused after {waited:?}, keys closed after {closed:?}");
        let document = ask(&server, PAGE, &key);
        assert!(document.text().contains("keys cannot be read at present"), "{}", document.text());
        for _ in 0..20 {
            let asked = Instant::now();
            for path in ["/", "/collections/kitas/items?limit=1", "/xyz/kitas/14/8532/5503", "/ready"] {
                assert!([200, 204].contains(&server.get(path).status), "{how}: {path}");
            }
            assert!(asked.elapsed() < Duration::from_secs(1), "{how}: {:?}", asked.elapsed());
        }
        assert_eq!(server.get(PAGE).status, 404);
        match how {
            "stalled" => proxy.set(Line::Good),
            _ => cluster.restart(),
        }
        let again = until(&server, PAGE, &key, 200);
        println!("{how}: keys came back after {again:?}");
        until(&server, EXACT, &exact, 200);
        server.says("keys are in force again");
    }
    // Nobody was answered without its being recorded.
    let verified = office.veedel(&["audit", "verify"]);
    assert!(verified.status.success(), "{verified:?}");
    assert!(of(&office.exported(), "exact_statistics") >= was + 3);
}

#[test]
fn what_is_not_installed_or_not_granted_is_said() {
    let office = Office::bare(database("ohne"));
    let check = |office: &Office<'_>| {
        let output = office.plain(&["check"]);
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    let lacking = "has no tables for keys and the record";
    let (is_well, said) = check(&office);
    assert!(!is_well && said.contains(lacking) && said.contains("veedel state install --role"), "{said}");
    let said = office.refused();
    assert!(said.contains(lacking) && said.contains("veedel state install --role"), "{said}");
    for arguments in [&["key", "list"][..], &["key", "add", "a", "--role", "jugendamt"], &["audit", "verify"]]
    {
        let refused = office.veedel(arguments);
        assert!(!refused.status.success() && text(&refused.stderr).contains(lacking), "{refused:?}");
    }
    // Twice is safe.
    let first = office.install();
    assert!(first.contains("veedel.key: made") && first.contains("may read keys"), "{first}");
    let key = office.add("a", "jugendamt");
    let second = office.install();
    assert!(second.contains("veedel.audit: brought up to date"), "{second}");
    let (is_well, said) = check(&office);
    assert!(is_well && said.contains("keys are read there"), "{said}");
    assert_eq!(ask(&office.server(), PAGE, &key).status, 200);
    // What was granted too much is taken away by the next installation, and said before.
    let role = &office.role;
    office.database.sql(&format!("GRANT SELECT, DELETE ON veedel.audit TO \"{role}\""));
    let (is_well, said) = check(&office);
    assert!(is_well && said.contains("may read or change the record"), "{said}");
    office.server().says("may read or change the record");
    office.install();
    assert!(!check(&office).1.contains("warning"));
    for (right, back, said) in [
        ("SELECT ON veedel.key", "SELECT ON veedel.key", "SELECT on veedel.key"),
        (
            "UPDATE (last_used) ON veedel.key",
            "UPDATE (last_used) ON veedel.key",
            "UPDATE (last_used) on veedel.key",
        ),
        (
            "EXECUTE ON FUNCTION veedel.audit_end()",
            "EXECUTE ON FUNCTION veedel.audit_end()",
            "EXECUTE on the functions",
        ),
        ("USAGE ON SCHEMA veedel", "USAGE ON SCHEMA veedel", "USAGE on schema veedel"),
    ] {
        office.database.sql(&format!("REVOKE {right} FROM \"{role}\""));
        let told = office.refused();
        assert!(told.contains(said) && told.contains("veedel state install --role"), "{told}");
        assert!(!check(&office).0 && check(&office).1.contains(said), "{right}");
        office.database.sql(&format!("GRANT {back} TO \"{role}\""));
    }
    assert_eq!(ask(&office.server(), PAGE, &key).status, 200);
    for (arguments, said) in [
        (&["state", "install", "--role", "nobody_of_this_name"][..], "there is no role nobody_of_this_name"),
        (&["state", "install", "--role", "postgres"], "the role postgres owns the record"),
    ] {
        let refused = office.veedel(arguments);
        assert!(!refused.status.success() && text(&refused.stderr).contains(said), "{refused:?}");
    }
    // A table of somebody else's stays his, and a folder needs no installation.
    let other = Office::bare(database("fremd"));
    other.database.sql("CREATE SCHEMA veedel; CREATE TABLE veedel.audit (a int)");
    let refused = other.veedel(&["state", "install"]);
    assert!(text(&refused.stderr).contains("a table that veedel did not make"), "{refused:?}");
    assert_eq!(other.database.sql("SELECT to_regclass('veedel.key') IS NULL"), "t");
    let refused = other.plain(&["state", "install", "--state", "somewhere"]);
    assert!(text(&refused.stderr).contains("is a folder, which needs no installation"), "{refused:?}");
}

#[test]
fn the_password_of_the_state_is_nowhere_said() {
    let office = Office::of(database("geheim"));
    let exists = office.database.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'secret'");
    if exists == "0" {
        office.database.sql("CREATE ROLE secret LOGIN PASSWORD 'ge@heim'");
    }
    for password in ["kanarie%40nvogel", "kanarie@nvogel"] {
        office.configure(&office.database.url_as(&format!("secret:{password}")));
        let said = office.refused() + &text(&office.plain(&["check"]).stdout);
        let said = said + &text(&office.plain(&["key", "list"]).stderr);
        let option =
            office.plain(&["key", "list", "--state", &office.database.url_as(&format!("secret:{password}"))]);
        let said = said + &text(&option.stderr);
        assert!(!said.contains("kanarie") && !said.contains("nvogel"), "{said}");
        assert!(said.contains("secret") || said.contains("\"@\""), "{said}");
    }
}

#[test]
fn the_feed_and_the_state_live_side_by_side() {
    let office = Office::of(database("beide"));
    crate::feed::table(&office.database, "t", 5);
    let url = office.database.url();
    crate::following::feed_ok(&["install", &url]);
    office.add("a", "jugendamt");
    crate::following::feed_ok(&["remove", &url]);
    assert_eq!(office.exported().len(), 1);
    // Neither table is ever a collection.
    let server = Server::ready(&[&url]);
    assert!(!server.get("/collections").text().contains("audit"));
}

#[test]
fn keys_and_record_survive_a_failover_and_a_standby_is_refused() {
    let primary = Cluster::start();
    let office = Office::of(primary.database("ersatz"));
    let key = office.add("Amt", "jugendamt");
    let standby = primary.standby();
    let url = |hosts: &str| {
        format!("postgresql://{}@{hosts}/{}?sslmode=disable", office.role, office.database.name)
    };
    let hosts = [primary.port(), standby.port()].map(|port| format!("127.0.0.1:{port}"));
    office.configure(&url(&hosts[1]));
    let said = office.refused();
    assert!(said.contains("is a standby, where nothing can be recorded"), "{said}");
    office.configure(&(url(&hosts.join(",")) + "&target_session_attrs=read-write"));
    let server = office.server();
    assert_eq!(ask(&server, PAGE, &key).status, 200);
    primary.stop(Stop::Immediate);
    until(&server, PAGE, &key, 503);
    standby.sql(&office.database.name, "SELECT pg_promote()");
    until(&server, PAGE, &key, 200);
    assert_eq!(ask(&server, "/", "Bearer falsch").status, 401);
    std::thread::sleep(Duration::from_millis(2_500));
    let verified =
        office.plain(&["audit", "verify", "--state", &standby.url("postgres", &office.database.name)]);
    assert!(verified.status.success() && text(&verified.stdout).contains(": 3 entries"), "{verified:?}");
}

/// It is written once a minute.
#[test]
#[ignore = "takes a minute"]
fn the_day_of_last_use_is_noted_at_length() {
    let office = Office::of(database("tag"));
    let (used, _) = (office.add("benutzt", "jugendamt"), office.add("unbenutzt", "jugendamt"));
    let server = office.server();
    assert_eq!(ask(&server, "/", &used).status, 200);
    let begun = Instant::now();
    let noted =
        "SELECT string_agg(name, ',') FROM veedel.key WHERE last_used = (now() AT TIME ZONE 'UTC')::date";
    while office.database.sql(noted) != "benutzt" {
        assert!(begun.elapsed() < Duration::from_secs(75), "{}", server.log());
        std::thread::sleep(Duration::from_secs(1));
    }
    assert!(text(&office.plain(&["key", "list"]).stdout).contains("last used"));
}
