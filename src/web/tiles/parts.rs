//! The layers of a tile: the collections in its address, and their rows if those are in a database.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use crate::error::{Error, Kind, Result, said};
use crate::layer::LayerBuilder;
use crate::layer::importance::EVERYTHING_FROM;
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
    let mut names: Vec<Cow<'_, str>> = vec![];
    for step in ids.split(',') {
        let name = path::decode(step)?;
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() > request.limits().tile_collections {
            let what = said!("more than {} collections in one tile", request.limits().tile_collections);
            return Err(
                Error::invalid("collections", what).reached(request.limits().reached(Key::tile_collections))
            );
        }
    }
    let parts = names.iter().map(|name| Part::open(request, name));
    let mut parts = parts.collect::<Result<Vec<Part>>>()?;
    parts.sort_by(|left, right| left.order().cmp(&right.order()));
    parts.dedup_by(|left, right| left.order() == right.order());
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
