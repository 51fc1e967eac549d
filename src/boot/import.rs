//! `veedel import`: imports files and prints the progress, layer by layer.

use crate::config::Source;
use crate::config::command_line;
use crate::error::{Error, Result};

/// Imports the files of the command line. Returns the number of layers that were not imported.
///
/// # Errors
///
/// Fails if the destination cannot be used or the report cannot be written.
#[cfg(feature = "gdal")]
pub fn import(arguments: &command_line::Import, destination: &Source) -> Result<usize> {
    use crate::import::{self, Destination, How, Import};

    /// The name of the report if none is given.
    const REPORT: &str = "import-report.json";

    let (destination, place) = match destination {
        Source::Folder(path) => (Destination::Folder(path.clone()), path.as_path()),
        Source::Postgis(url) => {
            // A wrong URL is reported in our words, before GDAL reports it in its own.
            super::database::named(url.expose())?;
            (Destination::Postgis(url.expose().to_owned()), std::path::Path::new(""))
        }
        Source::Embedded => return Err(Error::invalid("--into", "the embedded city cannot be written to")),
    };
    if !arguments.dry_run && !place.as_os_str().is_empty() {
        std::fs::create_dir_all(place)
            .map_err(|why| Error::invalid("--into", format!("the folder cannot be made: {why}")))?;
    }
    let report = arguments.report.clone().or((!arguments.dry_run).then(|| place.join(REPORT)));
    let import = Import {
        files: arguments.files.clone(),
        destination,
        srs: arguments.srs,
        source_srs: arguments.source_srs,
        name: arguments.name.clone(),
        key: arguments.key.clone(),
        header: arguments.header,
        layer: arguments.layer.clone(),
        condition: arguments.condition.clone(),
        how: How { replaces: arguments.replace, is_dry: arguments.dry_run },
        report,
    };
    let bar = bar();
    let failed = import::run(
        &import,
        &|entry| bar.suspend(|| entry.summary().iter().for_each(|line| super::print::say(line))),
        &|name, rows, total| {
            bar.set_message(name.to_owned());
            bar.set_length(total.unwrap_or(rows));
            bar.set_position(rows);
        },
    );
    bar.finish_and_clear();
    if let Some(report) = &import.report {
        super::print::say(&format!("The report is {}.", report.display()));
    }
    failed
}

/// Reports that nothing can be imported without GDAL.
///
/// # Errors
///
/// Always fails.
#[cfg(not(feature = "gdal"))]
pub fn import(_: &command_line::Import, _: &Source) -> Result<usize> {
    Err(Error::invalid("import", "this build is without GDAL, and cannot import")
        .hint("build with the cargo feature gdal"))
}

/// Returns a progress bar if standard error is a terminal; else none, as each layer is reported at
/// its end.
#[cfg(feature = "gdal")]
fn bar() -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(0);
    let style = indicatif::ProgressStyle::with_template("{msg:32!} {bar:30} {human_pos}/{human_len}");
    bar.set_style(style.unwrap_or(indicatif::ProgressStyle::default_bar()));
    bar
}
