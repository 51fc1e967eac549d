//! Finds the available memory: that of the machine, or what its control group (a container, a
//! systemd unit) may use.

use std::fs;
use std::path::{Component, Path};

/// The memory in bytes that is assumed if the system does not say.
const UNKNOWN: u64 = 2 << 30;

/// Returns the memory in bytes that this process may use: the lesser of the machine's memory and
/// the limit of the control group.
pub fn available() -> u64 {
    let physical = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let allowed = allowed(Path::new("/sys/fs/cgroup"), &groups);
    [physical, allowed].into_iter().flatten().min().unwrap_or(UNKNOWN)
}

/// Returns `MemTotal` of `/proc/meminfo` in bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Returns the least limit in bytes of the control groups in `groups` (`/proc/self/cgroup`), below
/// the mount point `root`.
///
/// Version 2 has one hierarchy (`0::/path`, file `memory.max`). Version 1 has one for memory
/// (`4:memory:/path`, file `memory.limit_in_bytes`, which contains a huge number if there is no
/// limit). Both may exist.
fn allowed(root: &Path, groups: &str) -> Option<u64> {
    groups
        .lines()
        .filter_map(|line| {
            let mut fields = line.splitn(3, ':');
            let (_, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
            if controllers.is_empty() {
                let mount = if root.join("unified").is_dir() { root.join("unified") } else { root.into() };
                least(&mount, path, "memory.max")
            } else if controllers.split(',').any(|controller| controller == "memory") {
                least(&root.join("memory"), path, "memory.limit_in_bytes")
            } else {
                None
            }
        })
        .min()
}

/// Returns the least number in `file` of the group at `path` and of all groups above it, since the
/// limit of every ancestor applies.
///
/// Within a container the path may be that of the host, and not exist here; then the mount point
/// itself is the group.
fn least(mount: &Path, path: &str, file: &str) -> Option<u64> {
    let path = Path::new(path.trim_start_matches('/'));
    let is_within = path.components().all(|part| matches!(part, Component::Normal(_)));
    let path = if is_within { path } else { Path::new("") };
    let groups = path.ancestors().map(|group| mount.join(group).join(file));
    groups.filter_map(|file| fs::read_to_string(file).ok()?.trim().parse().ok()).min()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let file = root.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    #[test]
    fn the_total_is_read() {
        assert_eq!(total("MemTotal:        2048 kB\nMemFree: 1 kB\n"), Some(2 << 20));
        for text in ["", "MemFree: 1 kB", "MemTotal: x kB", "MemTotal: 18446744073709551615 kB"] {
            assert_eq!(total(text), None, "{text}");
        }
        assert!(available() > 0);
    }

    #[test]
    fn version_two_binds_by_every_ancestor() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "a/memory.max", "1000\n");
        write(root.path(), "a/b/memory.max", "max\n");
        write(root.path(), "a/b/c/memory.max", "2000\n");
        assert_eq!(allowed(root.path(), "0::/a/b/c\n"), Some(1000));
        assert_eq!(allowed(root.path(), "0::/elsewhere\n"), None);
    }

    #[test]
    fn version_one_and_a_container_without_the_hosts_path() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "memory/memory.limit_in_bytes", "9223372036854771712\n");
        write(root.path(), "memory/a/memory.limit_in_bytes", "3000\n");
        let groups = "5:cpu,cpuacct:/a\n4:memory:/a\n0::/\n";
        assert_eq!(allowed(root.path(), groups), Some(3000));
        assert_eq!(allowed(root.path(), "4:memory:/docker/x\n"), Some(9_223_372_036_854_771_712));
        assert_eq!(allowed(root.path(), "4:memory:/../../a\n"), Some(9_223_372_036_854_771_712));
    }

    #[test]
    fn the_unified_mount_of_a_hybrid_is_looked_at() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "unified/a/memory.max", "700");
        assert_eq!(allowed(root.path(), "0::/a"), Some(700));
    }

    #[test]
    fn nonsense_is_no_limit() {
        let root = tempfile::tempdir().unwrap();
        for groups in ["", ":", "::", "x", "0:", "4:memory", "\0::\0"] {
            assert_eq!(allowed(root.path(), groups), None, "{groups:?}");
        }
    }
}
