//! When the pid namespaces of the traced processes began: the start of the first process of each.

use libc::pid_t;
use rustc_hash::FxHashMap;

use super::facts::read_stat;
use crate::state::procfs::{Dir, Status, STATUS_LIMIT};

/// The kernel's USER_HZ is 100 everywhere.
const NS_PER_TICK: u64 = 10_000_000;
/// Forefathers that are looked at.
const DEPTH: usize = 64;
const PROCESSES: usize = 1 << 16;
/// Of so many namespaces none is remembered any more.
const MANY: usize = 4096;

pub struct Namespaces {
    /// That which /proc is of.
    first: u64,
    known: FxHashMap<Vec<u8>, u64>,
}

impl Namespaces {
    pub fn new() -> Namespaces {
        Namespaces { first: start_of(1).unwrap_or(0), known: FxHashMap::default() }
    }

    /// Nanoseconds since boot, in hundredths of a second, for the namespace of a thread, which is so many levels below that of /proc; 0 where
    /// that is not to be known.
    pub fn start(&mut self, tid: pid_t, level: u32) -> u64 {
        if level == 0 {
            return self.first;
        }
        let Some((dir, status)) = look(tid) else { return 0 };
        let Some(name) = dir.link(c"ns/pid") else { return 0 };
        // A namespace that begins may have the number of one that is gone.
        let begins = status.vpid == Some(1);
        if let Some(start) = self.known.get(&name).filter(|_| !begins) {
            return *start;
        }
        let start = forefather(tid, status.levels).or_else(|| search(&name)).and_then(start_of).unwrap_or(0);
        if self.known.len() >= MANY {
            self.known.clear();
        }
        self.known.insert(name, start);
        start
    }
}

fn look(pid: pid_t) -> Option<(Dir, Status)> {
    let dir = Dir::open(format!("/proc/{pid}").as_ref())?;
    let status = Status::parse(&dir.read(c"status", STATUS_LIMIT)?);
    Some((dir, status))
}

fn start_of(pid: pid_t) -> Option<u64> {
    read_stat(pid).map(|stat| stat.start_ticks.saturating_mul(NS_PER_TICK))
}

/// The process that a namespace began with is mostly a forefather of all in it.
fn forefather(tid: pid_t, levels: usize) -> Option<pid_t> {
    let mut pid = tid;
    for _ in 0..DEPTH {
        let (_, status) = look(pid)?;
        if status.levels != levels {
            return None;
        }
        if status.vpid == Some(1) {
            return status.tgid.and_then(|tgid| pid_t::try_from(tgid).ok());
        }
        pid = pid_t::try_from(read_stat(pid)?.ppid).ok()?;
    }
    None
}

/// Not where a process has entered the namespace from outside.
fn search(name: &[u8]) -> Option<pid_t> {
    let all = Dir::open("/proc".as_ref())?.numbers(PROCESSES);
    all.into_iter().filter_map(|pid| pid_t::try_from(pid).ok()).find(|pid| {
        look(*pid)
            .is_some_and(|(dir, status)| status.vpid == Some(1) && dir.link(c"ns/pid").is_some_and(|one| one == name))
    })
}
