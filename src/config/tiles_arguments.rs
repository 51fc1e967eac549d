//! The arguments of `veedel tiles`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What a running server is told of its tiles.
#[derive(Debug, Subcommand)]
pub enum Tiles {
    /// Read collections again, and make their tiles anew
    Purge {
        /// Where: west,south,east,north in degrees; without it everywhere
        #[arg(long, value_name = "W,S,E,N", allow_hyphen_values = true)]
        bbox: Option<String>,
        /// Of what
        #[command(flatten)]
        of: TilesOf,
    },
    /// Read collections again, and make the tiles of a list anew (z/x/y on each line, as osm2pgsql
    /// writes it)
    Expire {
        /// The list; `-` is the standard input
        #[arg(value_name = "FILE")]
        list: PathBuf,
        /// Of what
        #[command(flatten)]
        of: TilesOf,
    },
}

/// Which server, and which of its collections.
#[derive(Debug, Args)]
pub struct TilesOf {
    /// The socket that the server was started with (`--operator-socket`)
    #[arg(long, value_name = "PATH")]
    pub socket: PathBuf,
    /// A collection, by its id; without any, all
    #[arg(long = "collection", value_name = "ID")]
    pub collections: Vec<String>,
}
