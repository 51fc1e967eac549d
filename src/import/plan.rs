//! The changes that give a table the rows and columns of a draft.

/// The changes that give a table the rows and columns of a draft. All names are quoted for SQL
/// where noted.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The name of the table, quoted.
    pub table: String,
    /// The name of the draft, quoted.
    pub draft: String,
    /// The name of the table that records differing rows, quoted.
    pub differences: String,
    /// The table's columns with their types.
    pub kinds: Vec<(String, String)>,
    /// The columns that are written, including the geometry and import's own key.
    pub columns: Vec<String>,
    /// The column that becomes or remains the key.
    pub key: String,
    /// The key that identifies rows in both, if it stays the same and comes from the file.
    pub key_kept: Option<String>,
    /// The name of import's own key, if the file has none.
    pub own_key: Option<&'a str>,
    /// Whether the old key is dropped.
    pub drops_key: bool,
    /// Whether a new key is added.
    pub adds_key: bool,
    /// The columns to be added, with their types.
    pub added: Vec<(String, String)>,
    /// The columns whose type changes, with the old and the new type.
    pub retyped: Vec<(String, String, String)>,
    /// The columns that may be NULL while rows are written.
    pub optional: Vec<String>,
    /// The columns that must not be NULL afterwards.
    pub required: Vec<String>,
    /// The columns to be dropped.
    pub gone: Vec<String>,
    /// Notes for the user.
    pub notes: Vec<String>,
}

impl Plan<'_> {
    /// Returns the columns that are empty until rows are written: new ones, and those whose type
    /// changes, except the key.
    pub fn emptied(&self) -> impl Iterator<Item = &str> {
        let retyped = self.retyped.iter().map(|(name, ..)| name);
        let all = self.added.iter().map(|(name, _)| name).chain(retyped);
        all.filter(|name| self.key_kept.as_ref() != Some(name)).map(String::as_str)
    }

    /// Returns the type of a column if it stays the same.
    pub fn kind_of_both(&self, name: &str) -> Option<&str> {
        let is_retyped = self.retyped.iter().any(|(retyped, ..)| retyped == name);
        let kind = self.kinds.iter().find(|(column, _)| column == name).map(|(_, kind)| kind.as_str());
        kind.filter(|_| !is_retyped)
    }

    /// Returns the columns whose values can be compared: those that exist before and after, without
    /// keys.
    pub fn kept(&self) -> impl Iterator<Item = &str> {
        let is_added = |name: &String| self.added.iter().any(|(added, _)| added == name);
        let is_key =
            |name: &String| self.key_kept.as_ref() == Some(name) || self.own_key == Some(name.as_str());
        self.columns.iter().filter(move |name| !is_added(name) && !is_key(name)).map(String::as_str)
    }
}
