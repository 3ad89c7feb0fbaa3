//! Processes as /proc shows them.
//!
//! Everything may be gone at any moment, and every size is bounded: an absent fact is left out, never an error.

mod descriptors;
mod dir;
mod process;
mod sockets;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustc_hash::FxHashMap;

use super::thread::Bytes;
use super::{Fd, Thread};

use dir::NumberName;

pub use dir::Dir;
pub use process::{fdlimit, Stat, Status};
pub use sockets::{find_inet, find_unix, SocketTables};

/// How much of a process is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    Full,
    /// Ids, names and the program: no arguments, no environment, no directories, no descriptors, no other threads.
    Names,
}

/// Ends the link of a file that has no name any more (d_path of fs/d_path.c).
pub const DELETED: &[u8] = b" (deleted)";
/// Bytes of /proc/PID/status: a process may have 65,536 groups, and what stands behind them is wanted.
pub const STATUS_LIMIT: usize = 1 << 20;

/// pid_max cannot be larger (include/linux/threads.h).
const MAX_PIDS: usize = 4 << 20;

/// Reads one /proc.
pub struct ProcReader {
    proc: PathBuf,
    boot_time: u64,
    ticks_per_second: u64,
    /// Start of pid namespaces by their inode number.
    pid_namespaces: RefCell<FxHashMap<Vec<u8>, u64>>,
}

impl ProcReader {
    pub fn new(host_root: &Path) -> ProcReader {
        // SAFETY: sysconf has no preconditions.
        let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
        ProcReader {
            proc: host_root.join("proc"),
            boot_time: boot_time(),
            ticks_per_second: u64::try_from(ticks).ok().filter(|ticks| *ticks > 0).unwrap_or(100),
            pid_namespaces: RefCell::default(),
        }
    }

    /// When the system booted, in ns since the epoch.
    pub fn boot_time(&self) -> u64 {
        self.boot_time
    }

    /// All processes.
    pub fn pids(&self) -> Vec<i64> {
        Dir::open(&self.proc).map_or(Vec::new(), |dir| dir.numbers(MAX_PIDS))
    }

    /// All threads of a process, its main one included.
    pub fn threads(&self, pid: i64) -> Vec<i64> {
        self.dir(pid).and_then(|dir| dir.sub(c"task")).map_or(Vec::new(), |dir| dir.numbers(MAX_PIDS))
    }

    /// Process ids of the ancestors of `pids`, without those in `pids` itself.
    pub fn ancestors(&self, pids: &[i64]) -> Vec<i64> {
        let mut found = Vec::new();
        for pid in pids {
            let mut parent = self.parent_of(*pid);
            while let Some(pid) = parent.filter(|pid| *pid > 0 && !found.contains(pid)) {
                if !pids.contains(&pid) {
                    found.push(pid);
                }
                parent = self.parent_of(pid).filter(|_| found.len() < 1024);
            }
        }
        found
    }

    fn parent_of(&self, pid: i64) -> Option<i64> {
        process::Stat::parse(&self.dir(pid)?.read(c"stat", 4096)?).map(|stat| stat.ppid)
    }

    /// The process that thread `tid` belongs to.
    pub fn tgid(&self, tid: i64) -> Option<i64> {
        process::Status::parse(&self.dir(tid)?.read(c"status", STATUS_LIMIT)?).tgid
    }

    pub fn cwd(&self, tid: i64) -> Option<Bytes> {
        Some(self.dir(tid)?.link(c"cwd")?.into())
    }

    /// The main thread of a process.
    pub fn process(&self, pid: i64, detail: Detail) -> Option<Thread> {
        process::read(self, &self.dir(pid)?, pid, detail)
    }

    /// Another thread of the process of `main`.
    pub fn thread(&self, main: &Thread, tid: i64) -> Option<Thread> {
        process::read_thread(&self.dir(main.pid)?.sub(c"task")?.sub(NumberName::new(tid).as_c())?, main, tid)
    }

    /// Descriptors of a process, at most `limit`.
    pub fn fds(&self, pid: i64, limit: usize, sockets: &mut SocketTables) -> Vec<(i64, Fd)> {
        self.dir(pid).map_or(Vec::new(), |dir| descriptors::read_all(&dir, limit, sockets))
    }

    /// One descriptor of a process.
    pub fn fd(&self, pid: i64, num: i64, sockets: &mut SocketTables) -> Option<Fd> {
        descriptors::read_one(&self.dir(pid)?, num, sockets)
    }

    fn dir(&self, pid: i64) -> Option<Dir> {
        if pid <= 0 {
            return None;
        }
        Dir::open(&self.proc.join(pid.to_string()))
    }
}

/// Difference of the two clocks; a step of the wall clock afterwards is not followed.
fn boot_time() -> u64 {
    let mut since_boot = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for the call.
    if unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &mut since_boot) } != 0 {
        return 0;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64);
    now.saturating_sub(since_boot.tv_sec as u64 * 1_000_000_000 + since_boot.tv_nsec as u64)
}
