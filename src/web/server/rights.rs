//! Ends downloads under way when the caller loses the right to them: his key is revoked or expires,
//! or other rules are in force.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use crate::access::Permit;
use crate::web::http::credentials::Identify;
use crate::web::http::path;
use crate::web::state::App;

/// The right to a download, as it was when the request came.
pub struct Right {
    app: Arc<App>,
    identify: Identify,
    /// The head of the request, with the credentials.
    headers: HeaderMap,
    id: String,
    /// What the caller might see; None if nothing.
    permit: Option<Permit>,
    /// When the right was looked at last, by [`Changes::epoch`].
    ///
    /// [`Changes::epoch`]: crate::web::state::changes::Changes::epoch
    epoch: u64,
}

impl Right {
    /// Returns the right to the download at an address.
    pub fn new(app: &Arc<App>, identify: &Identify, uri: &Uri, headers: &HeaderMap) -> Right {
        let id = path::steps(uri.path(), "/collections/").first().map(|id| path::decode(id));
        let mut right = Right {
            app: app.clone(),
            identify: identify.clone(),
            headers: headers.clone(),
            id: id.and_then(Result::ok).map(Into::into).unwrap_or_default(),
            permit: None,
            epoch: app.changes.epoch(),
        };
        right.permit = right.now();
        right
    }

    /// What the caller may see of the collection now; None if nothing, or if the credentials are
    /// no longer those of a caller.
    fn now(&self) -> Option<Permit> {
        let caller = (self.identify)(&self.headers).ok()?.caller;
        let snapshot = self.app.snapshots.look();
        snapshot.permit(&caller, &snapshot.world().entry(&self.id)?.collection)
    }

    fn is_lost(&mut self) -> bool {
        let epoch = self.app.changes.epoch();
        if self.epoch == epoch {
            return false;
        }
        self.epoch = epoch;
        let now = self.now();
        match (&self.permit, &now) {
            (Some(then), Some(now)) => then.columns() != now.columns() || then.rows() != now.rows(),
            _ => true,
        }
    }
}

/// Breaks the answer off as soon as the right is lost.
pub fn guarded(response: Response, right: Right) -> Response {
    response.map(|body| Body::new(Guarded { body, right }))
}

struct Guarded {
    body: Body,
    right: Right,
}

impl HttpBody for Guarded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.right.is_lost() {
            return Poll::Ready(Some(Err(axum::Error::new("the right to the download was lost"))));
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
