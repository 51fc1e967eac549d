//! What brings a table to the rows and columns of a draft.

/// What brings a table to the rows and columns of a draft.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The table, as SQL names it.
    pub table: String,
    /// The draft, as SQL names it.
    pub draft: String,
    /// The table that notes how the rows differ, as SQL names it.
    pub differences: String,
    /// The types of the table's columns.
    pub kinds: Vec<(String, String)>,
    /// The columns written, the geometry and import's own key among them.
    pub columns: Vec<String>,
    /// The column that is the key from now on.
    pub key: String,
    /// The key, where it was that before too and is the file's: by it, rows are told apart.
    pub key_kept: Option<String>,
    /// Import's own key, where the file has none.
    pub own_key: Option<&'a str>,
    /// Whether the old key goes.
    pub drops_key: bool,
    /// Whether there is a new one.
    pub adds_key: bool,
    /// Columns that it has not yet, with their types.
    pub added: Vec<(String, String)>,
    /// Columns that have another type, with the old one and the new one.
    pub retyped: Vec<(String, String, String)>,
    /// Columns that may be without a value while rows are written.
    pub optional: Vec<String>,
    /// Columns of which each row must have a value again afterwards.
    pub required: Vec<String>,
    /// Columns that it has no longer.
    pub gone: Vec<String>,
    /// What the person should know.
    pub notes: Vec<String>,
}

impl Plan<'_> {
    /// The columns of the table that have no values until rows are written: new ones, and those of
    /// another type, but for the key.
    pub fn emptied(&self) -> impl Iterator<Item = &str> {
        let retyped = self.retyped.iter().map(|(name, ..)| name);
        let all = self.added.iter().map(|(name, _)| name).chain(retyped);
        all.filter(|name| self.key_kept.as_ref() != Some(name)).map(String::as_str)
    }

    /// The type of a column, where it has the same before and after.
    pub fn kind_of_both(&self, name: &str) -> Option<&str> {
        let is_retyped = self.retyped.iter().any(|(retyped, ..)| retyped == name);
        let kind = self.kinds.iter().find(|(column, _)| column == name).map(|(_, kind)| kind.as_str());
        kind.filter(|_| !is_retyped)
    }

    /// The columns whose values can be compared: there before and after, keys left out.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        let is_added = |name: &String| self.added.iter().any(|(added, _)| added == name);
        let is_key =
            |name: &String| self.key_kept.as_ref() == Some(name) || self.own_key == Some(name.as_str());
        self.columns.iter().filter(move |name| !is_added(name) && !is_key(name)).map(String::as_str)
    }
}
