//! A caller who must not see anything is refused at every address, even if others were answered
//! there before.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpSocket;
use tokio::sync::watch;

use super::shared::Shared;
use super::{app, budget, follow, names, progress, put_into_force};
use crate::access::Identified;
use crate::config::Settings;
use crate::error::{Error, Kind};
use crate::layer::world::SourceStatus;
use crate::snapshot::Snapshots;
use crate::source::Source;
use crate::web::App;
use crate::web::http::credentials::Identify;
use crate::web::routes::ADDRESSES;
use crate::web::server::service::Service;
use crate::web::server::{listen, threads};

/// Returns the server's state after the embedded city was loaded.
pub(super) async fn city() -> Arc<App> {
    let settings = Settings::default();
    let snapshots = Arc::new(Snapshots::default());
    snapshots.update(|first| {
        put_into_force(&settings, first);
        let source = SourceStatus { name: "city".into(), away: None, refusals: vec![], looked: false };
        first.world_mut().sources = vec![source];
    });
    let app = Arc::new(app(&settings, None, snapshots.clone()).unwrap());
    let shared = Arc::new(Shared {
        snapshots: snapshots.clone(),
        budget: Mutex::new(budget::Budget::new(settings.memory_budget.bytes())),
        settings: ArcSwap::from_pointee(settings),
        names: Mutex::<names::Names>::default(),
        progress: progress::Progress::new(),
        changes: app.changes.clone(),
        expirations: app.expirations.clone(),
        map_files: app.map_files.clone(),
        missing_areas: Mutex::default(),
        audit: None,
    });
    let (sender, reload) = watch::channel(0);
    tokio::spawn(async move {
        follow::all(shared, vec![Source::Embedded], reload).await;
        drop(sender);
    });
    while !snapshots.world().is_ready() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    app
}

pub(super) async fn serve(app: &Arc<App>, identify: Identify) -> SocketAddr {
    // With little room for what clients have not read yet, which accepted connections inherit.
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(16 << 10).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(128).unwrap();
    let address = listener.local_addr().unwrap();
    let (service, limits) = (Service::identifying(app.clone(), identify), app.limits.clone());
    let threads = threads::Threads::start().unwrap();
    tokio::spawn(async move {
        listen::serve(listener, threads, service, &limits, std::future::pending()).await;
    });
    address
}

/// Returns the head of an answer, whose body may never end.
fn ask(address: SocketAddr, method: &str, path: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    connection.write_all(request.as_bytes()).unwrap();
    let mut head = vec![];
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn status(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_is_refused_is_refused_at_every_address() {
    let app = city().await;
    let open = serve(&app, Arc::new(|_| Ok(Identified::default()))).await;
    let closed = serve(&app, Arc::new(|_| Err(Error::new(Kind::Unauthenticated, "who are you?")))).await;
    let asked = tokio::task::spawn_blocking(move || {
        let mut asked = vec![];
        for address in ADDRESSES.iter() {
            let mut path = address.path.to_owned();
            for (name, value) in [
                ("{collectionId}", "kitas"),
                ("{collections}", "kitas"),
                ("{*featureId}", "1"),
                ("{file}", "download.csv"),
                ("{recordId}", "kitas"),
                ("{processId}", "coverage"),
                ("{resultId}", "0"),
                ("{profile}", "foot-walking"),
                ("{*path}", "page.css"),
                ("{tileMatrixSetId}", "WebMercatorQuad"),
                ("{tileMatrix}", "0"),
                ("{tileRow}", "0"),
                ("{tileCol}", "0"),
                ("{styleId}", "kitas"),
                ("{fontstack}", "Noto%20Sans%20Regular"),
                ("{range}", "0-255.pbf"),
                ("{z}", "0"),
                ("{x}", "0"),
                ("{y}", "0"),
            ] {
                path = path.replace(name, value);
            }
            assert!(!path.contains('{'), "{path}");
            let methods = address.operations.iter().flat_map(|operation| operation.verb.methods());
            for method in methods {
                // Asked twice, because the first answer may be cached.
                let answered = [0; 2].map(|_| ask(open, method, &path));
                assert!(answered.iter().all(|head| status(head) != "401"), "{method} {path}");
                let refused = ask(closed, method, &path);
                assert_eq!(status(&refused), "401", "{method} {path}");
                asked.push((path.clone(), status(&answered[1]).to_owned()));
            }
            // A browser's preflight request contains no credentials.
            assert_eq!(status(&ask(closed, "OPTIONS", &path)), "204", "{path}");
        }
        asked
    });
    let asked = asked.await.unwrap();
    let answered = asked.iter().filter(|(_, status)| status == "200").count();
    assert!(answered > 40, "hardly anything was answered: {asked:?}");
    for path in ["/xyz/kitas/0/0/0", "/xyz/kitas.json", "/changes", "/assets/page.css", "/planung"] {
        assert!(asked.contains(&(path.to_owned(), "200".to_owned())), "{path}: {asked:?}");
    }
}
