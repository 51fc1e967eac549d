//! Tiles beside Martin's: the same database, the same tiles, the same run, taking turns.
//!
//! `cargo bench --profile dist --bench beside_martin` makes a PostgreSQL of its own with the city
//! of [`city`] in it, starts Martin and veedel on it, both without a cache, and writes what it
//! measured to `benches/results/`. [`setup`] lists the environment variables that take another
//! database or another list of tiles.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::indexing_slicing, clippy::string_slice)] // a tool for ourselves

#[path = "../city/mod.rs"]
mod city;
mod http;
mod machine;
mod measure;
#[path = "../../tests/common/postgres.rs"]
mod postgres;
mod process;
#[path = "../../fixtures/generate/random.rs"]
#[allow(dead_code)]
mod random;
mod report;
mod server;
mod setup;
mod start;
#[path = "../../fixtures/generate/table.rs"]
#[allow(dead_code)]
mod table;
#[path = "../../fixtures/generate/write_folder.rs"]
mod write_folder;
#[path = "../../fixtures/generate/write_sql.rs"]
#[allow(dead_code)]
mod write_sql;

use server::Server;
use setup::Setup;

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by cargo bench only");
        return;
    }
    let setup = Setup::new();
    let before = machine::Load::now();
    let starts = start::all(&setup);
    let ours = Server::veedel(&setup, setup.database());
    ours.wait_for("/ready");
    let martin = setup.martin.as_ref().map(|program| Server::martin(&setup, program));
    let loaded = process::peak(ours.pid());
    let zooms = measure::zooms(&setup, &ours, martin.as_ref());
    let report = report::Report {
        setup: &setup,
        starts,
        memory: report::Memory::of(&ours, loaded, martin.as_ref()),
        sameness: setup.folder.as_ref().map(|folder| measure::sameness(&setup, &ours, folder)),
        zooms,
        load: [before, machine::Load::now()],
    };
    let text = report.to_string();
    let path = setup.results_file();
    std::fs::write(&path, &text).expect("the results can be written");
    println!("{text}\n{}", path.display());
}
