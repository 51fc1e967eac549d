//! What a catalogue says of a collection beyond what the collection says of itself (DCAT-AP.de 3.0,
//! class Dataset).

use jiff::civil::Date;

/// The configured metadata of a collection. Nothing is made up: what is not configured is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The title in English.
    pub title_en: Option<String>,
    /// The description in English.
    pub description_en: Option<String>,
    /// Words to find it by.
    pub keywords: Option<Vec<String>>,
    /// Codes of the EU's vocabulary of data themes: see [`THEMES`].
    pub themes: Option<Vec<String>>,
    /// The identifier that other catalogues know it by.
    pub identifier: Option<String>,
    /// When it was published first.
    pub issued: Option<Date>,
    /// When its content was changed last.
    pub modified: Option<Date>,
    /// The first and the last day that its content is about; either may be open.
    pub covers: Option<[Option<Date>; 2]>,
    /// How often it is renewed, as a code of the EU's vocabulary of frequencies: see
    /// [`FREQUENCIES`].
    pub frequency: Option<String>,
    /// The address of its metadata by ISO 19139, as INSPIRE and GDI-DE ask for.
    pub metadata_url: Option<String>,
    /// The address of the INSPIRE feature concept that its features are of.
    pub feature_concept: Option<String>,
    /// The address of a page about it.
    pub page: Option<String>,
}

/// The EU's data themes (publications.europa.eu/resource/authority/data-theme).
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

/// The EU's frequencies (publications.europa.eu/resource/authority/frequency) that a city's data
/// have.
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
    /// This, and what `general` says where this says nothing.
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
