//! Files on their way out, whole or in part, in pieces that are read when the one before is sent.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::{Stream, StreamExt};

use crate::web::state::admission::Place;

/// Bytes of an answer gathered before they are sent on.
pub const CHUNK: usize = 64 * 1024;

/// The bytes of a file from one place to before another. The place of the request is held to their
/// end.
pub fn pieces(
    file: Arc<File>,
    from: u64,
    to: u64,
    place: Place,
) -> impl Stream<Item = std::io::Result<Bytes>> + use<> {
    let pieces = futures_util::stream::unfold((file, from, place), move |(file, at, place)| async move {
        let length = usize::try_from(to - at).unwrap_or(CHUNK).min(CHUNK);
        if length == 0 {
            return None;
        }
        let own = file.clone();
        let read = move || {
            let mut piece = vec![0; length];
            own.read_exact_at(&mut piece, at).map(|()| Bytes::from(piece))
        };
        let piece = match tokio::task::spawn_blocking(read).await {
            Ok(piece) => piece,
            Err(why) => Err(std::io::Error::other(why)),
        };
        // After an error nothing comes any more.
        let next = if piece.is_ok() { at + length as u64 } else { to };
        Some((piece, (file, next, place)))
    });
    pieces.fuse()
}
