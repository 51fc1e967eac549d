//! What restricted permits show of a direct collection: the same table, with the rule of the permit
//! in every statement.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::collection::{Direct, Probed, Restricted, finish, probe};
use crate::access::Permit;
use crate::error::Result;
use crate::layer::Layer;
use crate::layer::derived::collection_of;
use crate::source::postgis::load::Locator;

impl Direct {
    async fn restricted(&self, permit: &Permit) -> Result<Arc<Direct>> {
        let cell = self.cells().entry(permit.digest()).or_default().clone();
        cell.get_or_try_init(|| self.open_restricted(permit)).await.cloned()
    }

    /// Returns the collection as a restricted permit shows it: only the rows of the rule, and only
    /// the permitted columns. At the first call, asks the database for the extent of these rows,
    /// and waits for it on this thread, which must not be one that runs other tasks.
    ///
    /// # Errors
    ///
    /// [`Kind::Unavailable`](crate::error::Kind::Unavailable) if the database is away or no
    /// connection is free.
    pub fn restricted_now(&self, permit: &Permit) -> Result<Arc<Direct>> {
        self.runtime.block_on(self.restricted(permit))
    }

    /// Returns the same if it has been opened.
    pub fn opened_restricted(&self, permit: &Permit) -> Option<Arc<Direct>> {
        self.cells().get(&permit.digest())?.get().cloned()
    }

    /// Forgets what was opened for permits, because the policy has changed.
    pub fn forget_restricted(&self) {
        self.cells().clear();
    }

    fn cells(&self) -> MutexGuard<'_, Restricted> {
        self.restricted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open_restricted(&self, permit: &Permit) -> Result<Arc<Direct>> {
        let collection = Arc::new(collection_of(&self.collection, permit));
        let select = Arc::new(self.locator.select.restricted(permit.rows().cloned()));
        let locator = Locator { select, ..self.locator.clone() };
        let mut connection = self.pool.acquire(None).await?;
        let probing = probe(&mut connection, &collection, &locator).await;
        let Probed { extent, has_keys_beyond_ids } = finish(connection, probing)?;
        let schema = Layer::without_rows(&collection, extent, locator.notes.clone())?;
        schema.know_keys_beyond_ids(has_keys_beyond_ids);
        Ok(Arc::new(Direct {
            collection,
            schema: Arc::new(schema),
            locator,
            pool: self.pool.clone(),
            times: self.times,
            runtime: self.runtime.clone(),
            restricted: Mutex::default(),
        }))
    }
}
