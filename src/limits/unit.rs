//! What a limit counts, and what happens beyond it.

use std::fmt;

/// What a limit's number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Milliseconds.
    Milliseconds,
    /// A zoom of the Web Mercator grid.
    Zoom,
    /// Hundredths.
    Percent,
    /// Metres.
    Metres,
}

/// What happens beyond a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// The request is answered with this HTTP status.
    Status(u16),
    /// The connection is closed without an answer.
    Close,
    /// The value is lowered to the limit; the answer has a `next` link.
    Clamp,
    /// The tile leaves out its least features and says so in the header `Veedel-Tile-Thinned`.
    Thin,
    /// The answer comes without it.
    Omit,
}

impl Unit {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Count => "count",
            Unit::Bytes => "bytes",
            Unit::Milliseconds => "ms",
            Unit::Zoom => "zoom",
            Unit::Percent => "%",
            Unit::Metres => "m",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Beyond::Status(status) => write!(f, "{status}"),
            Beyond::Close => f.write_str("closed"),
            Beyond::Clamp => f.write_str("lowered"),
            Beyond::Thin => f.write_str("thinned"),
            Beyond::Omit => f.write_str("left out"),
        }
    }
}
