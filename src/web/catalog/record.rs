//! A record of OGC API – Records (20-004r1, 7.1): a collection as a GeoJSON feature.

use serde_json::{Map, Value, json};

use crate::catalog::licences;
use crate::encode::ItemFormat;
use crate::snapshot::Described;
use crate::web::catalog::dcat;
use crate::web::catalog::edition::{Edition, rdf_links};
use crate::web::features::collections::bounds;
use crate::web::features::download_address;
use crate::web::http::links::{self, Link, OGC_CATALOG};
use crate::web::http::words::said;

const DATA_THEMES: &str = "http://publications.europa.eu/resource/authority/data-theme";
const RECORD_PROFILE: &str = "http://www.opengis.net/def/profile/OGC/0/ogc-record";

/// Returns the record of a collection.
pub fn of(edition: &Edition<'_>, one: &Described) -> Value {
    let around = one.view().and_then(|view| bounds(&view));
    let geometry = around.map(|[west, south, east, north]| {
        let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
        json!({ "type": "Polygon", "coordinates": [ring] })
    });
    let time = one.collection.metadata.covers.map(|ends| {
        let interval = ends.map(|day| day.map_or("..".to_owned(), |day| day.to_string()));
        json!({ "interval": interval })
    });
    json!({
        "id": one.collection.id,
        "type": "Feature",
        "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"],
        "geometry": geometry,
        "time": time,
        "properties": properties(edition, one),
        "links": links_of(edition, one),
    })
}

fn properties(edition: &Edition<'_>, one: &Described) -> Value {
    let metadata = &one.collection.metadata;
    let (title, _) = one.collection.words(edition.in_english());
    let mut members = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            members.insert(name.into(), value);
        }
    };
    put("type", Some(json!("dataset")));
    put("title", Some(json!(title)));
    put("description", Some(json!(dcat::description(one, edition.language))));
    put("keywords", metadata.keywords.as_ref().map(|words| json!(words)));
    put(
        "themes",
        metadata.themes.as_ref().map(|codes| {
            let concept = |code: &String| json!({ "id": code, "url": format!("{DATA_THEMES}/{code}") });
            json!([{ "concepts": codes.iter().map(concept).collect::<Vec<_>>(), "scheme": DATA_THEMES }])
        }),
    );
    put("language", Some(json!({ "code": edition.language.tag() })));
    put("resourceLanguages", Some(json!([{ "code": "de" }])));
    put("externalIds", metadata.identifier.as_ref().map(|id| json!([{ "value": id }])));
    put(
        "formats",
        Some(
            ItemFormat::available()
                .map(|format| json!({ "name": format.title(), "mediaType": format.bare_media_type() }))
                .collect(),
        ),
    );
    put("contacts", contact(edition).map(|contact| json!([contact])));
    let licence = one.collection.licence.as_deref();
    put("license", licence.map(|name| json!(licences::find(name).map_or("other", |known| &known.spdx))));
    put("rights", one.collection.attribution.as_ref().map(|text| json!(text)));
    put("issued", metadata.issued.map(|day| json!(day.to_string())));
    put("modified", metadata.modified.map(|day| json!(day.to_string())));
    put("accrualPeriodicity", metadata.frequency.as_ref().map(|code| json!(code)));
    Value::Object(members)
}

/// Returns the publisher and its contact addresses; None if no publisher is configured.
pub fn contact(edition: &Edition<'_>) -> Option<Value> {
    let publication = &edition.publication;
    let organization = publication.publisher.as_ref()?;
    let mut contact = json!({ "organization": organization, "roles": ["publisher"] });
    let members = contact.as_object_mut()?;
    if let Some(name) = &publication.contact {
        members.insert("name".into(), json!(name));
    }
    if let Some(email) = &publication.contact_email {
        members.insert("emails".into(), json!([{ "value": email }]));
    }
    let pages: Vec<Link> = publication
        .publisher_page
        .iter()
        .chain(&publication.contact_page)
        .map(|page| Link::new(page.clone(), "about", links::HTML))
        .collect();
    if !pages.is_empty() {
        members.insert("links".into(), json!(pages));
    }
    Some(contact)
}

fn links_of(edition: &Edition<'_>, one: &Described) -> Vec<Link> {
    let (base, collection) = (&edition.base, &one.collection);
    let itself = edition.record(&collection.id);
    let here = base.collection(&collection.id);
    let words = |german, english| said([german, english], edition.language);
    let mut all = vec![
        Link::new(format!("{itself}?f=json"), "self", links::GEOJSON),
        Link::new(format!("{itself}?f=html"), "alternate", links::HTML),
        Link::new(edition.catalog(), "collection", OGC_CATALOG),
        Link::new(RECORD_PROFILE.into(), "profile", links::HTML),
        Link::new(here.clone(), "data", links::JSON).titled(words("Datensatz", "Collection")),
        Link::new(format!("{here}/items"), "item", links::GEOJSON).titled("OGC API Features"),
        Link::new(format!("{here}?f=html"), "about", links::HTML)
            .titled(words("Beschreibung", "Description")),
        Link::new(base.href("/api"), "service-desc", crate::web::http::links::OPENAPI).titled("OpenAPI 3.0"),
    ];
    all.extend(rdf_links(&itself));
    all.extend(download_address::links(base, &collection.id));
    if collection.geometry.is_some() {
        all.push(Link::new(base.tilejson(&[&collection.id]), "tiles", links::JSON).titled("TileJSON 3.0"));
    }
    let metadata = &collection.metadata;
    for (rel, address, media_type) in
        [("describedby", &metadata.metadata_url, links::ISO_19139), ("about", &metadata.page, links::HTML)]
    {
        all.extend(address.iter().map(|address| Link::new(address.clone(), rel, media_type)));
    }
    let licence = collection.licence.as_deref().filter(|licence| licence.starts_with("http"));
    all.extend(licence.map(|address| Link::new(address.into(), "license", links::HTML)));
    all
}
