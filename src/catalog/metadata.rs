//! Metadata of a collection for catalogues (DCAT-AP.de 3.0, class Dataset), besides its title,
//! description and licence.

use jiff::civil::Date;

/// The configured metadata of a collection. What is not configured is left out of catalogues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The title in English.
    pub title_en: Option<String>,
    /// The description in English.
    pub description_en: Option<String>,
    /// Keywords to find the collection by.
    pub keywords: Option<Vec<String>>,
    /// Codes of the EU's vocabulary of data themes, see [`THEMES`].
    pub themes: Option<Vec<String>>,
    /// The identifier under which other catalogues list it.
    pub identifier: Option<String>,
    /// The day of its first publication.
    pub issued: Option<Date>,
    /// The day of the last change of its content.
    pub modified: Option<Date>,
    /// The first and the last day of the period that its content is about; each may be open.
    pub covers: Option<[Option<Date>; 2]>,
    /// How often it is updated, as a code of the EU's vocabulary of frequencies, see
    /// [`FREQUENCIES`].
    pub frequency: Option<String>,
    /// The URL of its metadata by ISO 19139, which INSPIRE and GDI-DE ask for.
    pub metadata_url: Option<String>,
    /// The URL of the INSPIRE feature concept that its features belong to.
    pub feature_concept: Option<String>,
    /// The URL of a page about it.
    pub page: Option<String>,
}

/// The codes of the EU's data themes (publications.europa.eu/resource/authority/data-theme).
pub const THEMES: [&str; 14] = [
    "AGRI",
    "ECON",
    "EDUC",
    "ENER",
    "ENVI",
    "GOVE",
    "HEAL",
    "INTR",
    "JUST",
    "OP_DATPRO",
    "REGI",
    "SOCI",
    "TECH",
    "TRAN",
];

/// The codes of the EU's frequencies (publications.europa.eu/resource/authority/frequency) that are
/// usual for a city's data.
pub const FREQUENCIES: [&str; 16] = [
    "ANNUAL",
    "ANNUAL_2",
    "ANNUAL_3",
    "BIENNIAL",
    "BIMONTHLY",
    "CONT",
    "DAILY",
    "IRREG",
    "MONTHLY",
    "NEVER",
    "OTHER",
    "QUARTERLY",
    "TRIENNIAL",
    "UNKNOWN",
    "UPDATE_CONT",
    "WEEKLY",
];

impl Metadata {
    /// Fills what is not set with the values of `general`.
    pub fn or(self, general: Metadata) -> Metadata {
        Metadata {
            title_en: self.title_en.or(general.title_en),
            description_en: self.description_en.or(general.description_en),
            keywords: self.keywords.or(general.keywords),
            themes: self.themes.or(general.themes),
            identifier: self.identifier.or(general.identifier),
            issued: self.issued.or(general.issued),
            modified: self.modified.or(general.modified),
            covers: self.covers.or(general.covers),
            frequency: self.frequency.or(general.frequency),
            metadata_url: self.metadata_url.or(general.metadata_url),
            feature_concept: self.feature_concept.or(general.feature_concept),
            page: self.page.or(general.page),
        }
    }
}
