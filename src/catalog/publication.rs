//! Who publishes the collections: what a catalogue says of itself and of all its data sets
//! (DCAT-AP.de 3.0).

use super::words::Words;

/// `[catalog]` of the configuration. What is not configured is not said, and the catalogue's page
/// tells what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// What the catalogue is called.
    pub title: Option<Words>,
    /// What is in it.
    pub description: Option<Words>,
    /// Who publishes the data.
    pub publisher: Option<String>,
    /// The publisher's address on the web.
    pub publisher_page: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Where to write to.
    pub contact_email: Option<String>,
    /// The address of a page to write by.
    pub contact_page: Option<String>,
    /// The IRI that GovData has given the publisher (dcat-ap.de/def/contributors).
    pub contributor: Option<String>,
    /// The municipality key of the place that the data are about, eight digits.
    pub municipality_key: Option<String>,
    /// The address of the service's metadata by ISO 19139, as GDI-DE asks for.
    pub metadata_url: Option<String>,
}

impl Publication {
    /// The keys that DCAT-AP.de wants and that are not configured.
    pub fn missing(&self) -> Vec<&'static str> {
        let contact = self.contact_email.as_ref().or(self.contact_page.as_ref());
        [
            ("publisher", self.publisher.is_none()),
            ("contact_email or contact_page", contact.is_none()),
            ("contributor", self.contributor.is_none()),
            ("municipality_key", self.municipality_key.is_none()),
        ]
        .into_iter()
        .filter_map(|(key, is_missing)| is_missing.then_some(key))
        .collect()
    }
}
