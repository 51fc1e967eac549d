//! Handles signals: SIGTERM and SIGINT stop the server, SIGHUP reads the configuration again.

use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::error::{Error, Result};

/// How long the server may take to end by itself after it was told to end at once.
const GRACE: Duration = Duration::from_millis(200);

/// Returns the number of SIGTERM and SIGINT received. They are handled on a thread of their own,
/// which ends the process at the second signal, and `patience` after the first, however busy all
/// other threads are.
///
/// # Errors
///
/// Fails if the process cannot receive these signals.
pub fn stop(patience: Duration) -> Result<watch::Receiver<usize>> {
    let failed = |fault: std::io::Error| Error::internal(format!("a thread cannot be started: {fault}"));
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (count, counted) = watch::channel(0);
    // The handlers are installed before anything waits for them.
    let entered = runtime.enter();
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate()), listen(SignalKind::interrupt()));
    drop(entered);
    let heard = async move {
        let mut either = async || {
            tokio::select! {
                () = next(&mut terminate) => {}
                () = next(&mut interrupt) => {}
            }
        };
        either().await;
        count.send_replace(1);
        if tokio::time::timeout(patience, either()).await.is_ok() {
            count.send_replace(2);
        }
        tokio::time::sleep(GRACE).await;
        tracing::warn!("stopped; work under way was given up");
        std::process::exit(0);
    };
    let started =
        std::thread::Builder::new().name("veedel-stop".into()).spawn(move || runtime.block_on(heard));
    started.map(|_| counted).map_err(failed)
}

/// Returns a counter that grows with each SIGHUP, after `first` was called.
pub fn reload(first: impl Fn() + Send + 'static) -> watch::Receiver<u64> {
    let (count, counted) = watch::channel(0);
    tokio::spawn(async move {
        let mut hangup = listen(SignalKind::hangup());
        loop {
            next(&mut hangup).await;
            first();
            count.send_modify(|count| *count += 1);
        }
    });
    counted
}

fn listen(kind: SignalKind) -> Option<Signal> {
    signal(kind).inspect_err(|fault| tracing::warn!("signals cannot be heard: {fault}")).ok()
}

/// Waits for the next signal, or for ever if signals cannot be received.
async fn next(signal: &mut Option<Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}
