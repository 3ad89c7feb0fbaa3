//! Which processes a capture is limited to: the user's words, resolved to what the programs compare.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Inode of the first pid namespace (include/linux/proc_ns.h: PROC_PID_INIT_INO).
const FIRST_PID_NAMESPACE: u64 = 0xEFFF_FFFC;
/// Folders looked at when a container's cgroup is searched.
const SEARCH_LIMIT: usize = 50_000;
const SEARCH_DEPTH: usize = 12;

/// What a capture is limited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Host,
    /// A process and what descends from it.
    Pid(i64),
    /// A cgroup folder, absolute or relative to a cgroup mount.
    Cgroup(PathBuf),
    /// A container, by its id or at least twelve characters of it.
    Container(String),
}

/// A cgroup as the programs know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cgroup {
    pub folder: PathBuf,
    /// kernfs id; the inode number of the folder.
    pub id: u64,
    /// 0 for cgroup v2.
    pub hierarchy: i32,
}

struct Mount {
    point: PathBuf,
    hierarchy: i32,
}

/// Whether process ids that we see are those of the first pid namespace, which the programs compare.
pub fn in_first_pid_namespace() -> bool {
    fs::metadata("/proc/self/ns/pid").is_ok_and(|m| m.ino() == FIRST_PID_NAMESPACE)
}

/// Find the cgroup that a scope names. Errors name the folder or id that was not found.
pub fn resolve_cgroup(scope: &Scope) -> Result<Option<Cgroup>> {
    match scope {
        Scope::Host | Scope::Pid(_) => Ok(None),
        Scope::Cgroup(path) => {
            let mounts = cgroup_mounts();
            let candidates = std::iter::once(path.clone())
                .chain(mounts.iter().map(|m| m.point.join(path.strip_prefix("/").unwrap_or(path))));
            for folder in candidates {
                if let Some(cgroup) = describe(&folder, &mounts) {
                    return Ok(Some(cgroup));
                }
            }
            Err(Error::Capture(format!(
                "no cgroup folder {} was found, neither as it stands nor below a cgroup mount; give a path such as \
                 /sys/fs/cgroup/system.slice/NAME.service",
                path.display()
            )))
        }
        Scope::Container(id) => {
            if id.len() < 12 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                return Err(Error::Capture(format!(
                    "'{id}' is no container id; give at least twelve characters of it, as `docker ps` prints them"
                )));
            }
            let mounts = cgroup_mounts();
            for mount in &mounts {
                let mut budget = SEARCH_LIMIT;
                if let Some(folder) = search(&mount.point, id, SEARCH_DEPTH, &mut budget) {
                    if let Some(cgroup) = describe(&folder, &mounts) {
                        return Ok(Some(cgroup));
                    }
                }
            }
            Err(Error::Capture(format!(
                "no cgroup of a running container with id {id} was found; is it running, and does this process see \
                 the host's cgroups?"
            )))
        }
    }
}

fn describe(folder: &Path, mounts: &[Mount]) -> Option<Cgroup> {
    let meta = fs::metadata(folder).ok().filter(|m| m.is_dir())?;
    let folder = folder.canonicalize().ok()?;
    let mount = mounts.iter().filter(|m| folder.starts_with(&m.point)).max_by_key(|m| m.point.as_os_str().len())?;
    Some(Cgroup { id: meta.ino(), hierarchy: mount.hierarchy, folder })
}

fn search(folder: &Path, id: &str, depth: usize, budget: &mut usize) -> Option<PathBuf> {
    if depth == 0 {
        return None;
    }
    for entry in fs::read_dir(folder).ok()?.flatten() {
        if !entry.file_type().is_ok_and(|t| t.is_dir()) {
            continue;
        }
        *budget = budget.checked_sub(1)?;
        if entry.file_name().to_string_lossy().contains(id) {
            return Some(entry.path());
        }
        if let Some(found) = search(&entry.path(), id, depth - 1, budget) {
            return Some(found);
        }
    }
    None
}

/// Mounted hierarchies, version 2 first.
fn cgroup_mounts() -> Vec<Mount> {
    let hierarchies: HashMap<String, i32> = fs::read_to_string("/proc/self/cgroup")
        .unwrap_or_default()
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ':');
            let id = parts.next()?.parse().ok()?;
            Some((parts.next()?.to_string(), id))
        })
        .collect();
    let mut mounts: Vec<Mount> = fs::read_to_string("/proc/self/mountinfo")
        .unwrap_or_default()
        .lines()
        .filter_map(|line| {
            let (left, right) = line.split_once(" - ")?;
            let point = PathBuf::from(left.split(' ').nth(4)?.replace("\\040", " "));
            let mut right = right.split(' ');
            let fstype = right.next()?;
            if fstype == "cgroup2" {
                return Some(Mount { point, hierarchy: 0 });
            }
            if fstype != "cgroup" {
                return None;
            }
            let options: HashSet<&str> = right.nth(1)?.split(',').collect();
            let hierarchy = hierarchies
                .iter()
                .find(|(names, _)| !names.is_empty() && names.split(',').all(|name| options.contains(name)))?;
            Some(Mount { point, hierarchy: *hierarchy.1 })
        })
        .collect();
    mounts.sort_by_key(|m| m.hierarchy);
    mounts
}

/// A living process: tgid, parent, start time in clock ticks, as `/proc/PID/stat` gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    pub pid: u32,
    pub parent: u32,
    pub start: u64,
}

/// Parse `/proc/PID/stat`; the name in it may hold blanks and brackets.
pub fn parse_stat(text: &str) -> Option<Process> {
    let pid = text.split(' ').next()?.parse().ok()?;
    let rest: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    Some(Process { pid, parent: rest.get(1)?.parse().ok()?, start: rest.get(19)?.parse().ok()? })
}

fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter(|e| e.file_name().to_string_lossy().bytes().all(|b| b.is_ascii_digit()))
        .filter_map(|e| fs::read(e.path().join("stat")).ok())
        .filter_map(|bytes| parse_stat(&String::from_utf8_lossy(&bytes)))
        .collect()
}

/// The process `root` and everything that descends from it at this moment.
pub fn process_tree(root: u32) -> Vec<Process> {
    let all = processes();
    let mut found: HashSet<u32> = HashSet::from([root]);
    loop {
        let before = found.len();
        for process in &all {
            if found.contains(&process.parent) {
                found.insert(process.pid);
            }
        }
        if found.len() == before {
            break;
        }
    }
    all.into_iter().filter(|p| found.contains(&p.pid)).collect()
}

/// The processes of a cgroup and of those below it, at this moment.
pub fn cgroup_members(folder: &Path) -> Vec<Process> {
    let mut members = Vec::new();
    collect_members(folder, SEARCH_DEPTH, &mut members);
    members
}

fn collect_members(folder: &Path, depth: usize, members: &mut Vec<Process>) {
    let procs = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    for pid in procs.lines() {
        if let Ok(stat) = fs::read(format!("/proc/{pid}/stat")) {
            members.extend(parse_stat(&String::from_utf8_lossy(&stat)));
        }
    }
    if depth == 0 {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            collect_members(&entry.path(), depth - 1, members);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_confuse_stat() {
        let text = "42 (a) b (c) S 7 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 123456 1000 10";
        assert_eq!(parse_stat(text), Some(Process { pid: 42, parent: 7, start: 123456 }));
    }

    #[test]
    fn broken_stat_is_none() {
        for text in ["", "x", "1 (", "1 (a) S", "1 (a) S x"] {
            assert_eq!(parse_stat(text), None, "{text}");
        }
    }

    #[test]
    fn own_tree_holds_ourselves() {
        let me = std::process::id();
        assert!(process_tree(me).iter().any(|p| p.pid == me));
    }

    #[test]
    fn unknown_cgroup_names_the_folder() {
        let error = resolve_cgroup(&Scope::Cgroup("/no/such/cgroup".into())).unwrap_err().to_string();
        assert!(error.contains("/no/such/cgroup"), "{error}");
    }

    #[test]
    fn short_container_id_is_refused() {
        assert!(resolve_cgroup(&Scope::Container("abc".into())).is_err());
    }
}
