//! Makes answers on the runtime, from where connection threads take them piece by piece.

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// The number of pieces of a body that are made before they are sent.
const AHEAD: usize = 1;

/// An extension of a response: the pieces of its body are available without computation, so a
/// connection thread may take them itself.
#[derive(Clone, Copy, Debug)]
pub struct AtHand;

/// Makes the answer, head and body, on `runtime`. Dropping the future aborts the work. A panic on
/// `runtime` is raised again here.
pub async fn handed_over(
    runtime: &Handle,
    answer: impl Future<Output = Response> + Send + 'static,
) -> Response {
    match AbortOnDropHandle::new(runtime.spawn(answer)).await {
        Ok(response) if response.extensions().get::<AtHand>().is_some() => response,
        Ok(response) => response.map(|body| carried(runtime, body)),
        Err(why) if why.is_panic() => std::panic::resume_unwind(why.into_panic()),
        Err(_) => crate::web::http::problem::internal(),
    }
}

/// Returns a body whose pieces are made on `runtime`. A body that is already complete is returned
/// unchanged.
fn carried(runtime: &Handle, mut body: Body) -> Body {
    if body.size_hint().exact().is_some() {
        return body;
    }
    let (sender, receiver) = mpsc::channel::<Option<Piece>>(AHEAD);
    runtime.spawn(async move {
        loop {
            let piece = tokio::select! {
                () = sender.closed() => return,
                piece = body.frame() => piece,
            };
            let is_last = piece.is_none();
            if sender.send(piece).await.is_err() || is_last {
                return;
            }
        }
    });
    Body::new(StreamBody::new(stream::unfold(Some(receiver), |receiver| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Some(piece)) => Some((piece, Some(receiver))),
            Some(None) => None,
            // The task that makes the body ended early, so the answer must not look complete.
            None => Some((Err(axum::Error::new("the answer broke off")), None)),
        }
    })))
}

type Piece = std::result::Result<Frame<Bytes>, axum::Error>;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    fn counting(to: usize, then_panics: bool) -> Body {
        Body::from_stream(stream::unfold(0, move |number| async move {
            assert!(!(then_panics && number == to), "on purpose");
            (number < to).then(|| (std::io::Result::Ok(format!("{number} ")), number + 1))
        }))
    }

    #[tokio::test]
    async fn a_body_arrives_whole_or_as_an_error() {
        let runtime = Handle::current();
        let whole = carried(&runtime, counting(5, false)).collect().await.unwrap().to_bytes();
        assert_eq!(whole, "0 1 2 3 4 ");
        assert!(carried(&runtime, counting(5, true)).collect().await.is_err());
        let short = Body::from("at hand");
        assert_eq!(carried(&runtime, short).size_hint().exact(), Some(7));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_given_up() {
        let (held, mut is_held) = oneshot::channel::<()>();
        let runtime = Handle::current();
        let answer = async move {
            let _held = held;
            std::future::pending::<Response>().await
        };
        let waiting = handed_over(&runtime, answer);
        assert!(tokio::time::timeout(Duration::from_millis(20), waiting).await.is_err());
        tokio::time::timeout(Duration::from_secs(5), &mut is_held).await.unwrap().unwrap_err();
    }
}
