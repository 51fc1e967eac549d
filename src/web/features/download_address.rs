//! The addresses of downloads: `/collections/{id}/download.csv` and so on.

use crate::encode::ItemFormat;
use crate::web::http::links::{Base, Link};
use crate::web::http::path;

/// What the last step of the address begins with.
pub const NAME: &str = "download.";

/// Whether an address is one of these, however its last step is written (`download%2Ecsv` too):
/// they have places of their own.
pub fn is_download(address: &str) -> bool {
    match path::steps(address, "/collections/")[..] {
        [_, file] if address.starts_with("/collections/") => {
            path::decode(file).is_ok_and(|file| file.starts_with(NAME))
        }
        _ => false,
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
