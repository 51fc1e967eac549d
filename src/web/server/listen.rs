//! Accepts connections (HTTP/1.1 and 2, on hyper), limits their number and the size and time of
//! request heads, and closes them in order when the server stops.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;

use crate::limits::Limits;
use crate::web::http::client::Client;
use crate::web::server::service::Service;
use crate::web::server::shares::Shares;
use crate::web::server::taking::{Streams, Times};
use crate::web::server::threads::Threads;
use crate::web::state::App;

/// The wait after the system failed to accept a connection (no file handles left), which keeps the
/// loop from spinning.
pub const REFUSED_WAIT: Duration = Duration::from_millis(100);

/// Serves connections with `service` on `threads` until `stop` resolves. Then accepts no new ones,
/// lets current requests finish, and returns when all connections are closed. To stop without
/// waiting, drop the future.
pub async fn serve(
    listener: TcpListener,
    threads: Threads,
    service: Service,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) {
    let times = Times { write_time: limits.write_time, cut: service.app().metrics.answers_cut.clone() };
    let server = Arc::new(builder(limits, Streams(times.clone())));
    let places = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let shares = Shares::new(limits.connections_per_client);
    let connections = GracefulShutdown::new();
    let (stopping, stopped) = watch::channel(false);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let taken = accepted.and_then(|(stream, client)| Ok((stream.into_std()?, client)));
        let (stream, client) = match taken {
            Ok(taken) => taken,
            Err(fault) => {
                tracing::warn!("a connection could not be taken: {fault}");
                tokio::time::sleep(REFUSED_WAIT).await;
                continue;
            }
        };
        // A connection beyond the limit is closed at once, and open ones continue. A trusted proxy
        // has no limit of its own, because it connects for many clients.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (peer, is_one) = (client.ip(), !service.app().proxies.trust(client.ip()));
        let share = is_one.then(|| shares.enter(Client::at(peer)));
        if matches!(share, Some(None)) {
            continue;
        }
        let watcher = connections.watcher();
        let (server, mut stopped) = (server.clone(), stopped.clone());
        let service = service.for_peer(peer);
        let (head_time, times) = (limits.head_time, times.clone());
        threads.spawn(async move {
            let _held = (place, share);
            let _counted = Counted::new(service.app().clone());
            let Ok(stream) = TcpStream::from_std(stream) else { return };
            let speaks = tokio::select! {
                speaks = tokio::time::timeout(head_time, begins_to_speak(&stream)) => speaks.unwrap_or(false),
                _ = stopped.changed() => false,
            };
            if speaks {
                // Disables Nagle's algorithm, so that small answers leave at once.
                let _ = stream.set_nodelay(true);
                connection(stream, &server, service, watcher, times).await;
            }
        });
    }
    drop(listener);
    let _ = stopping.send(true);
    connections.shutdown().await;
}

fn builder(limits: &Limits, streams: Streams) -> auto::Builder<Streams> {
    let mut server = auto::Builder::new(streams);
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_time)
        .max_headers(limits.head_fields)
        .max_buf_size(limits.head_bytes.max(8192));
    server
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(20)))
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX));
    server
}

/// The connection preface of HTTP/2 (RFC 9113, 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The time between two checks of a connection that has sent a part of the preface.
const PART_WAIT: Duration = Duration::from_millis(10);

/// Waits until the client has sent enough to distinguish HTTP/1.1 from HTTP/2. Returns false if it
/// closed the connection instead. hyper has no time limit before that point, so without this wait a
/// silent connection would hold its place for ever.
async fn begins_to_speak(stream: &TcpStream) -> bool {
    let mut first = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut first).await {
            Ok(0) | Err(_) => return false,
            Ok(length) => {
                let seen = first.get(..length).unwrap_or_default();
                if length == PREFACE.len() || !PREFACE.starts_with(seen) {
                    return true;
                }
                tokio::time::sleep(PART_WAIT).await;
            }
        }
    }
}

async fn connection(
    stream: TcpStream,
    server: &auto::Builder<Streams>,
    service: Service,
    watcher: hyper_util::server::graceful::Watcher,
    times: Times,
) {
    // A client that takes nothing of an answer for so long is gone, or tries to occupy memory.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(times.write_time));
    let connection =
        watcher.watch(server.serve_connection(TokioIo::new(Box::pin(stream)), service).into_owned());
    let answers = async {
        if let Err(fault) = connection.await {
            // A client that goes away or does not speak HTTP is no reason for a warning.
            tracing::debug!("a connection ended: {fault}");
        }
    };
    times.watch(answers).await;
}

/// Counts a connection in the metrics as open until it is dropped.
struct Counted(Arc<App>);

impl Counted {
    fn new(app: Arc<App>) -> Counted {
        app.metrics.connections.inc();
        Counted(app)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.metrics.connections.dec();
    }
}
