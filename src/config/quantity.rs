//! Reads durations and sizes as people write them: `5m`, `1.5 GiB`, `60 %`.

use std::time::Duration;

use super::fault::{Wrong, shown};
use super::memory;

/// How much memory layers may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryBudget {
    /// A number of bytes.
    Bytes(u64),
    /// A percentage of the memory of the machine, or of its control group if that allows less.
    Percent(u8),
}

impl Default for MemoryBudget {
    /// Returns 60 %. The rest is for loading, requests, caches and the machine.
    fn default() -> MemoryBudget {
        MemoryBudget::Percent(60)
    }
}

impl MemoryBudget {
    /// Returns the budget in bytes on this machine at present.
    pub fn bytes(self) -> u64 {
        match self {
            MemoryBudget::Bytes(bytes) => bytes,
            MemoryBudget::Percent(percent) => memory::available() / 100 * u64::from(percent),
        }
    }
}

const DURATION_HINT: &str = "write a whole number and ms, s, m, h or d, such as \"30s\" or \"5m\"";
const SIZE_HINT: &str = "write a number and B, kB, MB, GB, KiB, MiB or GiB, such as \"512 MiB\"";
const BUDGET_HINT: &str =
    "write a size such as \"2 GiB\", or a part of the memory such as \"60 %\" (1 to 95)";

/// The least budget in bytes with which anything can be served.
const LEAST_BUDGET: u64 = 16 << 20;

/// Reads a duration: a whole number with `ms`, `s`, `m` (or `min`), `h` or `d`.
pub fn duration(text: &str) -> Result<Duration, Wrong> {
    let wrong = || Wrong::new(format!("{} is no duration", shown(text)), DURATION_HINT);
    let (number, unit) = number_and_unit(text);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(milliseconds).map(Duration::from_millis).ok_or_else(wrong)
}

/// Reads a size in bytes: a number with a unit, which is decimal (`kB`, `MB`, `GB`) or binary
/// (`KiB`, `MiB`, `GiB`).
pub fn size(text: &str) -> Result<u64, Wrong> {
    let wrong = || Wrong::new(format!("{} is no size", shown(text)), SIZE_HINT);
    let (number, unit) = number_and_unit(text);
    let factor: f64 = match unit.to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    let bytes = number.parse::<f64>().map_err(|_| wrong())? * factor;
    // Below 2^53 a float represents every whole number exactly.
    if bytes < 9e15 { Ok(bytes.round() as u64) } else { Err(wrong()) }
}

/// Reads a memory budget: a size, or a percentage such as `60 %`.
pub fn memory_budget(text: &str) -> Result<MemoryBudget, Wrong> {
    let wrong = || Wrong::new(format!("{} is no memory budget", shown(text)), BUDGET_HINT);
    let (number, unit) = number_and_unit(text);
    if unit == "%" {
        let percent: u8 = number.parse().map_err(|_| wrong())?;
        return if (1..=95).contains(&percent) { Ok(MemoryBudget::Percent(percent)) } else { Err(wrong()) };
    }
    match size(text).map_err(|_| wrong())? {
        bytes if bytes < LEAST_BUDGET => {
            Err(Wrong::new(format!("{} is too little memory to serve anything", shown(text)), BUDGET_HINT))
        }
        bytes => Ok(MemoryBudget::Bytes(bytes)),
    }
}

/// Splits `1.5 GiB` into `1.5` and `GiB`.
fn number_and_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim_start())
}

/// Returns a number of milliseconds as it would be written in a configuration.
pub fn spoken_duration(milliseconds: u64) -> String {
    match milliseconds {
        whole if whole % 60_000 == 0 && whole > 0 => format!("{}m", whole / 60_000),
        whole if whole % 1_000 == 0 => format!("{}s", whole / 1_000),
        rest => format!("{rest}ms"),
    }
}

/// Returns a number of bytes as it would be written in a configuration.
pub fn spoken_size(bytes: u64) -> String {
    match bytes {
        whole if whole % (1 << 30) == 0 && whole > 0 => format!("{} GiB", whole >> 30),
        whole if whole % (1 << 20) == 0 && whole > 0 => format!("{} MiB", whole >> 20),
        whole if whole % (1 << 10) == 0 && whole > 0 => format!("{} KiB", whole >> 10),
        rest => format!("{rest} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read() {
        for (text, milliseconds) in [
            ("1ms", 1),
            ("30s", 30_000),
            ("5m", 300_000),
            (" 5 min ", 300_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["", "5", "s", "-5s", "1.5s", "5 fortnights", "5M", "99999999999999999999s", "9999999999999999d"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("1B", 1),
            ("2 GiB", 2 << 30),
            ("2gib", 2 << 30),
            ("1.5 KiB", 1536),
            ("1 MB", 1_000_000),
            ("0.5kB", 500),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in
            ["", "5", "GiB", "-1 GiB", "1.2.3 GiB", ". GiB", "1e9 B", "2 G", "NaN B", "9999999999 GiB"]
        {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn budgets_are_sizes_or_parts() {
        assert_eq!(memory_budget("60 %"), Ok(MemoryBudget::Percent(60)));
        assert_eq!(memory_budget("60%"), Ok(MemoryBudget::Percent(60)));
        assert_eq!(memory_budget("2 GiB"), Ok(MemoryBudget::Bytes(2 << 30)));
        for text in ["", "0 %", "96 %", "300 %", "5.5 %", "1 MiB", "2", "half"] {
            assert!(memory_budget(text).is_err(), "{text}");
        }
        assert_eq!(MemoryBudget::Bytes(7).bytes(), 7);
        assert!(MemoryBudget::Percent(10).bytes() * 9 < memory::available());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_readers(text: String, number in "[0-9.]{0,40}", unit in "[a-zA-Z% ]{0,5}") {
            for text in [text, format!("{number}{unit}")] {
                let _ = (duration(&text), size(&text), memory_budget(&text));
            }
        }

        #[test]
        fn what_is_spoken_is_read_back(number in 0_u64..10_000_000_000) {
            prop_assert_eq!(duration(&spoken_duration(number)), Ok(Duration::from_millis(number)));
            prop_assert_eq!(size(&spoken_size(number)), Ok(number));
        }
    }
}
