//! `/collections/{id}/download.{ext}`: a whole collection as a file, or the features that a query
//! selects.
//!
//! The parameters are those of items, except `limit`, `offset`, `cursor` and `f`: the file contains
//! all features, and its extension names the format. The file is sent while it is being written, so
//! that memory does not grow with the collection.

use std::sync::Arc;

use axum::http::{Method, header};
use axum::response::Response;

use crate::encode::ItemFormat;
use crate::error::{self, Error, Result, said};
use crate::query::Query;
use crate::snapshot::Collected;
use crate::web::features::download_address::NAME;
use crate::web::features::feature_stream::Features;
use crate::web::features::rows::Rows;
use crate::web::features::{item_format, items};
use crate::web::http::conditional;
use crate::web::http::freshness::Freshness;
use crate::web::http::links::{self, Link};
use crate::web::http::negotiate::Format;
use crate::web::http::path::Path;
use crate::web::request::Request;
use crate::web::state::kept_files::{self, KeptFile};

/// Answers with the file.
pub async fn get(
    request: Request,
    method: Method,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response> {
    let extension =
        file.strip_prefix(NAME).ok_or_else(|| Error::not_found("there is nothing at this address"))?;
    let format = ItemFormat::from_extension(extension).ok_or_else(|| {
        let known: Vec<&str> = ItemFormat::available().map(ItemFormat::extension).collect();
        Error::not_found(said!("there is no download as {:?}", extension))
            .hint(error::known(extension, &known))
    })?;
    let mut parameters = request.parameters()?;
    let place = request.place()?;
    for name in ["limit", "offset", "cursor", "f"] {
        if parameters.take(name).is_some() {
            let what =
                said!("a download has no {}: all features come, in the format that its name ends with", name);
            return Err(Error::invalid(name, what));
        }
    }
    let choice = item_format::choice(format, &mut parameters, request.limits())?;
    let collected = request.open(&id)?;
    let crs = items::output_crs(parameters.take("crs"), &collected.schema().collection)?.crs;
    let asked = (request.uri().query().map_or(0, str::len), Format::Json);
    let (collected, mut query) = items::query(&request, collected, parameters, asked).await?;
    query.limit = usize::MAX;
    let base = request.base();
    let links = vec![
        Link::new(base.href(&request.uri().to_string()), "self", format.bare_media_type()),
        Link::new(base.collection(&collected.schema().collection.id), "collection", links::JSON),
    ];
    let features = |rows| Features { rows, choice, crs, links, is_download: true };
    let rows = match collected {
        collected if format.is_spooled() && request.kept_files().is_on() => {
            // The key names everything the file is made from: its rows, the configuration, and the
            // request's address, which the links in the head of the file repeat.
            let opened = collected.schema();
            let version = match &collected {
                Collected::Resident(opened) => Some(opened.layer.seen_version()),
                Collected::Direct(_) => None,
            };
            let (version, address) = ((version, opened.digest()), base.href(&request.uri().to_string()));
            let key = format!("{} {version:?} {address} {choice:?}", opened.collection.qualified).into();
            return in_parts(&request, key, &method, (collected, query), features).await;
        }
        Collected::Direct(opened) => {
            let page = opened.direct.all(query, opened.reader(place.client())).await?;
            Rows::direct(opened, page)
        }
        Collected::Resident(opened) => {
            let (opened, answer) = items::answer(opened, query, place.clone()).await?;
            Rows::resident(opened, answer)
        }
    };
    features(rows).response(place).await
}

/// Answers with the kept file of this key, whole or a byte range of it. If there is none, makes the
/// file and keeps it.
async fn in_parts(
    request: &Request,
    key: Arc<str>,
    method: &Method,
    (collected, query): (Collected, Query),
    features: impl FnOnce(Rows) -> Features,
) -> Result<Response> {
    let freshness = Freshness::of(std::slice::from_ref(collected.schema()), None);
    let (place, headers) = (request.place()?, request.headers());
    let own = place.clone();
    let is_direct = matches!(collected, Collected::Direct(_));
    let life = is_direct.then_some(kept_files::DIRECT_LIFE);
    let tag = kept_files::tag(&key);
    let file_tag = tag.clone();
    let make = async move {
        let (rows, tag) = match collected {
            Collected::Resident(opened) => {
                let (opened, answer) = items::answer(opened, query, own.clone()).await?;
                (Rows::resident(opened, answer), file_tag)
            }
            Collected::Direct(opened) => {
                let page = opened.direct.all(query, opened.reader(own.client())).await?;
                (Rows::direct(opened, page), kept_files::next_tag())
            }
        };
        let (headers, file, length) = features(rows).file(own).await?;
        Ok(KeptFile { headers, file: Arc::new(file), length, tag, life })
    };
    let files = request.kept_files();
    let mut response = if !is_direct && conditional::is_named(headers, &tag) {
        kept_files::not_modified(&tag)
    } else {
        let kept = match is_direct && !headers.contains_key(header::RANGE) {
            // Rows of the database may have changed since another file was made: only parts come
            // from that.
            true => files.replace(key, make.await?).await,
            false => files.get_or_make(key, make).await?,
        };
        // A file that is not kept has no tag, because each range of it would have to be made again.
        let is_kept = files.keeps(&kept);
        kept_files::response(&kept, is_kept, (method, headers), place)
    };
    freshness.add_to(response.headers_mut());
    Ok(response)
}
