//! Makes the statements that select the rows of one relation, from its description in the catalogue
//! and a query.
//!
//! These are pure functions from queries to text and values. The text consists of names that the
//! database returned, quoted by [`Ident`], and of the words in this file. Everything that a request
//! contains becomes a value.

use std::sync::Arc;

use super::bound::Bound;
use super::condition;
use super::operand::{Operand, Operands, Spatial, Statement};
use super::wanted::{RowOrder, Wanted};
use crate::catalog::{ColumnSchema, ColumnType};
use crate::error::{Error, Result, said};
use crate::geo::Bbox;
use crate::layer::Key;
use crate::layer::key::KeyPart;
use crate::query::literal::Literal;
use crate::query::{CursorPlace, Direction, Filter, Query, cursor};
use crate::source::postgis::ident::Ident;
use crate::source::postgis::statement::Form;

/// How the rows of one relation are selected.
#[derive(Clone, Debug)]
pub struct Select {
    relation: Ident,
    operands: Operands,
    /// The positions of the key's columns.
    pub(super) key: Vec<usize>,
    /// Whether an index guarantees that the key is unique.
    pub(super) key_is_indexed: bool,
    /// The condition of a permit, which is part of every statement; None selects all rows.
    rule: Option<Arc<Filter>>,
}

impl Select {
    /// Makes the statements for `relation`, which has the alias `t`. `forms` says how each column
    /// of `schema` is read. `key` contains positions in `schema`, and `key_is_indexed` whether an
    /// index guarantees that it is unique.
    pub fn new(
        relation: Ident,
        schema: &[ColumnSchema],
        forms: &[Form],
        geometry: Option<Spatial>,
        (key, key_is_indexed): (Vec<usize>, bool),
    ) -> Select {
        let operand = |(column, form): (&ColumnSchema, &Form)| {
            let name = Ident::qualified("t", &column.name);
            let selected = form.of(&name);
            let compared = match column.kind {
                // It is read as its digits and compared as a number.
                ColumnType::Numeric => Form::Cast("numeric").of(&name),
                _ => selected.clone(),
            };
            Operand { kind: column.kind, selected, compared, name: name.to_string() }
        };
        let columns = schema.iter().zip(forms).map(operand).collect();
        Select { relation, operands: Operands { columns, geometry }, key, key_is_indexed, rule: None }
    }

    /// The same, of only the rows for which `rule` is true.
    pub(super) fn restricted(&self, rule: Option<Arc<Filter>>) -> Select {
        Select { rule, ..self.clone() }
    }

    /// The rows that every statement selects from, as `FROM` names them: the relation, or its rows
    /// for which the rule is true. PostgreSQL plans such a sub-select as one statement with what is
    /// around it.
    fn rows(&self, statement: &mut Statement) -> Result<String> {
        let Some(rule) = &self.rule else { return Ok(format!("{} AS t", self.relation)) };
        let condition = condition::filter(&self.operands, rule, statement)?;
        Ok(format!("(SELECT * FROM {} AS t WHERE {condition}) AS t", self.relation))
    }

    /// Selects the rows of a page, at most `limit`, in the order of the query on either side of its
    /// cursor.
    ///
    /// # Errors
    ///
    /// Fails if the cursor belongs to another order, or a condition cannot be translated.
    pub fn page(&self, query: &Query, limit: usize, wanted: Wanted<'_>) -> Result<Statement> {
        let mut statement = Statement::default();
        let rows = self.rows(&mut statement)?;
        let conditions = self.conditions(query, true, &mut statement)?;
        let forward = !is_backward(query);
        let list = self.list(wanted);
        let offset = match query.offset {
            0 => String::new(),
            // A larger number than PostgreSQL accepts is beyond all rows anyway.
            offset => format!(" OFFSET {}", offset.min(i64::MAX as usize)),
        };
        let order = self.order(query, wanted.order, forward);
        statement.text = if forward {
            format!("SELECT {list} FROM {rows}{conditions} ORDER BY {order} LIMIT {limit}{offset}")
        } else {
            format!(
                "SELECT {list} FROM (SELECT * FROM {rows}{conditions} ORDER BY {order} LIMIT {limit}{offset}) AS t \
                 ORDER BY {}",
                self.order(query, wanted.order, true)
            )
        };
        Ok(statement)
    }

    /// Counts the rows that match the query on all pages.
    ///
    /// # Errors
    ///
    /// Fails if a condition cannot be translated.
    pub fn count(&self, query: &Query) -> Result<Statement> {
        let mut statement = Statement::default();
        let rows = self.rows(&mut statement)?;
        let conditions = self.conditions(query, false, &mut statement)?;
        statement.text = format!("SELECT pg_catalog.count(*) FROM {rows}{conditions}");
        Ok(statement)
    }

    /// Selects the row with this key. The query's filter does not apply.
    ///
    /// # Errors
    ///
    /// Fails if the key is not of the type of the key's columns.
    pub fn one(&self, key: &Key, wanted: Wanted<'_>) -> Result<Statement> {
        let mut statement = Statement::default();
        let rows = self.rows(&mut statement)?;
        let values = self.key_values(key)?;
        let parts: Vec<String> = self
            .key
            .iter()
            .zip(values)
            .filter_map(|(column, value)| {
                let operand = self.operands.columns.get(*column)?;
                Some(format!("{} = {}", operand.compared, statement.bind(value)))
            })
            .collect();
        let list = self.list(wanted);
        statement.text = format!("SELECT {list} FROM {rows} WHERE {} LIMIT 2", parts.join(" AND "));
        Ok(statement)
    }

    /// Selects the rows for a tile: those whose bounding box meets `area` (in stored coordinates;
    /// None for all), the largest first, at most `limit` (None for all). Lines and areas that are
    /// lower and narrower than `smallest`, in the unit of the coordinates, are left out.
    ///
    /// # Errors
    ///
    /// Fails if there is no geometry, or the filter cannot be translated.
    pub fn tile(
        &self,
        query: &Query,
        area: Option<Bbox>,
        smallest: f64,
        limit: Option<usize>,
        wanted: Wanted<'_>,
    ) -> Result<Statement> {
        let mut statement = Statement::default();
        let Some(spatial) = &self.operands.geometry else {
            return Err(Error::not_found("there is no geometry"));
        };
        let rows = self.rows(&mut statement)?;
        let mut conditions = vec![format!("{} IS NOT NULL", spatial.value)];
        if let Some(area) = area {
            conditions.push(spatial.meets_box(&area, &mut statement));
        }
        let [width, height] = ["x", "y"].map(|axis| spatial.side(axis));
        if smallest > 0.0 {
            let smallest = statement.bind(Bound::Double(smallest));
            conditions.push(format!(
                "({width} >= {smallest} OR {height} >= {smallest} OR ({width} = 0 AND {height} = 0))"
            ));
        }
        if let Some(filter) = &query.filter {
            conditions.push(condition::filter(&self.operands, filter, &mut statement)?);
        }
        let limit = limit.map(|limit| {
            let rest = self.order(&Query::default(), wanted.order, true);
            format!(" ORDER BY GREATEST({width}, {height}) DESC NULLS LAST, {rest} LIMIT {limit}")
        });
        statement.text = format!(
            "SELECT {} FROM {rows} WHERE {}{}",
            self.list(wanted),
            conditions.join(" AND "),
            limit.unwrap_or_default()
        );
        Ok(statement)
    }

    /// Selects the bounds of all geometries in stored coordinates: min x, min y, max x, max y,
    /// which are NULL if there is no geometry.
    pub fn extent(&self) -> Option<Statement> {
        let Spatial { value, postgis, .. } = self.operands.geometry.as_ref()?;
        let corner = |name: &str| format!("{postgis}.st_{name}(e)::pg_catalog.float8");
        let corners = ["xmin", "ymin", "xmax", "ymax"].map(corner).join(", ");
        let mut statement = Statement::default();
        let rows = self.rows(&mut statement).ok()?;
        statement.text =
            format!("SELECT {corners} FROM (SELECT {postgis}.st_extent({value}) AS e FROM {rows}) AS extent");
        Some(statement)
    }

    /// Checks whether the key is never NULL and unique; None if an index guarantees it, or under a
    /// rule, because a part of unique rows is unique.
    pub fn key_is_unique(&self) -> Option<Statement> {
        if self.key_is_indexed || self.key.is_empty() || self.rule.is_some() {
            return None;
        }
        let columns: Vec<&str> = self.key_operands().map(|operand| operand.compared.as_str()).collect();
        let is_null: Vec<String> = columns.iter().map(|column| format!("{column} IS NULL")).collect();
        let text = format!(
            "SELECT NOT EXISTS (SELECT 1 FROM {0} AS t WHERE {1}) AND \
             NOT EXISTS (SELECT 1 FROM {0} AS t GROUP BY {2} HAVING pg_catalog.count(*) > 1)",
            self.relation,
            is_null.join(" OR "),
            columns.join(", ")
        );
        Some(Statement { text, values: vec![] })
    }

    /// Selects the least and the greatest key, which are NULL if there are no rows. Returns None if
    /// the key is not a single whole number.
    pub fn key_range(&self) -> Option<Statement> {
        let [key] = self.key[..] else { return None };
        let operand = self.operands.columns.get(key)?;
        if !matches!(operand.kind, ColumnType::Integer | ColumnType::BigInteger) {
            return None;
        }
        let ends =
            ["min", "max"].map(|end| format!("pg_catalog.{end}({})::pg_catalog.int8", operand.compared));
        let mut statement = Statement::default();
        let rows = self.rows(&mut statement).ok()?;
        statement.text = format!("SELECT {} FROM {rows}", ends.join(", "));
        Some(statement)
    }

    /// Selects the least and the greatest key if an index contains both; else None. Under a rule,
    /// no index does.
    pub fn key_range_by_index(&self) -> Option<Statement> {
        self.key_range().filter(|_| self.key_is_indexed && self.rule.is_none())
    }

    /// Returns the reason why the rows of a relation without such a key cannot be served in pages;
    /// None if they can.
    pub fn key_fault(&self) -> Option<Error> {
        let hint = "give the table a primary key, or name the columns by key in the configuration";
        if self.key.is_empty() {
            return Some(
                Error::invalid("key", "what is read at each request needs a key to be paged by").hint(hint),
            );
        }
        let odd = self.key_operands().find(|operand| {
            use ColumnType::*;
            !matches!(operand.kind, Boolean | Integer | BigInteger | Text | Uuid | Date)
        });
        odd.map(|operand| {
            let what = said!("a key of type {} is known to layers in memory only", operand.kind.name());
            Error::invalid("key", what).hint("name other columns by key in the configuration")
        })
    }

    fn key_operands(&self) -> impl Iterator<Item = &Operand> {
        self.key.iter().filter_map(|column| self.operands.columns.get(*column))
    }

    fn list(&self, wanted: Wanted<'_>) -> String {
        let column = |(index, operand): (usize, &Operand)| match wanted.columns.contains(&index) {
            true => operand.selected.clone(),
            false => "NULL".into(),
        };
        let mut list: Vec<String> = self.operands.columns.iter().enumerate().map(column).collect();
        if let Some(Spatial { value, postgis, .. }) = &self.operands.geometry {
            // The geometry is selected as bytes, because the type of geometries has another number
            // in each database, which would have to be asked for.
            list.push(match wanted.geometry {
                true => format!("{postgis}.geometry_send({value})"),
                false => "NULL".into(),
            });
        }
        list.join(", ")
    }

    fn conditions(&self, query: &Query, with_place: bool, statement: &mut Statement) -> Result<String> {
        let mut conditions = vec![];
        if let Some(bbox) = &query.bbox {
            conditions.push(condition::asked_box(&self.operands, bbox, statement)?);
        }
        if let Some(filter) = &query.filter {
            conditions.push(condition::filter(&self.operands, filter, statement)?);
        }
        if let Some(cursor) = query.from.as_ref().filter(|_| with_place)
            && let CursorPlace::Feature { values, key } = &cursor.place
        {
            conditions.push(self.beyond(query, cursor.direction, values, key, statement)?);
        }
        Ok(if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) })
    }

    fn order(&self, query: &Query, rows: RowOrder<'_>, forward: bool) -> String {
        let operand = |column: &usize| self.operands.columns.get(*column);
        let sorted = query.sort.iter().filter_map(|sort| Some((operand(&sort.column)?, sort.descending)));
        let sorted = sorted.map(|(operand, descending)| (operand.ordered(), descending));
        let of_rows: Vec<String> = match rows {
            RowOrder::Key => self.key_operands().map(Operand::ordered).collect(),
            RowOrder::Seen(columns) => {
                let geometry = self.operands.geometry.iter().map(|geometry| geometry.value.clone());
                geometry.chain(columns.iter().filter_map(operand).map(Operand::told_apart)).collect()
            }
        };
        let all = sorted.chain(of_rows.into_iter().map(|term| (term, false)));
        // NULL is above every value, as is PostgreSQL's default in both directions.
        let term = |(term, descending)| format!("{term}{}", if descending == forward { " DESC" } else { "" });
        let all: Vec<String> = all.map(term).collect();
        // Rows of which nothing is visible look alike in any order.
        if all.is_empty() { "1::pg_catalog.int4".into() } else { all.join(", ") }
    }

    /// Adds the condition that a row is beyond a position in the order of the query.
    fn beyond(
        &self,
        query: &Query,
        direction: Direction,
        values: &[Option<Literal>],
        key: &str,
        statement: &mut Statement,
    ) -> Result<String> {
        let forward = direction == Direction::Forward;
        let key = self.parse_key(key).ok_or_else(cursor::foreign)?;
        let key_values = self.key_values(&key).map_err(|_| cursor::foreign())?;
        if values.len() != query.sort.len() {
            return Err(cursor::foreign());
        }
        let (columns, places): (Vec<String>, Vec<String>) = self
            .key_operands()
            .zip(key_values)
            .map(|(operand, value)| (operand.ordered(), statement.bind(value)))
            .unzip();
        let sign = if forward { ">" } else { "<" };
        // A single comparison of rows, which can use an index on the key.
        let mut beyond = format!("({}) {sign} ({})", columns.join(", "), places.join(", "));
        for (sort, value) in query.sort.iter().zip(values).rev() {
            let operand = self.operands.columns.get(sort.column).ok_or_else(cursor::foreign)?;
            let column = operand.ordered();
            let ascends = sort.descending != forward;
            let (same, further) = match value {
                None => {
                    let further = if ascends { "false".into() } else { format!("{column} IS NOT NULL") };
                    (format!("{column} IS NULL"), further)
                }
                Some(literal) if !literal.is_of(operand.kind) => return Err(cursor::foreign()),
                Some(literal) => {
                    let value = statement.bind(Bound::of(literal, operand.kind));
                    let further = if ascends {
                        format!("({column} > {value} OR {column} IS NULL)")
                    } else {
                        format!("{column} < {value}")
                    };
                    (format!("{column} = {value}"), further)
                }
            };
            beyond = format!("({further} OR ({same} AND {beyond}))");
        }
        Ok(beyond)
    }

    /// Reads the key in an address; None if it cannot be a key of this relation.
    pub fn parse_key(&self, text: &str) -> Option<Key> {
        let kinds: Vec<ColumnType> = self.key_operands().map(|operand| operand.kind).collect();
        Key::parse_as(text, &kinds)
    }

    fn key_values(&self, key: &Key) -> Result<Vec<Bound>> {
        let value = |(operand, part): (&Operand, &KeyPart)| match part {
            KeyPart::Integer(value) => Ok(Bound::Integer(*value)),
            KeyPart::Uuid(id) => Ok(Bound::Uuid(*id)),
            // A text in a database never contains NUL, and a statement with one would fail.
            KeyPart::Text(text) if text.contains('\0') => Err(cursor::foreign()),
            KeyPart::Text(text) => {
                Literal::parse("id", text, operand.kind).map(|literal| Bound::of(&literal, operand.kind))
            }
        };
        self.key_operands().zip(&key.0).map(value).collect()
    }
}

fn is_backward(query: &Query) -> bool {
    query.from.as_ref().is_some_and(|cursor| cursor.direction == Direction::Backward)
}

#[cfg(test)]
#[path = "select_tests.rs"]
mod tests;
