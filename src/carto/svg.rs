//! An SVG file, checked before it is drawn.
//!
//! What is drawn is bounded by what the file says: elements that refer to others are counted with
//! all that is drawn for them, because a short file can refer to itself many million times. Nothing
//! but the file is read.

use std::collections::HashMap;

use spreet::resvg::usvg::roxmltree::{Document, Node, NodeId, ParsingOptions};
use spreet::resvg::usvg::{ImageHrefResolver, Options, Tree};

use crate::error::{Error, Kind, Result};
use crate::limits::Limits;

const NAMESPACE: &str = "http://www.w3.org/2000/svg";

/// The elements that an icon may have.
const ELEMENTS: [&str; 22] = [
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "switch",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "clipPath",
    "mask",
    "linearGradient",
    "radialGradient",
    "stop",
    "style",
    "title",
    "desc",
    "metadata",
];

/// The maximum depth of elements, and of what they refer to.
const DEEPEST: usize = 64;
/// The maximum number of elements that are drawn, those that are referred to counted each time.
const MOST_DRAWN: usize = 1_000;
/// The maximum number of nodes of the file, drawn or not.
const MOST_NODES: u32 = 50_000;

/// Reads an SVG file. Fails if it is none, or if it cannot be drawn as an icon within the limits.
pub fn read(text: &str, limits: &Limits) -> Result<Tree> {
    let document = document(text)?;
    Drawing { ids: ids(&document), known: HashMap::new() }.cost(document.root(), 0)?;
    let options = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    let tree = Tree::from_xmltree(&document, &options)
        .map_err(|fault| unusable(format!("cannot be drawn: {fault}")))?;
    let (width, height, most) = (tree.size().width(), tree.size().height(), limits.sprite_icon_size);
    if width.max(height).ceil() > most as f32 {
        let what = format!("is {width} × {height} pixels large, more than {most} (sprite_icon_size)");
        return Err(unusable(what));
    }
    Ok(tree)
}

/// Parses the XML. A file may name its document type, but declare no entities.
fn document(text: &str) -> Result<Document<'_>> {
    if text.contains("<!ENTITY") {
        return Err(unusable("declares entities"));
    }
    let options = ParsingOptions { allow_dtd: true, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|fault| unusable(format!("is no SVG: {fault}")))?;
    match document.root_element().has_tag_name((NAMESPACE, "svg")) {
        true => Ok(document),
        false => Err(unusable("is no SVG: its first element is another")),
    }
}

fn ids<'a>(document: &'a Document<'a>) -> HashMap<&'a str, Node<'a, 'a>> {
    let elements = document.descendants().filter(Node::is_element);
    elements.filter_map(|node| Some((node.attribute("id")?, node))).collect()
}

/// The elements that are drawn.
struct Drawing<'a> {
    ids: HashMap<&'a str, Node<'a, 'a>>,
    /// What is known of an element: how many are drawn for it, or that this is being counted.
    known: HashMap<NodeId, Option<usize>>,
}

impl<'a> Drawing<'a> {
    /// Returns how many elements are drawn for this one.
    fn cost(&mut self, node: Node<'a, 'a>, depth: usize) -> Result<usize> {
        match self.known.get(&node.id()) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => return Err(unusable("has an element that refers to itself")),
            None => {}
        }
        if depth > DEEPEST {
            return Err(unusable(format!("is nested more than {DEEPEST} deep")));
        }
        self.known.insert(node.id(), None);
        let mut cost = 1;
        let children: Vec<Node<'_, '_>> = node.children().filter(is_of_svg).collect();
        for other in children.into_iter().chain(self.referred(node)?) {
            cost += self.cost(other, depth + 1)?;
            if cost > MOST_DRAWN {
                return Err(unusable(format!("draws more than {MOST_DRAWN} elements")));
            }
        }
        self.known.insert(node.id(), Some(cost));
        Ok(cost)
    }

    /// Checks an element, and returns those that it refers to.
    fn referred(&self, node: Node<'a, 'a>) -> Result<Vec<Node<'a, 'a>>> {
        if !node.is_element() {
            return Ok(vec![]);
        }
        let name = node.tag_name().name();
        if !ELEMENTS.contains(&name) {
            return Err(unusable(format!("has an element {name:?}, which icons cannot have")));
        }
        let mut ids = vec![];
        for attribute in node.attributes() {
            check_dashes(attribute.name() == "stroke-dasharray", attribute.value())?;
            match attribute.name() {
                "href" => ids.push(local(attribute.value())?),
                _ => ids.extend(addresses(attribute.value())?),
            }
        }
        if name == "style" {
            let rules = node.text().unwrap_or_default();
            check_dashes(false, rules)?;
            if !addresses(rules)?.is_empty() || rules.contains('@') {
                return Err(unusable("has a style sheet that refers to something"));
            }
        }
        Ok(ids.into_iter().filter_map(|id| self.ids.get(id).copied()).collect())
    }
}

/// Whether a node is an element of SVG. Those of drawing programs are not drawn.
fn is_of_svg(node: &Node<'_, '_>) -> bool {
    node.is_element() && node.tag_name().namespace() == Some(NAMESPACE)
}

/// Refuses dashes: a short file can have millions of them. Programs write `none` where there are
/// none.
fn check_dashes(is_dashes: bool, value: &str) -> Result<()> {
    let mut values = value.split("stroke-dasharray").skip(1).map(|rest| rest.trim_start_matches([' ', ':']));
    let is_none = |value: &str| value.trim_start().starts_with("none") || value.trim() == "0";
    if (is_dashes && !is_none(value)) || values.any(|value| !is_none(value)) {
        return Err(unusable("has dashed lines, which icons cannot have"));
    }
    Ok(())
}

/// Returns the ids in all `url(#id)` of a value.
fn addresses(value: &str) -> Result<Vec<&str>> {
    let all = value.split("url(").skip(1).map(|rest| {
        let address = rest.split(')').next().unwrap_or_default();
        local(address.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')))
    });
    all.collect()
}

/// Returns the id of an address within the file.
fn local(address: &str) -> Result<&str> {
    let shown: String = address.chars().take(60).collect();
    address
        .trim()
        .strip_prefix('#')
        .ok_or_else(|| unusable(format!("refers to {shown:?}, which is not in the file")))
}

fn unusable(why: impl Into<String>) -> Error {
    Error::new(Kind::Invalid, why.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;
