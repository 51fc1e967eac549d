//! A table that already exists: whether import made it, and how it is updated to a new delivery.
//!
//! A table that import made keeps everything that depends on it. Only its rows and the columns that
//! import made are changed. A table that import did not make is changed only if the user allows it.

use super::plan::Plan;
use serde::Deserialize;

use super::dependents::{self, Use};
use super::statement::{GEOMETRY, quoted};
use super::table::Table;
use crate::error::{Error, Kind, Result};

/// The beginning of the comment on the key of import's tables. The names of their columns follow.
const MARK: &str = "Made by veedel import with the columns ";
/// The end of this comment.
const MARK_END: &str = ". Without this comment veedel import does not touch the table again.";

/// What a look at the database found.
#[derive(Debug, Deserialize)]
pub struct Look {
    /// The schema in which tables are made, quoted.
    pub schema: String,
    /// The table with the name, if there is one.
    pub table: Option<Existing>,
}

/// A relation that has the name of a layer.
#[derive(Debug, Deserialize)]
pub struct Existing {
    /// The kind of the relation in PostgreSQL's `pg_class`.
    kind: String,
    /// The comment on its key.
    mark: Option<String>,
    /// The columns of its key.
    key: Vec<String>,
    /// The columns of the relation.
    pub columns: Vec<Column>,
    /// The objects that depend on its columns.
    pub uses: Vec<Use>,
    /// The objects that depend on its key, except foreign keys.
    key_uses: Vec<String>,
    /// The number of foreign keys that refer to it.
    referrers: u64,
    is_of_extension: bool,
    is_inherited: bool,
    /// Whether the change feed records its changes.
    is_noted: bool,
}

/// A column of an existing table.
#[derive(Debug, Deserialize)]
pub struct Column {
    /// The name of the column.
    pub name: String,
    /// The type in PostgreSQL's spelling.
    pub kind: String,
    /// Whether PostgreSQL computes its values.
    is_generated: bool,
    /// Whether each row must have a value that no sequence provides.
    is_required: bool,
}

/// Returns the comment that marks a table with these columns.
pub fn mark(columns: &[String]) -> String {
    format!("{MARK}{}{MARK_END}", columns.join(", "))
}

impl Existing {
    /// Checks that the table may be changed.
    ///
    /// # Errors
    ///
    /// Fails if relations of its kind are never replaced, or if import did not make the table and
    /// the user has not allowed this (`is_told`).
    pub fn may_change(&self, name: &str, is_told: bool) -> Result<()> {
        let refused = |what: &str| Err(Error::new(Kind::Invalid, format!("{name} {what}")));
        match self.kind.as_str() {
            "r" if self.is_of_extension => refused("is a table of an extension of the database"),
            "r" if self.is_inherited => refused("is a table that inherits or is inherited from"),
            "r" if self.made().is_none() && !is_told => {
                let what = format!("there is a table {name} already that veedel import did not make");
                Err(Error::new(Kind::Invalid, what).hint(
                    "give another name with --name, or bring it to the columns and rows of the file with --replace",
                ))
            }
            "r" => Ok(()),
            "v" => refused("is a view in the database"),
            "m" => refused("is a materialised view in the database"),
            "p" => refused("is a partitioned table in the database"),
            "f" => refused("is a foreign table in the database"),
            _ => refused("is the name of something else in the database"),
        }
        .map_err(|why| if why.hint.is_some() { why } else { why.hint("give another name with --name") })
    }

    /// Returns the columns that import made, if it made the table.
    fn made(&self) -> Option<Vec<&str>> {
        let columns = self.mark.as_deref()?.strip_prefix(MARK)?.split('.').next()?;
        Some(columns.split(", ").collect())
    }

    /// Returns whether the comment is the one for these columns.
    pub fn is_marked(&self, columns: &[String]) -> bool {
        self.mark.as_deref() == Some(mark(columns).as_str())
    }

    /// Returns the changes that give the table the columns of a draft.
    ///
    /// # Errors
    ///
    /// Fails if a change is not possible, or would lose something that the table's owner made.
    pub fn plan<'a>(
        &self,
        schema: &str,
        (draft, columns): (&str, &[Column]),
        own_key: &'a str,
        table: &Table,
        is_told: bool,
    ) -> Result<Plan<'a>> {
        let own_key = table.key.is_none().then_some(own_key);
        let is_written =
            |column: &&Column| table.is_column(&column.name) || own_key == Some(column.name.as_str());
        let written: Vec<&Column> = columns.iter().filter(is_written).collect();
        let old = |name: &str| self.columns.iter().find(|column| column.name == name);
        let all =
            || self.columns.iter().filter(|column| !column.is_generated).map(|column| column.name.as_str());
        // If somebody else made the table, all its columns become those of the file.
        let ours: Vec<&str> = self.made().unwrap_or_else(|| all().collect());
        let mut added = vec![];
        let mut retyped = vec![];
        for column in &written {
            match old(&column.name) {
                None => added.push((column.name.clone(), made_type(column, own_key))),
                Some(old) if old.kind != column.kind => {
                    retyped.push((column.name.clone(), old.kind.clone(), column.kind.clone()));
                }
                Some(_) => {}
            }
        }
        let is_gone = |name: &&str| old(name).is_some() && written.iter().all(|column| column.name != **name);
        let gone: Vec<String> = ours.iter().copied().filter(is_gone).map(str::to_owned).collect();
        let key = table.key_name(own_key.unwrap_or_default()).to_owned();
        let is_same_key = self.key == [key.clone()];
        let must_have = |name: &str| old(name).is_some_and(|column| column.is_required);
        // A column has no values while its type changes.
        let is_required = |(name, ..): &&(String, String, String)| *name != key && must_have(name);
        let required: Vec<String> =
            retyped.iter().filter(is_required).map(|(name, ..)| name.clone()).collect();
        // A column of the key has a value in each row, and PostgreSQL still requires one after
        // another column became the key.
        let was_key = |name: &&String| {
            !is_same_key && **name != key && must_have(name) && written.iter().any(|it| it.name == **name)
        };
        let optional = required.iter().chain(self.key.iter().filter(was_key)).cloned().collect();
        let mut plan = Plan {
            table: format!("{schema}.{}", quoted(&table.name)),
            draft: format!("{schema}.{}", quoted(draft)),
            differences: format!("{schema}.{}", quoted(&format!("{draft}_differences"))),
            kinds: self.columns.iter().map(|column| (column.name.clone(), column.kind.clone())).collect(),
            columns: written.iter().map(|column| column.name.clone()).collect(),
            key_kept: (is_same_key && own_key.is_none()).then(|| key.clone()),
            own_key,
            optional,
            required,
            drops_key: !is_same_key && !self.key.is_empty(),
            adds_key: !is_same_key,
            key,
            added,
            retyped,
            gone,
            notes: vec![],
        };
        let of_others: Vec<&str> = all().filter(|name| !ours.contains(name)).collect();
        self.check(&plan, &of_others, is_told)?;
        plan.notes = self.consequences(&plan);
        Ok(plan)
    }

    /// Describes other effects on the table and on what depends on it.
    fn consequences(&self, plan: &Plan<'_>) -> Vec<String> {
        let gone = self.uses.iter().filter(|used| plan.gone.contains(&used.column));
        let mut notes: Vec<String> =
            gone.map(|used| format!("with the column {} went the {}", used.column, used.what)).collect();
        if self.referrers > 0 {
            notes.push("other tables refer to its rows: of rows that go, their foreign keys decide".into());
        }
        if self.is_noted && plan.adds_key {
            notes.push("its key is another: run `veedel feed install` again".into());
        }
        notes
    }

    /// Fails if something that the table's owner made would be lost, or would refer to other rows.
    fn check(&self, plan: &Plan<'_>, of_others: &[&str], is_told: bool) -> Result<()> {
        let refused = |what: String| {
            Err(Error::new(Kind::Invalid, what)
                .hint("give another name with --name, or let it go with --replace"))
        };
        // Foreign keys may delete rows of other tables together with each deleted row.
        if plan.key_kept.is_none() && self.referrers > 0 {
            let what = "other tables refer to its rows, and there is no key by which they are known";
            return Err(Error::new(Kind::Invalid, what).hint("give another name with --name"));
        }
        dependents::check_gone(&self.uses, &plan.gone, is_told)?;
        dependents::check_retyped(&self.uses, &plan.retyped)?;
        if plan.drops_key {
            dependents::check_key(&self.key_uses)?;
        }
        if is_told {
            return Ok(());
        }
        if let Some(name) = of_others.iter().find(|name| plan.columns.iter().any(|new| new == **name)) {
            return refused(format!(
                "the column {name} of the table was made by somebody, and the file has one too"
            ));
        }
        // Without a key, rows cannot be told apart, so what belongs to one row would belong to
        // another one afterwards.
        match (&plan.key_kept, of_others.first()) {
            (None, Some(name)) => refused(format!(
                "the table has a column {name} of its owner, and no key by which its rows are known"
            )),
            _ => Ok(()),
        }
    }
}

/// Returns the type with which a column is added; import's own key is a sequence.
fn made_type(column: &Column, own_key: Option<&str>) -> String {
    if own_key == Some(column.name.as_str()) { "serial".into() } else { column.kind.clone() }
}

impl Table {
    /// Returns the name of the key, or `own_key` if the file has none.
    pub fn key_name<'a>(&'a self, own_key: &'a str) -> &'a str {
        self.key.and_then(|key| self.columns.get(key)).map_or(own_key, |column| &column.name)
    }

    /// Returns whether there is a column with this name; the geometry counts.
    fn is_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name) || self.geometry.is_some() && name == GEOMETRY
    }
}
