//! Finds the coordinate system of a layer, and transforms its geometries to the target's.

use gdal::spatial_ref::SpatialRef;
use gdal::vector::{Geometry, OGRwkbGeometryType, geometry_type_flatten};

use super::crs::{self, Guess, Target};
use super::messages;
use super::origin::Origin;
use super::report::Entry;
use super::request::Import;
use super::row::Shape;
use super::survey::{Survey, promoted};
use crate::error::{Error, Result};

/// Returns how coordinates are transformed; None for a table.
///
/// # Errors
///
/// Fails if the coordinate system is neither stated nor can be found, or cannot be transformed.
pub fn target(
    origin: &Origin,
    survey: &Survey,
    said: Option<SpatialRef>,
    import: &Import,
    entry: &mut Entry,
) -> Result<Option<Target>> {
    if survey.located == 0 {
        return Ok(None);
    }
    let found = match said {
        Some(crs) => believed(&survey.guess, survey, crs, import, entry),
        // TopoJSON has degrees like GeoJSON, or screen coordinates, and GDAL does not say which.
        None if origin.format() == "TopoJSON" && survey.is_mostly_degrees() => crs::of_code(4326),
        None => guessed(&survey.guess, entry),
    };
    let source = match found {
        Ok(source) => source,
        Err(why) if origin.is_made_of_columns() && import.source_srs.is_none() => {
            let what = "it became a table, though columns are named like coordinates";
            entry.notes.push(format!("{what}: {why}"));
            return Ok(None);
        }
        Err(why) => return Err(why),
    };
    entry.source_crs = Some(crs::described(&source));
    let target = crs::target(&source, &survey.boxes.boxes, import.srs)?;
    entry.crs = Some(format!("EPSG:{}", target.code));
    entry.notes.extend(target.kept.as_ref().map(|why| format!("it was left in EPSG:{}: {why}", target.code)));
    Ok(Some(target))
}

fn guessed(guess: &Guess, entry: &mut Entry) -> Result<SpatialRef> {
    let code = guess.found()?;
    entry.source_crs_guessed = true;
    crs::of_code(code)
}

/// Returns the stated coordinate system, unless the coordinates cannot be in it: metres that are
/// declared as degrees, or degrees that are declared as metres.
fn believed(
    guess: &Guess,
    survey: &Survey,
    crs: SpatialRef,
    import: &Import,
    entry: &mut Entry,
) -> Result<SpatialRef> {
    let is_geographic = crs.is_geographic();
    let may_be = match is_geographic {
        true => survey.is_mostly_degrees(),
        false => survey.in_degrees < survey.located || guess.found() != Ok(4326),
    };
    if may_be {
        return Ok(crs);
    }
    let [west, south, east, north] = survey.extent.unwrap_or_default();
    let says = match import.source_srs {
        Some(_) => "--source-srs says",
        None => "it says",
    };
    let are = if is_geographic { "no degrees" } else { "degrees" };
    let what = format!(
        "{says} {}, but its coordinates are {are} (x from {west} to {east}, y from {south} to {north})",
        crs::described(&crs)
    );
    // A mixture of degrees and metres is in no coordinate system.
    let is_one = !is_geographic || survey.in_degrees * 20 <= survey.located;
    match guess.found() {
        Ok(code) if is_one && import.source_srs.is_none() => {
            entry.notes.push(what);
            entry.source_crs_guessed = true;
            crs::of_code(code)
        }
        _ => Err(Error::invalid("--source-srs", what)
            .hint("say which system they have with --source-srs, such as --source-srs 25832")),
    }
}

/// Returns the geometry of a row in the target's coordinate system. Returns None if there is none
/// to write, which is counted in the entry.
pub fn transformed(
    number: u64,
    shape: Shape,
    target: &Target,
    kind: OGRwkbGeometryType::Type,
    entry: &mut Entry,
) -> Option<Geometry> {
    let mut geometry = match shape {
        Shape::None => return None,
        Shape::Unreadable(why) => {
            entry.unreadable_geometries.add(number, why);
            return None;
        }
        Shape::Is(geometry) if geometry.is_empty() => {
            entry.empty_geometries.add(number, geometry.geometry_name());
            return None;
        }
        Shape::Is(geometry) => geometry,
    };
    if target.is_from_degrees
        && let Some(why) = no_degrees(&geometry)
    {
        entry.unreadable_geometries.add(number, why);
        return None;
    }
    if geometry_type_flatten(geometry.geometry_type()) != OGRwkbGeometryType::wkbPoint {
        entry.notes.extend(messages::take());
        if !geometry.is_valid() {
            entry.invalid_geometries.add(number, messages::take().join("; "));
        }
    }
    if let Some(transform) = &target.transform
        && geometry.transform_inplace(transform).is_err()
    {
        entry.unreadable_geometries.add(number, messages::take().join("; "));
        return None;
    }
    let around = geometry.envelope();
    if ![around.MinX, around.MinY, around.MaxX, around.MaxY].iter().all(|number| number.is_finite()) {
        entry.unreadable_geometries.add(number, "its coordinates are not finite");
        return None;
    }
    if target.is_to_degrees
        && let Some(why) = no_degrees(&geometry)
    {
        entry.unreadable_geometries.add(number, why);
        return None;
    }
    if let Some([west, south, east, north]) = target.area
        && (around.MinX < west || around.MinY < south || around.MaxX > east || around.MaxY > north)
    {
        let distant =
            format!("at {}, {}", (around.MinX + around.MaxX) / 2.0, (around.MinY + around.MaxY) / 2.0);
        entry.distant_geometries.add(number, distant);
    }
    Some(promoted(geometry, kind))
}

/// Returns why coordinates are not longitudes and latitudes; None if they are.
fn no_degrees(geometry: &Geometry) -> Option<String> {
    let around = geometry.envelope();
    let extent = [around.MinX, around.MinY, around.MaxX, around.MaxY];
    (!crs::is_degrees(extent)).then(|| {
        let [west, south, east, north] = extent;
        format!("it is no place in degrees: from {west}, {south} to {east}, {north}")
    })
}
