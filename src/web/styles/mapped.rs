//! The collections that a style draws, and the addresses in it.

use std::borrow::Cow;

use crate::carto::style::TileTemplate;
use crate::carto::{Addresses, Mapped, Theme};
use crate::error::{Error, Result, known, said};
use crate::layer::State;
use crate::limits::Key;
use crate::snapshot::Described;
use crate::tile::content::{BORDERS, LABELS};
use crate::web::http::links::Base;
use crate::web::http::parameters::Parameters;
use crate::web::http::path;
use crate::web::request::Request;

/// A style, as its address names it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The theme of its colours.
    pub theme: Theme,
    /// Whether the base map is part of it.
    pub has_base: bool,
    /// The ids of the collections on top.
    pub on_top: Vec<String>,
}

impl Asked {
    /// Reads the id of a style, `collections` and `theme`. The id is that of a theme, which is the
    /// base map, or that of a collection.
    pub fn read(id: &str, parameters: &mut Parameters, request: &Request) -> Result<Asked> {
        let theme = parameters.take("theme").map(|name| theme(&name)).transpose()?;
        let collections = parameters.take("collections");
        if let Some(own) = Theme::of(id) {
            let on_top = collections.map(|list| ids(&list, request)).transpose()?;
            return Ok(Asked {
                theme: theme.unwrap_or(own),
                has_base: true,
                on_top: on_top.unwrap_or_default(),
            });
        }
        if collections.is_some() {
            let what = said!("the style of one collection takes no others");
            return Err(Error::invalid("collections", what)
                .hint(said!("ask for /styles/{}?collections=…", Theme::Light.name())));
        }
        drawn(id, request)?;
        Ok(Asked { theme: theme.unwrap_or_default(), has_base: false, on_top: vec![id.to_owned()] })
    }
}

fn theme(name: &str) -> Result<Theme> {
    Theme::of(name).ok_or_else(|| {
        Error::invalid("theme", said!("there is no theme {:?}", name))
            .hint(known(name, &Theme::ALL.map(Theme::name)))
    })
}

/// Reads a list of ids. Repeats are dropped.
fn ids(list: &str, request: &Request) -> Result<Vec<String>> {
    let mut ids: Vec<Cow<'_, str>> = vec![];
    for id in list.split(',').filter(|id| !id.is_empty()) {
        let id = Cow::Borrowed(id);
        if !ids.contains(&id) {
            ids.push(id);
        }
        let most = request.limits().style_collections;
        if ids.len() > most {
            let what = said!("more than {} collections in one style", most);
            return Err(
                Error::invalid("collections", what).reached(request.limits().reached(Key::style_collections))
            );
        }
    }
    ids.iter().try_for_each(|id| drawn(id, request))?;
    Ok(ids.into_iter().map(Cow::into_owned).collect())
}

/// Fails if there is no such collection for the caller, or it cannot be drawn.
fn drawn(id: &str, request: &Request) -> Result<()> {
    match request.describe(id)?.collection.geometry {
        Some(_) => Ok(()),
        None => Err(Error::not_found(said!("collection {:?} has no geometry, so no style", id))),
    }
}

/// Returns the collections that have a geometry, and whose rows are there or in a database.
pub fn mapped(described: &[Described]) -> Vec<Mapped<'_>> {
    described.iter().filter_map(mapped_one).collect()
}

fn mapped_one(described: &Described) -> Option<Mapped<'_>> {
    described.collection.geometry.as_ref()?;
    let view = described.view()?;
    let declared = || {
        let dimension = view.collection.geometry.as_ref()?.kind?.dimension()?;
        Some(match dimension {
            0 => "point",
            1 => "line",
            _ => "polygon",
        })
    };
    let geometry = view.geometry_word().or_else(declared).or(match &described.state {
        State::Direct(_) => Some("mixed"),
        _ => None,
    });
    Some(Mapped { view, geometry })
}

/// Returns the template of the tiles of collections.
pub fn tiles(base: &Base, ids: &[&str], query: &[(&str, &str)]) -> String {
    let mut address = base.tiles(ids);
    // The colon before a suffix is legal in a path (RFC 3986, 3.3), and shows whose labels they
    // are.
    for suffix in [LABELS, BORDERS] {
        address = address.replace(&path::encode(suffix), suffix);
    }
    for (at, (name, value)) in query.iter().enumerate() {
        address.push(if at == 0 { '?' } else { '&' });
        let value = path::encode(value).replace("%2C", ",");
        address.push_str(&format!("{name}={value}"));
    }
    address
}

/// Returns the addresses that a style names; `tiles` gives those of tiles.
pub fn addresses<'a>(base: &Base, most_in_a_tile: usize, tiles: &'a TileTemplate<'a>) -> Addresses<'a> {
    Addresses {
        tiles,
        sprite: base.href("/sprites/veedel"),
        glyphs: base.href("/fonts/{fontstack}/{range}.pbf"),
        most_in_a_tile,
    }
}
