//! A graph of RDF statements, and its two syntaxes.

use oxjsonld::JsonLdSerializer;
use oxrdf::{GraphName, Literal, NamedNode, Quad, Term};
use oxttl::TurtleSerializer;

use crate::error::{Error, Result};

/// The vocabularies: the prefix and the namespace of each.
const PREFIXES: [(&str, &str); 8] = [
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("dcatde", "http://dcat-ap.de/def/dcatde/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("geo", "http://www.opengis.net/ont/geosparql#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
];

/// A syntax of RDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// JSON-LD 1.1.
    JsonLd,
    /// Turtle 1.1.
    Turtle,
}

impl Syntax {
    /// Returns the media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Syntax::JsonLd => "application/ld+json",
            Syntax::Turtle => "text/turtle",
        }
    }
}

/// RDF statements, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Graph {
    quads: Vec<Quad>,
}

/// The subject of statements.
#[derive(Clone, Debug)]
pub struct Subject(NamedNode);

impl Subject {
    /// A subject with an IRI.
    pub fn named(address: &str) -> Subject {
        Subject(iri(address))
    }
}

/// Makes an IRI without a check: addresses consist of encoded path segments, or were checked in the
/// configuration.
fn iri(address: &str) -> NamedNode {
    NamedNode::new_unchecked(address)
}

/// Returns the full IRI of `prefix:name`.
fn term(name: &str) -> NamedNode {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let known = PREFIXES.iter().find(|(known, _)| *known == prefix);
    iri(&format!("{}{local}", known.map_or("", |(_, address)| address)))
}

impl Graph {
    fn add(&mut self, subject: &Subject, predicate: &str, object: impl Into<Term>) {
        self.quads.push(Quad::new(subject.0.clone(), term(predicate), object, GraphName::DefaultGraph));
    }

    /// States the class of a subject.
    pub fn kind(&mut self, subject: &Subject, class: &str) {
        self.add(subject, "rdf:type", term(class));
    }

    /// States a relation to another subject.
    pub fn link(&mut self, subject: &Subject, predicate: &str, object: &Subject) {
        self.add(subject, predicate, object.0.clone());
    }

    /// States a relation to a resource with this IRI.
    pub fn address(&mut self, subject: &Subject, predicate: &str, address: &str) {
        self.add(subject, predicate, iri(address));
    }

    /// States a text in a language.
    pub fn words(&mut self, subject: &Subject, predicate: &str, text: &str, language: &str) {
        self.add(subject, predicate, Literal::new_language_tagged_literal_unchecked(text, language));
    }

    /// States a text without a language.
    pub fn text(&mut self, subject: &Subject, predicate: &str, text: &str) {
        self.add(subject, predicate, Literal::new_simple_literal(text));
    }

    /// States a value of a type such as `xsd:date`.
    pub fn value(&mut self, subject: &Subject, predicate: &str, value: &str, kind: &str) {
        self.add(subject, predicate, Literal::new_typed_literal(value, term(kind)));
    }

    /// Writes all statements as a document.
    pub fn write(&self, syntax: Syntax) -> Result<String> {
        let written = match syntax {
            Syntax::JsonLd => self.json_ld(),
            Syntax::Turtle => self.turtle(),
        };
        let bytes = written.map_err(|fault| Error::internal(format!("the catalogue: {fault}")))?;
        String::from_utf8(bytes).map_err(|_| Error::internal("the catalogue is no UTF-8"))
    }

    fn turtle(&self) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error>> {
        let mut serializer = TurtleSerializer::new();
        for (prefix, address) in PREFIXES {
            serializer = serializer.with_prefix(prefix, address)?;
        }
        let mut writer = serializer.for_writer(vec![]);
        for quad in &self.quads {
            writer.serialize_triple(quad.as_ref())?;
        }
        Ok(writer.finish()?)
    }

    fn json_ld(&self) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error>> {
        let mut serializer = JsonLdSerializer::new();
        for (prefix, address) in PREFIXES {
            serializer = serializer.with_prefix(prefix, address)?;
        }
        let mut writer = serializer.for_writer(vec![]);
        for quad in &self.quads {
            writer.serialize_quad(quad.as_ref())?;
        }
        Ok(writer.finish()?)
    }
}
