//! The symbols of a collection: what its features look like, by the values of a column.

use super::classes::{Pattern, distinct, quantiles, rounded};
use super::compared::Compared;
use super::icon_words::icon_for;
use super::mapped::Mapped;
use super::palette;
use super::words;

/// The most categories that are made from the values that occur. The less frequent values are drawn
/// alike.
pub const MOST_CATEGORIES: usize = 24;

/// The most categories for which icons are looked for.
const MOST_ICONS: usize = 200;

/// The number of classes of numbers.
const NUMBER_CLASSES: usize = 5;

/// The symbols of a collection, in the order of the legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbols {
    /// What the symbols depend on.
    pub by: By,
    /// The symbols of the values or classes.
    pub list: Vec<Symbol>,
    /// The symbol of all other features.
    pub other: Symbol,
    /// Whether there may be other features.
    pub has_others: bool,
}

/// What the symbols of a collection depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// All features look alike, as [`Symbols::other`].
    Nothing,
    /// The text of a column.
    Text(Compared),
    /// The number in a column.
    Number(Compared),
}

/// What features with the same symbol have in common.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// Everything else.
    Rest,
    /// These values.
    Values(Vec<String>),
    /// Numbers from the first, and below the second, if there is one.
    Range(Option<f64>, Option<f64>),
}

/// How features look.
#[derive(Clone, Debug, PartialEq)]
pub struct Symbol {
    /// The title in the legend; None for that of the collection.
    pub title: Option<String>,
    /// What the features have in common.
    pub meaning: Meaning,
    /// The colour as `#rrggbb`.
    pub colour: String,
    /// The name of the icon on a point.
    pub icon: Option<&'static str>,
    /// Up to three letters on a point, if there is no icon.
    pub letters: Option<String>,
}

impl Symbol {
    fn rest(colour: String, icon: Option<&'static str>) -> Symbol {
        Symbol { title: None, meaning: Meaning::Rest, colour, icon, letters: None }
    }
}

impl Symbols {
    /// Returns the symbols of a collection, whose own colour is `colour`: as configured, by the
    /// values of a column whose name says that it holds kinds, or all alike.
    pub fn of(one: &Mapped<'_>, colour: &str) -> Symbols {
        let collection = one.view.collection;
        let configured = collection.categories.as_ref();
        let configured = configured.and_then(|own| Some((own, Compared::of(&one.view, &own.column)?)));
        match configured {
            Some((categories, column)) if !categories.list.is_empty() => {
                let symbol = |(at, category): (usize, &crate::catalog::Category)| Symbol {
                    title: category.title.clone().or_else(|| category.values.first().cloned()),
                    meaning: Meaning::Values(category.values.clone()),
                    colour: category.colour.clone(),
                    icon: (at < MOST_ICONS)
                        .then(|| {
                            category.values.iter().chain(&category.title).find_map(|value| icon_for(value))
                        })
                        .flatten(),
                    letters: category.symbol.clone(),
                };
                let named = || categories.list.iter().flat_map(|category| &category.values);
                let has_others = distinct(&one.view, &column.name).is_none_or(|values| {
                    let is_named = |value: &String| named().any(|own| own == value);
                    let all = values.iter().filter(|(value, _)| is_named(value)).map(|(_, count)| count);
                    // The rows of a direct collection are not here to be counted.
                    one.view.is_empty() || all.sum::<usize>() < one.view.len()
                });
                Symbols {
                    by: By::Text(column),
                    list: categories.list.iter().enumerate().map(symbol).collect(),
                    other: Symbol::rest(palette::OTHER.into(), None),
                    has_others,
                }
            }
            Some((_, column)) if column.is_number() => numbers(one, column, colour),
            Some((_, column)) => by_values(one, column, usize::MAX).unwrap_or_else(|| alike(one, colour)),
            None => kinds(one)
                .and_then(|name| Compared::of(&one.view, &name))
                .and_then(|column| by_values(one, column, MOST_CATEGORIES))
                .unwrap_or_else(|| alike(one, colour)),
        }
    }

    /// Returns the column that the symbols depend on.
    pub fn column(&self) -> Option<&Compared> {
        match &self.by {
            By::Nothing => None,
            By::Text(column) | By::Number(column) => Some(column),
        }
    }

    /// Returns whether any point bears an icon or letters.
    pub fn has_icons(&self) -> bool {
        let marked = |symbol: &Symbol| symbol.icon.is_some() || symbol.letters.is_some();
        self.list.iter().any(marked) || marked(&self.other)
    }
}

/// The icon of a whole collection, by its name.
fn own_icon(one: &Mapped<'_>) -> Option<&'static str> {
    let collection = one.view.collection;
    icon_for(&collection.short).or_else(|| icon_for(&collection.title))
}

fn alike(one: &Mapped<'_>, colour: &str) -> Symbols {
    let other = Symbol::rest(colour.to_owned(), own_icon(one));
    Symbols { by: By::Nothing, list: vec![], other, has_others: true }
}

/// Returns the column with the kinds of features, by its name.
fn kinds(one: &Mapped<'_>) -> Option<String> {
    if one.geometry == Some("line") {
        return None;
    }
    let (collection, visible) = (one.view.collection, one.view.visible_columns());
    const KINDS: [&str; 4] = ["schulart", "objekttyp", "einrichtungsart", "zweck"];
    words::class_column(collection, visible).or_else(|| words::text_column(collection, visible, &KINDS))
}

/// Returns a symbol for each of the most frequent values; None if there is only one value, or there
/// are more than `most`.
fn by_values(one: &Mapped<'_>, column: Compared, most: usize) -> Option<Symbols> {
    let values = distinct(&one.view, &column.name)?;
    if values.len() < 2 || values.len() > most {
        return None;
    }
    let shown: Vec<&str> = values.iter().take(MOST_CATEGORIES).map(|(value, _)| value.as_str()).collect();
    let colours = palette::of_values(&one.view.collection.short, &shown);
    let symbol = |(value, colour): (&&str, String)| Symbol {
        title: Some((*value).to_owned()),
        meaning: Meaning::Values(vec![(*value).to_owned()]),
        colour,
        icon: icon_for(value).or_else(|| own_icon(one)),
        letters: None,
    };
    let with_value: usize = values.iter().take(shown.len()).map(|(_, count)| count).sum();
    Some(Symbols {
        by: By::Text(column),
        list: shown.iter().zip(colours).map(symbol).collect(),
        other: Symbol::rest(palette::OTHER.into(), own_icon(one)),
        has_others: with_value < one.view.len(),
    })
}

/// Returns a symbol for each class of numbers.
fn numbers(one: &Mapped<'_>, column: Compared, colour: &str) -> Symbols {
    let limits = quantiles(&one.view, &column.name, NUMBER_CLASSES);
    let colours = palette::ramp(limits.len() + 1);
    let mut list = vec![];
    for (at, colour) in colours.into_iter().enumerate() {
        let from = at.checked_sub(1).and_then(|before| limits.get(before)).copied();
        let below = limits.get(at).copied();
        let title = match (from, below) {
            (None, None) => None,
            (None, Some(below)) => Some(format!("< {}", rounded(below))),
            (Some(from), None) => Some(format!("≥ {from}")),
            (Some(from), Some(below)) => Some(format!("{from} – < {below}")),
        };
        list.push(Symbol { title, meaning: Meaning::Range(from, below), colour, icon: None, letters: None });
    }
    let other = Symbol::rest(if list.len() > 1 { palette::OTHER.into() } else { colour.to_owned() }, None);
    Symbols { by: By::Number(column), list, other, has_others: true }
}

impl Meaning {
    /// Returns the condition as CQL2; None for everything else.
    pub fn cql2(&self, column: &Compared) -> Option<String> {
        let name = super::compared::identifier(&column.name);
        match self {
            Meaning::Rest => None,
            Meaning::Values(values) => {
                let patterns: Vec<Pattern> = values.iter().map(|value| Pattern::Is(value.clone())).collect();
                Some(super::expression::fits_in_cql2(column, &patterns))
            }
            Meaning::Range(None, None) => None,
            Meaning::Range(Some(from), None) => Some(format!("{name} >= {from}")),
            Meaning::Range(None, Some(below)) => Some(format!("{name} < {below}")),
            Meaning::Range(Some(from), Some(below)) => Some(format!("{name} >= {from} AND {name} < {below}")),
        }
    }
}
