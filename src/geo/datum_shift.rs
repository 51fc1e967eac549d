//! Coordinate systems on other datums, by GDAL and PROJ with their grids (such as BETA2007 for
//! Gauß–Krüger on DHDN).

use std::cell::{Cell, RefCell};
use std::sync::Once;

use foldhash::{HashMap, HashMapExt};
use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, CoordTransformOptions, SpatialRef};

/// The number of points per call. GDAL takes x and y in separate arrays, whose length has 32 bits.
const BATCH: usize = 8192;

/// A system that GDAL can transform to WGS 84. It contains only the code, because a transformation
/// belongs to one thread. Each thread creates its own when it is first needed, in some
/// milliseconds, and keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatumShift {
    code: u32,
}

/// The transformations between one system and degrees, in both directions.
struct Transforms {
    to_lonlat: CoordTransform,
    from_lonlat: CoordTransform,
}

thread_local! {
    static TRANSFORMS: RefCell<HashMap<u32, Transforms>> = RefCell::new(HashMap::new());
    static STARTED: Cell<bool> = const { Cell::new(false) };
}

impl DatumShift {
    /// Returns the shift for an EPSG code.
    ///
    /// # Errors
    ///
    /// Returns the message of GDAL if the code is unknown, if the system is neither projected nor
    /// geographic, or if there is no transformation that takes the datum into account.
    pub fn of(code: u32) -> Result<DatumShift, String> {
        with_transforms(code, |_| DatumShift { code })
    }

    /// Transforms stored coordinates, x before y, to longitude and latitude in degrees, in place. A
    /// point that cannot be transformed becomes NaN.
    pub fn to_lonlat(&self, points: &mut [[f64; 2]]) {
        self.run(points, |transforms| &transforms.to_lonlat);
    }

    /// Transforms longitude and latitude in degrees to stored coordinates, x before y, in place. A
    /// point that cannot be transformed becomes NaN.
    pub fn from_lonlat(&self, points: &mut [[f64; 2]]) {
        self.run(points, |transforms| &transforms.from_lonlat);
    }

    fn run(&self, points: &mut [[f64; 2]], direction: impl Fn(&Transforms) -> &CoordTransform) {
        let done = with_transforms(self.code, |transforms| {
            for batch in points.chunks_mut(BATCH) {
                transform(direction(transforms), batch);
            }
        });
        if done.is_err() {
            points.fill([f64::NAN; 2]);
        }
    }
}

/// Calls `act` with the transformations of `code` that belong to this thread.
fn with_transforms<T>(code: u32, act: impl FnOnce(&Transforms) -> T) -> Result<T, String> {
    start_thread();
    TRANSFORMS.with_borrow_mut(|all| {
        if let Some(transforms) = all.get(&code) {
            return Ok(act(transforms));
        }
        let transforms = make(code).map_err(|error| error.to_string())?;
        Ok(act(all.entry(code).or_insert(transforms)))
    })
}

/// Lets GDAL set up this thread before the thread-local values of this module. Those that are set
/// up last are destroyed first, so the transformations are destroyed while PROJ's context of the
/// thread still exists.
fn start_thread() {
    static QUIET: Once = Once::new();
    // Otherwise GDAL writes a line to standard error for each point that fails. The caller sees
    // NaN.
    QUIET.call_once(|| {
        gdal::config::set_error_handler(|_, _, message| tracing::debug!(target: "gdal", "{message}"));
    });
    if !STARTED.replace(true) {
        let _ = SpatialRef::from_epsg(4326);
    }
}

fn make(code: u32) -> gdal::errors::Result<Transforms> {
    let mut stored = SpatialRef::from_epsg(code)?;
    let mut lonlat = SpatialRef::from_epsg(4326)?;
    stored.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    lonlat.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    if !(stored.is_projected() || stored.is_geographic()) {
        return Err(gdal::errors::GdalError::BadArgument("it has no plane or degrees".into()));
    }
    // Without the datum ("ballpark"), the result would be wrong by up to hundreds of metres, and
    // nothing would tell.
    let mut options = CoordTransformOptions::new()?;
    options.set_ballpark_allowed(false)?;
    Ok(Transforms {
        to_lonlat: CoordTransform::new_with_options(&stored, &lonlat, &options)?,
        from_lonlat: CoordTransform::new_with_options(&lonlat, &stored, &options)?,
    })
}

/// Transforms a batch. If a point fails, all are transformed one by one, because GDAL does not say
/// which failed.
fn transform(transform: &CoordTransform, points: &mut [[f64; 2]]) {
    let mut x: Vec<f64> = points.iter().map(|point| point[0]).collect();
    let mut y: Vec<f64> = points.iter().map(|point| point[1]).collect();
    let whole = transform.transform_coords(&mut x, &mut y, &mut []).is_ok();
    for (at, (x, y)) in x.into_iter().zip(y).enumerate() {
        if let Some(point) = points.get_mut(at) {
            *point = if whole { finite([x, y]) } else { transform_one(transform, *point) };
        }
    }
}

fn transform_one(transform: &CoordTransform, [x, y]: [f64; 2]) -> [f64; 2] {
    let (mut x, mut y) = ([x], [y]);
    if !(x[0].is_finite() && y[0].is_finite()) {
        return [f64::NAN; 2];
    }
    match transform.transform_coords(&mut x, &mut y, &mut []) {
        Ok(()) => finite([x[0], y[0]]),
        Err(_) => [f64::NAN; 2],
    }
}

/// Returns NaN for a point with infinities, by which GDAL marks a point that failed.
fn finite(point: [f64; 2]) -> [f64; 2] {
    if point.iter().all(|number| number.is_finite()) { point } else { [f64::NAN; 2] }
}
