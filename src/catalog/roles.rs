//! Which collection plays which part in planning. Configuration names them; nothing here knows a
//! city.
//!
//! Columns are named, not numbered: a collection may appear, or change its columns, while the
//! server runs.

use std::collections::BTreeMap;

use super::rules::Rule;

/// All parts that are given out.
#[derive(Clone, Debug, PartialEq)]
pub struct Roles {
    /// Where ways are measured: a projected system in metres (EPSG code).
    pub srid: u32,
    /// A point further than this from every open edge, in metres, is not on the network.
    pub snapping: f64,
    /// Whether answers are exact; else they are protected (METHODS: rounding, suppression, cells).
    pub exact: bool,
    /// Values from above 0 to below this many persons are not given in protected answers.
    pub threshold: u32,
    /// The id of the rule that says so, if one does.
    pub threshold_rule: Option<String>,
    /// Lines that people move along.
    pub network: Option<NetworkRole>,
    /// Points where people live.
    pub demand: Option<DemandRole>,
    /// Areas by the name of their level.
    pub areas: BTreeMap<String, AreaRole>,
    /// Persons by area, date and age group.
    pub population: Option<PopulationRole>,
    /// Facilities by the name of their collection.
    pub facilities: BTreeMap<String, FacilityRole>,
    /// Types of facilities, by the name that questions call them by.
    pub types: BTreeMap<String, FacilityType>,
    /// Rules of one's own, by id.
    pub rules: BTreeMap<String, Rule>,
}

impl Default for Roles {
    fn default() -> Roles {
        Roles {
            srid: 25832,
            snapping: 500.0,
            exact: false,
            threshold: 5,
            threshold_rule: None,
            network: None,
            demand: None,
            areas: BTreeMap::new(),
            population: None,
            facilities: BTreeMap::new(),
            types: BTreeMap::new(),
            rules: BTreeMap::new(),
        }
    }
}

/// The collection of lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkRole {
    /// The collection.
    pub collection: String,
    /// Ends of lines no further apart than this many metres are one node.
    pub node_tolerance: f64,
    /// Whether lines are joined at every vertex they share, not only at their ends.
    pub joined_at_vertices: bool,
    /// What the network is of, in words: `2013`.
    pub date: Option<String>,
    /// What is closed to whom: by the name of the profile, columns and patterns of their values.
    pub closed: BTreeMap<String, BTreeMap<String, Vec<Pattern>>>,
}

/// A text, or the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Exactly this text.
    Is(String),
    /// Texts that begin so.
    Begins(String),
    /// Texts that have this in them.
    Has(String),
}

impl Pattern {
    /// Reads `BAB *` as a beginning, `*stairs*` as what is in a text, anything else as a whole
    /// text.
    pub fn parse(text: &str) -> Pattern {
        match (text.strip_prefix('*').and_then(|rest| rest.strip_suffix('*')), text.strip_suffix('*')) {
            (Some(within), _) => Pattern::Has(within.into()),
            (None, Some(beginning)) => Pattern::Begins(beginning.into()),
            (None, None) => Pattern::Is(text.into()),
        }
    }

    /// The pattern as it is written.
    pub fn text(&self) -> String {
        match self {
            Pattern::Is(whole) => whole.clone(),
            Pattern::Begins(beginning) => format!("{beginning}*"),
            Pattern::Has(within) => format!("*{within}*"),
        }
    }

    /// Whether a text is meant.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Is(whole) => text == whole,
            Pattern::Begins(beginning) => text.starts_with(beginning),
            Pattern::Has(within) => text.contains(within),
        }
    }
}

/// The collection of points where people live.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DemandRole {
    /// The collection.
    pub collection: String,
    /// The column by which an area's persons are spread over its points (dwellings, floor area);
    /// None weighs all alike.
    pub weight: Option<String>,
    /// Columns that make an address, in the order in which it is written: street, house number.
    pub address: Vec<String>,
    /// Why the weights may be seen as they are: where they have been published. Without, weighted
    /// points are protected on every route.
    pub already_public: Option<String>,
}

/// A level of areas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AreaRole {
    /// The collection.
    pub collection: String,
    /// The column that population and parents refer to.
    pub id: String,
    /// The column with the name.
    pub name: Option<String>,
    /// The level above.
    pub parent: Option<String>,
    /// Where each area is the catchment of a facility: the collection of these, and the column with
    /// the key of the one that is responsible.
    pub responsible: Option<(String, String)>,
}

/// The table of persons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PopulationRole {
    /// The collection.
    pub collection: String,
    /// The column with the area's id.
    pub area: String,
    /// The column with a date or a year.
    pub date: String,
    /// The month and day that a year means.
    pub year_means: (i8, i8),
    /// The column with the age group in words: `06 - < 10`, `75 und älter`.
    pub group: String,
    /// The column with the number of persons.
    pub persons: String,
    /// Rows that count: columns and the value each must have.
    pub only: BTreeMap<String, String>,
    /// The level of areas whose persons are spread over the points of demand.
    pub level: String,
    /// What is counted, in words: `Haupt- und Nebenwohnung`.
    pub denominator: Option<String>,
    /// Why the table may be seen as it is: where it has been published. Without, it is protected on
    /// every route.
    pub already_public: Option<String>,
}

/// A collection of facilities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FacilityRole {
    /// What they are, for people: `Grundschulen`.
    pub title: Option<String>,
    /// The column with the type.
    pub kind: Option<String>,
    /// The column with the name.
    pub name: Option<String>,
    /// The column with who runs it.
    pub operator: Option<String>,
    /// Capacities: one for each group of persons.
    pub capacities: Vec<Capacity>,
    /// The columns with the first and the last day of service.
    pub valid: (Option<String>, Option<String>),
    /// What the data are of, in words: `2014`.
    pub date: Option<String>,
}

/// A type of facilities: what of which collections counts as one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FacilityType {
    /// What they are, for people.
    pub title: Option<String>,
    /// Their collections, and what of each: conditions as in questions.
    pub of: Vec<(String, Option<String>)>,
    /// Whom they are for, half-open.
    pub ages: Option<(u32, u32)>,
    /// The rule by which they are measured.
    pub rule: Option<String>,
}

/// A column that says how many a facility has room for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capacity {
    /// The column.
    pub column: String,
    /// What is counted: `Plätze`, `m²`.
    pub unit: String,
    /// The ages it is for, half-open.
    pub ages: Option<(u32, u32)>,
}

impl Roles {
    /// The collections whose rows must not be seen as they are, and the part that each plays:
    /// population and weighted demand that nobody has said to be public. Configuration hides them
    /// from every route; planning counts with them as `plan::disclosure` says.
    pub fn protected_collections(&self) -> Vec<(&str, &'static str)> {
        let population = self.population.as_ref().filter(|role| role.already_public.is_none());
        let demand = self.demand.as_ref().filter(|_| self.are_weights_protected());
        population
            .map(|role| (role.collection.as_str(), "population"))
            .into_iter()
            .chain(demand.map(|role| (role.collection.as_str(), "demand")))
            .collect()
    }

    /// Whether the weights of the points of demand are not for everyone.
    pub fn are_weights_protected(&self) -> bool {
        self.demand.as_ref().is_some_and(|role| role.weight.is_some() && role.already_public.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_the_end_or_both_ends_of_a_pattern() {
        for (pattern, text, matches) in [
            ("BAB *", "BAB 4", true),
            ("BAB *", "zur BAB 4", false),
            ("steps", "steps", true),
            ("steps", "steps 2", false),
            ("*\"foot\"=>\"no\"*", "\"bicycle\"=>\"yes\",\"foot\"=>\"no\"", true),
            ("*\"foot\"=>\"no\"*", "\"foot\"=>\"yes\"", false),
            ("*", "anything", true),
        ] {
            assert_eq!(Pattern::parse(pattern).matches(text), matches, "{pattern} {text}");
            assert_eq!(Pattern::parse(pattern).text(), pattern);
        }
    }
}
