//! Reads the features of a FlatGeobuf file, one after the other.

use ::flatgeobuf::size_prefixed_root_as_feature_with_opts;

use super::super::values;
use super::bounded::{Bounded, damaged};
use super::geometry;
use super::header::{FileColumn, Header, verifier};
use super::properties::{self, Slots};
use crate::catalog::{Collection, ColumnSchema, ColumnType};
use crate::error::{Error, Kind, Result};
use crate::geo::Shape;
use crate::layer::{LayerBuilder, Note};
use crate::source::folder::progress::ProgressOf;
use ::flatgeobuf as fgb;

/// The number of rows between two calls of the progress function.
const STEP: u64 = 4096;
/// The number of features in which a look searches for timestamps with an offset.
const LOOK_FEATURES: u64 = 100;
const LOOK_BYTES: u64 = 1 << 20;

/// Reads as many features as the header says. Fails if the file does not end behind them.
pub fn read_all(
    rest: &mut Bounded<'_>,
    header: &Header,
    collection: &Collection,
    progress: ProgressOf<'_>,
) -> Result<LayerBuilder> {
    let mut builder = LayerBuilder::new(collection)?;
    let mut row = RowReader::new(header, collection)?;
    let mut buffer = vec![];
    for number in 1..=header.features {
        let what = "a feature";
        rest.prefixed(&mut buffer, what, rest.left).and_then(|()| row.read(&buffer, &mut builder)).map_err(
            |why| Error {
                what: format!("feature {number} of {}: {}", header.features, why.what).into(),
                ..why
            },
        )?;
        if number.is_multiple_of(STEP) {
            progress(number);
        }
    }
    if rest.left > 0 {
        return Err(damaged(format!("{} bytes follow its last feature", rest.left)));
    }
    progress(header.features);
    for column in header.columns.iter().filter(|column| column.schema.is_none()) {
        let words = format!("the binary column {:?} is left out", column.name);
        builder.report.notes.push(Note::of(&column.name, words));
    }
    Ok(builder)
}

/// What turns features into rows, one after the other.
struct RowReader<'a> {
    geometry_type: fgb::GeometryType,
    columns: &'a [FileColumn],
    /// For each column of the collection: its position in the file, and the type that it is
    /// published with.
    published: Vec<(usize, ColumnType)>,
    slots: Slots,
    shape: Shape,
    scratch: String,
}

impl<'a> RowReader<'a> {
    /// Fails if the file no longer has the columns that it was found with.
    fn new(header: &'a Header, collection: &Collection) -> Result<RowReader<'a>> {
        let served: Vec<usize> = header
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.schema.is_some())
            .map(|(number, _)| number)
            .collect();
        let is_same = served.len() == collection.columns.len()
            && served.iter().zip(&collection.columns).all(|(number, column)| {
                header.columns.get(*number).is_some_and(|found| found.name == column.name)
            });
        if !is_same {
            return Err(Error::new(Kind::Unavailable, "its columns changed while it was being read"));
        }
        let published = served.into_iter().zip(collection.columns.iter().map(|column| column.kind)).collect();
        Ok(RowReader {
            geometry_type: header.geometry_type,
            columns: &header.columns,
            published,
            slots: vec![],
            shape: Shape::default(),
            scratch: String::new(),
        })
    }

    fn read(&mut self, buffer: &[u8], builder: &mut LayerBuilder) -> Result<()> {
        let feature = feature(buffer)?;
        self.properties(&feature, builder)?;
        self.geometry(&feature, buffer.len(), builder)?;
        builder.end_row()
    }

    fn properties(&mut self, feature: &fgb::Feature<'_>, builder: &mut LayerBuilder) -> Result<()> {
        let bytes = feature.properties().map(|bytes| bytes.bytes()).unwrap_or_default();
        properties::locate(bytes, self.columns, &mut self.slots)?;
        for (position, (number, kind)) in self.published.iter().enumerate() {
            let place = self.slots.get(*number).and_then(Option::clone);
            let Some(value) = place.and_then(|place| bytes.get(place)) else {
                builder.cell(position, crate::layer::Value::Null);
                continue;
            };
            let stored = self.columns.get(*number).and_then(|column| properties::decode(value, column.kind));
            let value = stored.and_then(|raw| values::fit(raw, *kind, &mut self.scratch));
            builder.cell(position, value.unwrap_or(values::misfit(*kind)));
        }
        Ok(())
    }

    fn geometry(
        &mut self,
        feature: &fgb::Feature<'_>,
        bytes: usize,
        builder: &mut LayerBuilder,
    ) -> Result<()> {
        let Some(table) = feature.geometry() else {
            builder.shape(None);
            return Ok(());
        };
        self.shape.clear();
        let reading = geometry::read(&table, self.geometry_type, bytes, &mut self.shape)?;
        builder.report.curves += u64::from(reading.has_curves);
        builder.report.measures += u64::from(reading.has_measures);
        if reading.is_unsupported {
            // The row needs an entry, but does not count as one without geometry.
            builder.shape(None);
            builder.report.null_geometries -= 1;
            builder.report.unsupported += 1;
        } else {
            builder.shape(Some(&self.shape));
        }
        Ok(())
    }
}

fn feature(buffer: &[u8]) -> Result<fgb::Feature<'_>> {
    let feature = size_prefixed_root_as_feature_with_opts(&verifier(buffer.len()), buffer)
        .map_err(|why| damaged(why.to_string().lines().next().unwrap_or_default().to_owned()))?;
    if feature.columns().is_some_and(|columns| !columns.is_empty()) {
        return Err(Error::new(Kind::Invalid, "it has columns of its own, which are not served")
            .hint("write the file again with ogr2ogr"));
    }
    Ok(feature)
}

/// Turns `undecided` columns whose first value has an offset into timestamps with a time zone.
pub fn decide_timestamps(
    rest: &mut Bounded<'_>,
    header: &Header,
    undecided: &[usize],
    columns: &mut [ColumnSchema],
) -> Result<()> {
    let mut waiting: Vec<(usize, usize)> = undecided
        .iter()
        .filter_map(|position| {
            let name = &columns.get(*position)?.name;
            Some((*position, header.columns.iter().position(|column| column.name == *name)?))
        })
        .collect();
    let (mut buffer, mut slots) = (vec![], vec![]);
    let end = rest.left.saturating_sub(LOOK_BYTES);
    for _ in 0..header.features.min(LOOK_FEATURES) {
        if waiting.is_empty() || rest.left < end {
            break;
        }
        rest.prefixed(&mut buffer, "a feature", rest.left)?;
        let feature = feature(&buffer)?;
        let bytes = feature.properties().map(|bytes| bytes.bytes()).unwrap_or_default();
        properties::locate(bytes, &header.columns, &mut slots)?;
        waiting.retain(|(position, number)| {
            let place = slots.get(*number).and_then(Option::clone);
            let text = place.and_then(|place| std::str::from_utf8(bytes.get(place)?).ok());
            if let Some(column) = columns.get_mut(*position).filter(|_| text.is_some_and(values::has_offset))
            {
                column.kind = ColumnType::TimestampWithZone;
            }
            text.is_none()
        });
    }
    Ok(())
}
