//! The publisher of the collections, and the description of the catalogue (DCAT-AP.de 3.0).

use super::words::Words;

/// The section `[catalog]` of the configuration. What is not configured is left out of the
/// catalogue, whose page lists what is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// The title of the catalogue.
    pub title: Option<Words>,
    /// The description of the catalogue.
    pub description: Option<Words>,
    /// The name of the publisher.
    pub publisher: Option<String>,
    /// The URL of the publisher's home page.
    pub publisher_page: Option<String>,
    /// The name of the contact.
    pub contact: Option<String>,
    /// The contact's e-mail address.
    pub contact_email: Option<String>,
    /// The URL of the contact form.
    pub contact_page: Option<String>,
    /// The IRI that GovData has assigned to the publisher (dcat-ap.de/def/contributors).
    pub contributor: Option<String>,
    /// The municipality key (Amtlicher Gemeindeschlüssel, eight digits) of the place that the data
    /// cover.
    pub municipality_key: Option<String>,
    /// The URL of the service's metadata by ISO 19139, which GDI-DE asks for.
    pub metadata_url: Option<String>,
}

impl Publication {
    /// Returns the keys that DCAT-AP.de requires and that are not configured.
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
