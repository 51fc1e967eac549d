//! The handlers of the catalogue: the catalogue itself, its records, and the search.

use axum::response::Response;
use serde_json::{Value, json};

use crate::encode::json_text;
use crate::error::Result;
use crate::snapshot::{DESCRIPTION, Described};
use crate::web::catalog::edition::{Edition, Format, RECORDS, rdf_links};
use crate::web::catalog::search::Search;
use crate::web::catalog::{dcat, record};
use crate::web::http::links::{self, CATALOG_ID, Link, OGC_CATALOG};
use crate::web::http::path::Path;
use crate::web::request::Request;
use crate::work::spend;

/// Answers `/catalog` in the negotiated format: HTML, OGC API – Records or RDF.
pub async fn get(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = Format::of(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    parameters.end()?;
    request.place()?.work(move || whole(&request, format)).await?
}

fn whole(request: &Request, format: Format) -> Result<Response> {
    let edition = Edition::of(request);
    let published = edition.published();
    match format {
        Format::Rdf(syntax) => {
            Ok(edition.respond(syntax.media_type(), dcat::catalog(&edition, &published, syntax)?))
        }
        Format::Json => Ok(edition.respond(OGC_CATALOG, document(&edition, &published).to_string())),
        Format::Html => {
            let mut page = document(&edition, &published);
            if let Some(members) = page.as_object_mut() {
                members.insert("missing".into(), json!(edition.publication.missing()));
                let unlicensed = published.iter().filter(|one| one.collection.licence.is_none());
                let ids = unlicensed.map(|one| json!(one.collection.id)).collect();
                members.insert("unlicensed".into(), ids);
                let records = published.iter().map(|one| record::of(&edition, one)).collect();
                members.insert("records".into(), records);
            }
            request.page("catalog.html", page)
        }
    }
}

/// Returns the catalogue as OGC API – Records defines it (7.2, "Record Collection"), with a link to
/// each record.
fn document(edition: &Edition<'_>, published: &[Described]) -> Value {
    let mut links = vec![
        Link::new(format!("{}?f=json", edition.catalog()), "self", OGC_CATALOG),
        Link::new(format!("{}?f=html", edition.catalog()), "alternate", links::HTML),
        Link::new("http://www.opengis.net/def/profile/OGC/0/ogc-catalog".into(), "profile", links::HTML),
        Link::new(edition.base.href(&format!("/collections/{CATALOG_ID}/items")), "items", links::GEOJSON),
    ];
    links.extend(rdf_links(&edition.catalog()));
    links.extend(published.iter().map(|one| {
        let (title, _) = one.collection.words(edition.in_english());
        Link::new(edition.record(&one.collection.id), "item", links::GEOJSON).titled(title)
    }));
    let mut document = json!({
        "id": CATALOG_ID,
        "type": "Collection",
        "itemType": "record",
        "title": edition.title(),
        "description": edition.description(),
        "language": { "code": edition.language.tag() },
        "conformsTo": RECORDS,
        "links": links,
    });
    if let (Some(members), Some(contact)) = (document.as_object_mut(), record::contact(edition)) {
        members.insert("contacts".into(), json!([contact]));
    }
    document
}

/// Answers a search for records (OGC API – Records, 7.3).
pub async fn items(request: Request) -> Result<Response> {
    let mut parameters = request.parameters()?;
    crate::web::http::negotiate::json_only(&mut parameters)?;
    let search = Search::take(&mut parameters, request.limits())?;
    parameters.end()?;
    request.place()?.work(move || found(&request, &search)).await
}

fn found(request: &Request, search: &Search) -> Response {
    let edition = Edition::of(request);
    let records = edition.published().into_iter().map(|one| {
        spend(DESCRIPTION);
        record::of(&edition, &one)
    });
    let found: Vec<Value> = records.filter(|record| search.finds(record)).collect();
    let matched = found.len();
    let page: Vec<Value> = found.into_iter().skip(search.offset).take(search.limit).collect();
    let address = request.address();
    let mut links = vec![
        Link::new(edition.base.href(address), "self", links::GEOJSON),
        Link::new(edition.catalog(), "collection", OGC_CATALOG),
    ];
    links.extend(search.turned(matched).map(|(rel, offset)| {
        Link::new(edition.base.with(address, "offset", Some(&offset.to_string())), rel, links::GEOJSON)
    }));
    let document = json!({
        "type": "FeatureCollection",
        "numberMatched": matched,
        "numberReturned": page.len(),
        "timeStamp": jiff::Timestamp::now().to_string(),
        "features": page,
        "links": links,
    });
    edition.respond(links::GEOJSON, json_text::rewritten(&document))
}

/// Answers with one record: as GeoJSON, as HTML, or as a DCAT-AP.de data set.
pub async fn item(request: Request, Path(id): Path<String>) -> Result<Response> {
    let mut parameters = request.parameters()?;
    let format = Format::of(parameters.take("f").as_deref(), request.headers(), Format::Json)?;
    parameters.end()?;
    let edition = Edition::of(&request);
    let one = request.describe(&id)?;
    match format {
        Format::Rdf(syntax) => {
            Ok(edition.respond(syntax.media_type(), dcat::dataset(&edition, &one, syntax)?))
        }
        Format::Json => {
            Ok(edition.respond(links::GEOJSON, json_text::rewritten(&record::of(&edition, &one))))
        }
        Format::Html => request.page("record.html", record::of(&edition, &one)),
    }
}
