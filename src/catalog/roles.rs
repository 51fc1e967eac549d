//! The roles of collections in planning, as configured. The code knows no city.
//!
//! Roles refer to columns by name and not by position, because a collection may appear, or change
//! its columns, while the server runs.

use std::collections::BTreeMap;

use super::rules::Rule;

/// All roles, and how planning measures and protects.
#[derive(Clone, Debug, PartialEq)]
pub struct Roles {
    /// The EPSG code of the projected system in metres in which planning measures.
    pub srid: u32,
    /// The greatest distance in metres from a point to the network. A point further away is not
    /// reached.
    pub snapping: f64,
    /// Whether answers contain exact numbers of persons. Otherwise small counts are protected
    /// (`docs/planning.md`).
    pub exact: bool,
    /// In protected answers, counts above 0 and below this number of persons are suppressed.
    pub threshold: u32,
    /// The id of the rule that prescribes the threshold, if there is one.
    pub threshold_rule: Option<String>,
    /// The collection of lines along which people move.
    pub network: Option<NetworkRole>,
    /// The collection of points where people live.
    pub demand: Option<DemandRole>,
    /// The collections of areas, by the name of their level.
    pub areas: BTreeMap<String, AreaRole>,
    /// The collection with the number of persons by area, date and age group.
    pub population: Option<PopulationRole>,
    /// The collections of facilities, by name.
    pub facilities: BTreeMap<String, FacilityRole>,
    /// The types of facilities, by the name that requests use.
    pub types: BTreeMap<String, FacilityType>,
    /// The configured rules, by id.
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

/// The network: a collection of lines along which people move.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkRole {
    /// The name of the collection.
    pub collection: String,
    /// The greatest distance in metres between the ends of lines that are one node.
    pub node_tolerance: f64,
    /// Whether lines are connected at every vertex that they share, and not only at their ends.
    pub joined_at_vertices: bool,
    /// The date of the network in words, such as `2013`.
    pub date: Option<String>,
    /// The lines that are closed to a profile: by the profile's name, columns and patterns of their
    /// values.
    pub closed: BTreeMap<String, BTreeMap<String, Vec<Pattern>>>,
}

/// A pattern for the values of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Matches exactly this text.
    Is(String),
    /// Matches texts that begin with this one.
    Begins(String),
    /// Matches texts that contain this one.
    Has(String),
}

impl Pattern {
    /// Reads `BAB *` as a beginning, `*stairs*` as a part of a text, and anything else as a whole
    /// text.
    pub fn parse(text: &str) -> Pattern {
        match (text.strip_prefix('*').and_then(|rest| rest.strip_suffix('*')), text.strip_suffix('*')) {
            (Some(within), _) => Pattern::Has(within.into()),
            (None, Some(beginning)) => Pattern::Begins(beginning.into()),
            (None, None) => Pattern::Is(text.into()),
        }
    }

    /// Returns the pattern as it is written in the configuration.
    pub fn text(&self) -> String {
        match self {
            Pattern::Is(whole) => whole.clone(),
            Pattern::Begins(beginning) => format!("{beginning}*"),
            Pattern::Has(within) => format!("*{within}*"),
        }
    }

    /// Returns whether the pattern matches a text.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Is(whole) => text == whole,
            Pattern::Begins(beginning) => text.starts_with(beginning),
            Pattern::Has(within) => text.contains(within),
        }
    }
}

/// The demand: a collection of points where people live.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DemandRole {
    /// The name of the collection.
    pub collection: String,
    /// The column that weights the distribution of an area's persons over its points (dwellings,
    /// floor area); None gives all points equal weight.
    pub weight: Option<String>,
    /// The columns that form an address, in the order in which it is written: street, house number.
    pub address: Vec<String>,
    /// Where the weights have been published, if they have. Without it, the collection is protected
    /// on every route.
    pub already_public: Option<String>,
}

/// A level of areas, such as districts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AreaRole {
    /// The name of the collection.
    pub collection: String,
    /// The column with the area's id, to which population and lower levels refer.
    pub id: String,
    /// The column with the area's name.
    pub name: Option<String>,
    /// The name of the next higher level.
    pub parent: Option<String>,
    /// If each area is the catchment area of a facility: the collection of facilities, and the
    /// column with the key of the area's facility.
    pub responsible: Option<(String, String)>,
}

/// The population: a table with the number of persons.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PopulationRole {
    /// The name of the collection.
    pub collection: String,
    /// The column with the id of an area.
    pub area: String,
    /// The column with a date or a year.
    pub date: String,
    /// The month and the day that a year stands for.
    pub year_means: (i8, i8),
    /// The column with the age group in words: `06 - < 10`, `75 und älter`.
    pub group: String,
    /// The column with the number of persons.
    pub persons: String,
    /// The rows that are counted: columns, and the value that each must have.
    pub only: BTreeMap<String, String>,
    /// The level of areas whose persons are distributed over the points of demand.
    pub level: String,
    /// Which persons are counted, in words: `Haupt- und Nebenwohnung`.
    pub denominator: Option<String>,
    /// Where the table has been published, if it has. Without it, the collection is protected on
    /// every route.
    pub already_public: Option<String>,
}

/// A collection of facilities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FacilityRole {
    /// The title for people: `Grundschulen`.
    pub title: Option<String>,
    /// The column with the facility's type.
    pub kind: Option<String>,
    /// The column with the facility's name.
    pub name: Option<String>,
    /// The column with the name of the operator.
    pub operator: Option<String>,
    /// The capacities, one for each group of persons.
    pub capacities: Vec<Capacity>,
    /// The columns with the first and the last day of service.
    pub valid: (Option<String>, Option<String>),
    /// The date of the data in words, such as `2014`.
    pub date: Option<String>,
}

/// A type of facilities: which features of which collections belong to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FacilityType {
    /// The title for people.
    pub title: Option<String>,
    /// The collections, each with a condition as in requests; None takes all its features.
    pub of: Vec<(String, Option<String>)>,
    /// The ages that it serves in years, the second one excluded.
    pub ages: Option<(u32, u32)>,
    /// The id of the rule that applies to it.
    pub rule: Option<String>,
}

/// A column with the number of persons that a facility has room for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Capacity {
    /// The name of the column.
    pub column: String,
    /// The unit of the capacity: `Plätze`, `m²`.
    pub unit: String,
    /// The ages that the capacity is for in years, the second one excluded.
    pub ages: Option<(u32, u32)>,
}

impl Roles {
    /// Returns the collections whose rows must not be published, and the role of each: population
    /// and weighted demand that have not been published elsewhere. The configuration hides them
    /// from every route; planning counts with them and protects the results, as `plan::disclosure`
    /// describes.
    pub fn protected_collections(&self) -> Vec<(&str, &'static str)> {
        let population = self.population.as_ref().filter(|role| role.already_public.is_none());
        let demand = self.demand.as_ref().filter(|_| self.are_weights_protected());
        population
            .map(|role| (role.collection.as_str(), "population"))
            .into_iter()
            .chain(demand.map(|role| (role.collection.as_str(), "demand")))
            .collect()
    }

    /// Returns whether the weights of the points of demand are protected.
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
