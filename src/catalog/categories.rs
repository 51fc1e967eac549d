//! Categories: the colours, symbols and titles that a map gives to the values of a column.

/// The categories of one collection, by the values of one of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Categories {
    /// The name of the column.
    pub column: String,
    /// The categories, in the order of the legend; if there are none, the values that occur decide:
    /// each is a category, and numbers are divided into classes.
    pub list: Vec<Category>,
}

/// One entry of the legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// The values of the category, as text: spelling variants, or kinds that are drawn alike.
    pub values: Vec<String>,
    /// The title in the legend; None shows the first value.
    pub title: Option<String>,
    /// The colour as `#rrggbb`.
    pub colour: String,
    /// One to three letters that are drawn on a point.
    pub symbol: Option<String>,
}
