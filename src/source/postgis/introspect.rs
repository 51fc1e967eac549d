//! Finds the collections of a database, and the reasons why other relations cannot be served.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::connect::Client;
use super::direct::operand::Spatial;
use super::direct::select::Select;
use super::feed::statement::KeyColumn;
use super::ident::Ident;
use super::load::{ByKey, Locator};
use super::parent::Parent;
use super::relation::{Column, Relation, Served};
use super::typmod::Typmod;
use super::{ask, feed, statement};
use crate::catalog::names::Name;
use crate::catalog::{Collection, Detail, Freshness, GeometryColumn, Refusal, Table};
use crate::error::{Error, Kind, Result};
use crate::geo::projection::Projection;
use crate::geo::{Crs, GeometryType};
use crate::source::found::{Found, Look, OverridesOf};

/// Bytes of memory for each byte on disk, a little more than was measured. Vertices are kept twice,
/// in storage coordinates and on the world grid; the headers of rows and repeated texts take no
/// memory.
const MEMORY_PER_DISK_BYTE: f64 = 1.2;
/// Bytes of memory for each row besides its values: index, bounds, orders and ends.
const MEMORY_PER_ROW: f64 = 40.0;
/// The size in bytes that is assumed for a geometry if only the planner was asked, which does not
/// know it.
const GEOMETRY_GUESS: f64 = 256.0;
/// The zoom levels of tiles, unless configured.
const ZOOMS: (u8, u8) = (0, 22);
const WGS84: u32 = 4326;

/// What all relations of one look have in common.
struct Surroundings<'a> {
    client: &'a Client,
    source: &'a str,
    overrides: OverridesOf<'a>,
    freshness: Freshness,
    postgis: String,
    role: Ident,
}

/// Looks at the database of `client`: all relations with a geometry that its role can reach, and
/// those without a geometry that the configuration names.
///
/// `source` names the database for people (the `Display` of a [`Dsn`](super::Dsn)). Of the
/// `overrides`, only key and SRID are applied here.
///
/// # Errors
///
/// Fails if the database does not answer or has no PostGIS. What is wrong with one relation is a
/// refusal.
pub async fn look(
    client: &Client,
    source: &str,
    overrides: OverridesOf<'_>,
    reload: Duration,
) -> Result<Look<Locator>> {
    let described = ask::describe(client, source).await?;
    let Some(first) = described.first() else {
        return Err(Error::new(Kind::Invalid, format!("{source} has no PostGIS"))
            .hint("CREATE EXTENSION postgis, as the database's owner"));
    };
    let role = Ident::new(&first.role);
    if !first.postgis_usable {
        let what = format!("{source}: the role may not use PostGIS's schema {:?}", first.postgis);
        let grant = statement::grant_usage(&Ident::new(&first.postgis), &role);
        return Err(Error::new(Kind::Invalid, what).hint(grant));
    }
    let surroundings = Surroundings {
        client,
        source,
        overrides,
        freshness: Freshness::Timed(reload),
        postgis: first.postgis.clone(),
        role,
    };
    let mut look = Look { found: vec![], refusals: vec![] };
    for relation in described.iter().filter_map(|row| row.relation.as_ref()) {
        surroundings.relation(relation, &mut look).await?;
    }
    Ok(look)
}

/// The size of a relation, known only to the statistics or the planner.
struct Size {
    estimate: u64,
    rows: u64,
}

impl Surroundings<'_> {
    /// Adds the collections or refusals of one relation to `look`. Fails only if the database is
    /// lost.
    async fn relation(&self, relation: &Relation, look: &mut Look<Locator>) -> Result<()> {
        if relation.geometries().next().is_none() {
            return self.table(relation, look).await;
        }
        let unreachable = self.unreachable(relation);
        for (place, column) in relation.geometries().enumerate() {
            let is_first = place == 0;
            let qualified = if is_first { relation.qualified() } else { relation.qualified_geometry(column) };
            // A refusal for each geometry, since each may have been served already under its own
            // name.
            if let Some(why) = unreachable.clone() {
                look.refusals.push(Refusal { name: qualified, why });
                continue;
            }
            match self.collection(relation, Some(column), is_first).await {
                Ok(found) => look.found.push(found),
                Err(why) if !self.client.is_usable() => return Err(why),
                Err(why) => look.refusals.push(Refusal { name: qualified, why }),
            }
        }
        Ok(())
    }

    /// Adds a relation without geometry if the configuration names it.
    async fn table(&self, relation: &Relation, look: &mut Look<Locator>) -> Result<()> {
        let qualified = relation.qualified();
        if !(self.overrides)(&relation.name, &qualified).listed {
            return Ok(());
        }
        let found = match self.unreachable(relation) {
            Some(why) => Err(why),
            None => self.collection(relation, None, true).await,
        };
        match found {
            Ok(found) => look.found.push(found),
            Err(why) if !self.client.is_usable() => return Err(why),
            Err(why) => look.refusals.push(Refusal { name: qualified, why }),
        }
        Ok(())
    }

    /// Returns the reason why no collection of a relation can be served, if there is one.
    fn unreachable(&self, relation: &Relation) -> Option<Error> {
        let mut grants = vec![];
        if !relation.usable {
            grants.push(statement::grant_usage(&Ident::new(&relation.schema), &self.role));
        }
        let is_table = relation.geometries().next().is_none();
        if !relation.columns.iter().any(|column| column.readable && (column.spatial || is_table)) {
            grants.push(statement::grant_select(&relation.ident(), &self.role));
        }
        if !grants.is_empty() {
            let what = format!("the role may not read {}", relation.qualified());
            return Some(Error::new(Kind::Invalid, what).hint(grants.join("; ")));
        }
        (!relation.populated).then(|| {
            let what = format!("the materialised view {} was never filled", relation.qualified());
            Error::new(Kind::Invalid, what).hint(statement::refresh(&relation.ident()))
        })
    }

    async fn collection(
        &self,
        relation: &Relation,
        geometry: Option<&Column>,
        is_first: bool,
    ) -> Result<Found<Locator>> {
        self.may_read(relation, geometry)?;
        let Name { short, qualified } = match geometry.filter(|_| !is_first) {
            Some(further) => relation.names_of(further),
            None => relation.names(),
        };
        let overrides = (self.overrides)(&short, &qualified);
        let mut served = relation.served();
        let key = relation.key(&served, overrides.key.as_deref())?;
        let configured = overrides.srid;
        let (column, srid, spatial) = match geometry {
            Some(geometry) => {
                let (column, srid) = self.geometry(relation, geometry, &qualified, configured).await?;
                Projection::of(column.crs)?;
                let as_ewkb = Ident::qualified(&self.postgis, "geometry");
                served.expressions.push(statement::geometry(&Ident::new(&geometry.name), &as_ewkb));
                (Some(column), srid, Some(self.spatial(geometry, srid, configured)))
            }
            None => (None, 0, None),
        };
        let select = select(relation, &served, spatial, &key);
        let Size { estimate, rows } = self.size(relation, &served).await?;
        let (title, description) = words(relation, geometry.filter(|_| !is_first));
        let by_key = by_key(relation, &served, &key);
        let locator = Locator {
            oid: relation.oid,
            by_key,
            statement: statement::copy(&relation.ident(), &served.expressions),
            srid,
            // If no row says otherwise, rows without an SRID have the configured one.
            srid_configured: configured == Some(srid),
            notes: served.notes,
            select: Arc::new(select),
            direct: overrides.direct == Some(true),
            parents: relation.parents.iter().map(Parent::names).collect(),
        };
        let collection = Collection {
            id: short.clone(),
            short: short.clone(),
            qualified,
            title,
            description,
            attribution: None,
            licence: None,
            geometry: column,
            columns: served.columns,
            key,
            source: self.source.into(),
            freshness: self.freshness,
            zooms: ZOOMS,
            max_age: None,
            detail: Detail::default(),
            categories: None,
            size_by: None,
            visible_at_first: true,
            datetime: None,
            metadata: Default::default(),
            table: table(relation),
            hidden: Default::default(),
        };
        Ok(Found { collection, short, estimate, rows, stamp: String::new(), locator })
    }

    /// Fails if the role may not read the geometry.
    fn may_read(&self, relation: &Relation, geometry: Option<&Column>) -> Result<()> {
        let Some(geometry) = geometry.filter(|geometry| !geometry.readable) else { return Ok(()) };
        let what = format!("the role may not read the column {:?}", geometry.name);
        Err(Error::new(Kind::Invalid, what).hint(statement::grant_select(&relation.ident(), &self.role)))
    }

    /// Returns how statements name a geometry column whose rows have this SRID.
    fn spatial(&self, column: &Column, srid: u32, configured: Option<u32>) -> Spatial {
        let declared = Typmod::read(column.modifier);
        let postgis = Ident::new(&self.postgis);
        let as_geometry = Ident::qualified(&self.postgis, "geometry");
        let value = statement::geometry(&Ident::qualified("t", &column.name), &as_geometry);
        // If the SRID is only configured, rows lack it, and a spatial index cannot be used.
        let lacks_it = declared.srid == 0 && column.kind != "geography" && configured.is_some();
        let value = if lacks_it { format!("{postgis}.st_setsrid({value}, {srid})") } else { value };
        Spatial { value, postgis, srid, is_any_type: declared.kind.is_none() }
    }

    /// Returns the geometry column as it is published, and the SRID that its rows must have.
    async fn geometry(
        &self,
        relation: &Relation,
        column: &Column,
        qualified: &str,
        configured: Option<u32>,
    ) -> Result<(GeometryColumn, u32)> {
        let declared = Typmod::read(column.modifier);
        let (srid, has_z) = match declared {
            Typmod { srid: 0, has_z, .. } if column.kind == "geography" => (WGS84, has_z.unwrap_or(false)),
            Typmod { srid: 0, .. } => {
                let (srids, has_z) = ask::probe(self.client, relation, column, &self.postgis).await?;
                let srid = choose_srid(&srids, configured).map_err(|error| match error.kind {
                    Kind::NotFound => self.no_srid(relation, column, qualified, declared, has_z),
                    _ => error,
                })?;
                (srid, has_z)
            }
            Typmod { srid, has_z, .. } => (srid, has_z.unwrap_or(false)),
        };
        let crs = Crs::from_srid(srid);
        Ok((GeometryColumn { name: column.name.clone(), kind: declared.kind, crs, has_z }, srid))
    }

    fn no_srid(
        &self,
        relation: &Relation,
        column: &Column,
        qualified: &str,
        declared: Typmod,
        has_z: bool,
    ) -> Error {
        let kind = declared.kind.map_or("Geometry", GeometryType::name);
        let kind = format!("{kind}{}", if has_z { "Z" } else { "" });
        let postgis = Ident::new(&self.postgis);
        let what = format!("{qualified} has no SRID: nobody knows where its coordinates are");
        let configure = format!("set srid for {qualified:?} in the configuration");
        let hint = match relation.kind.as_str() {
            "r" | "p" => {
                let name = Ident::new(&column.name);
                let alter = statement::set_srid(&relation.ident(), &name, &postgis, &kind);
                format!("{alter}, with the SRID it has in place of 25832, or {configure}")
            }
            "v" | "m" => format!(
                "cast the column in the view to {postgis}.geometry({kind}, 25832), with the SRID it has in \
                 place of 25832, or {configure}"
            ),
            _ => configure,
        };
        Error::invalid("srid", what).hint(hint)
    }

    /// Returns the number of rows and the size in memory, from the statistics or else from the
    /// planner.
    async fn size(&self, relation: &Relation, served: &Served) -> Result<Size> {
        let bytes = relation.bytes.unwrap_or(0.0);
        let known = relation.rows.filter(|_| relation.measured);
        let (rows, bytes) = match known {
            Some(rows) => (rows, bytes * MEMORY_PER_DISK_BYTE),
            None => {
                let (rows, width) = ask::plan(self.client, relation, &served.expressions).await?;
                (rows, (bytes * MEMORY_PER_DISK_BYTE).max(rows * (width + GEOMETRY_GUESS)))
            }
        };
        // Floats beyond u64 become its maximum, and NaN becomes 0.
        Ok(Size { estimate: (bytes + rows * MEMORY_PER_ROW) as u64, rows: rows as u64 })
    }
}

/// Returns the table that several collections are made of; None if the relation has at most one
/// geometry column.
fn table(relation: &Relation) -> Option<Table> {
    let further: Vec<Name> = relation.geometries().skip(1).map(|column| relation.names_of(column)).collect();
    (!further.is_empty()).then(|| Table { name: relation.names(), further })
}

/// Returns the one SRID of a column: that of its rows, else the configured one. Fails if there is
/// neither.
fn choose_srid(among_rows: &BTreeSet<u32>, configured: Option<u32>) -> Result<u32> {
    let stated: Vec<u32> = among_rows.iter().copied().filter(|srid| *srid != 0).collect();
    let some_lack_it = among_rows.contains(&0);
    match (stated.as_slice(), configured.filter(|srid| *srid != 0)) {
        ([], Some(configured)) => Ok(configured),
        ([], None) => Err(Error::not_found("no SRID")),
        ([srid], _) if !some_lack_it => Ok(*srid),
        ([srid], Some(configured)) if *srid == configured => Ok(configured),
        _ => {
            let srids: Vec<String> = among_rows.iter().map(u32::to_string).collect();
            let what = format!("its geometries have different SRIDs: {}", srids.join(", "));
            Err(Error::invalid("srid", what).hint("transform them to one system by ST_Transform"))
        }
    }
}

/// Returns title and description of a collection. The title of a further geometry column contains
/// the column's name.
fn words(relation: &Relation, further: Option<&Column>) -> (String, Option<String>) {
    let (title, description) = relation.words();
    match further {
        Some(geometry) => (format!("{title} ({})", geometry.name), description),
        None => (title, description),
    }
}

/// Returns how direct rows of a relation are selected.
fn select(relation: &Relation, served: &Served, spatial: Option<Spatial>, key: &[usize]) -> Select {
    let is_indexed = relation.is_indexed(served, key);
    Select::new(relation.ident(), &served.columns, &served.forms, spatial, (key.to_vec(), is_indexed))
}

/// Returns how single rows are read by their key; None if there is no key that the change feed can
/// note.
fn by_key(relation: &Relation, served: &Served, key: &[usize]) -> Option<ByKey> {
    let is_date = |column: &KeyColumn| matches!(column.kind.as_str(), "date" | "timestamp" | "timestamptz");
    let columns = relation.key_columns(served, key)?;
    Some(ByKey {
        has_dates: columns.iter().any(is_date),
        statement: feed::statement::rows(&relation.ident(), &columns, &served.expressions),
        columns: columns.into_iter().map(|column| column.name).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_decide_the_srid_and_the_configuration_fills_in() {
        let choose = |rows: &[u32], configured| choose_srid(&rows.iter().copied().collect(), configured).ok();
        assert_eq!(choose(&[25832], None), Some(25832));
        assert_eq!(choose(&[25832], Some(4326)), Some(25832));
        assert_eq!(choose(&[0], Some(4326)), Some(4326));
        assert_eq!(choose(&[], Some(4326)), Some(4326));
        assert_eq!(choose(&[0, 4326], Some(4326)), Some(4326));
        assert_eq!(choose(&[0, 4326], None), None);
        assert_eq!(choose(&[0, 4326], Some(25832)), None);
        assert_eq!(choose(&[0], None), None);
        assert_eq!(choose(&[], Some(0)), None);
        assert_eq!(choose(&[4326, 25832], Some(4326)), None);
    }
}
