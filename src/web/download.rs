//! `/collections/{id}/download.{ext}`: a whole collection as a file, or what of it a query selects.
//!
//! The same parameters as items, but for `limit`, `cursor` and `f`: all features come, and the ending names the
//! format. Sent while it is made, so that memory does not grow with the collection.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::admission::Place;
use super::feature_stream::Features;
use super::links::{self, Base, Link};
use super::negotiate::Format;
use super::open::{self, Collected};
use super::parameters::Parameters;
use super::state::App;
use super::{direct, item_format, items, path};
use crate::encode::ItemFormat;
use crate::error::{Error, Result};

/// What the last step of the address begins with.
const NAME: &str = "download.";

/// Whether an address is one of these: they have places of their own.
pub fn is_download(address: &str) -> bool {
    parts(address).is_some()
}

/// The collection's id as it is written, and the ending of the file's name, however that is written (`download%2Ecsv` too).
fn parts(address: &str) -> Option<(&str, String)> {
    match path::steps(address, "/collections/")[..] {
        [id, file] if address.starts_with("/collections/") => {
            Some((id, path::decode(file).ok()?.strip_prefix(NAME)?.to_owned()))
        }
        _ => None,
    }
}

/// The address of a whole collection in a format.
pub fn href(base: &Base, id: &str, format: ItemFormat) -> String {
    format!("{}/{NAME}{}", base.collection(id), format.extension())
}

/// The links to a whole collection in each format.
pub fn links(base: &Base, id: &str) -> impl Iterator<Item = Link> {
    ItemFormat::available().map(move |format| {
        Link::new(href(base, id, format), "enclosure", format.bare_media_type()).titled(format.title())
    })
}

/// The file.
pub async fn get(
    State(app): State<Arc<App>>,
    Extension(place): Extension<Place>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let (id, extension) =
        parts(uri.path()).ok_or_else(|| Error::not_found("there is nothing at this address"))?;
    let id = path::decode(id)?;
    let format = ItemFormat::from_extension(&extension).ok_or_else(|| {
        let known: Vec<&str> = ItemFormat::available().map(ItemFormat::extension).collect();
        Error::not_found(format!("there is no download as {extension:?}")).hint(known.join(", "))
    })?;
    let mut parameters = Parameters::parse(uri.query(), &app.limits)?;
    for name in ["limit", "offset", "cursor", "f"] {
        if parameters.take(name).is_some() {
            let what =
                format!("a download has no {name}: all features come, in the format that its name ends with");
            return Err(Error::invalid(name, what));
        }
    }
    let choice = item_format::choice(format, &mut parameters, &app.limits)?;
    let collected = open::open_any(&app, &app.worlds.current(), &id)?;
    let crs = items::output_crs(parameters.take("crs"), &collected.schema().collection)?.crs;
    let asked = (uri.query().map_or(0, str::len), Format::Json);
    let (collected, mut query) = items::query(&app, &place, collected, parameters, asked).await?;
    query.limit = usize::MAX;
    let base = Base::of(&app, &headers);
    let links = vec![
        Link::new(base.href(&uri.to_string()), "self", format.bare_media_type()),
        Link::new(base.collection(&collected.schema().collection.id), "collection", links::JSON),
    ];
    let is_download = true;
    let opened = match collected {
        Collected::Resident(opened) => opened,
        Collected::Direct(opened) => {
            let page = opened.direct.all(query, opened.caller(place.client())).await?;
            return direct::Features { opened, page, choice, crs, links, is_download }.response(place).await;
        }
    };
    let (opened, answer) = items::answer(opened, query, place.clone()).await?;
    Features { opened, answer, choice, crs, links, is_download }.response(place).await
}
