//! On what it was measured, and how busy that was with other things.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The load averages of 1 and 5 minutes.
pub struct Load(pub String);

impl Load {
    /// Of now.
    pub fn now() -> Load {
        let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Load(text.split_whitespace().take(2).collect::<Vec<_>>().join(" / "))
    }
}

/// Cores, processor and kernel in a line.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kibibytes: u64 = memory.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    format!(
        "{cores} cores of {}, {} GiB, Linux {}",
        model.map_or("an unknown processor", |(_, name)| name),
        (kibibytes + (1 << 19)) >> 20,
        kernel.trim()
    )
}

/// The first line a program says about its version.
pub fn version(program: &Path, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}
