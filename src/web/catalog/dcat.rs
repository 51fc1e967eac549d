//! The catalogue as DCAT-AP.de 3.0 (<https://www.dcat-ap.de/def/dcatde/3.0/spec/>): this server as
//! a catalogue and a data service, each collection as a data set, and each way to get its data as a
//! distribution.

use crate::catalog::{Language, licences};
use crate::encode::ItemFormat;
use crate::error::Result;
use crate::layer;
use crate::snapshot::Described;
use crate::web::catalog::edition::{Edition, description_of_catalog};
pub use crate::web::catalog::graph::Syntax;
use crate::web::catalog::graph::{Graph, Subject};
use crate::web::features::collections::bounds;
use crate::web::features::download_address;
use crate::web::http::words::said;

const EU: &str = "http://publications.europa.eu/resource/authority";
const IANA: &str = "https://www.iana.org/assignments/media-types";
/// The standards that the service conforms to, by the URIs that catalogues use.
const STANDARDS: [&str; 2] = [
    "http://www.opengis.net/doc/IS/ogcapi-features-1/1.0",
    "http://www.opengis.net/doc/IS/ogcapi-processes-1/1.0",
];

/// Writes the whole catalogue.
pub fn catalog(edition: &Edition<'_>, published: &[Described], syntax: Syntax) -> Result<String> {
    let mut graph = Graph::default();
    let catalog = Subject::named(&edition.catalog());
    graph.kind(&catalog, "dcat:Catalog");
    let publication = &edition.publication;
    match &publication.title {
        Some(words) => in_languages(&mut graph, &catalog, "dct:title", &words.de, Some(&words.en)),
        None => graph.words(&catalog, "dct:title", edition.title(), edition.language.tag()),
    }
    match &publication.description {
        Some(words) => in_languages(&mut graph, &catalog, "dct:description", &words.de, Some(&words.en)),
        None => {
            for language in [Language::German, Language::English] {
                graph.words(&catalog, "dct:description", description_of_catalog(language), language.tag());
            }
        }
    }
    graph.address(&catalog, "dct:language", &format!("{EU}/language/DEU"));
    graph.address(&catalog, "dcat:themeTaxonomy", &format!("{EU}/data-theme"));
    graph.address(&catalog, "foaf:homepage", &edition.base.href("/"));
    let service = service(edition);
    graph.link(&catalog, "dcat:service", &service);
    for one in published {
        graph.link(&catalog, "dcat:dataset", &subject(edition, one));
    }
    publisher_of(&mut graph, edition, &catalog);
    describe_publisher(&mut graph, edition);
    describe_service(&mut graph, edition, published);
    for one in published {
        describe(&mut graph, edition, one);
    }
    graph.write(syntax)
}

/// Writes one data set, with its publisher and the service that provides it.
pub fn dataset(edition: &Edition<'_>, one: &Described, syntax: Syntax) -> Result<String> {
    let mut graph = Graph::default();
    describe(&mut graph, edition, one);
    describe_publisher(&mut graph, edition);
    describe_service(&mut graph, edition, std::slice::from_ref(one));
    graph.write(syntax)
}

fn subject(edition: &Edition<'_>, one: &Described) -> Subject {
    Subject::named(&edition.base.collection(&one.collection.id))
}

fn service(edition: &Edition<'_>) -> Subject {
    Subject::named(&edition.base.href("/#service"))
}

fn in_languages(graph: &mut Graph, subject: &Subject, predicate: &str, german: &str, english: Option<&str>) {
    graph.words(subject, predicate, german, "de");
    if let Some(english) = english {
        graph.words(subject, predicate, english, "en");
    }
}

/// Links the subject to the publisher, if one is configured.
fn publisher_of(graph: &mut Graph, edition: &Edition<'_>, subject: &Subject) {
    if edition.publication.publisher.is_some() {
        graph.link(subject, "dct:publisher", &Subject::named(&format!("{}#publisher", edition.catalog())));
    }
}

fn contact_of(graph: &mut Graph, edition: &Edition<'_>, subject: &Subject) {
    if has_contact(edition) {
        graph.link(subject, "dcat:contactPoint", &Subject::named(&format!("{}#contact", edition.catalog())));
    }
}

fn has_contact(edition: &Edition<'_>) -> bool {
    edition.publication.contact_email.is_some() || edition.publication.contact_page.is_some()
}

fn describe_publisher(graph: &mut Graph, edition: &Edition<'_>) {
    let publication = &edition.publication;
    if let Some(name) = &publication.publisher {
        let publisher = Subject::named(&format!("{}#publisher", edition.catalog()));
        graph.kind(&publisher, "foaf:Agent");
        graph.words(&publisher, "foaf:name", name, "de");
        if let Some(page) = &publication.publisher_page {
            graph.address(&publisher, "foaf:homepage", page);
        }
    }
    if has_contact(edition) {
        let contact = Subject::named(&format!("{}#contact", edition.catalog()));
        graph.kind(&contact, "vcard:Kind");
        if let Some(name) = publication.contact.as_ref().or(publication.publisher.as_ref()) {
            graph.text(&contact, "vcard:fn", name);
        }
        if let Some(email) = &publication.contact_email {
            graph.address(&contact, "vcard:hasEmail", &format!("mailto:{email}"));
        }
        if let Some(page) = &publication.contact_page {
            graph.address(&contact, "vcard:hasURL", page);
        }
    }
}

fn describe_service(graph: &mut Graph, edition: &Edition<'_>, published: &[Described]) {
    let subject = service(edition);
    graph.kind(&subject, "dcat:DataService");
    in_languages(
        graph,
        &subject,
        "dct:title",
        "Geodaten als OGC API und Vektorkacheln",
        Some("Geodata as OGC API and vector tiles"),
    );
    graph.address(&subject, "dcat:endpointURL", &edition.base.href("/"));
    graph.address(&subject, "dcat:endpointDescription", &edition.base.href("/api"));
    graph.address(&subject, "dcat:landingPage", &edition.base.href("/"));
    for standard in STANDARDS {
        graph.address(&subject, "dct:conformsTo", standard);
    }
    if let Some(metadata) = &edition.publication.metadata_url {
        graph.address(&subject, "foaf:page", metadata);
    }
    graph.address(&subject, "dct:accessRights", &format!("{EU}/access-right/PUBLIC"));
    publisher_of(graph, edition, &subject);
    contact_of(graph, edition, &subject);
    for one in published {
        graph.link(&subject, "dcat:servesDataset", &self::subject(edition, one));
    }
}

fn describe(graph: &mut Graph, edition: &Edition<'_>, one: &Described) {
    let (collection, subject) = (&one.collection, subject(edition, one));
    let metadata = &collection.metadata;
    graph.kind(&subject, "dcat:Dataset");
    in_languages(graph, &subject, "dct:title", &collection.title, metadata.title_en.as_deref());
    let german = description(one, Language::German);
    // Titles and descriptions from a source are in one language only; a description made from the
    // columns exists in both.
    let is_only_german = collection.description.is_some() && metadata.description_en.is_none();
    let english = (!is_only_german).then(|| description(one, Language::English));
    in_languages(graph, &subject, "dct:description", &german, english.as_deref());
    let here = edition.base.collection(&collection.id);
    graph.text(&subject, "dct:identifier", metadata.identifier.as_ref().unwrap_or(&here));
    for (predicate, day) in [("dct:issued", metadata.issued), ("dct:modified", metadata.modified)] {
        if let Some(day) = day {
            graph.value(&subject, predicate, &day.to_string(), "xsd:date");
        }
    }
    for keyword in metadata.keywords.iter().flatten() {
        graph.words(&subject, "dcat:keyword", keyword, "de");
    }
    for theme in metadata.themes.iter().flatten() {
        graph.address(&subject, "dcat:theme", &format!("{EU}/data-theme/{theme}"));
    }
    if let Some(frequency) = &metadata.frequency {
        graph.address(&subject, "dct:accrualPeriodicity", &format!("{EU}/frequency/{frequency}"));
    }
    graph.address(&subject, "dct:language", &format!("{EU}/language/DEU"));
    graph.address(&subject, "dct:accessRights", &format!("{EU}/access-right/PUBLIC"));
    graph.address(&subject, "dcat:landingPage", &format!("{here}?f=html"));
    for page in metadata.page.iter().chain(&metadata.metadata_url) {
        graph.address(&subject, "foaf:page", page);
    }
    publisher_of(graph, edition, &subject);
    contact_of(graph, edition, &subject);
    describe_place(graph, edition, one, &subject);
    describe_distributions(graph, edition, one, &subject);
}

/// Describes the area, the period and the municipality of a data set.
fn describe_place(graph: &mut Graph, edition: &Edition<'_>, one: &Described, subject: &Subject) {
    let name = |what: &str| format!("{}#{what}", edition.base.collection(&one.collection.id));
    let around = one.view().and_then(|view| bounds(&view));
    if let Some([west, south, east, north]) = around {
        let place = Subject::named(&name("place"));
        graph.link(subject, "dct:spatial", &place);
        graph.kind(&place, "dct:Location");
        let wkt =
            format!("POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))");
        graph.value(&place, "dcat:bbox", &wkt, "geo:wktLiteral");
    }
    if let Some([first, last]) = one.collection.metadata.covers {
        let period = Subject::named(&name("period"));
        graph.link(subject, "dct:temporal", &period);
        graph.kind(&period, "dct:PeriodOfTime");
        for (predicate, day) in [("dcat:startDate", first), ("dcat:endDate", last)] {
            if let Some(day) = day {
                graph.value(&period, predicate, &day.to_string(), "xsd:date");
            }
        }
    }
    if let Some(contributor) = &edition.publication.contributor {
        graph.address(subject, "dcatde:contributorID", contributor);
    }
    if let Some(key) = &edition.publication.municipality_key {
        let geocoding = "http://dcat-ap.de/def/politicalGeocoding";
        // Up to DCAT-AP.de 2.0 this was dcatde:politicalGeocodingURI.
        let municipality = Subject::named(&format!("{geocoding}/municipalityKey/{key}"));
        graph.link(subject, "dct:spatial", &municipality);
        graph.kind(&municipality, "dct:Location");
        let level = format!("{geocoding}/Level/municipality");
        graph.address(subject, "dcatde:politicalGeocodingLevelURI", &level);
    }
}

/// A way to get the data of a data set.
struct Distribution {
    name: &'static str,
    title: &'static str,
    access: String,
    download: Option<String>,
    /// The code in the EU's list of file types; None if the list has none for it.
    file_type: Option<&'static str>,
    /// The media type; None if IANA has not registered it.
    media_type: Option<&'static str>,
}

fn describe_distributions(graph: &mut Graph, edition: &Edition<'_>, one: &Described, subject: &Subject) {
    let collection = &one.collection;
    for way in distributions(edition, one) {
        let address = format!("{}#{}", edition.base.collection(&collection.id), way.name);
        let distribution = Subject::named(&address);
        graph.link(subject, "dcat:distribution", &distribution);
        graph.kind(&distribution, "dcat:Distribution");
        graph.words(&distribution, "dct:title", &format!("{} – {}", collection.title, way.title), "de");
        graph.address(&distribution, "dcat:accessURL", &way.access);
        if let Some(download) = &way.download {
            graph.address(&distribution, "dcat:downloadURL", download);
        }
        if let Some(file_type) = way.file_type {
            graph.address(&distribution, "dct:format", &format!("{EU}/file-type/{file_type}"));
        }
        if let Some(media_type) = way.media_type {
            graph.address(&distribution, "dcat:mediaType", &format!("{IANA}/{media_type}"));
        }
        graph.link(&distribution, "dcat:accessService", &service(edition));
        let licence = collection.licence.as_deref();
        if let Some(licence) = licence.and_then(licences::find) {
            graph.address(&distribution, "dct:license", &licence.dcat);
        } else if let Some(address) = licence.filter(|text| oxrdf::NamedNode::new(*text).is_ok()) {
            graph.address(&distribution, "dct:license", address);
        }
        if let Some(attribution) = &collection.attribution {
            graph.words(&distribution, "dcatde:licenseAttributionByText", attribution, "de");
        }
        if let Some(day) = collection.metadata.modified {
            graph.value(&distribution, "dct:modified", &day.to_string(), "xsd:date");
        }
    }
}

fn distributions(edition: &Edition<'_>, one: &Described) -> Vec<Distribution> {
    let (base, id) = (&edition.base, one.collection.id.as_str());
    let mut all = vec![Distribution {
        name: "ogc-api-features",
        title: "OGC API Features",
        access: format!("{}/items", base.collection(id)),
        download: None,
        file_type: Some("GEOJSON"),
        media_type: Some("application/geo+json"),
    }];
    all.extend(ItemFormat::available().filter_map(|format| {
        let (name, file_type, media_type) = match format {
            ItemFormat::GeoJson => ("geojson", Some("GEOJSON"), Some("application/geo+json")),
            ItemFormat::Csv => ("csv", Some("CSV"), Some("text/csv")),
            ItemFormat::GeoPackage => ("gpkg", Some("GPKG"), Some("application/geopackage+sqlite3")),
            ItemFormat::FlatGeobuf => ("fgb", None, None),
            ItemFormat::JsonFg | ItemFormat::NdJson | ItemFormat::GeoJsonSeq => return None,
        };
        let href = download_address::href(base, id, format);
        let download = Some(href.clone());
        Some(Distribution { name, title: format.title(), access: href, download, file_type, media_type })
    }));
    if one.collection.geometry.is_some() {
        all.push(Distribution {
            name: "tiles",
            title: "TileJSON, Vektorkacheln",
            access: base.tilejson(&[id]),
            download: None,
            file_type: Some("JSON"),
            media_type: Some("application/vnd.mapbox-vector-tile"),
        });
    }
    all
}

/// Returns the description of a data set: that of its source or the configuration, otherwise one
/// made from the geometry type, the number of features and the columns.
pub fn description(one: &Described, language: Language) -> String {
    let (_, described) = one.collection.words(language == Language::English);
    if let Some(words) = described {
        return words.to_owned();
    }
    let word = one.view().and_then(|view| view.geometry_word());
    let what = said(
        match word {
            Some("point") => ["Punkte", "points"],
            Some("line") => ["Linien", "lines"],
            Some("polygon") => ["Flächen", "areas"],
            _ if one.collection.geometry.is_none() => ["Tabelle", "table"],
            _ => ["Geometrien", "geometries"],
        },
        language,
    );
    let names: Vec<&str> =
        one.columns().map(|column| column.title.as_deref().unwrap_or(column.name.as_str())).collect();
    let count = match &one.state {
        layer::State::Ready(layer) => layer.len().to_string(),
        _ => String::new(),
    };
    let lead = format!("{count} {what}");
    match names.is_empty() {
        true => format!("{}.", lead.trim()),
        false => format!("{} {} {}.", lead.trim(), said(["mit", "with"], language), names.join(", ")),
    }
}
