//! A separate address for monitoring, which answers `/health`, `/ready` and `/metrics` only.
//!
//! Its connections do not count for the limit of connections, and it has a thread of its own. So it
//! answers however many connections are open elsewhere, and however long the other threads compute.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::{Router, middleware};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::web::http::problem;
use crate::web::server::admit::is_always_answered;
use crate::web::server::layers;
use crate::web::server::listen::REFUSED_WAIT;
use crate::web::state::App;

/// The number of connections open at once. A further one waits until another is closed.
const CONNECTIONS: usize = 64;
/// The longest time a connection may last. A monitoring system that watches for longer connects
/// again.
const LIFE: Duration = Duration::from_secs(60);

/// Serves `listener` on a thread of its own, as long as the process lives.
pub fn serve(app: Arc<App>, listener: TcpListener) -> Result<()> {
    let failed = |fault: std::io::Error| Error::internal(format!("a thread cannot be started: {fault}"));
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let started = std::thread::Builder::new().name("veedel-operator".into()).spawn(move || {
        runtime.block_on(async {
            match listener.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(listener)) {
                Ok(listener) => answer(listener, router(app)).await,
                Err(fault) => tracing::error!("the operator's address is closed: {fault}"),
            }
        });
    });
    started.map(|_| ()).map_err(failed)
}

fn router(app: Arc<App>) -> Router {
    crate::web::routes::routes()
        .into_iter()
        .filter(|route| is_always_answered(route.path()))
        .fold(Router::new(), |router, route| route.put_into(router))
        .fallback(async || problem::not_found("here are /health, /ready and /metrics alone"))
        .layer(middleware::from_fn_with_state(app.clone(), layers::enter))
        .layer(middleware::from_fn_with_state(app, layers::say))
}

async fn answer(listener: tokio::net::TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed, so this does not return here.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    let _place = place;
                    connection(stream, router).await;
                });
            }
            Err(fault) => {
                tracing::warn!("a connection of the operator's could not be taken: {fault}");
                tokio::time::sleep(REFUSED_WAIT).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(5));
    let connection = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Ok(Err(fault)) = tokio::time::timeout(LIFE, connection).await {
        tracing::debug!("a connection of the operator's ended: {fault}");
    }
}
