//! The layers of a tile: which collections its address names, and their rows where those are not in
//! memory.

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
use crate::tile::content::LABELS;
use crate::tile::grid::{BUFFER, EXTENT};
use crate::tile::{Content, TileCoordinate, TileLayer};
use crate::web::http::client::Client;
use crate::web::http::path;
use crate::web::request::Request;

/// One layer of a tile as it is asked for.
pub struct Part {
    /// Of a direct collection without rows, until they are read.
    pub opened: Opened,
    pub content: Content,
    /// What is asked for the rows, where they are not in memory.
    pub direct: Option<Arc<Direct>>,
}

impl Part {
    /// A collection's features or, behind [`LABELS`], its labels; a collection that is called so
    /// itself goes before.
    fn open(request: &Request, name: &str) -> Result<Part> {
        let why = match request.open(name) {
            Ok(collected) => return Ok(Part::of(collected, Content::Features)),
            Err(why) => why,
        };
        let is_unknown = why.kind == Kind::NotFound;
        match name.strip_suffix(LABELS).filter(|_| is_unknown).map(|id| request.open(id)) {
            Some(Ok(one)) if !one.schema().view().has_areas() => Err(Error::not_found(said!(
                "collection {:?} has no areas to be labelled",
                one.schema().collection.id
            ))),
            Some(Ok(collected)) => Ok(Part::of(collected, Content::Labels)),
            Some(Err(why)) if why.kind != Kind::NotFound => Err(why),
            Some(Err(_)) | None => Err(why),
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

    /// The same with the rows that a tile may draw, where they are not in memory.
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

    /// What is asked where its rows are not in memory.
    pub fn asked(&self) -> Option<OpenedDirect> {
        let direct = self.direct.clone()?;
        Some(OpenedDirect { schema: self.opened.clone(), direct })
    }

    /// The same as it is drawn.
    pub fn layer(&self) -> TileLayer<'_> {
        TileLayer { view: self.opened.view(), content: self.content }
    }

    fn order(&self) -> (&str, Content) {
        (&self.opened.collection.id, self.content)
    }
}

/// The layers of a composite: split at commas before decoding, repeats dropped, in the order of
/// their ids, so that `a,b` and `b,a` are the same tile. All of one world; one unknown or hidden is
/// the same 404.
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

/// A part of a tile with rows that were read for it.
struct Read {
    part: Part,
    rows: Option<LayerBuilder>,
    /// Whether there are more than were read.
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

/// The rows that a tile may draw, not yet made a layer, and whether there are more than were read.
async fn rows_of_tile(
    request: &Request,
    opened: &OpenedDirect,
    filter: Option<&Filter>,
    coordinate: TileCoordinate,
) -> Result<(LayerBuilder, bool)> {
    let limits = request.tile_limits();
    let area = coordinate.world_box(BUFFER);
    // Half of what is too small to be drawn: the stored system's scale is not quite Web Mercator's,
    // and what comes and is too small after all is left out in drawing.
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

/// The rows of those that are not in memory, all at once, and the ids of those that have more than
/// were read.
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
    // Thousands of geometries are projected and sorted.
    let made = async {
        let finish = move || read.into_iter().map(Read::finish).collect();
        class.place(request.client()).await?.work(finish).await
    };
    Ok((class.in_time(made).await?, cut))
}
