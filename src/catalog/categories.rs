//! Categories: what the values of a column mean on a map, as configured.

/// How a collection is coloured by the values of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Categories {
    /// The column.
    pub column: String,
    /// In the order of the legend.
    pub list: Vec<Category>,
}

/// One entry of the legend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// The values that belong to it, as text: spelling variants, or kinds that are shown alike.
    pub values: Vec<String>,
    /// What it is called; else its first value is shown.
    pub title: Option<String>,
    /// `#rrggbb`.
    pub colour: String,
    /// One to three letters that stand on the point.
    pub symbol: Option<String>,
}
