//! Streams a file or a part of it. Each piece is read when the one before has been sent.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::{Stream, StreamExt};

use crate::web::state::admission::Place;

/// The size in bytes of the pieces of an answer.
pub const CHUNK: usize = 64 * 1024;

/// Streams the bytes of a file from `from` to before `to`. Holds the place of the request until the
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
        // Nothing is sent after an error.
        let next = if piece.is_ok() { at + length as u64 } else { to };
        Some((piece, (file, next, place)))
    });
    pieces.fuse()
}
