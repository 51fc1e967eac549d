//! Roles that may read some of it, and TLS.

use crate::postgres::{Cluster, database};
use crate::server::Server;
use crate::tools::{collection, collections, ids, refusal};

#[test]
fn a_role_is_served_what_it_may_read_and_told_what_to_ask_for() {
    let database = database("rechte");
    database.sql(
        "CREATE ROLE \"Leser in\" LOGIN; CREATE ROLE fremder LOGIN;
         CREATE SCHEMA zu; CREATE SCHEMA auf; GRANT USAGE ON SCHEMA auf TO \"Leser in\";
         CREATE TABLE zu.a (id int PRIMARY KEY, geom geometry(Point, 4326));
         CREATE TABLE auf.b (id int PRIMARY KEY, geom geometry(Point, 4326), zwei geometry(Point, 4326));
         CREATE TABLE auf.c (id int PRIMARY KEY, geheim text, geom geometry(Point, 4326));
         CREATE TABLE auf.d (id int PRIMARY KEY, name text, geom geometry(Point, 4326));
         INSERT INTO auf.c VALUES (1, 'streng geheim', 'SRID=4326;POINT(7 51)');
         GRANT SELECT ON zu.a, auf.d TO \"Leser in\"; GRANT SELECT (id, geom) ON auf.c TO \"Leser in\";
         ALTER ROLE \"Leser in\" SET default_transaction_read_only = on; ALTER ROLE \"Leser in\" SET search_path = '';
         ALTER ROLE \"Leser in\" SET DateStyle = 'German';",
    );
    let server = Server::ready(&[&database.url_as("Leser%20in")]);
    assert_eq!(collections(&server), ["c", "d"]);
    assert_eq!(refusal(&server, "zu.a").1, "GRANT USAGE ON SCHEMA \"zu\" TO \"Leser in\"");
    for name in ["auf.b", "auf.b.zwei"] {
        assert_eq!(refusal(&server, name).1, "GRANT SELECT ON \"auf\".\"b\" TO \"Leser in\"");
    }
    let document = collection(&server, "c");
    assert_eq!(document["veedel:columns"].as_array().unwrap().len(), 1);
    assert!(document["veedel:report"].as_str().unwrap().contains("may not read them: geheim"));
    let item = server.get("/collections/c/items/1").text();
    assert!(item.contains("\"id\":1") && !item.contains("streng geheim"), "{item}");
    assert_eq!(server.get("/collections/c/items?geheim=x").status, 400);

    // A role without any right: ready, nothing served, everything said.
    let server = Server::ready(&[&database.url_as("fremder")]);
    assert!(collections(&server).is_empty());
    assert_eq!(
        refusal(&server, "auf.c").1,
        "GRANT USAGE ON SCHEMA \"auf\" TO \"fremder\"; GRANT SELECT ON \"auf\".\"c\" TO \"fremder\""
    );
}

#[test]
fn tls_is_checked_by_name() {
    let cluster = Cluster::start();
    let database = cluster.database("tls");
    database.sql(
        "CREATE TABLE t (id int PRIMARY KEY, geom geometry(Point, 4326)); INSERT INTO t VALUES (1, NULL)",
    );
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
    let path = folder.path().join("root.pem");
    std::fs::write(&path, root.pem()).unwrap();
    let url = |host: &str| {
        cluster.tcp_url("postgres", host, &database.name)
            + &format!("?sslmode=verify-full&sslrootcert={}", path.display())
    };
    let good = Server::ready(&[&url("localhost")]);
    assert_eq!(ids(&good, "t"), ["1"]);
    let used = database.sql("SELECT count(*) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE NOT s.ssl AND a.client_port > 0");
    assert_eq!(used, "0");
    let wrong = Server::start(&[&url("127.0.0.1")]);
    let away = wrong.wait_for("the fault", |server| {
        Some(server.get("/collections").json()["veedel:sources"][0]["away"].as_str()?.to_owned())
    });
    assert!(away.contains("is for another name"), "{away}");
    assert_eq!(wrong.get("/ready").status, 503);
    assert!(collections(&wrong).is_empty());
}
