//! The addresses of downloads: `/collections/{id}/download.csv` and so on.

use crate::encode::ItemFormat;
use crate::web::http::links::{Base, Link};
use crate::web::http::path;

/// What the last step of the address begins with.
const NAME: &str = "download.";

/// Whether an address is one of these: they have places of their own.
pub fn is_download(address: &str) -> bool {
    parts(address).is_some()
}

/// The collection's id as it is written, and the ending of the file's name, however that is written (`download%2Ecsv` too).
pub fn parts(address: &str) -> Option<(&str, String)> {
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
