//! What events do not tell is read from /proc: at the start, for unknown threads, after a gap.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;

use super::files::FilesId;
use super::procfs::{Detail, SocketTables};
use super::thread::Bytes;
use super::{Answer, Fd, FdKind, ProcScope, ScanReport, State, Thread};

const SECOND: u64 = 1_000_000_000;
/// Exits can also be lost without anybody knowing (a killed driver, a bug): look from time to time.
const SWEEP_EVERY: u64 = 300 * SECOND;
/// After a gap, events of the processes in question may still be on their way for this long.
const SWEEP_DELAY: u64 = 2 * SECOND;
/// How long the socket tables read for one look-up serve others.
const SOCKETS_AGE: u64 = SECOND / 5;
/// Passes of a scan that look for processes started meanwhile. Later ones are known by their own events.
const MAX_ROUNDS: usize = 3;
/// Names of unknown ancestors are read this far up.
const MAX_CHAIN: usize = 32;
/// Descriptors read for one process found by an event; a scan reads up to `max_fds`.
const MAX_LOOKUP_FDS: usize = 4096;

impl State {
    /// Fill the tables from /proc. Processes that go away meanwhile are skipped and counted.
    pub fn scan_proc(&mut self, scope: &ProcScope) -> ScanReport {
        let start = Instant::now();
        let mut report = ScanReport::default();
        let mut sockets = SocketTables::default();
        let (full, named) = match scope {
            ProcScope::All => (self.proc.pids(), Vec::new()),
            ProcScope::Pids { processes } => (processes.clone(), self.proc.ancestors(processes)),
        };
        self.read_processes(named, Detail::Names, &mut sockets, &mut report);
        self.read_processes(full, Detail::Full, &mut sockets, &mut report);
        for _ in 0..MAX_ROUNDS {
            // What was started while the others were read.
            let mut fresh = if *scope == ProcScope::All { self.proc.pids() } else { Vec::new() };
            fresh.retain(|pid| self.threads.get(*pid).is_none());
            if fresh.is_empty() {
                break;
            }
            self.read_processes(fresh, Detail::Full, &mut sockets, &mut report);
        }
        report.micros = start.elapsed().as_micros() as u64;
        report
    }

    fn read_processes(&mut self, pids: Vec<i64>, detail: Detail, sockets: &mut SocketTables, report: &mut ScanReport) {
        for pid in pids {
            if self.read_process(pid, detail, self.config.max_fds, sockets) {
                report.processes += 1;
                report.threads += self.nthreads(pid) as usize;
                report.fds += self.fd_count(pid);
            } else {
                report.skipped += 1;
            }
        }
    }

    /// Read one process with its threads from /proc and replace what the table has of it.
    fn read_process(&mut self, pid: i64, detail: Detail, max_fds: usize, sockets: &mut SocketTables) -> bool {
        let Some(mut main) = self.proc.process(pid, detail) else { return false };
        main.container = self.containers.get(&main.cgroups);
        let known = self.threads.get(pid).map(|entry| entry.thread.clone_ts);
        if known.is_some_and(|start| start.abs_diff(main.clone_ts) < SECOND) {
            self.discard_process(pid);
        } else {
            self.forget_thread(pid);
        }
        let Some(entry) = self.insert_entry(main.clone(), None, None) else { return false };
        entry.from_proc = true;
        if detail == Detail::Names {
            return true;
        }
        for tid in self.proc.threads(pid).into_iter().filter(|tid| *tid != pid) {
            let Some(thread) = self.proc.thread(&main, tid) else { continue };
            self.forget_thread(tid);
            let files = self.shared_files(pid);
            if let Some(entry) = self.insert_entry(thread, files, Some(pid)) {
                entry.from_proc = true;
            }
        }
        for (num, fd) in self.proc.fds(pid, max_fds, sockets) {
            self.put_fd(pid, num, Arc::new(fd));
        }
        self.learn_container_users(pid);
        true
    }

    /// Read the users of the container that a process is in, when that has not been done of late.
    pub(super) fn learn_container_users(&mut self, pid: i64) {
        let Some(reader) = &self.container_users else { return };
        let Some(container) = self.threads.get(pid).and_then(|entry| entry.thread.container.clone()) else { return };
        if !reader.is_due(&container.id, self.now) || !self.may_look_up() {
            return;
        }
        let now = self.now;
        let answers = self.container_users.as_mut().map(|reader| reader.ask(&container.id, pid, now));
        self.take_container_users(answers.unwrap_or_default());
    }

    fn take_container_users(&mut self, answers: Vec<Answer>) {
        for Answer { container, names } in answers {
            let Some(names) = names else { continue };
            if let Err(names) = self.users.set_container(&container, names) {
                // Some may be of containers that have ended. Where that is not so, this one goes without.
                let alive = self.threads.iter().filter_map(|entry| entry.thread.container.as_deref());
                self.users.retain_containers(&alive.map(|container| container.id.as_str()).collect());
                let _ = self.users.set_container(&container, names);
            }
        }
    }

    /// Make sure that the table has thread `tid` and that it is not from before a gap; its descriptors. `None`: the table
    /// is full.
    pub(super) fn ensure(&mut self, tid: i64) -> Option<FilesId> {
        let (gap, now) = (self.gap, self.now);
        match self.threads.get_mut(tid) {
            Some(entry) => {
                entry.last_seen = now;
                if entry.gap == gap {
                    return Some(entry.files);
                }
                self.read_again(tid);
            }
            None => {
                self.add_unknown(tid);
            }
        }
        self.files_of(tid)
    }

    /// Add a thread that an event mentioned and that the table lacks: its clone was lost.
    pub(super) fn add_unknown(&mut self, tid: i64) -> bool {
        if self.threads.len() >= self.config.max_threads {
            self.counters.threads_dropped += 1;
            return false;
        }
        if self.may_look_up() {
            self.counters.proc_lookups += 1;
            let found = match self.proc.tgid(tid) {
                Some(pid) if pid != tid && self.threads.get(pid).is_some() => self.add_thread_from_proc(pid, tid),
                Some(pid) => self.add_from_proc(pid),
                None => false,
            };
            if !found {
                self.counters.proc_lookups_failed += 1;
            }
            if let Some(entry) = self.threads.get_mut(tid) {
                entry.thread.degraded = true;
                return true;
            }
        }
        self.insert_entry(Thread::unseen(tid), None, None).is_some()
    }

    /// Read thread `tid` of a process that the table has.
    fn add_thread_from_proc(&mut self, pid: i64, tid: i64) -> bool {
        let Some(main) = self.thread(pid).cloned() else { return false };
        let Some(thread) = self.proc.thread(&main, tid) else { return false };
        let files = self.shared_files(pid);
        let Some(entry) = self.insert_entry(thread, files, Some(pid)) else { return false };
        entry.from_proc = true;
        true
    }

    /// Take a process out that is about to be put in again: its children stay its children.
    fn discard_process(&mut self, pid: i64) {
        for tid in self.other_threads(pid).chain([pid]).collect::<Vec<_>>() {
            if let Some(entry) = self.threads.remove(tid) {
                self.files.release(entry.files);
                self.leave_fs_group(tid, entry.fs_group);
            }
        }
    }

    /// Read process `pid`, and the names of its ancestors that the table lacks.
    fn add_from_proc(&mut self, pid: i64) -> bool {
        let mut sockets = self.take_sockets();
        let found = self.read_process(pid, Detail::Full, MAX_LOOKUP_FDS, &mut sockets);
        self.sockets = sockets;
        if !found {
            return false;
        }
        let mut parent = self.thread(pid).map_or(0, |thread| thread.ptid);
        for _ in 0..MAX_CHAIN {
            if parent <= 0 || self.threads.get(parent).is_some() {
                break;
            }
            if !self.read_process(parent, Detail::Names, 0, &mut SocketTables::default()) {
                break;
            }
            parent = self.thread(parent).map_or(0, |thread| thread.ptid);
        }
        true
    }

    /// The socket tables read a moment ago, or empty ones: reading them for every descriptor would be too much.
    fn take_sockets(&mut self) -> SocketTables {
        if self.now.abs_diff(self.sockets_read) > SOCKETS_AGE {
            self.sockets_read = self.now;
            return SocketTables::default();
        }
        std::mem::take(&mut self.sockets)
    }

    fn may_look_up(&mut self) -> bool {
        if !self.config.proc_lookups {
            return false;
        }
        let permitted = self.lookups.permit(self.now);
        if !permitted {
            self.counters.proc_lookups_limited += 1;
        }
        permitted
    }

    /// Read the facts of these threads again from /proc now.
    pub fn resync(&mut self, tids: &[i64]) {
        for tid in tids {
            self.read_again(*tid);
        }
    }

    /// Replace what is known of a thread's process by what /proc says now. Without /proc, or over the rate limit, the
    /// thread stays as it was and counts as degraded; the next event tries again.
    fn read_again(&mut self, tid: i64) {
        let Some(pid) = self.threads.get(tid).map(|entry| entry.thread.pid) else { return };
        let before = self.threads.get(pid).map(|entry| entry.thread.clone());
        let reread = self.config.proc_lookups && self.resyncs.permit(self.now) && {
            self.counters.resyncs += 1;
            self.add_from_proc(pid)
        };
        if !reread {
            if let Some(entry) = self.threads.get_mut(tid) {
                entry.thread.degraded = true;
            }
            return;
        }
        // Facts that /proc does not have; only when it is still the same process.
        if let (Some(before), Some(entry)) = (before, self.threads.get_mut(pid)) {
            if before.clone_ts.abs_diff(entry.thread.clone_ts) < SECOND {
                entry.thread.exec_ts = before.exec_ts;
                entry.thread.clone_ts = before.clone_ts;
                entry.thread.flags = before.flags;
            } else {
                self.counters.stale_replaced += 1;
            }
        }
        if self.threads.get(tid).is_none() {
            self.insert_unknown_of(tid, pid);
        }
    }

    /// A thread that /proc no longer has, although its last events are only now being read.
    fn insert_unknown_of(&mut self, tid: i64, pid: i64) {
        let Some(main) = self.thread(pid).cloned() else { return };
        let files = self.shared_files(pid);
        self.insert_entry(Thread { tid, vtid: tid, degraded: true, ..main }, files, Some(pid));
    }

    /// Read one descriptor that the table does not have, or only as unknown, from /proc; at most once for each.
    pub(super) fn look_up_fd(&mut self, tid: i64, num: i64) -> Option<Arc<Fd>> {
        self.counters.unknown_fds += 1;
        if !self.may_look_up() {
            return None;
        }
        self.counters.fd_lookups += 1;
        let pid = self.threads.get(tid)?.thread.pid;
        // The descriptor may already be closed, or another one: what is not found is not asked for again.
        let mut sockets = self.take_sockets();
        let fd = self.proc.fd(pid, num, &mut sockets);
        self.sockets = sockets;
        let fd = Arc::new(fd.unwrap_or_else(|| Fd::new(FdKind::Unsupported)));
        self.put_fd(tid, num, fd.clone());
        Some(fd)
    }

    pub(super) fn look_up_cwd(&mut self, tid: i64) -> Option<Bytes> {
        if !self.may_look_up() {
            return None;
        }
        self.proc.cwd(tid)
    }

    /// When the system booted, in ns since the epoch; 0 when that is not known.
    pub(super) fn boot_time(&self) -> u64 {
        match self.config.boot_time_ns {
            0 if self.config.proc_lookups => self.proc.boot_time(),
            given => given,
        }
    }

    /// Work that is due by time, not by event; called for every event.
    #[inline]
    pub(super) fn tick(&mut self) {
        if self.now.wrapping_sub(self.last_tick) >= SECOND {
            self.tick_second();
        }
    }

    #[cold]
    fn tick_second(&mut self) {
        self.last_tick = self.now;
        self.users.refresh();
        let late = self.container_users.as_mut().map(|reader| reader.answers(Duration::ZERO));
        self.take_container_users(late.unwrap_or_default());
        if !self.config.proc_lookups {
            return;
        }
        if self.last_sweep == 0 {
            self.last_sweep = self.now;
        }
        let age = self.now.saturating_sub(self.last_sweep);
        if age >= SWEEP_EVERY || (self.sweep_soon && age >= SWEEP_DELAY) {
            self.last_sweep = self.now;
            // After a gap of a moment ago events may still come; look once more then.
            self.sweep_soon = self.now.saturating_sub(self.last_gap) < SWEEP_DELAY;
            self.sweep();
        }
    }

    /// Remove processes and threads that /proc does not have and that no event has mentioned for a while.
    fn sweep(&mut self) {
        let alive: FxHashSet<i64> = self.proc.pids().into_iter().collect();
        if alive.is_empty() {
            // No /proc: nothing follows from that.
            return;
        }
        let limit = self.now.saturating_sub(SWEEP_DELAY);
        let mut gone = Vec::new();
        for entry in self.threads.iter() {
            let thread = &entry.thread;
            if !thread.is_main() {
                continue;
            }
            if !alive.contains(&thread.tid) {
                gone.extend((entry.last_seen <= limit).then_some(thread.tid));
                continue;
            }
            let threads = self.other_threads(thread.tid);
            if entry.process.as_ref().is_some_and(|process| !process.threads.is_empty()) {
                let alive: FxHashSet<i64> = self.proc.threads(thread.tid).into_iter().collect();
                let old = |tid: &i64| self.threads.get(*tid).is_some_and(|entry| entry.last_seen <= limit);
                gone.extend(threads.filter(|tid| !alive.is_empty() && !alive.contains(tid)).filter(old));
            }
        }
        for tid in gone {
            self.counters.swept += 1;
            self.forget_thread(tid);
        }
    }
}
