//! Questions that rules and outputs ask.

use std::sync::Arc;

use super::{paths, Container, CpuUse, Entry, Fd, State, StateStats, Thread, User};

/// Longest chain of ancestors followed.
const MAX_ANCESTORS: usize = 128;

impl State {
    #[inline]
    pub fn thread(&self, tid: i64) -> Option<&Thread> {
        self.threads.get(tid).map(|entry| &entry.thread)
    }

    /// The main thread of `thread`'s process (itself, when it is the main one).
    #[inline]
    pub fn process(&self, thread: &Thread) -> Option<&Thread> {
        self.thread(thread.pid)
    }

    /// The main thread of the parent process.
    #[inline]
    pub fn parent(&self, thread: &Thread) -> Option<&Thread> {
        if thread.ptid <= 0 || thread.ptid == thread.pid {
            return None;
        }
        self.threads.main_of(thread.ptid).map(|entry| &entry.thread)
    }

    /// Level 0: the process itself, 1: its parent, and so on. `None` beyond the last known ancestor.
    pub fn ancestor<'s>(&'s self, thread: &'s Thread, level: usize) -> Option<&'s Thread> {
        match level {
            0 => self.process(thread),
            _ => self.ancestors(thread).nth(level - 1),
        }
    }

    /// The main threads of the ancestors from the parent upwards, at most 128; ends where ids form a cycle.
    pub fn ancestors<'s>(&'s self, thread: &'s Thread) -> impl Iterator<Item = &'s Thread> + 's {
        // Brent's algorithm: `mark` moves to the current position after 1, 2, 4, … steps.
        let (mut mark, mut steps, mut until_move) = (thread.pid, 0usize, 1usize);
        std::iter::successors(self.parent(thread), move |current| {
            if current.pid == mark {
                return None;
            }
            steps += 1;
            if steps == until_move {
                mark = current.pid;
                until_move *= 2;
            }
            self.parent(current).filter(|next| next.pid != mark)
        })
        .take(MAX_ANCESTORS)
    }

    /// A descriptor of the thread's process.
    #[inline]
    pub fn fd(&self, tid: i64, num: i64) -> Option<&Fd> {
        self.files.get(self.files_of(tid)?, num).map(|fd| &**fd)
    }

    /// The same, shareable.
    pub fn fd_arc(&self, tid: i64, num: i64) -> Option<Arc<Fd>> {
        self.files.get(self.files_of(tid)?, num).cloned()
    }

    /// Open descriptors of the thread's process: ascending below 1024, then in no order.
    pub fn fds(&self, tid: i64) -> impl Iterator<Item = (i64, &Fd)> {
        self.files_of(tid).into_iter().flat_map(|files| self.files.iter(files)).map(|(num, fd)| (num, &**fd))
    }

    /// Number of open descriptors of the thread's process.
    pub fn fd_count(&self, tid: i64) -> usize {
        self.files_of(tid).map_or(0, |files| self.files.len(files))
    }

    /// Live threads of a process, its main thread included while it lives.
    pub fn nthreads(&self, pid: i64) -> u64 {
        let Some(entry) = self.threads.get(pid) else { return 0 };
        let others = entry.process.as_ref().map_or(0, |process| process.threads.len() as u64);
        others + u64::from(!entry.exited)
    }

    /// Threads of a process but its main one, in no order.
    pub fn other_threads(&self, pid: i64) -> impl Iterator<Item = i64> + '_ {
        self.threads.process(pid).into_iter().flat_map(|process| process.threads.iter().copied())
    }

    /// Child processes of a process, in no order.
    pub fn children(&self, pid: i64) -> impl Iterator<Item = i64> + '_ {
        self.threads.process(pid).into_iter().flat_map(|process| process.children.iter().copied())
    }

    /// All threads of the table, in no order.
    pub fn threads(&self) -> impl Iterator<Item = &Thread> {
        self.threads.iter().map(|entry| &entry.thread)
    }

    /// The absolute, normalised path of `path` as `thread` would open it relative to `dirfd` (-100: AT_FDCWD).
    ///
    /// A relative path under a directory that is not known gives "<UNKNOWN>/path".
    pub fn resolve_path(&self, thread: &Thread, dirfd: i64, path: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        self.resolve_into(thread, dirfd, path, &mut out);
        out
    }

    /// [`State::resolve_path`] into memory of the caller, which is emptied first.
    pub fn resolve_into(&self, thread: &Thread, dirfd: i64, path: &[u8], out: &mut Vec<u8>) {
        if path.first() == Some(&b'/') {
            return paths::resolve(b"/", path, out);
        }
        let base: &[u8] = match dirfd {
            paths::AT_FDCWD => &thread.cwd,
            _ => self.fd(thread.tid, dirfd).map_or(&[], |fd| &fd.name),
        };
        paths::resolve(base, path, out);
    }

    /// The user as `thread` would name it: in a container whose users are known, one of those.
    pub fn user_of(&self, thread: &Thread, uid: u32) -> Option<&User> {
        self.users.user_of(thread.container.as_deref(), uid)
    }

    pub fn group_of(&self, thread: &Thread, gid: u32) -> Option<&str> {
        self.users.group_of(thread.container.as_deref(), gid)
    }

    /// Nanoseconds that the switch event being applied says its thread ran; `None` for the first one of a processor.
    pub fn cpu_slice(&self) -> Option<u64> {
        self.cpu_times.slice()
    }

    /// What the process statistics being applied say, compared with those before.
    pub fn cpu_use(&self) -> Option<CpuUse> {
        self.cpu_times.usage()
    }

    /// Nanoseconds that a thread ran, as far as switch events told.
    pub fn cpu_total(&self, tid: i64) -> Option<u64> {
        self.cpu_times.total(tid)
    }

    pub fn user(&self, uid: u32) -> Option<&User> {
        self.users.user(uid)
    }

    pub fn group(&self, gid: u32) -> Option<&str> {
        self.users.group(gid)
    }

    /// All users of the table, in no order.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.users()
    }

    /// All groups of the table, in no order.
    pub fn groups(&self) -> impl Iterator<Item = (u32, &str)> {
        self.users.groups()
    }

    /// The container of a thread; `None`: the host.
    pub fn container<'s>(&self, thread: &'s Thread) -> Option<&'s Container> {
        thread.container.as_deref()
    }

    /// Counters, and the sizes of the tables now.
    pub fn stats(&self) -> StateStats {
        let is_process = |entry: &&Entry| entry.thread.is_main();
        StateStats {
            threads: self.threads.len() as u64,
            processes: self.threads.iter().filter(is_process).count() as u64,
            fds: self.files.total(),
            ..self.counters
        }
    }
}
