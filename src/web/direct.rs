//! Direct collections as handlers use them: rows come from the database and are then like any others.

use std::fs::File;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use super::admission::Place;
use super::feature_stream::{self, CHUNK, of_file};
use super::item_format::Choice;
use super::links::{self, Link};
use super::open::{Opened, OpenedDirect};
use super::state::App;
use crate::encode::{Head, Writer};
use crate::error::{Error, Result};
use crate::geo::Crs;
use crate::layer::LayerBuilder;
use crate::layer::importance::EVERYTHING_FROM;
use crate::query::Filter;
use crate::source::postgis::direct::Page;
use crate::tile::TileCoordinate;
use crate::tile::grid::{BUFFER, EXTENT};

/// The rows that a tile may draw, not yet made a layer, and whether there are more than were read.
pub async fn rows_of_tile(
    app: &App,
    opened: &OpenedDirect,
    filter: Option<&Filter>,
    coordinate: TileCoordinate,
    client: Option<u64>,
) -> Result<(LayerBuilder, bool)> {
    let limits = app.tile_limits();
    let area = coordinate.world_box(BUFFER);
    // Half of what is too small to be drawn: the stored system's scale is not quite Web Mercator's, and what comes and
    // is too small after all is left out in drawing.
    let smallest = match coordinate.zoom() < EVERYTHING_FROM {
        true => f64::from(limits.smallest) / 2.0 / f64::from(EXTENT + 2 * BUFFER),
        false => 0.0,
    };
    opened.direct.rows_of_tile(&area, smallest, limits.features, opened.caller(client), filter.cloned()).await
}

/// The rows of a page that was wholly read.
pub async fn table(opened: OpenedDirect, mut page: Page) -> Result<Opened> {
    match page.pieces.recv().await {
        Some(layer) => Ok(opened.rows(layer?)),
        None => Ok(opened.schema),
    }
}

/// Features to be sent while their rows come. A database that fails on the way breaks the answer off, so that nobody
/// takes the beginning for the whole.
pub struct Features {
    /// The collection.
    pub opened: OpenedDirect,
    /// The rows, and what is said about them.
    pub page: Page,
    /// In which format.
    pub choice: Choice,
    /// In which system.
    pub crs: Crs,
    /// Links of the document.
    pub links: Vec<Link>,
    /// Whether it is a file to be kept, whatever its format.
    pub is_download: bool,
}

impl Features {
    /// The answer. The place is held until all is sent.
    pub async fn response(self, place: Place) -> Result<Response> {
        let Features { opened, page, choice, crs, links, is_download } = self;
        let counts = (page.matched, page.returned);
        let headers = feature_stream::headers(&opened.schema, counts, &choice, crs, &links, is_download);
        let writer = Writer::new(choice.format, &choice.options, opened.schema.stored_crs(), crs)?;
        let head = Head {
            matched: page.matched,
            returned: page.returned.map(|count| count as u64),
            links: links::json(&links),
        };
        let mut sending = Sending { opened, page, writer: Some(writer), head: Some(head), rows: None, place };
        if choice.format.is_spooled() {
            let (file, place) = sending.spooled().await?;
            let length = file.metadata().map_err(|why| crate::encode::spool::failed(&why))?.len();
            let length = [(header::CONTENT_LENGTH, HeaderValue::from(length))];
            return Ok((headers, length, Body::from_stream(of_file(file, place))).into_response());
        }
        // The first piece is made at once: what cannot be had or written is an error, not a broken answer.
        let first = sending.next_chunk().await.transpose()?;
        let rest = futures_util::stream::unfold(sending, |mut sending| async move {
            sending.next_chunk().await.map(|chunk| (chunk, sending))
        });
        // Fused, since compression asks once more after the end.
        let chunks = futures_util::stream::iter(first.map(Ok)).chain(rest).fuse();
        Ok((headers, Body::from_stream(chunks)).into_response())
    }
}

/// A page on its way out.
struct Sending {
    opened: OpenedDirect,
    page: Page,
    /// Taken with the last chunk.
    writer: Option<Writer>,
    /// Taken with the first chunk.
    head: Option<Head>,
    /// The rows being written, and how many of them are.
    rows: Option<(Opened, u32)>,
    /// Held until all is sent.
    place: Place,
}

impl Sending {
    async fn next_chunk(&mut self) -> Option<Result<Bytes>> {
        let mut writer = self.writer.take()?;
        let mut out = Vec::with_capacity(CHUNK + 4096);
        let done = match self.fill(&mut writer, &mut out).await {
            Ok(false) => {
                self.writer = Some(writer);
                Ok(())
            }
            Ok(true) => writer.end(&mut out).map(drop),
            Err(why) => Err(why),
        };
        if let Err(why) = &done {
            tracing::warn!("an answer was broken off: {why}");
        }
        Some(done.map(|()| out.into()))
    }

    /// The whole document as a file: rows are waited for here and written as work, so that a slow database keeps no work
    /// waiting.
    async fn spooled(mut self) -> Result<(File, Place)> {
        let missing = || Error::internal("the format makes no file");
        let mut writer = self.writer.take().ok_or_else(missing)?;
        let (schema, head) = (self.opened.schema.clone(), self.head.take().unwrap_or_default());
        let begin = move || writer.begin(&schema.view(), &head, &mut vec![]).map(|()| writer);
        let mut writer = self.place.clone().work(begin).await??;
        while let Some(layer) = self.page.pieces.recv().await {
            let rows = self.opened.rows(layer?);
            let write = move || {
                let view = rows.view();
                for row in 0..view.len() as u32 {
                    feature_stream::write(&mut writer, &view, row, &mut vec![])?;
                }
                Ok::<_, Error>(writer)
            };
            writer = self.place.clone().work(write).await??;
        }
        let file = self.place.clone().work(move || writer.end(&mut vec![])).await??.ok_or_else(missing)?;
        Ok((file, self.place))
    }

    /// Writes until a chunk is full or all is written; whether all is.
    async fn fill(&mut self, writer: &mut Writer, out: &mut Vec<u8>) -> Result<bool> {
        if let Some(head) = self.head.take() {
            writer.begin(&self.opened.schema.view(), &head, out)?;
        }
        while out.len() < CHUNK {
            let Some((opened, written)) = &mut self.rows else {
                match self.page.pieces.recv().await {
                    Some(layer) => self.rows = Some((self.opened.rows(layer?), 0)),
                    None => return Ok(true),
                }
                continue;
            };
            let view = opened.view();
            while (*written as usize) < view.len() && out.len() < CHUNK {
                writer.feature(&view, *written, out)?;
                *written += 1;
            }
            if *written as usize == view.len() {
                self.rows = None;
            }
        }
        Ok(false)
    }
}
