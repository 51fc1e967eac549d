//! A table that is there already: whether import made it, and what brings it to a new delivery.
//!
//! A table of import's keeps everything that hangs on it: only its rows and those of its columns
//! change that import brought. What import did not make is left alone unless the person says
//! otherwise.

use super::plan::Plan;
use serde::Deserialize;

use super::dependents::{self, Use};
use super::statement::{GEOMETRY, quoted};
use super::table::Table;
use crate::error::{Error, Kind, Result};

/// What the comment on the key of import's tables begins with; the names of their columns follow.
const MARK: &str = "Made by veedel import with the columns ";
/// How it ends.
const MARK_END: &str = ". Without this comment veedel import does not touch the table again.";

/// What a look at the database found.
#[derive(Debug, Deserialize)]
pub struct Look {
    /// The schema that tables are made in, quoted.
    pub schema: String,
    /// The table of the name, where there is one.
    pub table: Option<Existing>,
}

/// A relation of the name that a layer is to have.
#[derive(Debug, Deserialize)]
pub struct Existing {
    /// PostgreSQL's letter for what it is.
    kind: String,
    /// The comment on its key.
    mark: Option<String>,
    /// The columns of its key.
    key: Vec<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// What hangs on columns.
    pub uses: Vec<Use>,
    /// What needs its key, foreign keys left out.
    key_uses: Vec<String>,
    /// How many foreign keys refer to it.
    referrers: u64,
    is_of_extension: bool,
    is_inherited: bool,
    /// Whether the change feed notes its changes.
    is_noted: bool,
}

/// A column of a table that is there.
#[derive(Debug, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as PostgreSQL writes it.
    pub kind: String,
    /// Whether PostgreSQL computes it.
    is_generated: bool,
    /// Whether each row must have a value, of columns that do not count by themselves.
    is_required: bool,
}

/// The mark of a table with these columns.
pub fn mark(columns: &[String]) -> String {
    format!("{MARK}{}{MARK_END}", columns.join(", "))
}

impl Existing {
    /// An error where nothing of its kind is ever replaced, or where import did not make it and
    /// nobody said that it may go.
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

    /// The columns that import made, if it made the table.
    fn made(&self) -> Option<Vec<&str>> {
        let columns = self.mark.as_deref()?.strip_prefix(MARK)?.split('.').next()?;
        Some(columns.split(", ").collect())
    }

    /// Whether the mark is as it should be for these columns.
    pub fn is_marked(&self, columns: &[String]) -> bool {
        self.mark.as_deref() == Some(mark(columns).as_str())
    }

    /// What brings it to the columns of a draft.
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
        // Of a table that somebody else made, all columns are to become the file's.
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
        // A column that is the key has a value in each row, and PostgreSQL goes on asking for it
        // when another is the key.
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

    /// What else becomes of the table and of what hangs on it, in words.
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

    /// An error where something that the owner made would be lost or come to belong to other rows.
    fn check(&self, plan: &Plan<'_>, of_others: &[&str], is_told: bool) -> Result<()> {
        let refused = |what: String| {
            Err(Error::new(Kind::Invalid, what)
                .hint("give another name with --name, or let it go with --replace"))
        };
        // Foreign keys may take rows of other tables along with each that goes.
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
        // Rows without a key cannot be told apart, so whatever belongs to one would come to belong
        // to another.
        match (&plan.key_kept, of_others.first()) {
            (None, Some(name)) => refused(format!(
                "the table has a column {name} of its owner, and no key by which its rows are known"
            )),
            _ => Ok(()),
        }
    }
}

/// The type a column is added with: import's own key counts by itself.
fn made_type(column: &Column, own_key: Option<&str>) -> String {
    if own_key == Some(column.name.as_str()) { "serial".into() } else { column.kind.clone() }
}

impl Table {
    /// The key, or this name where the file has none.
    pub fn key_name<'a>(&'a self, own_key: &'a str) -> &'a str {
        self.key.and_then(|key| self.columns.get(key)).map_or(own_key, |column| &column.name)
    }

    /// Whether it has a column of the name, the geometry among them.
    fn is_column(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name) || self.geometry.is_some() && name == GEOMETRY
    }
}
