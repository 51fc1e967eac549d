//! veedel in this process, for callers in a role: what the role may see is given as rules, one for a
//! collection.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use veedel::access::{Caller, Grants, Identified};
use veedel::boot;
use veedel::config::Settings;
use veedel::limits::Limits;
use veedel::query::cql2::text;

use crate::server::Server;

/// What the role sees of one collection.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The id, or the qualified name.
    pub collection: &'static str,
    /// A filter in CQL2 text; empty for all rows.
    pub rows: &'static str,
    /// The names of the columns, with commas; empty for those that everyone sees.
    pub columns: &'static str,
}

impl Rule {
    fn grants(&self) -> Grants {
        let rows = (!self.rows.is_empty()).then(|| text::parse(self.rows, &Limits::default()).unwrap());
        let names = || self.columns.split(',').map(str::to_owned).collect();
        let columns = (!self.columns.is_empty()).then(names);
        let (rows, show) = (rows.into_iter(), columns.into_iter());
        Grants {
            rows: rows.map(|rows| (OFFICE.into(), rows)).collect(),
            show: show.map(|columns| (OFFICE.into(), columns)).collect(),
            ..Grants::default()
        }
    }
}

/// The name of the role that every request is made in which has no header [`EVERYONE`].
pub const OFFICE: &str = "office";

/// The header of requests by anonymous callers.
pub const EVERYONE: &str = "x-everyone";

/// Serves what the configuration says, at a free port, until this process ends.
pub fn serve(config: &Path, rules: &[Rule]) -> Server {
    let mut settings = veedel::config::read(Some(config)).unwrap();
    settings.policy.grants = rules.iter().map(|rule| (rule.collection.to_owned(), rule.grants())).collect();
    serve_settings(settings)
}

fn serve_settings(mut settings: Settings) -> Server {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    settings.listen = SocketAddr::from(([127, 0, 0, 1], port));
    let again = settings.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let identify = |headers: &axum::http::HeaderMap| match headers.contains_key(EVERYONE) {
            true => Ok(Identified::default()),
            false => Ok(Caller::in_roles([OFFICE]).into()),
        };
        let reread = Box::new(move || Ok(again.clone()));
        runtime.block_on(boot::serve_callers(settings, reread, Some(Arc::new(identify)))).unwrap();
    });
    let server = Server::at(format!("http://127.0.0.1:{port}"));
    server.wait_for("a listener", |_| std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    server.wait_ready();
    server
}
