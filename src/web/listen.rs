//! The connections: HTTP/1.1 and 2 on hyper, with limits on how many there are, how long and how large a
//! request's head may be, and an orderly end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::limits::Limits;

/// The wait after the system refused a connection (no file handles left), so as not to spin.
const REFUSED_WAIT: Duration = Duration::from_millis(100);

/// Answers connections with `router` until `stop` resolves; then takes no new ones, lets requests under way
/// finish, and returns when all connections are closed. Whoever cannot wait drops the future.
pub async fn serve(listener: TcpListener, router: Router, limits: &Limits, stop: impl Future<Output = ()>) {
    let server = Arc::new(builder(limits));
    let places = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(fault) => {
                tracing::warn!("a connection could not be taken: {fault}");
                tokio::time::sleep(REFUSED_WAIT).await;
                continue;
            }
        };
        // One too many is closed at once; those that are open go on.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let watcher = connections.watcher();
        let (server, router) = (server.clone(), router.clone());
        tokio::spawn(async move {
            let _place = place;
            connection(stream, &server, router, watcher).await;
        });
    }
    drop(listener);
    connections.shutdown().await;
}

fn builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
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

async fn connection(
    stream: TcpStream,
    server: &auto::Builder<TokioExecutor>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(fault) = watcher.watch(connection).await {
        // A client that goes away or sends no HTTP is nothing to warn of.
        tracing::debug!("a connection ended: {fault}");
    }
}
