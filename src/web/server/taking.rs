//! Limits how slowly a client may take an answer: how long one piece may wait to be taken, and how
//! long the whole answer may last.
//!
//! A time limit on the socket is not enough. An HTTP/2 client may keep the window of a stream
//! closed and still answer every PING, and an HTTP/1.1 client may take a byte now and then. So the
//! body keeps the time: it knows when a piece was handed over and when the next one was asked for.
//! The task that sends it enforces the time: that of a connection in HTTP/1.1, or of a stream in
//! HTTP/2. A task whose time is over ends, and with it the answer, its place and its memory.
//!
//! Answers in memory are also handed over in pieces. Handed over whole, they would lie in the
//! stream's buffer, where no time is kept.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::Version;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use hyper::rt::Executor;
use pin_project_lite::pin_project;
use prometheus_client::metrics::counter::Counter;
use tokio::time::Sleep;

use crate::web::state::admission::Place;
use crate::web::state::file_stream::CHUNK;

/// The length in bytes below which a body is sent over an HTTP/2 stream without a time limit.
const SMALL: usize = 16 * 1024;

/// The state of the answer that the task polled on this thread sends.
#[derive(Clone, Copy, Debug, Default)]
struct Sending {
    /// When the piece was handed over that has not been taken yet; None if there is none.
    handed: Option<Instant>,
    /// When the whole answer must have been sent; None without a limit.
    end: Option<Instant>,
}

thread_local! {
    static SENDING: Cell<Sending> = const { Cell::new(Sending { handed: None, end: None }) };
}

/// Adds the time limits to the body of an answer to a request of this HTTP version. `life` is the
/// longest time that the whole answer may last; None is unlimited.
pub fn timed(response: Response, version: Version, life: Option<Duration>) -> Response {
    let is_multiplexed = version == Version::HTTP_2;
    let small = if is_multiplexed { SMALL } else { CHUNK } as u64;
    if response.body().size_hint().exact().is_some_and(|length| length < small) {
        return response;
    }
    response.map(|body| {
        Body::new(Timed {
            body,
            rest: Bytes::new(),
            is_multiplexed,
            end: life.map(|life| Instant::now() + life),
        })
    })
}

/// Makes a long answer in memory hold its place until it was sent, so that the number of places
/// limits the memory too. An answer that is made while it is sent holds what it needs itself.
pub fn holding(response: Response, place: Place) -> Response {
    let is_long = response.body().size_hint().exact().is_some_and(|length| length >= CHUNK as u64);
    if is_long { response.map(|body| Body::new(Holding { body, _place: place })) } else { response }
}

/// A body that holds a place.
struct Holding {
    body: Body,
    _place: Place,
}

impl HttpBody for Holding {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that records when its pieces are handed over and asked for.
struct Timed {
    body: Body,
    /// The rest of the current piece.
    rest: Bytes,
    is_multiplexed: bool,
    end: Option<Instant>,
}

impl Timed {
    /// Returns the next part of the current piece. An HTTP/2 stream takes a piece into its buffer
    /// as soon as its window has room for one byte, and asks for the next one when there is room
    /// for everything it holds. So the last byte of each piece is a part of its own: it is asked
    /// for only when the rest is on its way.
    fn part(&mut self) -> Bytes {
        let length = match (self.is_multiplexed, self.rest.len()) {
            (true, length @ SMALL..=CHUNK) => length - 1,
            (_, length) => length.min(CHUNK),
        };
        self.rest.split_to(length)
    }
}

impl HttpBody for Timed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut handed = None;
        let frame = if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        self.rest = data;
                        Poll::Ready(Some(Ok(Frame::data(self.part()))))
                    }
                    Err(frame) => Poll::Ready(Some(Ok(frame))),
                },
                other => other,
            }
        } else {
            Poll::Ready(Some(Ok(Frame::data(self.part()))))
        };
        if matches!(frame, Poll::Ready(Some(_))) {
            handed = Some(Instant::now());
        }
        SENDING.set(Sending { handed, end: self.end });
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let of_body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(of_body.lower().saturating_add(rest));
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        SENDING.set(Sending::default());
    }
}

pin_project! {
    /// A task that sends answers, and ends when a client does not take them in time.
    pub struct Watched<F> {
        // None once the time was over.
        #[pin]
        task: Option<F>,
        sending: Sending,
        timer: Option<Pin<Box<Sleep>>>,
        times: Times,
    }
}

/// The time limit for a piece, and the counter of answers that exceeded it.
#[derive(Clone, Debug)]
pub struct Times {
    /// How long a piece may wait to be taken.
    pub write_time: Duration,
    /// The number of answers cut off.
    pub cut: Counter,
}

impl Times {
    /// Adds the time limits to a task.
    pub fn watch<F: Future<Output = ()>>(&self, task: F) -> Watched<F> {
        Watched { task: Some(task), sending: Sending::default(), timer: None, times: self.clone() }
    }
}

impl Sending {
    /// Returns the moment at which the answer is cut off if the client takes nothing more before
    /// it.
    fn until(&self, write_time: Duration) -> Option<Instant> {
        match (self.handed, self.end) {
            (None, end) => end,
            (Some(handed), None) => Some(handed + write_time),
            (Some(handed), Some(end)) => Some(end.min(handed + write_time)),
        }
    }
}

/// Whether the moment `until` has come. If not, a timer wakes the task then.
fn is_over(until: Instant, timer: &mut Option<Pin<Box<Sleep>>>, context: &mut Context<'_>) -> bool {
    if Instant::now() >= until {
        return true;
    }
    let until = until.into();
    let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
    // Most pieces are taken at once, so the timer is not reset for each of them, but only when it
    // fires too early.
    if timer.deadline() > until || timer.as_mut().poll(context).is_ready() {
        timer.as_mut().reset(until);
        return timer.as_mut().poll(context).is_ready();
    }
    false
}

impl<F: Future<Output = ()>> Future for Watched<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(task) = this.task.as_mut().as_pin_mut() else { return Poll::Ready(()) };
        let outer = SENDING.replace(*this.sending);
        let polled = task.poll(context);
        *this.sending = SENDING.replace(outer);
        if polled.is_ready() {
            return Poll::Ready(());
        }
        let until = this.sending.until(this.times.write_time);
        if until.is_some_and(|until| is_over(until, this.timer, context)) {
            this.times.cut.inc();
            this.task.set(None);
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

/// Runs each HTTP/2 stream as a task of its own, with the time limits.
#[derive(Clone, Debug)]
pub struct Streams(pub Times);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        tokio::spawn(self.0.watch(stream));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt;

    use super::*;

    const VERSIONS: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

    fn body(whole: bool, bytes: Vec<u8>) -> Body {
        match whole {
            true => Body::from(bytes),
            false => Body::from_stream(stream::iter(
                bytes.chunks(CHUNK).map(|piece| std::io::Result::Ok(piece.to_vec())).collect::<Vec<_>>(),
            )),
        }
    }

    /// Polls the body only when it is told to.
    async fn send(mut body: Body, wait: Duration, times: &Times) -> bool {
        let (said, heard) = tokio::sync::oneshot::channel();
        let task = times.watch(async move {
            while let Some(frame) = body.frame().await {
                frame.unwrap();
                tokio::time::sleep(wait).await;
            }
            said.send(()).unwrap();
        });
        tokio::spawn(task);
        heard.await.is_ok()
    }

    #[tokio::test]
    async fn a_body_keeps_its_bytes_and_its_length() {
        for version in VERSIONS {
            for (whole, length) in [true, false].into_iter().flat_map(|whole| {
                [0, 1, SMALL - 1, SMALL, CHUNK, CHUNK + 1, 3 * CHUNK + 7].map(|length| (whole, length))
            }) {
                let bytes: Vec<u8> = (0..length).map(|number| (number % 251) as u8).collect();
                let answer = timed(Response::new(body(whole, bytes.clone())), version, None).into_body();
                let exact = answer.size_hint().exact();
                assert_eq!(exact, whole.then_some(length as u64), "{version:?} {length}");
                assert!(answer.collect().await.unwrap().to_bytes() == bytes, "{version:?} {length}");
            }
        }
    }

    #[tokio::test]
    async fn a_piece_that_is_not_taken_in_time_ends_the_task() {
        let times = Times { write_time: Duration::from_millis(400), cut: Counter::default() };
        for (version, whole) in VERSIONS.into_iter().flat_map(|it| [true, false].map(|whole| (it, whole))) {
            let answer =
                |life| timed(Response::new(body(whole, vec![7; 5 * CHUNK])), version, life).into_body();
            let before = times.cut.get();
            assert!(send(answer(None), Duration::from_millis(50), &times).await, "slow, and not too slow");
            assert_eq!(times.cut.get(), before);
            assert!(!send(answer(None), Duration::from_secs(60), &times).await, "it takes nothing");
            let life = Some(Duration::from_millis(100));
            assert!(!send(answer(life), Duration::from_millis(50), &times).await, "it takes too long");
            assert_eq!(times.cut.get(), before + 2);
        }
    }

    #[tokio::test]
    async fn a_body_whose_next_piece_is_not_made_yet_waits_for_nobody() {
        let times = Times { write_time: Duration::from_millis(50), cut: Counter::default() };
        let pieces = stream::unfold(0, |number| async move {
            tokio::time::sleep(Duration::from_millis(150)).await;
            (number < 2).then(|| (std::io::Result::Ok("piece"), number + 1))
        });
        let answer = timed(Response::new(Body::from_stream(pieces)), Version::HTTP_2, None).into_body();
        assert!(send(answer, Duration::ZERO, &times).await);
        assert_eq!(times.cut.get(), 0);
    }
}
