//! Makes the R-tree of a GeoPackage before there are rows.

use gdal::Dataset;
use gdal::config::set_config_option;
use gdal::errors::Result;
use gdal::vector::sql::Dialect;

/// Makes the index of an empty table, so that it grows with each row. If GDAL made it at the end,
/// it would take as long in total, and could not be interrupted.
pub fn make(dataset: &Dataset, table: &str, geometry: &str) -> Result<()> {
    // From this number of rows on, GDAL postpones their entries to the end of the transaction.
    set_config_option("OGR_GPKG_DEFERRED_SPI_UPDATE_THRESHOLD", "2147483647")?;
    let [table, geometry] = [table, geometry].map(|name| name.replace('\'', "''"));
    let statement = format!("SELECT CreateSpatialIndex('{table}', '{geometry}')");
    dataset.execute_sql(statement, None, Dialect::DEFAULT).map(drop)
}
