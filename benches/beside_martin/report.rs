//! What was measured, as Markdown.

use std::fmt;
use std::path::Path;

use crate::machine::{self, Load};
use crate::measure::{Measured, Zoom, median};
use crate::process;
use crate::server::Server;
use crate::setup::{Setup, ask};
use crate::start::Start;

/// Everything that goes into the page.
pub struct Report<'a> {
    pub setup: &'a Setup,
    pub starts: Vec<Start>,
    pub zooms: Vec<Zoom>,
    /// How many tiles are the same from folder and PostGIS, of how many.
    pub sameness: Option<[usize; 2]>,
    pub memory: Memory,
    /// Before and after.
    pub load: [Load; 2],
}

/// What memory was used.
pub struct Memory {
    /// Peak of veedel when all was loaded, in bytes.
    loaded: u64,
    /// Peak of veedel after all tiles.
    served: u64,
    /// Peak of Martin after all tiles, without the database's.
    martin: Option<u64>,
    /// Each collection with its features and bytes.
    collections: Vec<(String, u64, u64)>,
}

impl Memory {
    /// Asks the running servers.
    pub fn of(ours: &Server, loaded: u64, martin: Option<&Server>) -> Memory {
        let mut body = vec![];
        ours.connect().get("/collections", &mut body).expect("an answer");
        let document: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let row = |collection: &serde_json::Value| {
            let number = |name: &str| collection[name].as_u64().unwrap_or(0);
            let id = collection["id"].as_str().unwrap_or("?").to_owned();
            (id, number("veedel:count"), number("veedel:memoryBytes"))
        };
        Memory {
            loaded,
            served: process::peak(ours.pid()),
            martin: martin.map(|server| process::peak(server.pid())),
            collections: document["collections"].as_array().into_iter().flatten().map(row).collect(),
        }
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.heading(f)?;
        self.tiles(f)?;
        self.start(f)?;
        self.memory(f)
    }
}

impl Report<'_> {
    fn heading(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let setup = self.setup;
        let martin = match &setup.martin {
            Some(program) => machine::version(program, "--version"),
            None => "Martin was not found: `cargo install martin --version 1.14.0 --locked --no-default-features --features postgres,mbtiles,pmtiles`".into(),
        };
        let versions = "SELECT 'PostgreSQL ' || current_setting('server_version') || ', PostGIS ' || \
                        postgis_lib_version() || ', shared_buffers ' || current_setting('shared_buffers')";
        let [before, after] = &self.load;
        writeln!(f, "# Tiles beside Martin's, {}\n", jiff::Zoned::now().strftime("%Y-%m-%d %H:%M %Z"))?;
        writeln!(f, "- Machine: {}", machine::describe())?;
        writeln!(f, "- Load average (1 / 5 min): {} before, {} after", before.0, after.0)?;
        let rustc = machine::version(Path::new("rustc"), "--version");
        writeln!(f, "- veedel {}, {rustc}; {martin}", env!("CARGO_PKG_VERSION"))?;
        writeln!(f, "- {}", ask(setup.database(), versions))?;
        writeln!(
            f,
            "- Caches: none (Martin `--cache-size 0`, its pool as it comes; veedel `--no-thinning --tile-cache '0 B'`)"
        )?;
        writeln!(f, "- Data: {}", setup.data)?;
        writeln!(f, "- One keep-alive connection, no compression, servers taking turns; medians\n")
    }

    fn tiles(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| zoom | tiles | features a tile: Martin | veedel | KB a tile: Martin | veedel \
             | wall ms a list: Martin | veedel | ratio | CPU ms a list: Martin + database | veedel | ratio | runs |"
        )?;
        writeln!(f, "| --- |{}", " ---: |".repeat(12))?;
        for zoom in &self.zooms {
            row(f, zoom)?;
        }
        let [ours, theirs] = self.sums();
        writeln!(
            f,
            "\nCPU of all lists together: Martin and database {:.0} ms, veedel {:.0} ms: {:.1} ×.",
            theirs * 1e3,
            ours * 1e3,
            theirs / ours
        )?;
        if let Some([same, all]) = self.sameness {
            writeln!(f, "Folder and PostGIS: {same} of {all} tiles of all collections are the same bytes.")?;
        }
        writeln!(f)
    }

    /// CPU seconds of all zooms that both gave.
    fn sums(&self) -> [f64; 2] {
        let both = self.zooms.iter().filter_map(|zoom| Some([&zoom.ours, zoom.martin.as_ref()?]));
        both.fold([0.0, 0.0], |[a, b], [ours, martin]| [a + median(&ours.cpu), b + median(&martin.cpu)])
    }

    fn start(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| start | median s | target s | all runs | CPU s of the server, median |")?;
        writeln!(f, "| --- | ---: | ---: | --- | ---: |")?;
        for start in &self.starts {
            let runs: Vec<String> = start.runs.iter().map(|run| format!("{:.2}", run.wall)).collect();
            let target = start.target.map_or("–".into(), |target| format!("≤ {target}"));
            let [wall, cpu] = start.medians();
            writeln!(f, "| {} | {wall:.2} | {target} | {} | {cpu:.2} |", start.what, runs.join(", "))?;
        }
        writeln!(f)
    }

    fn memory(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| collection | features | MiB | bytes a feature |\n| --- | ---: | ---: | ---: |")?;
        for (id, features, bytes) in &self.memory.collections {
            let each = *bytes as f64 / (*features).max(1) as f64;
            writeln!(f, "| {id} | {features} | {:.1} | {each:.0} |", mebibytes(*bytes))?;
        }
        let Memory { loaded, served, martin, .. } = &self.memory;
        write!(
            f,
            "\nPeak memory (VmHWM): veedel {:.0} MiB when loaded, {:.0} MiB after all tiles",
            mebibytes(*loaded),
            mebibytes(*served)
        )?;
        match martin {
            Some(bytes) => writeln!(f, "; Martin {:.0} MiB, without its database.", mebibytes(*bytes)),
            None => writeln!(f, "."),
        }
    }
}

fn row(f: &mut fmt::Formatter<'_>, zoom: &Zoom) -> fmt::Result {
    let tiles = zoom.tiles as f64;
    let ours = cells(&zoom.ours, tiles);
    let martin = zoom.martin.as_ref().map(|measured| cells(measured, tiles));
    let ratio = |of: fn(&Measured) -> &[f64]| match &zoom.martin {
        Some(martin) => format!("{:.1} ×", median(of(martin)) / median(of(&zoom.ours))),
        None => "–".into(),
    };
    let (wall, cpu) = (ratio(|it| &it.wall), ratio(|it| &it.cpu));
    let theirs = martin.unwrap_or_else(|| ["–"; 4].map(str::to_owned));
    let runs = zoom.ours.wall.len();
    writeln!(
        f,
        "| {} | {} | {} | {} | {} | {} | {} | {} | **{wall}** | {} | {} | **{cpu}** | {runs} |",
        zoom.z, zoom.tiles, theirs[0], ours[0], theirs[1], ours[1], theirs[2], ours[2], theirs[3], ours[3]
    )
}

/// Features and KB a tile, wall and CPU ms a list.
fn cells(measured: &Measured, tiles: f64) -> [String; 4] {
    [
        format!("{:.1}", measured.features as f64 / tiles),
        format!("{:.1}", measured.bytes as f64 / tiles / 1000.0),
        format!("{:.1}", median(&measured.wall) * 1e3),
        format!("{:.1}", median(&measured.cpu) * 1e3),
    ]
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
