//! Sends features in any format. They are encoded while they are sent, in pieces of 64 KiB, or
//! written to a temporary file first if the format needs it.

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
use crate::web::http::conditional::Contents;
use crate::web::http::freshness::Freshness;
use crate::web::http::links::{self, Link};
use crate::web::http::path;
use crate::web::state::admission::Place;
use crate::web::state::file_stream::{self, CHUNK};
use crate::work::spend;

/// The number of features that are read together and then written, so that their data stays in the
/// cache of one core.
const READ_AHEAD: usize = 32;
/// The cost of writing a feature, without its vertices, in units of [`crate::work`].
const FEATURE: usize = 200;
/// The cost of writing a vertex, in the same units.
const VERTEX: usize = 20;

/// Features to be sent. If the database fails on the way, the answer is broken off, so that no
/// client takes its beginning for the whole.
pub struct Features {
    /// The features, and their number.
    pub rows: Rows,
    /// The format and its options.
    pub choice: Choice,
    /// The CRS of the coordinates in the answer.
    pub crs: Crs,
    /// The links of the document.
    pub links: Vec<Link>,
    /// Whether the client should save the answer as a file, whatever its format.
    pub is_download: bool,
}

impl Features {
    /// Makes the answer. It holds the place until everything is sent.
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
            head_bytes: 0,
            _place: place,
        };
        // The first piece is made at once, so that a failure there becomes an error answer and not
        // a broken one.
        let first = sending.next_chunk().await.transpose()?;
        let whole = first.as_ref().filter(|_| sending.writer.is_none());
        let whole = whole.and_then(|bytes| bytes.get(sending.head_bytes..));
        let contents = whole.map(|bytes| Contents::of(bytes, self.choice.media_type));
        let rest = futures_util::stream::unfold(sending, |mut sending| async move {
            let chunk = sending.next_chunk().await?;
            if let Err(why) = &chunk {
                tracing::warn!("an answer was broken off: {why}");
            }
            Some((chunk, sending))
        });
        // Fused, because compression polls the stream once more after its end.
        let chunks = futures_util::stream::iter(first.map(Ok)).chain(rest).fuse();
        let mut response = (headers, Body::from_stream(chunks)).into_response();
        if let Some(contents) = contents {
            response.extensions_mut().insert(contents);
        }
        Ok(response)
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

    /// Returns the headers: media type, CRS, counts (of all pages, if known, and of this page),
    /// links and file name.
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

    /// Writes the whole document to a file, and returns the headers, the file and its length in
    /// bytes. The rows are awaited here and written as work, so that a slow database keeps no work
    /// waiting.
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

/// Writes one piece of rows to a file. Writes the head before the first piece; after the last,
/// completes the document and returns the file and its length in bytes.
fn write_to_file(
    mut writer: Writer,
    head: Option<Head>,
    opened: &Opened,
    piece: Option<Piece>,
    is_last: bool,
) -> Result<ControlFlow<(File, u64), Writer>> {
    // A writer of a file leaves nothing in this buffer.
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

/// Returns the header `Content-Crs`.
pub fn content_crs(crs: Crs) -> (HeaderName, HeaderValue) {
    let uri = HeaderValue::from_str(&format!("<{}>", crs.uri()));
    (HeaderName::from_static("content-crs"), uri.unwrap_or(HeaderValue::from_static("")))
}

/// Returns a link as a header (RFC 8288).
fn link_header(link: &Link) -> Option<HeaderValue> {
    let text = format!("<{}>; rel=\"{}\"; type=\"{}\"", link.href, link.rel, link.media_type);
    HeaderValue::from_str(&text).ok()
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.append(name, value);
    }
}

/// Returns the value of `Content-Disposition` for a file: its name in ASCII, and if that differs
/// also in UTF-8 (RFC 6266).
fn disposition(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_. ".contains(c);
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    match plain == name {
        true => format!("attachment; filename=\"{plain}\""),
        false => format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", path::encode(name)),
    }
}

/// A document that is being sent.
struct Sending {
    rows: Rows,
    /// The rows that are being written, and how many of them have been written.
    piece: Option<(Piece, usize)>,
    /// None after the last chunk.
    writer: Option<Writer>,
    /// None after the first chunk.
    head: Option<Head>,
    /// The bytes of the first chunk before the first feature.
    head_bytes: usize,
    /// Held until everything is sent.
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

    /// Writes until a chunk is full or nothing is left; returns whether nothing is left.
    async fn fill(&mut self, writer: &mut Writer, out: &mut Vec<u8>) -> Result<bool> {
        if let Some(head) = self.head.take() {
            writer.begin(&self.rows.opened.view(), &head, out)?;
            self.head_bytes = out.len();
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
