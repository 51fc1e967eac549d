//! A data set of a city's size, the same on each run: what the bench serves, as SQL and as a
//! folder.
//!
//! 300,000 buildings stand in 90 clusters around Cologne, thick in the middle of each and thin at
//! its rim; streets, addresses and facilities lie over the same clusters.

mod clusters;
mod copy;
mod streets;
mod tables;
mod tiles;

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

pub use tiles::Tile;

/// Writes `city.sql`, `tiles.txt` and the folder `city/` into `folder`, unless they are there
/// already.
pub fn write(folder: &Path) -> io::Result<()> {
    let complete = folder.join("complete");
    if fs::read_to_string(&complete).is_ok_and(|version| version == VERSION) {
        return Ok(());
    }
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder.join("city"))?;
    let tables = tables::all();
    let mut sql = BufWriter::new(File::create(folder.join("city.sql"))?);
    tables.iter().try_for_each(|table| copy::write(table, &mut sql))?;
    let files = |table| crate::write_folder::files(table, ATTRIBUTION);
    for (name, bytes) in tables.iter().flat_map(files) {
        fs::write(folder.join("city").join(name), bytes)?;
    }
    let buildings = tables.iter().find(|table| table.name == COLLECTION);
    let list = tiles::list(&buildings.map(tables::places).unwrap_or_default());
    let lines: Vec<String> = list.iter().map(|tile| format!("{tile}\n")).collect();
    fs::write(folder.join("tiles.txt"), lines.concat())?;
    fs::write(complete, VERSION)
}

/// Reads a list of tiles: `z x y` a line.
pub fn read_tiles(path: &Path) -> io::Result<Vec<Tile>> {
    let text = fs::read_to_string(path)?;
    Ok(text.lines().filter_map(Tile::parse).collect())
}

/// The collection whose tiles are measured.
pub const COLLECTION: &str = "gebaeude";
/// Whom the data are of.
const ATTRIBUTION: &str = "erfunden";
/// Changes whenever the content does, so that an older one is made anew.
const VERSION: &str = "1";
