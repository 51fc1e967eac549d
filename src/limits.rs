//! The one table of limits. Every loop over data from a request is bounded by a limit here.
//!
//! Each limit is written once, below: what it bounds, its default, the values that the
//! configuration may set, and what happens beyond it. The struct, its default, the `[limits]`
//! section of the configuration and the list in the documentation and OpenAPI are all made from
//! this table.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::error::{Error, Reached, Result, said};

mod quantity;
mod unit;

use quantity::Quantity;
pub use unit::{Beyond, Unit};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Limit {
    /// The name of the field in [`Limits`] and of the key in `[limits]`.
    pub name: &'static str,
    /// The unit of the number.
    pub unit: Unit,
    /// The value if the configuration sets none, in `unit`; `u64::MAX` means unlimited.
    pub default: u64,
    /// The values that the configuration may set, in `unit`.
    pub allowed: RangeInclusive<u64>,
    /// What happens beyond the limit.
    pub beyond: Beyond,
    /// What the limit bounds, as a sentence for the documentation.
    pub description: &'static str,
    get: fn(&Limits) -> u64,
    set: fn(&mut Limits, u64),
}

/// A limit with the value in force, for the documentation and OpenAPI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The key in `[limits]`.
    pub name: &'static str,
    /// The value in force, in `unit`; None means unlimited.
    pub value: Option<u64>,
    /// The unit of the value.
    pub unit: Unit,
    /// What happens beyond the limit.
    pub beyond: Beyond,
    /// What the limit bounds, as a sentence for the documentation.
    pub description: &'static str,
}

/// Generates the struct, its default and the table from one line for each limit.
macro_rules! limits {
    ($(
        $(#[doc = $line:literal])+
        $name:ident: $kind:ty = $default:expr, $unit:ident, $allowed:expr, $beyond:expr;
    )+) => {
        /// The limits in force. `usize::MAX` means unlimited.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $line])+ pub $name: $kind,)+
        }

        impl Default for Limits {
            fn default() -> Limits {
                Limits { $($name: $default,)+ }
            }
        }

        /// The names of all limits, spelled as in the configuration.
        #[allow(missing_docs, non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Key {
            $($name),+
        }

        impl Limits {
            /// Returns the limit and its value in force, for an error that reports it as reached.
            pub fn reached(&self, key: Key) -> Reached {
                match key {
                    $(Key::$name => key.reached(self.$name.number()),)+
                }
            }
        }

        impl Key {
            /// Returns the limit with the given value, for an error that reports it as reached.
            pub fn reached(self, value: u64) -> Reached {
                match self {
                    $(Key::$name => Reached { name: stringify!($name), value, unit: Unit::$unit.name() },)+
                }
            }
        }

        /// Returns all limits, in the order in which a request meets them.
        pub fn table() -> Vec<Limit> {
            let defaults = Limits::default();
            vec![$(Limit {
                name: stringify!($name),
                unit: Unit::$unit,
                default: defaults.$name.number(),
                allowed: $allowed,
                beyond: $beyond,
                description: concat!($($line),+).trim_ascii(),
                get: |limits| limits.$name.number(),
                set: |limits, number| limits.$name = Quantity::from_number(number),
            }),+]
        }
    };
}

limits! {
    /// Open connections. A further one is closed at once.
    connections: usize = 4_096, Count, 1..=1_000_000, Beyond::Close;
    /// Open connections from one IPv4 address or one IPv6 /64 network that is not a trusted proxy.
    /// A further one is closed at once.
    connections_per_client: usize = 256, Count, 1..=1_000_000, Beyond::Close;
    /// Header fields of a request. A request with more is answered with 431.
    head_fields: usize = 64, Count, 16..=1_000, Beyond::Status(431);
    /// Bytes of a request's head: the request line and the header fields. A request with more is
    /// answered with 431.
    head_bytes: usize = 32 * KIB, Bytes, 8_192..=1_048_576, Beyond::Status(431);
    /// Time in which the head of a request must arrive. After it, the connection is closed.
    head_time: Duration = Duration::from_secs(5), Milliseconds, 100..=60_000, Beyond::Close;
    /// Time in which a client must receive the next 64 KiB of an answer. After it, the connection
    /// is closed, or with HTTP/2 the stream.
    write_time: Duration = Duration::from_secs(20), Milliseconds, 100..=600_000, Beyond::Close;
    /// Time in which a client must receive a whole answer. After it, the answer is cut off.
    answer_time: Duration = Duration::from_secs(300), Milliseconds, 100..=86_400_000, Beyond::Close;
    /// Time in which a client must receive a download of a whole collection. After it, the download
    /// is cut off.
    download_answer_time: Duration = Duration::from_secs(3_600), Milliseconds, 100..=86_400_000, Beyond::Close;
    /// Bytes of a request's address, path and query together. A longer one is answered with 414.
    uri_bytes: usize = 16 * KIB, Bytes, 1_024..=65_534, Beyond::Status(414);
    /// Bytes of the value of one query parameter after decoding. A longer one is answered with 400.
    parameter_bytes: usize = 8 * KIB, Bytes, 256..=65_534, Beyond::Status(400);
    /// Query parameters of one request. More are answered with 400.
    parameters: usize = 64, Count, 8..=1_000, Beyond::Status(400);
    /// Bytes of a filter, in text or JSON. A longer one is answered with 400.
    filter_bytes: usize = MIB, Bytes, 256..=16_777_216, Beyond::Status(400);
    /// Depth to which brackets, functions and operators of a filter are nested. A deeper filter is
    /// answered with 400.
    filter_depth: usize = 32, Count, 4..=64, Beyond::Status(400);
    /// Names, values and operators of a filter. More are answered with 400.
    filter_nodes: usize = 2_000, Count, 16..=100_000, Beyond::Status(400);
    /// Items of one list in a filter. More are answered with 400.
    filter_items: usize = 1_000, Count, 1..=100_000, Beyond::Status(400);
    /// Vertices of all geometries in a filter. More are answered with 400.
    filter_vertices: usize = 10_000, Count, 4..=1_000_000, Beyond::Status(400);
    /// Lines, rings and sets of points of all geometries in a filter. More are answered with 400.
    filter_parts: usize = 1_000, Count, 1..=100_000, Beyond::Status(400);
    /// Vertices of a filter's geometries, multiplied by the features to which a spatial relation
    /// other than S_INTERSECTS and S_DISJOINT may have to compare them. More are answered with 400.
    filter_comparisons: usize = 300_000_000, Count, 1_000..=1_000_000_000_000, Beyond::Status(400);
    /// Points at which lines within a geometry of a filter cross each other. More are answered with
    /// 400.
    filter_crossings: usize = 1_000, Count, 0..=1_000_000, Beyond::Status(400);
    /// Pairs of segments that may meet, within one geometry of a filter, or between it and one
    /// feature in a spatial relation other than S_INTERSECTS and S_DISJOINT. More are answered with
    /// 400.
    filter_segment_pairs: usize = 1_000_000, Count, 1_000..=1_000_000_000, Beyond::Status(400);
    /// Columns to sort by in one request. More are answered with 400.
    sort_columns: usize = 16, Count, 1..=100, Beyond::Status(400);
    /// Terms of the parameter `q`. More are answered with 400.
    search_terms: usize = 16, Count, 1..=100, Beyond::Status(400);
    /// Features of a page if the request has no `limit`.
    page_default: usize = 100, Count, 1..=1_000_000, Beyond::Clamp;
    /// Features of a page. A larger `limit` is lowered to this number, and the page links to the
    /// next one.
    page_maximum: usize = 10_000, Count, 1..=1_000_000, Beyond::Clamp;
    /// Memory for making one answer. A request that needs more is answered with 413.
    request_memory: usize = 512 * MIB, Bytes, 1_048_576..=1_099_511_627_776, Beyond::Status(413);
    /// Groups of an aggregation. More are answered with 413.
    aggregate_groups: usize = 10_000, Count, 1..=10_000_000, Beyond::Status(413);
    /// Bytes of the cells of an XLSX workbook before compression: 60 for each cell, and its text.
    /// More are answered with 413.
    spreadsheet_bytes: usize = 16 * MIB, Bytes, 1_024..=1_073_741_824, Beyond::Status(413);
    /// Columns by which an aggregation groups, and columns that it calculates. More of either are
    /// answered with 400.
    aggregate_columns: usize = 16, Count, 1..=1_000, Beyond::Status(400);
    /// Collections that `/api` describes one by one. If there are more, it describes one path for
    /// all of them, without their columns.
    api_collections: usize = 100, Count, 0..=100_000, Beyond::Omit;
    /// Different collections in one tile. More are answered with 400.
    tile_collections: usize = 16, Count, 1..=256, Beyond::Status(400);
    /// Different collections in one style. More are answered with 400.
    style_collections: usize = 64, Count, 1..=1_024, Beyond::Status(400);
    /// Deepest zoom level of tiles. A tile of a deeper level is answered with 404.
    tile_zoom: u8 = 22, Zoom, 0..=22, Beyond::Status(404);
    /// Features in one layer of a tile. If there are more, the least important are left out, and
    /// the header `Veedel-Tile-Thinned` reports it.
    tile_features: usize = 50_000, Count, 1..=10_000_000, Beyond::Thin;
    /// Bytes of a tile before compression. If it has more, the least important features are left
    /// out, and the header `Veedel-Tile-Thinned` reports it.
    tile_bytes: usize = 2 * MIB, Bytes, 1_024..=268_435_456, Beyond::Thin;
    /// Time to answer a request for a tile. A slower one is answered with 504.
    tile_time: Duration = Duration::from_secs(3), Milliseconds, 100..=600_000, Beyond::Status(504);
    /// Ids of sprites in one address. More are answered with 400.
    sprite_ids: usize = 8, Count, 1..=100, Beyond::Status(400);
    /// Icons in one folder, and in one sheet of sprites. A folder with more is left out, and a
    /// request for more is answered with 400.
    sprite_icons: usize = 2_000, Count, 1..=100_000, Beyond::Status(400);
    /// Pixels of all icons in one folder, and in one sheet of sprites, at twice their size. A
    /// folder with more is left out, and a request for more is answered with 400.
    sprite_sheet_pixels: usize = 4_194_304, Count, 65_536..=67_108_864, Beyond::Status(400);
    /// Bytes of the files of all icons. Folders of icons that find no room, with the last names,
    /// are left out.
    sprite_bytes: usize = 16 * MIB, Bytes, 65_536..=1_073_741_824, Beyond::Omit;
    /// Bytes of the file of an icon. A longer one is left out.
    sprite_icon_bytes: usize = 64 * KIB, Bytes, 1_024..=1_048_576, Beyond::Omit;
    /// Width and height of an icon in pixels. A larger one is left out.
    sprite_icon_size: usize = 256, Count, 16..=1_024, Beyond::Omit;
    /// Fonts in one stack of fonts. More are answered with 400.
    font_stack: usize = 8, Count, 1..=100, Beyond::Status(400);
    /// Files of fonts. Those with the last names are left out.
    font_files: usize = 200, Count, 1..=10_000, Beyond::Omit;
    /// Bytes of all files of fonts. Files that find no room, with the last names, are left out.
    font_bytes: usize = 128 * MIB, Bytes, 65_536..=17_179_869_184, Beyond::Omit;
    /// Memory for sheets of sprites and ranges of glyphs that are kept. The least recently
    /// requested ones are made again.
    map_files_bytes: usize = 32 * MIB, Bytes, 0..=68_719_476_736, Beyond::Omit;
    /// Bytes of a request's body. A larger one is answered with 413.
    body_bytes: usize = 2 * MIB, Bytes, 1_024..=67_108_864, Beyond::Status(413);
    /// Time in which the body of a request must arrive. A slower one is answered with 408.
    body_time: Duration = Duration::from_secs(15), Milliseconds, 100..=600_000, Beyond::Status(408);
    /// Time to answer a planning request. A slower one is answered with 504.
    planning_time: Duration = Duration::from_secs(20), Milliseconds, 100..=600_000, Beyond::Status(504);
    /// Length of the ways in a planning request. A longer distance is answered with 400.
    planning_distance: usize = 20_000, Metres, 1_000..=200_000, Beyond::Status(400);
    /// Places of a planning request at which ways begin. More are answered with 400.
    planning_places: usize = 1_000, Count, 1..=100_000, Beyond::Status(400);
    /// Distances or minutes in one request of `reach`. More are answered with 400.
    planning_bands: usize = 10, Count, 1..=100, Beyond::Status(400);
    /// Collections whose features are the facilities of a planning request. More are answered with
    /// 400.
    planning_collections: usize = 16, Count, 1..=1_000, Beyond::Status(400);
    /// Facilities that a planning request adds, and facilities that it removes. More of either are
    /// answered with 400.
    planning_changes: usize = 1_000, Count, 0..=100_000, Beyond::Status(400);
    /// Vertices of an area drawn in a planning request. More are answered with 400.
    planning_vertices: usize = 2_000, Count, 4..=10_000, Beyond::Status(400);
    /// Nearest facilities that are returned for one place. A request for more is answered with 400.
    planning_nearest: usize = 50, Count, 1..=10_000, Beyond::Status(400);
    /// New facilities for which a planning request looks for sites. More are answered with 400.
    planning_sites: usize = 10, Count, 1..=100, Beyond::Status(400);
    /// Candidate sites for new facilities, multiplied by the square kilometres within the distance.
    /// More are answered with 400.
    planning_candidates: usize = 60_000, Count, 100..=100_000_000, Beyond::Status(400);
    /// Pairs of a candidate site and a place that it would serve. More are answered with 400.
    planning_pairs: usize = 64_000_000, Count, 1_000..=4_000_000_000, Beyond::Status(400);
    /// Ways in one matrix. More are answered with 400.
    planning_ways: usize = 250_000, Count, 1..=100_000_000, Beyond::Status(400);
    /// Places on the shorter side of a matrix. More are answered with 400.
    planning_searches: usize = 500, Count, 1..=100_000, Beyond::Status(400);
    /// Samples from which all areas of one request of `reach` are drawn. A request with more places
    /// has fewer samples for each.
    planning_samples: usize = 1_000_000, Count, 10_000..=100_000_000, Beyond::Clamp;
    /// Types of facilities that are listed as choices for one collection. The rarest ones beyond
    /// are left out.
    planning_kinds: usize = 50, Count, 1..=10_000, Beyond::Omit;
    /// Ids listed in a warning. If there are more, it only says how many.
    warning_ids: usize = 50, Count, 1..=10_000, Beyond::Omit;
    /// Characters of a text to search for among addresses, facilities and areas. A longer one is
    /// answered with 400.
    search_letters: usize = 200, Count, 1..=8_192, Beyond::Status(400);
    /// Results of a search for addresses, facilities and areas. A larger `limit` is lowered to this
    /// number.
    search_hits: usize = 50, Count, 1..=1_000, Beyond::Clamp;
    /// Memory for results of planning that are kept under an address; one result may take a quarter
    /// of it. The least recently requested ones are dropped, and answered with 404.
    results_bytes: usize = 128 * MIB, Bytes, 0..=68_719_476_736, Beyond::Status(404);
    /// Memory for the rows that callers with rules see: the rows of each rule are a layer of their
    /// own. A request for rows that find no room is answered with 503.
    derived_bytes: usize = 512 * MIB, Bytes, 0..=1_099_511_627_776, Beyond::Status(503);
    /// Time until a download of a whole collection begins. A slower one is answered with 504.
    download_time: Duration = Duration::from_secs(120), Milliseconds, 100..=3_600_000, Beyond::Status(504);
    /// Bytes of a temporary file, for formats that can only be sent when they are complete. A
    /// larger download is answered with 413.
    spool_bytes: usize = 2_048 * MIB, Bytes, 65_536..=1_099_511_627_776, Beyond::Status(413);
    /// Bytes of temporary files that are kept for five minutes after their last request, so that
    /// clients can request parts of them. A larger file is not kept, and always sent whole.
    kept_downloads_bytes: usize = 1_024 * MIB, Bytes, 0..=1_099_511_627_776, Beyond::Omit;
    /// Time until the answer to any other request begins. A slower one is answered with 504.
    request_time: Duration = Duration::from_secs(6), Milliseconds, 100..=600_000, Beyond::Status(504);
    /// Requests that one client or one key may make in a second; 0 is any number. Further ones are
    /// answered with 429 and `Retry-After`.
    requests_per_second: usize = 0, Count, 0..=1_000_000, Beyond::Status(429);
    /// Planning questions that one client or one key may ask in a second; 0 is any number. Further
    /// ones are answered with 429 and `Retry-After`.
    planning_per_second: usize = 0, Count, 0..=1_000_000, Beyond::Status(429);
    /// Tiles that are made at the same time. Further requests wait.
    tiles_at_once: usize = 64, Count, 1..=10_000, Beyond::Status(503);
    /// Requests for tiles that wait. Further ones are answered with 503 and `Retry-After`.
    tiles_waiting: usize = 128, Count, 0..=100_000, Beyond::Status(503);
    /// Other requests that are answered at the same time. Further ones wait.
    requests_at_once: usize = 32, Count, 1..=10_000, Beyond::Status(503);
    /// Other requests that wait. Further ones are answered with 503 and `Retry-After`.
    requests_waiting: usize = 64, Count, 0..=100_000, Beyond::Status(503);
    /// Planning requests that are answered at the same time. Further ones wait.
    planning_at_once: usize = 2, Count, 1..=1_000, Beyond::Status(503);
    /// Planning requests that wait. Further ones are answered with 503 and `Retry-After`.
    planning_waiting: usize = 32, Count, 0..=10_000, Beyond::Status(503);
    /// Clients that listen for changes at the same time. Further ones are answered with 503 and
    /// `Retry-After`.
    change_clients: usize = 1_000, Count, 0..=100_000, Beyond::Status(503);
    /// Downloads of whole collections that are sent at the same time. Further ones wait.
    downloads_at_once: usize = 4, Count, 1..=1_000, Beyond::Status(503);
    /// Downloads of whole collections that wait. Further ones are answered with 503 and
    /// `Retry-After`.
    downloads_waiting: usize = 16, Count, 0..=10_000, Beyond::Status(503);
    /// Share that one client may have of the requests of a kind (tiles, other requests, planning,
    /// downloads, listeners) that are answered or wait at the same time. If other clients have
    /// some, it is the share of the rest. Further requests are answered with 429 and `Retry-After`.
    places_per_client: u8 = 50, Percent, 1..=100, Beyond::Status(429);
    /// Connections to one database for its direct collections, of which one client may use its
    /// share (`places_per_client`). Further requests wait.
    direct_connections_at_once: usize = 16, Count, 1..=1_000, Beyond::Status(503);
    /// Time that a request waits for a connection to the database of a direct collection. A longer
    /// wait is answered with 503 and `Retry-After`.
    direct_wait: Duration = Duration::from_millis(500), Milliseconds, 1..=60_000, Beyond::Status(503);
    /// Time of one statement for a direct collection. A slower one is cancelled, and the request is
    /// answered with 504. So long also waits what is recorded in a database (`state`); then it is
    /// 503.
    direct_statement_time: Duration = Duration::from_secs(5), Milliseconds, 10..=600_000, Beyond::Status(504);
    /// Time for counting the matches of a query to a direct collection. If it does not suffice,
    /// `numberMatched` is left out.
    direct_count_time: Duration = Duration::from_millis(100), Milliseconds, 1..=600_000, Beyond::Omit;
    /// Time for which an answer from a direct collection may use a connection to the database.
    /// After it, the answer is cut off.
    direct_answer_time: Duration = Duration::from_secs(60), Milliseconds, 100..=86_400_000, Beyond::Close;
    /// Time after SIGTERM in which requests are answered as before, except `/ready`, which is
    /// answered with 503, so that a load balancer stops sending requests.
    drain_notice: Duration = Duration::from_secs(1), Milliseconds, 0..=600_000, Beyond::Close;
    /// Time after SIGTERM and its notice in which running requests can finish. After it, they are
    /// cut off.
    drain_time: Duration = Duration::from_secs(25), Milliseconds, 0..=600_000, Beyond::Close;
}

impl Limits {
    /// Returns an error that names `parameter` if `count` exceeds the limit `key`.
    pub fn at_most(&self, key: Key, parameter: &str, count: usize) -> Result<()> {
        let reached = self.reached(key);
        match u64::try_from(count).is_ok_and(|count| count <= reached.value) {
            true => Ok(()),
            false => {
                let what = said!("{}: {} are more than {}", parameter, count, reached.value);
                Err(Error::invalid(parameter, what).reached(reached))
            }
        }
    }

    /// Lists every limit with the value in force and what happens beyond it.
    pub fn list(&self) -> Vec<Listed> {
        let listed = |limit: Limit| {
            let value = (limit.get)(self);
            let Limit { name, unit, beyond, description, .. } = limit;
            Listed { name, value: (value != u64::MAX).then_some(value), unit, beyond, description }
        };
        table().into_iter().map(listed).collect()
    }

    /// Makes the number of features and of bytes in a tile unlimited, so that tiles are not
    /// thinned.
    pub fn without_thinning(self) -> Limits {
        Limits { tile_features: usize::MAX, tile_bytes: usize::MAX, ..self }
    }
}

impl Limit {
    /// Sets this limit's field and returns true. A number that is not [`allowed`](Self::allowed)
    /// changes nothing and returns false.
    pub fn set(&self, limits: &mut Limits, number: u64) -> bool {
        let is_allowed = self.allowed.contains(&number);
        if is_allowed {
            (self.set)(limits, number);
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests;
