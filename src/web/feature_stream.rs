//! Features on their way out, in any format: encoded while they are sent, in pieces of 64 KiB, or by way of a file
//! where the format is only known when it is whole.

use std::fs::File;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use tokio::io::AsyncReadExt;

use super::admission::Place;
use super::freshness::Freshness;
use super::item_format::Choice;
use super::links::{self, Link};
use super::open::Opened;
use super::path;
use crate::encode::{Head, Writer};
use crate::error::{Error, Result};
use crate::geo::Crs;
use crate::layer::View;
use crate::layer::evaluate::Answer;
use crate::work::spend;

/// Bytes gathered before they are sent on.
pub const CHUNK: usize = 64 * 1024;
/// So many features are read together and then written: what they hold stays within a core's own cache.
const READ_AHEAD: usize = 32;
/// What it costs to write a feature beside its vertices, in units of [`crate::work`].
const FEATURE: usize = 200;
/// What it costs to write a vertex.
const VERTEX: usize = 20;

/// Features to be sent.
pub struct Features {
    /// The collection.
    pub opened: Opened,
    /// Which rows, and of how many.
    pub answer: Answer,
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
            let length = [(header::CONTENT_LENGTH, HeaderValue::from(length))];
            return Ok((headers, length, Body::from_stream(of_file(file, place))).into_response());
        }
        let (headers, writer) = (self.headers(), self.writer()?);
        let mut page = Page {
            head: Some(self.head()),
            opened: self.opened,
            rows: self.answer.rows,
            sent: 0,
            writer: Some(writer),
            _place: place,
        };
        // The first piece is made at once: what cannot be written in this format is an error, not a broken answer.
        let first = page.next_chunk().transpose()?;
        let rest = futures_util::stream::unfold(page, |mut page| async move {
            page.next_chunk().map(|chunk| (chunk, page))
        });
        // Fused, since compression asks once more after the end.
        let chunks = futures_util::stream::iter(first.map(Ok)).chain(rest).fuse();
        Ok((headers, Body::from_stream(chunks)).into_response())
    }

    fn head(&self) -> Head {
        Head {
            matched: Some(self.answer.matched),
            returned: Some(self.answer.rows.len() as u64),
            links: links::json(&self.links),
        }
    }

    fn headers(&self) -> HeaderMap {
        let counts = (Some(self.answer.matched), Some(self.answer.rows.len()));
        headers(&self.opened, counts, &self.choice, self.crs, &self.links, self.is_download)
    }

    fn writer(&self) -> Result<Writer> {
        Writer::new(self.choice.format, &self.choice.options, self.opened.stored_crs(), self.crs)
    }

    /// The answer's head and its whole document as a file, and how long that is.
    pub async fn file(self, place: Place) -> Result<(HeaderMap, File, u64)> {
        let (headers, writer) = (self.headers(), self.writer()?);
        let (file, length) = self.spooled(writer, place).await?;
        Ok((headers, file, length))
    }

    /// Writes the whole document to a file.
    async fn spooled(self, mut writer: Writer, place: Place) -> Result<(File, u64)> {
        let work = move || {
            let (view, head, mut out) = (self.opened.view(), self.head(), vec![]);
            writer.begin(&view, &head, &mut out)?;
            for row in &self.answer.rows {
                write(&mut writer, &view, *row, &mut out)?;
            }
            let file = writer.end(&mut out)?.ok_or_else(|| Error::internal("the format makes no file"))?;
            let length = file.metadata().map_err(|why| crate::encode::spool::failed(&why))?.len();
            Ok((file, length))
        };
        place.work(work).await?
    }
}

/// Writes a feature as a part of work.
pub fn write(writer: &mut Writer, view: &View<'_>, row: u32, out: &mut Vec<u8>) -> Result<()> {
    let vertices = view.geometry(row).map_or(0, |geometry| geometry.xy().len());
    spend(FEATURE + VERTEX * vertices);
    writer.feature(view, row, out)
}

/// Type, system, counts (of all pages, where that is known, and of this), links and the name of the file.
pub fn headers(
    opened: &Opened,
    (matched, returned): (Option<u64>, Option<usize>),
    choice: &Choice,
    crs: Crs,
    links: &[Link],
    is_download: bool,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(choice.media_type));
    let (name, value) = content_crs(crs);
    headers.insert(name, value);
    Freshness::of(std::slice::from_ref(opened), None).add_to(&mut headers);
    let format = choice.format;
    if !format.has_links() {
        if let Some(matched) = matched {
            headers.insert(HeaderName::from_static("ogc-numbermatched"), matched.into());
        }
        if let Some(returned) = returned {
            headers.insert(HeaderName::from_static("ogc-numberreturned"), returned.into());
        }
        links.iter().filter_map(link_header).for_each(|link| {
            headers.append(header::LINK, link);
        });
    }
    if let Some(profile) = choice.profile {
        append(&mut headers, header::LINK, &format!("<{profile}>; rel=\"profile\""));
    }
    if is_download || !format.has_links() {
        let name = format!("{}.{}", opened.collection.id, format.extension());
        append(&mut headers, header::CONTENT_DISPOSITION, &disposition(&name));
    }
    headers
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

/// The pieces of a file. The place is held to its end.
pub fn of_file(file: File, place: Place) -> impl Stream<Item = std::io::Result<Bytes>> {
    let file = tokio::fs::File::from_std(file);
    let pieces = futures_util::stream::unfold((file, place), |(mut file, place)| async move {
        let mut piece = Vec::with_capacity(CHUNK);
        match (&mut file).take(CHUNK as u64).read_to_end(&mut piece).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(piece.into()), (file, place))),
            Err(why) => Some((Err(why), (file, place))),
        }
    });
    pieces.fuse()
}

/// A document on its way out.
struct Page {
    opened: Opened,
    rows: Vec<u32>,
    /// Features sent so far.
    sent: usize,
    /// Taken with the last chunk.
    writer: Option<Writer>,
    /// Taken with the first chunk.
    head: Option<Head>,
    /// Held until all is sent.
    _place: Place,
}

impl Page {
    fn next_chunk(&mut self) -> Option<Result<Bytes>> {
        let mut writer = self.writer.take()?;
        let mut out = Vec::with_capacity(CHUNK + 4096);
        match self.fill(&mut writer, &mut out) {
            Ok(()) if self.sent < self.rows.len() => self.writer = Some(writer),
            Ok(()) => match writer.end(&mut out) {
                Ok(_) => {}
                Err(why) => return Some(Err(why)),
            },
            Err(why) => return Some(Err(why)),
        }
        Some(Ok(out.into()))
    }

    fn fill(&mut self, writer: &mut Writer, out: &mut Vec<u8>) -> Result<()> {
        let view = self.opened.view();
        if let Some(head) = self.head.take() {
            writer.begin(&view, &head, out)?;
        }
        while out.len() < CHUNK && self.sent < self.rows.len() {
            let end = self.rows.len().min(self.sent + READ_AHEAD);
            let rows = self.rows.get(self.sent..end).unwrap_or_default();
            writer.features(&view, rows, out)?;
            self.sent = end;
        }
        Ok(())
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
