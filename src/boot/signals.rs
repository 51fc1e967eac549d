//! SIGTERM and SIGINT stop, SIGHUP reloads.

use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::error::{Error, Result};

/// How long whoever serves has to end the process by itself once it is to end at once.
const GRACE: Duration = Duration::from_millis(200);

/// How often SIGTERM or SIGINT has come. It is heard on a thread of its own, which ends the process
/// at the second one, and `patience` after the first, whatever keeps all other threads busy.
pub fn stop(patience: Duration) -> Result<watch::Receiver<usize>> {
    let failed = |fault: std::io::Error| Error::internal(format!("a thread cannot be started: {fault}"));
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (count, counted) = watch::channel(0);
    // Before anyone waits for them.
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

/// A counter that grows with each SIGHUP, after `first` was done.
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

/// The next signal; never, where signals cannot be heard.
async fn next(signal: &mut Option<Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}
