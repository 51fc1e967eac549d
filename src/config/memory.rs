//! How much memory there is: the machine's, or what the control group (a container, a systemd unit)
//! allows.

use std::fs;
use std::path::{Component, Path};

/// What is assumed where the system does not say.
const UNKNOWN: u64 = 2 << 30;

/// The memory this process may use at most, in bytes: the machine's or the control group's,
/// whichever is less.
pub fn available() -> u64 {
    let physical = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let allowed = allowed(Path::new("/sys/fs/cgroup"), &groups);
    [physical, allowed].into_iter().flatten().min().unwrap_or(UNKNOWN)
}

/// The `MemTotal` of `/proc/meminfo` in bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The least limit of the control groups that `groups` (`/proc/self/cgroup`) names, under the mount
/// `root`.
///
/// Version 2 has one hierarchy (`0::/path`, file `memory.max`), version 1 one for memory
/// (`4:memory:/path`, file `memory.limit_in_bytes`, a huge number without a limit); both may be
/// there.
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

/// The least number in `file` of the group at `path` and all above it: every ancestor's limit
/// binds.
///
/// Within a container the path may be the host's and not exist here; the mount itself is then the
/// group.
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
