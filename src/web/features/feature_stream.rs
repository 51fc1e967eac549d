//! Features on their way out, in any format: encoded while they are sent, in pieces of 64 KiB, or by way of a file
//! where the format is only known when it is whole.

use std::fs::File;
use std::ops::ControlFlow;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use crate::encode::{Head, Writer};
use crate::error::{Error, Result};
use crate::geo::Crs;
use crate::snapshot::Opened;
use crate::web::features::item_format::Choice;
use crate::web::features::rows::{Piece, Rows};
use crate::web::http::freshness::Freshness;
use crate::web::http::links::{self, Link};
use crate::web::http::path;
use crate::web::state::admission::Place;
use crate::web::state::file_stream::{self, CHUNK};
use crate::work::spend;

/// So many features are read together and then written: what they hold stays within a core's own cache.
const READ_AHEAD: usize = 32;
/// What it costs to write a feature beside its vertices, in units of [`crate::work`].
const FEATURE: usize = 200;
/// What it costs to write a vertex.
const VERTEX: usize = 20;

/// Features to be sent. A database that fails on the way breaks the answer off, so that nobody
/// takes the beginning for the whole.
pub struct Features {
    /// The features, and how many there are.
    pub rows: Rows,
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
        if self.choice.format.is_spooled() {
            let (headers, file, length) = self.file(place.clone()).await?;
            let content_length = [(header::CONTENT_LENGTH, HeaderValue::from(length))];
            let body = Body::from_stream(file_stream::pieces(Arc::new(file), 0, length, place));
            return Ok((headers, content_length, body).into_response());
        }
        let headers = self.headers();
        let mut sending = Sending {
            writer: Some(self.writer()?),
            head: Some(self.head()),
            rows: self.rows,
            piece: None,
            _place: place,
        };
        // The first piece is made at once: what cannot be had or written is an error, not a broken
        // answer.
        let first = sending.next_chunk().await.transpose()?;
        let rest = futures_util::stream::unfold(sending, |mut sending| async move {
            let chunk = sending.next_chunk().await?;
            if let Err(why) = &chunk {
                tracing::warn!("an answer was broken off: {why}");
            }
            Some((chunk, sending))
        });
        // Fused, since compression asks once more after the end.
        let chunks = futures_util::stream::iter(first.map(Ok)).chain(rest).fuse();
        Ok((headers, Body::from_stream(chunks)).into_response())
    }

    fn head(&self) -> Head {
        Head {
            matched: self.rows.matched,
            returned: self.rows.returned.map(|count| count as u64),
            links: links::json(&self.links),
        }
    }

    fn writer(&self) -> Result<Writer> {
        Writer::new(self.choice.format, &self.choice.options, self.rows.opened.stored_crs(), self.crs)
    }

    /// Type, system, counts (of all pages, where that is known, and of this), links and the name of
    /// the file.
    fn headers(&self) -> HeaderMap {
        let Rows { opened, matched, returned, .. } = &self.rows;
        let format = self.choice.format;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.choice.media_type));
        let (name, value) = content_crs(self.crs);
        headers.insert(name, value);
        Freshness::of(std::slice::from_ref(opened), None).add_to(&mut headers);
        if !format.has_links() {
            if let Some(matched) = *matched {
                headers.insert(HeaderName::from_static("ogc-numbermatched"), matched.into());
            }
            if let Some(returned) = *returned {
                headers.insert(HeaderName::from_static("ogc-numberreturned"), returned.into());
            }
            self.links.iter().filter_map(link_header).for_each(|link| {
                headers.append(header::LINK, link);
            });
        }
        if let Some(profile) = self.choice.profile {
            append(&mut headers, header::LINK, &format!("<{profile}>; rel=\"profile\""));
        }
        if self.is_download || !format.has_links() {
            let name = format!("{}.{}", opened.collection.id, format.extension());
            append(&mut headers, header::CONTENT_DISPOSITION, &disposition(&name));
        }
        headers
    }

    /// The answer's head and its whole document as a file, and how long that is. Rows are waited
    /// for here and written as work, so that a slow database keeps no work waiting.
    pub async fn file(mut self, place: Place) -> Result<(HeaderMap, File, u64)> {
        let (headers, mut writer) = (self.headers(), self.writer()?);
        let mut head = Some(self.head());
        loop {
            let piece = self.rows.next().await.transpose()?;
            let is_last = piece.is_none() || !self.rows.may_go_on();
            let (opened, head) = (self.rows.opened.clone(), head.take());
            let write = move || write_to_file(writer, head, &opened, piece, is_last);
            match place.clone().work(write).await?? {
                ControlFlow::Continue(so_far) => writer = so_far,
                ControlFlow::Break((file, length)) => return Ok((headers, file, length)),
            }
        }
    }
}

/// Writes a piece, before the first the head, and behind the last what makes the document whole:
/// its file then, and how long that is.
fn write_to_file(
    mut writer: Writer,
    head: Option<Head>,
    opened: &Opened,
    piece: Option<Piece>,
    is_last: bool,
) -> Result<ControlFlow<(File, u64), Writer>> {
    // What goes to a file leaves nothing here.
    let mut out = vec![];
    if let Some(head) = head {
        writer.begin(&opened.view(), &head, &mut out)?;
    }
    if let Some(Piece { layer, rows }) = piece {
        let view = opened.view_of(&layer);
        for rows in rows.chunks(READ_AHEAD) {
            for row in rows {
                let vertices = view.geometry(*row).map_or(0, |geometry| geometry.xy().len());
                spend(FEATURE + VERTEX * vertices);
            }
            writer.features(&view, rows, &mut out)?;
        }
    }
    if !is_last {
        return Ok(ControlFlow::Continue(writer));
    }
    let file = writer.end(&mut out)?.ok_or_else(|| Error::internal("the format makes no file"))?;
    let length = file.metadata().map_err(|why| crate::encode::spool::failed(&why))?.len();
    Ok(ControlFlow::Break((file, length)))
}

/// The header that says in which system coordinates are.
pub fn content_crs(crs: Crs) -> (HeaderName, HeaderValue) {
    let uri = HeaderValue::from_str(&format!("<{}>", crs.uri()));
    (HeaderName::from_static("content-crs"), uri.unwrap_or(HeaderValue::from_static("")))
}

/// A link as a header (RFC 8288).
fn link_header(link: &Link) -> Option<HeaderValue> {
    let text = format!("<{}>; rel=\"{}\"; type=\"{}\"", link.href, link.rel, link.media_type);
    HeaderValue::from_str(&text).ok()
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(name, value);
    }
}

/// `Content-Disposition` of a file to be kept: its name in ASCII, and as it is (RFC 6266).
fn disposition(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    match plain == name {
        true => format!("attachment; filename=\"{plain}\""),
        false => format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", path::encode(name)),
    }
}

/// A document on its way out.
struct Sending {
    rows: Rows,
    /// The rows being written, and how many of them are.
    piece: Option<(Piece, usize)>,
    /// Taken with the last chunk.
    writer: Option<Writer>,
    /// Taken with the first chunk.
    head: Option<Head>,
    /// Held until all is sent.
    _place: Place,
}

impl Sending {
    async fn next_chunk(&mut self) -> Option<Result<Bytes>> {
        let mut writer = self.writer.take()?;
        let mut out = Vec::with_capacity(CHUNK + 4096);
        match self.fill(&mut writer, &mut out).await {
            Ok(false) => self.writer = Some(writer),
            Ok(true) => match writer.end(&mut out) {
                Ok(_) => {}
                Err(why) => return Some(Err(why)),
            },
            Err(why) => return Some(Err(why)),
        }
        Some(Ok(out.into()))
    }

    /// Writes until a chunk is full or all is written; whether all is.
    async fn fill(&mut self, writer: &mut Writer, out: &mut Vec<u8>) -> Result<bool> {
        if let Some(head) = self.head.take() {
            writer.begin(&self.rows.opened.view(), &head, out)?;
        }
        while out.len() < CHUNK {
            let Some((piece, written)) = &mut self.piece else {
                match self.rows.next().await {
                    Some(piece) => self.piece = Some((piece?, 0)),
                    None => return Ok(true),
                }
                continue;
            };
            let view = self.rows.opened.view_of(&piece.layer);
            while out.len() < CHUNK && *written < piece.rows.len() {
                let end = piece.rows.len().min(*written + READ_AHEAD);
                let rows = piece.rows.get(*written..end).unwrap_or_default();
                writer.features(&view, rows, out)?;
                *written = end;
            }
            if *written == piece.rows.len() {
                self.piece = None;
                if !self.rows.may_go_on() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_told_in_ascii_and_as_they_are() {
        assert_eq!(disposition("schulen.csv"), "attachment; filename=\"schulen.csv\"");
        assert_eq!(
            disposition("straßen\"\r\n.csv"),
            "attachment; filename=\"stra_en___.csv\"; filename*=UTF-8''stra%C3%9Fen%22%0D%0A.csv"
        );
    }
}
