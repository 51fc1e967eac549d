//! The addresses of downloads, such as `/collections/{id}/download.csv`.

use crate::encode::ItemFormat;
use crate::web::http::links::{Base, Link};
use crate::web::http::path;

/// The beginning of the last path segment.
pub const NAME: &str = "download.";

/// Whether an address is that of a download, in any encoding (`download%2Ecsv` too). Downloads have
/// admission places of their own.
pub fn is_download(address: &str) -> bool {
    match path::steps(address, "/collections/")[..] {
        [_, file] if address.starts_with("/collections/") => {
            path::decode(file).is_ok_and(|file| file.starts_with(NAME))
        }
        _ => false,
    }
}

/// Returns the address of the download of a whole collection in a format.
pub fn href(base: &Base, id: &str, format: ItemFormat) -> String {
    format!("{}/{NAME}{}", base.collection(id), format.extension())
}

/// Returns the links to the downloads of a whole collection, one for each format.
pub fn links(base: &Base, id: &str) -> impl Iterator<Item = Link> {
    ItemFormat::available().map(move |format| {
        Link::new(href(base, id, format), "enclosure", format.bare_media_type()).titled(format.title())
    })
}
