//! All settings, after they were checked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net};

use super::fault::{Fault, FilePosition, nearest, shown};
use super::public_url::PublicUrl;
use super::quantity::MemoryBudget;
use super::source::Source;
use super::state::State;
use crate::access::Policy;
use crate::catalog::map_parts::BaseMap;
use crate::catalog::names::Name;
use crate::catalog::{Detail, Language, Overrides, Publication, Roles};
use crate::limits::Limits;

/// All settings, after they were checked. The name of a field is its key in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The address and port to listen on. The default `127.0.0.1:3000` can be reached only from
    /// this machine.
    pub listen: SocketAddr,
    /// A second address and port, only for `/health`, `/ready` and `/metrics`, with connections and
    /// a thread of its own; none by default. See [`crate::web::server::probes`].
    pub operator_listen: Option<SocketAddr>,
    /// Addresses and networks of the trusted proxies, whose statement about the client's address is
    /// believed. The default are the machine's own addresses.
    pub trusted_proxies: Vec<IpNet>,
    /// The beginning of absolute links, if clients reach the server under another name, as behind a
    /// proxy. By default it is taken from each request.
    pub public_url: Option<PublicUrl>,
    /// Folders and `postgresql://` URLs, one or a list. A relative path starts from the folder of
    /// the file. Each `${NAME}` is replaced by the environment variable. Without sources, the
    /// embedded city is served.
    pub sources: Vec<Source>,
    /// How often databases are read again: at least `1s`, by default `5m`.
    pub reload: Duration,
    /// How often a database is asked for changes, by default `2s`. With `0s` it is never asked, and
    /// no change feed is followed.
    pub watch: Duration,
    /// The memory that layers may take: a size, or a percentage of the available memory. The
    /// default is `60 %`.
    pub memory_budget: MemoryBudget,
    /// The memory that cached tiles may take, in addition to the layers. `0 B` caches none. The
    /// default is `128 MiB`.
    pub tile_cache: u64,
    /// Whether each answer is logged. Off by default, because such lines are personal data.
    pub access_log: bool,
    /// The path of the operator's socket, relative to the file; none by default. See
    /// [`crate::web::operations::operator`].
    pub operator_socket: Option<PathBuf>,
    /// Where keys and the record are kept: a folder, relative to the file, which only its owner may
    /// read, or a database that several servers share. Without it nobody has a key.
    pub state: Option<State>,
    /// The language if a browser asks for none that is available: `de` (the default) or `en`.
    pub language: Language,
    /// Whether tiles leave out features that are too small or too many. Only the option
    /// `--no-thinning` of the command line switches it off.
    pub thinning: bool,
    /// `[limits]`, see [`crate::limits`].
    pub limits: Limits,
    /// `[collections."id"]`, by the id in the file, which is a short or a qualified name. See
    /// [`Settings::overrides_of`].
    pub overrides: BTreeMap<String, Overrides>,
    /// Who may see what: `hidden`, `hide` and `access` of the collections, by the id in the file,
    /// and `[access]`.
    pub policy: Policy,
    /// `[roles]`: the roles of collections in planning. See [`Roles`].
    pub roles: Roles,
    /// `[map]`: the parts of the base map. See [`BaseMap`].
    pub base_map: BaseMap,
    /// `[catalog]`: the publisher of the collections. See [`Publication`].
    pub publication: Publication,
    /// `[map]`: what maps are drawn with. See [`Map`].
    pub map: Map,
    pub(super) map_positions: Vec<(PathBuf, FilePosition)>,
    pub(super) source_positions: Vec<FilePosition>,
    pub(super) part_positions: Vec<(String, FilePosition)>,
    pub(super) collection_positions: BTreeMap<String, FilePosition>,
}

/// `[map]`: what maps are drawn with. The name of a field is its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// A folder, each of whose folders of SVG files is a set of sprites.
    pub sprites: Option<PathBuf>,
    /// A folder of TrueType and OpenType fonts.
    pub fonts: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            operator_listen: None,
            trusted_proxies: vec![
                Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into(),
                IpAddr::from(Ipv6Addr::LOCALHOST).into(),
            ],
            public_url: None,
            sources: vec![Source::Embedded],
            reload: Duration::from_secs(300),
            watch: Duration::from_secs(2),
            memory_budget: MemoryBudget::default(),
            tile_cache: 128 << 20,
            access_log: false,
            operator_socket: None,
            state: None,
            language: Language::default(),
            thinning: true,
            limits: Limits::default(),
            overrides: BTreeMap::new(),
            policy: Policy::default(),
            roles: Roles::default(),
            base_map: BaseMap::default(),
            publication: Publication::default(),
            map: Map::default(),
            map_positions: Vec::new(),
            source_positions: Vec::new(),
            part_positions: Vec::new(),
            collection_positions: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Takes the settings that may change while the server runs from `new`: those of collections,
    /// and how often databases are read. Returns the keys that differ and need a restart.
    pub fn take_over(&mut self, new: Settings) -> Vec<&'static str> {
        let differs = [
            ("listen", self.listen != new.listen),
            ("operator_listen", self.operator_listen != new.operator_listen),
            ("trusted_proxies", self.trusted_proxies != new.trusted_proxies),
            ("public_url", self.public_url != new.public_url),
            ("sources", self.sources != new.sources),
            ("memory_budget", self.memory_budget != new.memory_budget),
            ("tile_cache", self.tile_cache != new.tile_cache),
            ("access_log", self.access_log != new.access_log),
            ("operator_socket", self.operator_socket != new.operator_socket),
            ("state", self.state != new.state),
            ("language", self.language != new.language),
            ("limits", self.limits != new.limits),
        ];
        let edition = self.policy.edition + 1;
        self.reload = new.reload;
        self.watch = new.watch;
        self.overrides = new.overrides;
        self.policy = Policy { edition, ..new.policy };
        self.roles = new.roles;
        self.base_map = new.base_map;
        self.publication = new.publication;
        self.map = new.map;
        self.part_positions = new.part_positions;
        self.collection_positions = new.collection_positions;
        differs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
    }

    /// Returns the configuration of the collection with these names. A section under the short name
    /// applies to all collections that have it. A section under the qualified name takes
    /// precedence, key by key.
    pub fn overrides_of(&self, short: &str, qualified: &str) -> Overrides {
        let general = self.overrides.get(short).cloned().unwrap_or_default();
        let special = self.overrides.get(qualified).cloned().unwrap_or_default();
        Overrides {
            listed: [short, qualified].iter().any(|name| self.overrides.contains_key(*name)),
            title: special.title.or(general.title),
            description: special.description.or(general.description),
            attribution: special.attribution.or(general.attribution),
            licence: special.licence.or(general.licence),
            direct: special.direct.or(general.direct),
            key: special.key.or(general.key),
            srid: special.srid.or(general.srid),
            min_zoom: special.min_zoom.or(general.min_zoom),
            max_zoom: special.max_zoom.or(general.max_zoom),
            max_age: special.max_age.or(general.max_age),
            detail: if special.detail == Detail::default() { general.detail } else { special.detail },
            categories: special.categories.or(general.categories),
            size_by: special.size_by.or(general.size_by),
            visible_at_first: special.visible_at_first.or(general.visible_at_first),
            datetime: special.datetime.or(general.datetime),
            metadata: special.metadata.or(general.metadata),
            columns: if special.columns.is_empty() { general.columns } else { special.columns },
        }
    }

    /// Returns a warning for each configured collection that no source has.
    pub fn unmatched_collections(&self, found: &[Name]) -> Vec<Fault> {
        let known: BTreeSet<&str> =
            found.iter().flat_map(|name| [name.short.as_str(), name.qualified.as_str()]).collect();
        let sections = self.collection_positions.iter();
        let named = self.part_positions.iter().map(|(id, position)| (id, position));
        let unmatched = sections.chain(named).filter(|(id, _)| !known.contains(id.as_str()));
        let warning = |(id, position): (&String, &FilePosition)| {
            let hint = match nearest(id, known.iter().copied()) {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => "name a collection as it is published, or remove the section".into(),
            };
            Fault::of("", format!("no source has a collection {}", shown(id)), hint).at(position)
        };
        unmatched.map(warning).collect()
    }

    /// Returns a fault for each source that is configured as a folder and is none at present.
    pub fn missing_folders(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, source) in self.sources.iter().enumerate() {
            let Source::Folder(path) = source else { continue };
            let (what, hint) = match path.metadata() {
                Ok(found) if found.is_dir() => continue,
                Ok(_) => ("is no folder", "name the folder the file is in"),
                Err(_) => ("is no folder that can be opened", "check the path and the right to read it"),
            };
            let position = self.source_positions.get(index).cloned().unwrap_or_default();
            faults.push(Fault::of("", format!("{} {what}", shown(&source.to_string())), hint).at(&position));
        }
        faults
    }
}
