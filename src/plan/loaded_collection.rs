//! A collection that is loaded, with the right to read it.

use std::sync::Arc;

use crate::access::Permit;
use crate::catalog::Collection;
use crate::error::{Error, Kind, Result, said};
use crate::layer::{Layer, State, View};

/// A collection with its layer and the permit by which planning reads it.
#[derive(Clone, Debug)]
pub struct LoadedCollection {
    /// The description of the collection: id, columns, texts.
    pub collection: Arc<Collection>,
    /// The rows, in memory.
    pub layer: Arc<Layer>,
    /// Whether the caller may see it.
    pub is_public: bool,
    permit: Permit,
}

impl LoadedCollection {
    pub(super) fn of(
        collection: &Arc<Collection>,
        state: &State,
        permit: Permit,
    ) -> Result<LoadedCollection> {
        match state {
            State::Ready(layer) => Ok(LoadedCollection {
                collection: collection.clone(),
                layer: layer.clone(),
                is_public: permit.is_public(),
                permit,
            }),
            State::Loading => {
                Err(Error::unavailable(said!("collection {:?} is still loading", collection.id)))
            }
            State::Direct(_) => Err(Error::new(
                Kind::Invalid,
                said!("collection {:?} is not in memory, and planning needs it there", collection.id),
            )
            .hint("remove mode = \"direct\" of this collection, or raise memory_budget")),
            State::Failed(_) => {
                Err(Error::unavailable(said!("collection {:?} cannot be read at present", collection.id)))
            }
        }
    }

    /// Returns the rows and columns that the permit shows.
    pub fn view(&self) -> View<'_> {
        View::new(&self.layer, &self.collection, &self.permit)
    }
}
