//! The R-tree of a GeoPackage, made before there are rows.

use gdal::Dataset;
use gdal::config::set_config_option;
use gdal::errors::Result;
use gdal::vector::sql::Dialect;

/// Makes the index of a table without rows, so that it grows with each row. Made by GDAL at the end
/// it takes as long in all, and cannot be interrupted.
pub fn make(dataset: &Dataset, table: &str, geometry: &str) -> Result<()> {
    // GDAL puts the places of rows off to the end of the transaction once so many have come.
    set_config_option("OGR_GPKG_DEFERRED_SPI_UPDATE_THRESHOLD", "2147483647")?;
    let [table, geometry] = [table, geometry].map(|name| name.replace('\'', "''"));
    let statement = format!("SELECT CreateSpatialIndex('{table}', '{geometry}')");
    dataset.execute_sql(statement, None, Dialect::DEFAULT).map(drop)
}
