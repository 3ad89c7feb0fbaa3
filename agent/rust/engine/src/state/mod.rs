//! The kernel's state as the events tell it: threads, file descriptors, users, containers.
//!
//! The engine calls [`State::apply`] for every event before the rules look at it, and [`State::settle`] after: what the
//! event removed (a closed descriptor, an exited thread) stays visible to the rules of that event.

pub mod address;
mod apply;
mod clone;
pub mod config;
pub mod container;
mod container_users;
mod cpu;
mod descriptors;
pub mod effects;
mod exec;
pub mod fd;
mod files;
mod identity;
mod limit;
mod lookup;
mod meta;
mod open;
pub mod own_container;
pub mod paths;
pub mod procfs;
mod query;
mod socket;
pub mod stats;
mod table;
pub mod thread;
mod traffic;
mod used_fd;
pub mod users;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

pub use config::{ProcScope, ScanReport, StateConfig};
pub use container::{Container, ContainerKind};
pub use cpu::CpuUse;
pub use effects::Effects;
pub use fd::{Fd, FdKind, Tuple};
pub use stats::StateStats;
pub use thread::{Bytes, Thread};
pub use used_fd::used_fd_param;
pub use users::User;

use container::ContainerCache;
use container_users::{Answer, ContainerUsers};
use cpu::CpuTimes;
use files::{FileTables, FilesId};
use limit::{EarlyExits, RateLimit};
use paths::NameCache;
use procfs::{ProcReader, SocketTables};
use table::{Entry, ThreadTable};
use users::Users;

/// Threads, descriptors, users and groups.
pub struct State {
    config: StateConfig,
    threads: ThreadTable,
    files: FileTables,
    /// Members of groups of threads that share working directory and root; groups of one are not listed.
    fs_groups: FxHashMap<u64, FxHashSet<i64>>,
    last_fs_group: u64,
    users: Users,
    containers: ContainerCache,
    /// `None`: files of containers are not read.
    container_users: Option<ContainerUsers>,
    cpu_times: CpuTimes,
    names: NameCache,
    /// Memory for building a name, kept between events.
    scratch: Vec<u8>,
    spare_fd: Option<Arc<Fd>>,
    early_exits: EarlyExits,
    lookups: RateLimit,
    resyncs: RateLimit,
    proc: ProcReader,
    sockets: SocketTables,
    sockets_read: u64,
    /// Time of the event being applied.
    now: u64,
    /// Number of gaps reported so far.
    gap: u32,
    last_tick: u64,
    last_sweep: u64,
    last_gap: u64,
    sweep_soon: bool,
    counters: StateStats,
}

impl State {
    pub fn new(config: StateConfig) -> State {
        let users = if config.host_users { Users::of_host(&config.host_root) } else { Users::default() };
        let container_users = config.proc_lookups.then(|| ContainerUsers::new(&config.host_root));
        State {
            threads: ThreadTable::default(),
            files: FileTables::default(),
            fs_groups: FxHashMap::default(),
            last_fs_group: 0,
            users,
            containers: ContainerCache::default(),
            container_users,
            cpu_times: CpuTimes::default(),
            names: NameCache::default(),
            scratch: Vec::with_capacity(256),
            spare_fd: None,
            early_exits: EarlyExits::default(),
            lookups: RateLimit::new(config.max_lookups_per_second),
            resyncs: RateLimit::new(config.max_resyncs_per_second),
            proc: ProcReader::new(&config.host_root),
            sockets: SocketTables::default(),
            sockets_read: 0,
            now: 0,
            gap: 0,
            last_tick: 0,
            last_sweep: 0,
            last_gap: 0,
            sweep_soon: false,
            counters: StateStats::default(),
            config,
        }
    }

    /// Put a thread into the table, as a capture file's process list does. A thread with the same id is replaced.
    pub fn insert_thread(&mut self, mut thread: Thread) {
        let tid = thread.tid;
        thread.container = self.containers.get(&thread.cgroups);
        let main = thread.pid;
        // A process list names threads in any order: a main thread may come after its other threads and its children.
        if self.threads.get(tid).is_some_and(|entry| entry.thread.pid == main) {
            if tid == main {
                self.threads.set_parent(tid, thread.ptid);
            }
            if let Some(entry) = self.threads.get_mut(tid) {
                entry.thread = thread;
            }
            return;
        }
        self.forget_thread(tid);
        if tid != main && self.threads.get(main).is_none() {
            let mut unknown = Thread::unknown(main);
            unknown.ptid = thread.ptid;
            self.insert_entry(unknown, None, None);
        }
        let files = (tid != main).then(|| self.shared_files(main)).flatten();
        self.insert_entry(thread, files, (tid != main).then_some(main));
    }

    /// Put a descriptor into the table of the thread's process, as a capture file's fd list does.
    pub fn insert_fd(&mut self, tid: i64, num: i64, fd: Fd) {
        self.put_fd(tid, num, Arc::new(fd));
    }

    /// When the system that the events are of was booted (ns since the epoch).
    pub fn set_boot_time(&mut self, ns: u64) {
        self.config.boot_time_ns = ns;
    }

    pub fn insert_user(&mut self, user: User) {
        self.users.insert_user(user);
    }

    pub fn insert_group(&mut self, gid: u32, name: &str) {
        self.users.insert_group(gid, name);
    }

    /// Events were lost: what is known of a thread is read again from /proc at its next event (rate-limited), and
    /// processes whose exit was lost are found and removed a moment later.
    pub fn mark_gap(&mut self) {
        self.gap = self.gap.wrapping_add(1);
        self.counters.gaps += 1;
        self.last_gap = self.now;
        if !self.sweep_soon {
            self.sweep_soon = true;
            self.last_sweep = self.now;
        }
    }

    /// One more user of the table that `tid` uses.
    fn shared_files(&mut self, tid: i64) -> Option<FilesId> {
        let id = self.threads.get(tid)?.files;
        Some(self.files.share(id))
    }

    /// Put a thread into the table unless that is full. `files` is a new table when `None`; its use is
    /// already counted. Working directory and root are shared with `fs_with`. The main thread of a non-main one must be
    /// in the table.
    fn insert_entry(&mut self, thread: Thread, files: Option<FilesId>, fs_with: Option<i64>) -> Option<&mut Entry> {
        let tid = thread.tid;
        if self.threads.len() >= self.config.max_threads || tid <= 0 {
            self.counters.threads_dropped += 1;
            if let Some(files) = files {
                self.files.release(files);
            }
            return None;
        }
        let files = files.unwrap_or_else(|| self.files.add());
        let group = self.join_fs_group(tid, fs_with);
        let mut entry = Entry::new(thread, files, group);
        entry.gap = self.gap;
        entry.last_seen = self.now;
        entry.awaits_parent = true;
        self.threads.insert(entry);
        self.threads.get_mut(tid)
    }

    /// The group of `with`, of which `tid` becomes a member, or a new one of its own.
    fn join_fs_group(&mut self, tid: i64, with: Option<i64>) -> u64 {
        let Some((with, group)) = with.and_then(|with| Some((with, self.threads.get(with)?.fs_group))) else {
            self.last_fs_group += 1;
            return self.last_fs_group;
        };
        self.fs_groups.entry(group).or_default().extend([with, tid]);
        group
    }

    fn leave_fs_group(&mut self, tid: i64, group: u64) {
        if let Some(members) = self.fs_groups.get_mut(&group) {
            members.remove(&tid);
            if members.len() < 2 {
                self.fs_groups.remove(&group);
            }
        }
    }

    fn put_fd(&mut self, tid: i64, num: i64, fd: Arc<Fd>) {
        if let Some(files) = self.files_of(tid) {
            self.put_fd_in(files, num, fd);
        }
    }

    fn put_fd_in(&mut self, files: FilesId, num: i64, fd: Arc<Fd>) {
        if !self.files.set(files, num, fd, self.config.max_fds) {
            self.counters.fds_dropped += 1;
        }
    }

    /// The descriptor table of a thread.
    #[inline]
    fn files_of(&self, tid: i64) -> Option<FilesId> {
        self.threads.get(tid).map(|entry| entry.files)
    }
}

/// Make `slot` hold `value`; memory is allocated only when it differs.
fn assign(slot: &mut Bytes, value: &[u8]) {
    if **slot != *value {
        *slot = Arc::from(value);
    }
}
