//! `/conformance`: the classes of the standards that are kept.
//!
//! A class is listed once a test holds it: OGC's own for Features Part 1 and 2 (`scripts/cite.sh`) and the predicates of the
//! standard's for CQL2 (`scripts/cql2.sh`), ours for the rest.
//! Where a class got another address when its standard became final, both are listed: clients look for either.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::error::Result;
use crate::web::catalog::edition::RECORDS;
use crate::web::http::negotiate::json_only;
use crate::web::request::Request;

/// What is wholly kept. Callbacks and jobs of OGC API – Processes are not there.
const CONFORMS_TO: &[&str] = &[
    // Features, Part 1 and 2.
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    // Part 3: the columns that can be filtered by, and equality with them.
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    // Part 3, filters, in CQL2 with all that it has; QGIS up to 3.42 looks for the older name of the spatial functions.
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/array-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
    "http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
    "http://www.opengis.net/spec/cql2/1.0/conf/functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-operators",
    // Part 5, which became Common Part 3.
    "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/schemas",
    "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/sortables",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/sortables",
    // Processes.
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/ogc-process-description",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/oas30",
];

/// The list.
pub async fn get(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    json_only(&mut parameters)?;
    parameters.end()?;
    let classes = [CONFORMS_TO, RECORDS].concat();
    Ok(Json(json!({ "conformsTo": classes })).into_response())
}
