//! What processes have used, by Linux's /proc.

use std::fs;
use std::time::Duration;

/// Ticks of the clock a second in /proc: 100 on every Linux that PostgreSQL's packages are made
/// for.
const TICKS: u64 = 100;

struct Stat {
    parent: u32,
    /// User and system time of the process itself.
    own: u64,
    /// The same of those of its children that have ended.
    ended: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in brackets and may hold anything.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    // proc(5) counts from 1 with pid and name before these: ppid 4, utime 14, stime 15, cutime 16,
    // cstime 17.
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        own: number(11)? + number(12)?,
        ended: number(13)? + number(14)?,
    })
}

/// The process that started this one.
pub fn parent(pid: u32) -> Option<u32> {
    Some(stat(pid)?.parent)
}

/// CPU time of a process alone.
pub fn cpu(pid: u32) -> Duration {
    ticks(stat(pid).map_or(0, |stat| stat.own))
}

/// CPU time of a process, of its children that run, and of those that ran: for a postmaster the
/// database's.
pub fn cpu_of_family(pid: u32) -> Duration {
    let own = stat(pid).map_or(0, |stat| stat.own + stat.ended);
    let children = all().filter_map(stat).filter(|stat| stat.parent == pid);
    ticks(own + children.map(|stat| stat.own + stat.ended).sum::<u64>())
}

/// The most memory a process has had at once, in bytes.
pub fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn all() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn ticks(count: u64) -> Duration {
    Duration::from_millis(count * 1000 / TICKS)
}
