//! The parts of the base map, and the collections that play them.

use std::fmt;

/// A part of the base map. Areas are of a class of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Areas whose class is in a column.
    Area,
    /// Farmland.
    Farmland,
    /// Built-up land.
    BuiltUp,
    /// Business, industry and harbours.
    Commercial,
    /// Parks and other green.
    Green,
    /// Woods.
    Wood,
    /// Squares and land for traffic.
    Square,
    /// Rivers, lakes and other waters.
    Water,
    /// Buildings.
    Building,
    /// Roads, whose class may be in a column.
    Road,
    /// Paths.
    Path,
    /// Railways and trams.
    Rail,
    /// Borders of administrative areas, with their names.
    Border,
    /// Points with the names of places.
    Place,
    /// Points with house numbers.
    HouseNumber,
}

impl Part {
    /// All parts, the ground first.
    pub const ALL: [Part; 15] = [
        Part::Area,
        Part::Farmland,
        Part::BuiltUp,
        Part::Commercial,
        Part::Green,
        Part::Wood,
        Part::Square,
        Part::Water,
        Part::Building,
        Part::Road,
        Part::Path,
        Part::Rail,
        Part::Border,
        Part::Place,
        Part::HouseNumber,
    ];

    /// Returns the name of the part, which is its key in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Part::Area => "area",
            Part::Farmland => "farmland",
            Part::BuiltUp => "built_up",
            Part::Commercial => "commercial",
            Part::Green => "green",
            Part::Wood => "wood",
            Part::Square => "square",
            Part::Water => "water",
            Part::Building => "building",
            Part::Road => "road",
            Part::Path => "path",
            Part::Rail => "rail",
            Part::Border => "border",
            Part::Place => "place",
            Part::HouseNumber => "house_number",
        }
    }

    /// Returns the part with this name.
    pub fn of(name: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.name() == name)
    }

    /// Returns the classes that a feature of this part may have, if its class is in a column.
    pub fn classes(self) -> &'static [&'static str] {
        match self {
            Part::Area => {
                &["farmland", "built_up", "commercial", "green", "wood", "square", "water", "building"]
            }
            Part::Road | Part::Path | Part::Rail => {
                &["motorway", "main", "secondary", "minor", "service", "path", "tram", "rail"]
            }
            Part::Place => &["town", "village", "locality"],
            _ => &[],
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A collection that plays a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartSource {
    /// The part that it plays.
    pub part: Part,
    /// The id of the collection.
    pub collection: String,
    /// The name of the column with the class of a feature.
    pub class: Option<String>,
    /// The name of the column with the name of a feature, or its number.
    pub name: Option<String>,
    /// The values of the class column by class; a value that ends with a star stands for all that
    /// begin like it. If there are none, the words of `styles/` decide.
    pub classes: Vec<(String, Vec<String>)>,
    /// The class of features with another value. None leaves areas out, and makes roads `minor`.
    pub other: Option<String>,
    /// The only values of the class column that belong to the part; empty for all.
    pub values: Vec<String>,
    /// The level of a border: 1 for the few large areas, 3 for the many small ones. None decides it
    /// by their number.
    pub level: Option<u8>,
}

/// The configured base map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseMap {
    /// The parts of the base map. If there are none, they are guessed from the names of the
    /// collections.
    pub parts: Vec<PartSource>,
    /// A base map of someone else, in place of the parts.
    pub basemap: Option<ForeignBase>,
}

/// A base map that another server provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignBase {
    /// The address of its MapLibre style.
    pub style: String,
    /// The origins that a browser may ask for it, such as `https://tiles.example.org`; the origin
    /// of the style is the first.
    pub origins: Vec<String>,
}
