//! SIGTERM and SIGINT stop, SIGHUP reloads.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Waits for SIGTERM or SIGINT.
pub async fn stop() {
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate()), listen(SignalKind::interrupt()));
    tokio::select! {
        () = next(&mut terminate) => {}
        () = next(&mut interrupt) => {}
    }
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
