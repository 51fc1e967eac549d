//! Shows the progress of loading: as bars on a terminal, as lines in a log.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::layer::Layer;

/// Shows the progress of loading.
#[derive(Debug)]
pub struct Progress {
    bars: Option<MultiProgress>,
}

/// The progress of one collection.
#[derive(Debug)]
pub struct Loading {
    id: String,
    began: Instant,
    rows: u64,
    bar: Option<ProgressBar>,
    said: Mutex<Instant>,
}

/// The time between two lines in a log.
const LINE_EVERY: Duration = Duration::from_secs(5);

impl Progress {
    /// Shows bars if standard error is a terminal, else lines.
    pub fn new() -> Progress {
        Progress { bars: std::io::stderr().is_terminal().then(MultiProgress::new) }
    }

    /// Begins with a collection of about `rows` rows.
    pub fn begin(&self, id: &str, rows: u64) -> Loading {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new(rows));
            let style = ProgressStyle::with_template("{prefix:24!} {bar:30} {human_pos}/{human_len}");
            bar.set_style(style.unwrap_or(ProgressStyle::default_bar()));
            bar.set_prefix(id.to_owned());
            bar
        });
        Loading { id: id.into(), began: Instant::now(), rows, bar, said: Mutex::new(Instant::now()) }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Progress::new()
    }
}

impl Loading {
    /// Notes that `rows` rows have been read so far.
    pub fn rows(&self, rows: u64) {
        if let Some(bar) = &self.bar {
            return bar.set_position(rows);
        }
        if let Ok(mut said) = self.said.lock()
            && said.elapsed() >= LINE_EVERY
        {
            *said = Instant::now();
            tracing::info!("{}: {rows} of about {} rows", self.id, self.rows);
        }
    }

    /// Reports the finished layer: features, memory, time, and what is unusual.
    pub fn done(&self, layer: &Layer) {
        self.clear();
        let bytes = layer.memory();
        let each = if layer.is_empty() { 0 } else { bytes / layer.len() };
        tracing::info!(
            "{}: {} features, {:.1} MiB ({each} bytes each), {:.2} s",
            self.id,
            layer.len(),
            bytes as f64 / f64::from(1 << 20),
            self.began.elapsed().as_secs_f64(),
        );
        let report = layer.report().to_string();
        if !report.is_empty() {
            tracing::warn!("{}: {report}", self.id);
        }
    }

    /// Ends the bar of a load that failed. The caller reports the reason.
    pub fn failed(&self) {
        self.clear();
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
