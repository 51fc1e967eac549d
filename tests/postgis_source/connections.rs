//! Connections: passwords, TLS, and servers that go away or do not answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use veedel::error::Kind;
use veedel::source::postgis::{self, Dsn};

use super::postgres::{Cluster, Stop, database};
use super::{found, load, look, run, try_look};

#[test]
fn a_wrong_password_or_database_is_worded_without_either() {
    const CANARY: &str = "kanarienvogel";
    let database = database("anmeldung");
    database.sql("CREATE ROLE secret LOGIN PASSWORD 'richtig'");
    let cluster = database.cluster;
    let fails = |url: String| {
        let error = try_look(&url, &BTreeMap::new()).unwrap_err();
        assert_eq!(error.kind, Kind::Unavailable);
        assert!(!format!("{error} {error:?}").contains(CANARY), "{error}");
        error.what.to_string()
    };
    let by_socket = |who: &str| fails(cluster.url(who, &database.name));
    assert!(by_socket("secret:kanarienvogel").ends_with("does not accept this user and password"));
    assert!(by_socket("secret:k%61narienvogel").ends_with("does not accept this user and password"));
    assert!(by_socket("secret").ends_with("asks for a password"));
    assert!(by_socket("niemand:kanarienvogel").ends_with("does not let this user in"));
    assert!(fails(cluster.url("postgres:kanarienvogel", "keine")).ends_with("has no database of this name"));
    let nobody = |host: &str| fails(format!("postgresql://a:kanarienvogel@{host}/d"));
    assert!(nobody("127.0.0.1:1").ends_with("nothing listens there"));
    assert!(nobody("%2Fnirgends").ends_with("there is no such socket"));
    assert!(nobody("gibt.es.invalid").ends_with("cannot be reached"));
    let plain = cluster.tcp_url("postgres:kanarienvogel", "127.0.0.1", &database.name) + "?sslmode=require";
    assert!(fails(plain).ends_with("does not offer TLS"));
    assert!(try_look(&cluster.url("secret:richtig", &database.name), &BTreeMap::new()).is_ok());
}

#[test]
fn tls_is_checked_as_sslmode_says() {
    let cluster = Cluster::start();
    let database = cluster.database("tls");
    let authority = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec![]).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = parameters.self_signed(&authority).unwrap();
    let issuer = rcgen::Issuer::new(parameters, authority);
    let key = rcgen::KeyPair::generate().unwrap();
    let named = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = named.signed_by(&key, &issuer).unwrap();
    cluster.offer_tls(&certificate.pem(), &key.serialize_pem());
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let good = file("good.pem", root.pem());
    let other = rcgen::CertificateParams::new(vec![])
        .unwrap()
        .self_signed(&rcgen::KeyPair::generate().unwrap())
        .unwrap();
    let other = file("other.pem", other.pem());
    let connect = |host: &str, query: &str| {
        let url = cluster.tcp_url("postgres", host, &database.name) + "?" + query;
        try_look(&url, &BTreeMap::new()).map(|_| ()).map_err(|error| error.what.to_string())
    };
    let full = format!("sslmode=verify-full&sslrootcert={good}");
    assert_eq!(connect("localhost", &full), Ok(()));
    assert!(connect("127.0.0.1", &full).unwrap_err().ends_with("is for another name"));
    assert_eq!(connect("127.0.0.1", &format!("sslmode=verify-ca&sslrootcert={good}")), Ok(()));
    assert_eq!(connect("127.0.0.1", &format!("sslmode=require&sslrootcert={good}")), Ok(()));
    for mode in ["verify-full", "verify-ca", "require"] {
        let error = connect("localhost", &format!("sslmode={mode}&sslrootcert={other}")).unwrap_err();
        assert!(error.ends_with("is not signed by a trusted authority"), "{mode}: {error}");
    }
    assert!(connect("localhost", "sslmode=verify-full").is_err());
    for mode in ["disable", "allow", "prefer", "require"] {
        assert_eq!(connect("127.0.0.1", &format!("sslmode={mode}")), Ok(()), "{mode}");
    }
    let encrypted = |query: &str| {
        let dsn = Dsn::parse(&(cluster.tcp_url("postgres", "127.0.0.1", &database.name) + query)).unwrap();
        run(async {
            let client = postgis::connect(&dsn).await.unwrap();
            let question = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
            client.query_one(question, &[]).await.unwrap().get::<_, bool>(0)
        })
    };
    assert!(encrypted("") && encrypted("?sslmode=require") && !encrypted("?sslmode=disable"));
}

#[test]
fn a_database_that_goes_away_is_said_so_and_found_again() {
    let cluster = Cluster::start();
    let database = cluster.database("fort");
    database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, geom geometry(Point, 4326));
         INSERT INTO t SELECT i, 'SRID=4326;POINT(7 51)' FROM generate_series(1, 1000) i;
         CREATE VIEW langsam AS SELECT id, geom, pg_sleep(0.01) IS NULL AS s FROM t;",
    );
    let url = database.url();
    let look = look(&url);
    let broken = std::thread::scope(|scope| {
        let loading = scope.spawn(|| load(&url, found(&look, "public.langsam")));
        std::thread::sleep(Duration::from_millis(700));
        cluster.stop(Stop::Immediate);
        loading.join().unwrap().unwrap_err()
    });
    assert_eq!(broken.kind, Kind::Unavailable, "{broken}");
    let begun = Instant::now();
    assert_eq!(load(&url, found(&look, "public.t")).unwrap_err().kind, Kind::Unavailable);
    assert!(begun.elapsed() < Duration::from_secs(6));
    cluster.restart();
    assert_eq!(load(&url, found(&look, "public.t")).unwrap().len(), 1000);
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgresql://a:geheim@127.0.0.1:{}/d", silent.local_addr().unwrap().port());
    let begun = Instant::now();
    let error = try_look(&url, &BTreeMap::new()).unwrap_err();
    assert!(error.what.to_string().ends_with("did not answer within 5 s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(7));
}
