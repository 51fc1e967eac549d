//! The unit of a limit, and what happens beyond the limit.

use std::fmt;

/// The unit of a limit's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Bytes.
    Bytes,
    /// Milliseconds.
    Milliseconds,
    /// A zoom level of the Web Mercator grid.
    Zoom,
    /// Percent.
    Percent,
    /// Metres.
    Metres,
}

/// What happens beyond a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// The server answers the request with this HTTP status.
    Status(u16),
    /// The server closes the connection without an answer.
    Close,
    /// The server lowers the value to the limit and adds a `next` link.
    Clamp,
    /// The tile omits its least features and reports that in the header `Veedel-Tile-Thinned`.
    Thin,
    /// The answer omits the part that would exceed the limit.
    Omit,
}

impl Unit {
    /// The short name, such as `ms`.
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
