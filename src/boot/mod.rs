//! Starts the server from the settings: sources, world and web. Keeps it running, and stops it.

pub mod access;
mod app;
pub mod audit;
pub mod budget;
pub mod check;
mod database;
pub mod feed;
pub mod follow;
pub mod hidden;
pub mod import;
pub mod key;
pub mod map_folders;
pub mod names;
pub mod print;
pub mod progress;
pub mod shared;
pub mod signals;
pub mod state;
pub mod tiles;

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::{TcpListener, UnixListener, UnixSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::app::{app, map_files};
use self::shared::Shared;
use self::state::State;
use self::state::key_ring::{self, KeyRing};
use crate::access::Policy;
use crate::config::{Fault, Settings};
use crate::error::{Error, Result};
use crate::layer::world::SourceStatus;
use crate::snapshot::{Snapshot, Snapshots};
use crate::source::Source;
use crate::web::http::credentials::Identify;
use crate::web::state::audit::Audit;
use crate::web::{self, App};

/// The number of connections to the operator's socket that wait to be accepted.
const WAITING: u32 = 128;

/// How long after its time the process is ended, even if work on its threads does not end.
const OVERTIME: Duration = Duration::from_millis(500);

impl Shared {
    /// Applies a configuration that was read again, or logs why it is not applied. The sources are
    /// read again afterwards.
    fn configure(&self, read: std::result::Result<Settings, Vec<Fault>>) {
        let new = match read {
            Ok(new) => new,
            Err(faults) => {
                faults.iter().for_each(|fault| tracing::error!("{fault}"));
                tracing::error!("the configuration has faults, and stays as it was");
                return;
            }
        };
        let before = self.settings.load_full();
        let mut settings = Settings::clone(&before);
        for key in settings.take_over(new) {
            tracing::warn!("{key} was changed, which needs a restart");
        }
        if let Err(why) = tokio::task::block_in_place(|| record_rules(self.audit.as_deref(), &settings)) {
            tracing::error!("the configuration stays as it was, as its rules cannot be recorded: {why}");
            return;
        }
        say_what_is_protected(&settings);
        self.update(|next| put_into_force(&settings, next));
        self.map_files.store(Arc::new(map_files(&settings)));
        if before.policy != (Policy { edition: before.policy.edition, ..settings.policy.clone() }) {
            self.changes.begin_anew();
        }
        self.settings.store(Arc::new(settings));
    }
}

/// Records the rules of the settings, if they are others than before.
fn record_rules(audit: Option<&Audit>, settings: &Settings) -> Result<()> {
    audit.map_or(Ok(()), |audit| audit.record_rules(&settings.policy))
}

/// Applies what the settings say about the snapshot.
fn put_into_force(settings: &Settings, next: &mut Snapshot) {
    next.configure(settings.policy.clone(), settings.roles.clone(), settings.publication.clone());
    next.set_base_map(settings.base_map.clone());
}

/// The niceness (`nice(2)`) of the threads of `rayon`. They get a quarter of a core that other
/// threads need too.
const MODESTY: i32 = 5;

/// A function that reads the configuration again.
pub type Reread = Box<dyn Fn() -> std::result::Result<Settings, Vec<Fault>> + Send + Sync>;

/// Serves until SIGTERM or SIGINT. On SIGHUP the configuration is read again.
///
/// # Errors
///
/// Fails only at the start, for example if a port is in use or a source cannot be understood.
pub async fn serve(settings: Settings, reread: Reread) -> Result<()> {
    serve_callers(settings, reread, None).await
}

/// The same for callers that `identify` tells apart, or with None by their keys.
/// The policy of the settings says what each may see.
pub async fn serve_callers(settings: Settings, reread: Reread, identify: Option<Identify>) -> Result<()> {
    be_modest();
    let state = settings.state.as_ref().map(State::of).transpose()?;
    let ring = KeyRing::of(state.as_ref()).await?;
    let identify = identify.unwrap_or_else(|| key_ring::identifying(ring.clone()));
    let sources = settings.sources.iter().map(open).collect::<Result<Vec<Source>>>()?;
    let listener = bind(settings.listen, "--listen").await?;
    let address = listener.local_addr().unwrap_or(settings.listen);
    let probes = match settings.operator_listen {
        Some(address) => Some(bind_probes(address).await?),
        None => None,
    };
    let socket = settings.operator_socket.as_deref().map(operator_socket).transpose()?;

    let snapshots = Arc::new(first_snapshot(&settings, address, &sources));
    let app = app(&settings, state.as_ref(), snapshots.clone())?;
    let (changes, expirations, map_files) =
        (app.changes.clone(), app.expirations.clone(), app.map_files.clone());
    say_what_is_protected(&settings);
    record_rules(app.audit.as_deref(), &settings)?;
    let limits = settings.limits.clone();
    let (notice, drain) = (limits.drain_notice, limits.drain_time);
    let app = Arc::new(app);
    count_panics(app.metrics.panics.clone());
    let budget = budget::Budget::new(settings.memory_budget.bytes());
    tracing::info!(
        "serving at http://{address} (memory budget {} MiB)",
        settings.memory_budget.bytes() >> 20
    );
    let shared = Arc::new(Shared {
        snapshots,
        settings: ArcSwap::from_pointee(settings),
        names: Mutex::default(),
        budget: Mutex::new(budget),
        progress: progress::Progress::new(),
        changes,
        expirations,
        map_files,
        missing_areas: Mutex::default(),
        audit: app.audit.clone(),
    });
    if let Some(listener) = probes {
        if let Ok(address) = listener.local_addr() {
            tracing::info!("health, readiness and metrics at http://{address}");
        }
        web::server::probes::serve(app.clone(), listener)?;
    }
    if let Some(socket) = socket {
        tokio::spawn(web::server::operator::serve(app.clone(), socket));
    }
    let configuring = shared.clone();
    let reload = signals::reload(move || configuring.configure(reread()));
    let following = tokio::spawn(follow::all(shared, sources, reload));

    begin_upkeep(&app);
    if let Some(ring) = ring {
        let changes = app.changes.clone();
        tokio::spawn(async move { ring.follow(&changes).await });
    }
    let (stop, mut stopped) = watch::channel(false);
    let threads = web::server::threads::Threads::start()?;
    let service = web::server::service::Service::identifying(app.clone(), identify);
    let server = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        web::server::listen::serve(listener, threads, service, &limits, stopped).await;
    });
    let stops = signals::stop(notice + drain + OVERTIME)?;
    until_stopped(&app, (notice, drain), stops, (following, server, stop)).await;
    Ok(())
}

/// Binds the port of health, readiness and metrics.
async fn bind_probes(address: SocketAddr) -> Result<std::net::TcpListener> {
    let option = "--operator-listen";
    let listener = bind(address, option).await?.into_std();
    listener.map_err(|fault| no_listener(address, option, &fault))
}

/// Begins what is done beside the answers to requests.
fn begin_upkeep(app: &Arc<App>) {
    tokio::spawn(sweep(app.clone()));
    tokio::spawn(record_denied(app.clone()));
    tokio::spawn(app.map_files.load_full().make_usual(app.limits.clone()));
}

/// Records once a second how many requests were refused for their credentials.
async fn record_denied(app: Arc<App>) {
    let Some(audit) = app.audit.clone() else { return };
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        let audit = audit.clone();
        let _ = tokio::task::spawn_blocking(move || audit.record_denied()).await;
    }
}

/// Drops every minute the rows that were made for callers and that nobody asks for any more, and
/// forgets who made requests before.
async fn sweep(app: Arc<App>) {
    let mut minutes = tokio::time::interval(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        app.snapshots.current().room().sweep();
        app.rates.iter().for_each(web::state::rates::Rates::sweep);
    }
}

/// Returns the snapshot before any look.
fn first_snapshot(settings: &Settings, address: SocketAddr, sources: &[Source]) -> Snapshots {
    let snapshots = Snapshots::default();
    snapshots.update(|first| {
        put_into_force(settings, first);
        first.set_room(settings.limits.derived_bytes);
        first.show_refusals(address.ip().is_loopback() && settings.public_url.is_none());
        first.world_mut().sources = sources
            .iter()
            .map(|source| SourceStatus { name: source.label(), away: None, refusals: vec![], looked: false })
            .collect();
    });
    snapshots
}

/// Waits for the first signal. Then it accepts connections for the time of `notice`, and lets
/// running requests end within the time of `drain`. A second signal ends both waits.
async fn until_stopped(
    app: &App,
    (notice, drain): (Duration, Duration),
    mut stops: watch::Receiver<usize>,
    (following, server, stop): (JoinHandle<()>, JoinHandle<()>, watch::Sender<bool>),
) {
    let _ = stops.wait_for(|count| *count > 0).await;
    tracing::info!(
        "stopping: new connections for {} ms more, then at most {} s for what is under way",
        notice.as_millis(),
        drain.as_secs()
    );
    following.abort();
    app.stopping.store(true, std::sync::atomic::Ordering::Relaxed);
    app.changes.end();
    tokio::select! {
        () = tokio::time::sleep(notice) => {}
        _ = stops.wait_for(|count| *count > 1) => {
            tracing::warn!("stopped at once");
            return;
        }
    }
    let _ = stop.send(true);
    let audit = app.audit.clone();
    let recorded = tokio::task::spawn_blocking(move || audit.iter().for_each(|audit| audit.record_denied()));
    tokio::select! {
        _ = async { tokio::join!(server, recorded) } => tracing::info!("stopped"),
        () = tokio::time::sleep(drain) => tracing::warn!("stopped; connections still open were cut"),
        _ = stops.wait_for(|count| *count > 1) => tracing::warn!("stopped at once"),
    }
}

/// Logs which collections are used in planning and hidden from everyone.
fn say_what_is_protected(settings: &Settings) {
    for (collection, part) in settings.roles.protected_collections() {
        tracing::info!("collection {collection} is protected: {}", protected(part));
    }
}

/// Prints a fault of the configuration to standard error.
pub fn complain(fault: &crate::config::Fault) {
    fault
        .to_string()
        .lines()
        .for_each(|line| print::complain(format_args!("{}\n", crate::error::printable(line))));
}

/// Returns the reason why a collection with this role is not served.
fn protected(part: &str) -> String {
    format!(
        "it plays the part of {part} and has not been published, so nobody sees its rows \
         (already_public under [roles.{part}] says where it has)"
    )
}

/// Lowers the priority of the threads that share the work of planning and loading, since together
/// they would use every core.
fn be_modest() {
    let modest = |_| {
        if let Err(fault) = rustix::process::nice(MODESTY) {
            tracing::debug!("a thread keeps its priority: {fault}");
        }
    };
    if let Err(fault) = rayon::ThreadPoolBuilder::new().start_handler(modest).build_global() {
        tracing::debug!("the threads for planning and loading were there before: {fault}");
    }
}

/// Counts every panic of the process, also those on threads whose work a request waits for. The
/// waiting side catches each, and it is logged as before.
fn count_panics(panics: prometheus_client::metrics::counter::Counter) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        panics.inc();
        before(panic);
    }));
}

async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|fault| no_listener(address, option, &fault))
}

fn no_listener(address: SocketAddr, option: &str, fault: &std::io::Error) -> Error {
    let why = match fault.kind() {
        std::io::ErrorKind::AddrInUse => "another program listens there; ",
        std::io::ErrorKind::PermissionDenied => "ports below 1024 need the right to; ",
        std::io::ErrorKind::AddrNotAvailable => "no interface of this machine has this address; ",
        _ => "",
    };
    Error::unavailable(format!("cannot listen at {address}: {fault}"))
        .hint(format!("{why}choose another with {option}"))
}

/// Makes the operator's socket, which only its owner may use. A socket that an earlier server left
/// behind is replaced.
fn operator_socket(path: &Path) -> Result<UnixListener> {
    let is_left = std::fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_socket())
        && std::os::unix::net::UnixStream::connect(path).is_err();
    if is_left {
        let _ = std::fs::remove_file(path);
    }
    let cannot = |fault: std::io::Error| {
        Error::unavailable(format!("cannot make the operator's socket {}: {fault}", path.display()))
            .hint("name a path in a folder that veedel may write to, and no other server uses")
    };
    let socket = UnixSocket::new_stream().map_err(cannot)?;
    socket.bind(path).map_err(cannot)?;
    // Nobody can connect before it listens.
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(cannot)?;
    socket.listen(WAITING).map_err(cannot)
}

/// Makes a source that can be looked at from a configured one.
///
/// # Errors
///
/// Fails if the URL of a database cannot be understood.
pub fn open(source: &crate::config::Source) -> Result<Source> {
    Ok(match source {
        crate::config::Source::Folder(path) => Source::Folder(path.clone()),
        crate::config::Source::Embedded => Source::Embedded,
        crate::config::Source::Postgis(url) => Source::Postgis(Box::new(database::named(url.expose())?)),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod caller_tests;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod refusal_tests;

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn every_panic_is_counted_wherever_it_is() {
        let panics = prometheus_client::metrics::counter::Counter::default();
        count_panics(panics.clone());
        assert!(std::panic::catch_unwind(|| panic!("on purpose")).is_err());
        assert!(std::thread::spawn(|| panic!("on purpose")).join().is_err());
        // Other tests may panic on purpose at the same time.
        assert!(panics.get() >= 2);
    }
}
