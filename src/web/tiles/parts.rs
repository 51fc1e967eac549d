//! The layers of a tile: the collections in its address, and their rows if those are in a database.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use crate::error::{Error, Kind, Result, said};
use crate::layer::importance::EVERYTHING_FROM;
use crate::layer::world::Entry;
use crate::layer::{LayerBuilder, State};
use crate::limits::Key;
use crate::query::Filter;
use crate::snapshot::{Collected, Opened, OpenedDirect};
use crate::source::postgis::direct::Direct;
use crate::tile::content::{BORDERS, LABELS};
use crate::tile::grid::{BUFFER, EXTENT};
use crate::tile::join::{JoinColumns, MOST_COLUMNS};
use crate::tile::{Content, TileCoordinate, TileLayer};
use crate::web::http::client::Client;
use crate::web::http::path;
use crate::web::request::Request;

/// A layer of a tile, as the address names it.
pub struct Part {
    /// The collection. For a direct collection it has no rows until they are read.
    pub opened: Opened,
    pub content: Content,
    /// The access to the database; None if the rows are in memory or have been read.
    pub direct: Option<Arc<Direct>>,
}

impl Part {
    /// Opens a collection for its features or, with a suffix, for its labels or borders. A
    /// collection whose own id ends with the suffix is preferred.
    fn open(request: &Request, name: &str) -> Result<Part> {
        let why = match request.open(name) {
            Ok(collected) => return Ok(Part::of(collected, Content::Features)),
            Err(why) => why,
        };
        let suffixes = [(LABELS, Content::Labels), (BORDERS, Content::Borders)];
        let stripped =
            suffixes.into_iter().find_map(|(suffix, content)| Some((name.strip_suffix(suffix)?, content)));
        let Some((id, content)) = stripped.filter(|_| why.kind == Kind::NotFound) else { return Err(why) };
        match request.open(id) {
            Ok(one) if !one.schema().view().has_areas() => {
                let id = &one.schema().collection.id;
                Err(Error::not_found(match content {
                    Content::Labels => said!("collection {:?} has no areas to be labelled", id),
                    _ => said!("collection {:?} has no areas with borders", id),
                }))
            }
            Ok(collected) => Ok(Part::of(collected, content)),
            Err(why) if why.kind != Kind::NotFound => Err(why),
            Err(_) => Err(why),
        }
    }

    /// Opens a collection for its features.
    fn features(request: &Request, id: &str) -> Result<Part> {
        Ok(Part::of(request.open(id)?, Content::Features))
    }

    fn of(collected: Collected, content: Content) -> Part {
        match collected {
            Collected::Resident(opened) => Part { opened, content, direct: None },
            Collected::Direct(OpenedDirect { schema, direct }) => {
                Part { opened: schema, content, direct: Some(direct) }
            }
        }
    }

    /// Reads the rows that a tile may draw, if they are in a database.
    async fn read(
        self,
        request: &Request,
        filter: Option<&Filter>,
        coordinate: TileCoordinate,
    ) -> Result<Read> {
        let Part { opened, content, direct: Some(direct) } = self else {
            return Ok(Read { part: self, rows: None, is_cut: false });
        };
        let asked = OpenedDirect { schema: opened, direct };
        let (rows, is_cut) = rows_of_tile(request, &asked, filter, coordinate).await?;
        let part = Part { opened: asked.schema, content, direct: None };
        Ok(Read { part, rows: Some(rows), is_cut })
    }

    /// Returns the direct collection whose rows have not been read; None if there are none to read.
    pub fn asked(&self) -> Option<OpenedDirect> {
        let direct = self.direct.clone()?;
        Some(OpenedDirect { schema: self.opened.clone(), direct })
    }

    /// Returns the layer as it is drawn.
    pub fn layer(&self) -> TileLayer<'_> {
        TileLayer { view: self.opened.view(), content: self.content }
    }

    fn order(&self) -> (&str, Content) {
        (&self.opened.collection.id, self.content)
    }
}

/// Returns the layers named in an address. The address is split at commas before decoding; repeats
/// are dropped; and layers are sorted by id, so that `a,b` and `b,a` are the same tile. All belong
/// to one snapshot. An unknown and a hidden collection give the same 404.
pub fn composite(request: &Request, ids: &str) -> Result<Vec<Part>> {
    let names = distinct(request, ids.split(',').map(path::decode))?;
    let parts = names.iter().map(|name| Part::open(request, name));
    let mut parts = parts.collect::<Result<Vec<Part>>>()?;
    parts.sort_by(|left, right| left.order().cmp(&right.order()));
    with_geometry(parts)
}

/// Returns the layer of one collection.
pub fn of_collection(request: &Request, id: &str) -> Result<Vec<Part>> {
    with_geometry(vec![Part::features(request, id)?])
}

/// Returns the layers of a tileset of the whole dataset: those that `collections` names, in its
/// order (20-057, /req/collections-selection/collections-response); without it, as many as a tile
/// may have of those that the caller may see, by their ids.
pub fn of_dataset(request: &Request, collections: Option<&str>) -> Result<Vec<Part>> {
    let Some(collections) = collections else { return visible(request) };
    // In a parameter, a collection that does not exist is a wrong value.
    named(request, collections).map_err(|why| match why.kind {
        Kind::NotFound => Error { kind: Kind::Invalid, parameter: Some("collections".into()), ..why },
        _ => why,
    })
}

/// Opens the collections of a list, which is as it is in the address. Each name is an id, or the
/// address of a collection of this server. A comma may be part of an id, and some clients encode
/// the commas between names; so an encoded comma parts names unless it is part of the id of a
/// collection.
fn named(request: &Request, list: &str) -> Result<Vec<Part>> {
    let own = request.base().href("/collections/");
    let is_unknown = |name: &str| request.open(name).is_err_and(|why| why.kind == Kind::NotFound);
    let pieces = list.split(',').map(|piece| Ok(path::decode(&piece.replace('+', " "))?.into_owned()));
    let mut names = vec![];
    for piece in distinct(request, pieces)? {
        match piece.contains(',') && is_unknown(&piece) {
            true => names.extend(piece.split(',').map(str::to_owned)),
            false => names.push(piece),
        }
    }
    let ids = names.into_iter().map(|name| match name.strip_prefix(&own) {
        Some(step) => path::decode(step).map(Cow::into_owned),
        None => Ok(name),
    });
    let ids = distinct(request, ids)?;
    with_geometry(ids.iter().map(|id| Part::features(request, id)).collect::<Result<_>>()?)
}

/// Returns the value of a parameter as it is in the query, not decoded.
pub fn raw<'a>(query: &'a str, parameter: &str) -> Option<&'a str> {
    let value = |pair: &'a str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        path::decode(name).is_ok_and(|name| name == parameter).then_some(value)
    };
    query.split('&').find_map(value)
}

/// Returns the first collections with a geometry that the caller may see. One that has failed is
/// left out; one that is still loading is awaited, because a tile without it may be kept for long.
fn visible(request: &Request) -> Result<Vec<Part>> {
    let mut parts = vec![];
    let snapshot = request.snapshot();
    let drawn = |entry: &&Entry| {
        entry.collection.geometry.is_some() && snapshot.sees(request.caller(), &entry.collection)
    };
    for entry in snapshot.world().entries.values().filter(drawn) {
        if parts.len() == request.limits().tile_collections {
            break;
        }
        match Part::features(request, &entry.collection.id) {
            Ok(part) => parts.push(part),
            Err(why) if matches!(entry.state, State::Loading) => return Err(why),
            Err(_) => {}
        }
    }
    Ok(parts)
}

/// Returns the names without repeats, or an error if there are too many for one tile.
fn distinct<T: PartialEq>(request: &Request, names: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut distinct = vec![];
    for name in names {
        let name = name?;
        if !distinct.contains(&name) {
            distinct.push(name);
        }
        if distinct.len() > request.limits().tile_collections {
            let what = said!("more than {} collections in one tile", request.limits().tile_collections);
            return Err(
                Error::invalid("collections", what).reached(request.limits().reached(Key::tile_collections))
            );
        }
    }
    Ok(distinct)
}

/// Drops layers that repeat an earlier one by another name of its collection, and refuses a table
/// without geometry.
fn with_geometry(all: Vec<Part>) -> Result<Vec<Part>> {
    let mut parts: Vec<Part> = vec![];
    for part in all {
        if !parts.iter().any(|other| other.order() == part.order()) {
            parts.push(part);
        }
    }
    match parts.iter().find(|part| part.opened.collection.geometry.is_none()) {
        Some(table) => Err(Error::not_found(said!(
            "collection {:?} has no geometry, so no tiles",
            table.opened.collection.id
        ))),
        None => Ok(parts),
    }
}

/// Returns the layers with their lines joined by the columns that the value of `join` names. Every
/// collection must have the columns, and lines.
pub fn joined(mut parts: Vec<Part>, join: Option<&str>) -> Result<Vec<Part>> {
    let Some(names) = join else { return Ok(parts) };
    for part in &mut parts {
        let view = part.opened.view();
        let id = &view.collection.id;
        if part.content != Content::Features || !view.may_have_lines() {
            return Err(Error::invalid("join", said!("collection {:?} has no lines to be joined", id)));
        }
        let mut positions = vec![];
        for name in names.split(',') {
            let position = view.collection.column(name).filter(|at| view.visible(*at).is_some());
            let Some(position) = position else {
                return Err(Error::invalid("join", said!("collection {:?} has no column {:?}", id, name)));
            };
            if !positions.contains(&position) {
                positions.push(position);
            }
        }
        positions.sort_unstable();
        let Some(columns) = JoinColumns::of(&positions) else {
            let what = said!("lines are joined by at most {} columns", MOST_COLUMNS);
            return Err(Error::invalid("join", what));
        };
        part.content = Content::Joined(columns);
    }
    Ok(parts)
}

/// A layer of a tile with the rows that were read for it.
struct Read {
    part: Part,
    rows: Option<LayerBuilder>,
    /// Whether the database has more rows than were read.
    is_cut: bool,
}

impl Read {
    fn finish(self) -> Part {
        let Read { mut part, rows, .. } = self;
        if let Some(rows) = rows {
            part.opened.layer = part.opened.adopt(rows.finish(Timestamp::now()));
        }
        part
    }
}

/// Reads the rows that a tile may draw. Returns them before they are made into a layer, and whether
/// the database has more rows than were read.
async fn rows_of_tile(
    request: &Request,
    opened: &OpenedDirect,
    filter: Option<&Filter>,
    coordinate: TileCoordinate,
) -> Result<(LayerBuilder, bool)> {
    let limits = request.tile_limits();
    let area = coordinate.world_box(BUFFER);
    // Half the size below which features are not drawn, because the scale of the stored CRS differs
    // somewhat from that of Web Mercator. Features that are read although they are too small are
    // left out when drawing.
    let smallest = match coordinate.zoom() < EVERYTHING_FROM {
        true => f64::from(limits.smallest) / 2.0 / f64::from(EXTENT + 2 * BUFFER),
        false => 0.0,
    };
    opened
        .direct
        .rows_of_tile(
            &area,
            smallest,
            limits.features,
            opened.reader(request.client().map(Client::number)),
            filter.cloned(),
        )
        .await
}

/// Reads the rows of all direct collections concurrently. Returns the ids of those that have more
/// rows than were read.
pub async fn with_rows(
    request: &Request,
    parts: Vec<Part>,
    filters: &[Filter],
    coordinate: TileCoordinate,
) -> Result<(Vec<Part>, Vec<String>)> {
    if parts.iter().all(|part| part.direct.is_none()) {
        return Ok((parts, vec![]));
    }
    let class = &request.admission().tiles;
    let read = |(index, part): (usize, Part)| part.read(request, filters.get(index), coordinate);
    let reading = parts.into_iter().enumerate().map(read);
    let read = class.in_time(futures_util::future::try_join_all(reading)).await?;
    let cut = read.iter().filter(|read| read.is_cut).map(|read| read.part.opened.collection.id.clone());
    let cut = cut.collect();
    // Done as work, because thousands of geometries are projected and sorted.
    let made = async {
        let finish = move || read.into_iter().map(Read::finish).collect();
        class.place(request.client()).await?.work(finish).await
    };
    Ok((class.in_time(made).await?, cut))
}
