//! Threads come and go: clone, fork, vfork and exit.
//!
//! A new thread is announced twice: by itself (result 0, emitted before it runs) and by its parent (result: the new id,
//! emitted when the parent returns, with vfork after the child has exec'd or even exited). Either may be lost.

use crate::event::Event;

use super::{assign, paths, Entry, State, Thread};

/// PPM_CL_* bits of the flag table `clone_flags`.
pub(super) mod cl {
    pub const FILES: u64 = 0x1;
    pub const FS: u64 = 0x2;
    pub const NEWNS: u64 = 0x20;
    pub const NEWPID: u64 = 0x40;
    pub const PARENT: u64 = 0x100;
    pub const THREAD: u64 = 0x2000;
    pub const NEWUSER: u64 = 0x10_0000;
    pub const CHILD_IN_PIDNS: u64 = 0x2000_0000;
}

/// Start times from /proc have a resolution of 10 ms, and the boot time is a difference of two clocks.
const SAME_START_NS: u64 = 50_000_000;

/// Parameters of the clone family.
mod param {
    pub const EXE: usize = 1;
    pub const ARGS: usize = 2;
    pub const PID: usize = 4;
    pub const PTID: usize = 5;
    pub const CWD: usize = 6;
    pub const FDLIMIT: usize = 7;
    pub const PFMAJOR: usize = 8;
    pub const PFMINOR: usize = 9;
    pub const VM_SIZE: usize = 10;
    pub const VM_RSS: usize = 11;
    pub const VM_SWAP: usize = 12;
    pub const COMM: usize = 13;
    pub const CGROUPS: usize = 14;
    pub const FLAGS: usize = 15;
    pub const UID: usize = 16;
    pub const GID: usize = 17;
    pub const VTID: usize = 18;
    pub const VPID: usize = 19;
    pub const PIDNS_START: usize = 20;
}

/// All ones: the driver could not tell.
pub(super) fn is_id(id: &u64) -> bool {
    *id < u64::from(u32::MAX)
}

impl State {
    pub(super) fn on_clone(&mut self, event: &Event<'_>) {
        match event.int(0) {
            Some(0) => self.cloned_child(event),
            Some(child) if child > 0 => self.cloned_parent(event, child),
            _ => {
                self.ensure(event.tid);
            }
        }
    }

    /// The child's own event.
    fn cloned_child(&mut self, event: &Event<'_>) {
        let tid = event.tid;
        let flags = event.uint(param::FLAGS).unwrap_or(0);
        let pid = event.int(param::PID).filter(|pid| *pid > 0).unwrap_or(tid);
        self.early_exits.forget(tid);
        if let Some(entry) = self.threads.get_mut(tid) {
            let scanned = entry.from_proc && entry.thread.clone_ts.abs_diff(event.ts) <= SAME_START_NS;
            // What a parent's event promised must be what the child says of itself: the number in a parent's event can be made up (a
            // seccomp listener answers its child's fork with any it likes).
            let promised = entry.awaits_child
                && entry.thread.pid == pid
                && (pid != tid || event.int(param::PTID).is_none_or(|ptid| ptid == entry.thread.ptid));
            if promised || scanned {
                entry.awaits_child = false;
                entry.awaits_parent = scanned;
                entry.last_seen = event.ts;
                entry.thread.degraded = false;
                self.take_clone_facts(tid, event);
                return;
            }
            self.counters.stale_replaced += 1;
            self.forget_thread(tid);
        }
        let is_thread = pid != tid;
        let parent = if is_thread { pid } else { event.int(param::PTID).unwrap_or(-1) };
        if parent > 0 && self.threads.get(parent).is_none() {
            self.add_unknown(parent);
        }
        self.add_clone(tid, pid, parent, flags, event);
        self.take_clone_facts(tid, event);
    }

    /// The parent's event: `child` is its thread id in the pid namespace of the parent.
    fn cloned_parent(&mut self, event: &Event<'_>, child: i64) {
        let tid = event.tid;
        if self.ensure(tid).is_none() {
            return;
        }
        if self.threads.get(tid).is_some_and(|entry| entry.thread.degraded) {
            self.take_clone_facts(tid, event);
        }
        let Some(caller) = self.threads.get(tid) else { return };
        let vtid = event.int(param::VTID).unwrap_or(caller.thread.vtid);
        let flags = event.uint(param::FLAGS).unwrap_or(0);
        let (pid, ptid) = (caller.thread.pid, caller.thread.ptid);
        if vtid != tid {
            // The number means nothing outside of the caller's namespace; the child's own event has the real one.
            return;
        }
        if self.early_exits.take(child, event.ts) {
            return;
        }
        let is_thread = flags & cl::THREAD != 0;
        let expected_parent = if flags & cl::PARENT != 0 { ptid } else { pid };
        if let Some(entry) = self.threads.get_mut(child) {
            let ours = if is_thread { entry.thread.pid == pid } else { entry.thread.ptid == expected_parent };
            if entry.awaits_parent && (ours || entry.from_proc) {
                entry.awaits_parent = false;
                let unused = entry.last_seen == entry.thread.clone_ts;
                if flags & cl::PARENT != 0 && !is_thread && unused && !entry.from_proc {
                    // Its own event named our parent as the one to inherit from; only now it is known that it was us.
                    self.inherit_files(child, tid, flags & cl::FILES != 0);
                }
                return;
            }
            // A living thread that is not ours is not replaced on somebody's word, unless its exit may have been lost.
            if ours || entry.gap == self.gap {
                return;
            }
            self.counters.stale_replaced += 1;
            self.forget_thread(child);
        }
        self.add_clone(child, if is_thread { pid } else { child }, tid, flags, event);
        let in_namespace = flags & (cl::CHILD_IN_PIDNS | cl::NEWPID) != 0;
        if let Some(entry) = self.threads.get_mut(child) {
            entry.awaits_parent = false;
            entry.awaits_child = true;
            if !is_thread {
                entry.thread.vpid = child;
            }
            entry.thread.vtid = child;
            if in_namespace {
                (entry.thread.vtid, entry.thread.vpid) = (-1, -1);
                entry.thread.degraded = true;
            }
        }
        if !is_thread && flags & cl::PARENT != 0 {
            self.threads.set_parent(child, ptid);
        }
    }

    /// Add a thread that is a copy of `from`, as far as the table knows that.
    fn add_clone(&mut self, tid: i64, pid: i64, from: i64, flags: u64, event: &Event<'_>) {
        let is_thread = pid != tid;
        let template = self.threads.get(from).map(|entry| (entry.thread.clone(), entry.files));
        let (mut thread, files) = match template {
            Some((thread, files)) => (thread, Some(files)),
            None => (Thread::unknown(tid), None),
        };
        let without_main = is_thread && self.threads.get(pid).is_none();
        if without_main && self.insert_entry(Thread::unknown(pid), None, None).is_none() {
            return;
        }
        let files = files.map(|id| if flags & cl::FILES != 0 { self.files.share(id) } else { self.files.copy(id) });
        let fs_with = (flags & cl::FS != 0).then_some(from);
        if !is_thread {
            thread.ptid = if files.is_some() { thread.pid } else { from };
        }
        (thread.tid, thread.pid) = (tid, pid);
        thread.flags = flags as u32;
        thread.clone_ts = event.ts;
        thread.exec_ts = 0;
        if flags & cl::NEWUSER != 0 {
            thread.enter_user_namespace();
        }
        self.insert_entry(thread, files, fs_with);
    }

    /// Facts that a clone event has of the thread that emits it.
    fn take_clone_facts(&mut self, tid: i64, event: &Event<'_>) {
        let boot = self.boot_time();
        let Some(entry) = self.threads.get_mut(tid) else { return };
        let thread = &mut entry.thread;
        if let Some(exe) = event.str(param::EXE) {
            assign(&mut thread.exe, exe);
        }
        if let Some(args) = event.param(param::ARGS).filter(|_| event.str(param::EXE).is_some()) {
            assign(&mut thread.args, args);
        }
        if let Some(comm) = event.str(param::COMM) {
            assign(&mut thread.comm, comm);
        }
        if let Some(cwd) = event.str(param::CWD).filter(|cwd| cwd.first() == Some(&b'/')) {
            paths::with_slash(cwd, &mut self.scratch);
            assign(&mut thread.cwd, &self.scratch);
        }
        thread.fdlimit = event.int(param::FDLIMIT).unwrap_or(thread.fdlimit);
        thread.pfmajor = event.uint(param::PFMAJOR).unwrap_or(thread.pfmajor);
        thread.pfminor = event.uint(param::PFMINOR).unwrap_or(thread.pfminor);
        thread.vmsize_kb = event.uint(param::VM_SIZE).map_or(thread.vmsize_kb, |kb| kb as u32);
        thread.vmrss_kb = event.uint(param::VM_RSS).map_or(thread.vmrss_kb, |kb| kb as u32);
        thread.vmswap_kb = event.uint(param::VM_SWAP).map_or(thread.vmswap_kb, |kb| kb as u32);
        thread.uid = event.uint(param::UID).filter(is_id).map_or(thread.uid, |uid| uid as u32);
        thread.gid = event.uint(param::GID).filter(is_id).map_or(thread.gid, |gid| gid as u32);
        thread.vtid = event.int(param::VTID).unwrap_or(thread.vtid);
        thread.vpid = event.int(param::VPID).unwrap_or(thread.vpid);
        if let Some(start) = event.uint(param::PIDNS_START).filter(|start| *start != 0) {
            thread.pidns_init_start_ts = start.saturating_add(boot);
        }
        if let Some(cgroups) = event.param(param::CGROUPS).filter(|new| !new.is_empty() && **new != *thread.cgroups) {
            thread.cgroups = cgroups.into();
            thread.container = self.containers.get(&thread.cgroups);
        }
    }

    /// Replace the descriptors of `child` by those of `from`.
    fn inherit_files(&mut self, child: i64, from: i64, share: bool) {
        let Some(source) = self.threads.get(from).map(|entry| entry.files) else { return };
        let fresh = if share { self.files.share(source) } else { self.files.copy(source) };
        match self.threads.get_mut(child) {
            Some(entry) => {
                let before = std::mem::replace(&mut entry.files, fresh);
                self.files.release(before);
            }
            None => self.files.release(fresh),
        }
    }

    /// A thread has exited. The main thread stays while others of its process live: it stands for the process.
    pub(super) fn exit_thread(&mut self, tid: i64, reaper: i64) {
        let Some(entry) = self.threads.get_mut(tid) else { return };
        let (pid, awaits_parent) = (entry.thread.pid, entry.awaits_parent);
        if entry.process.as_ref().is_some_and(|process| !process.threads.is_empty()) {
            entry.exited = true;
            return;
        }
        if awaits_parent {
            self.early_exits.add(tid, self.now);
        }
        self.remove_thread(tid, reaper);
        if pid != tid {
            let last = |entry: &Entry| entry.exited && entry.process.as_ref().is_some_and(|p| p.threads.is_empty());
            if self.threads.get(pid).is_some_and(last) {
                self.remove_thread(pid, reaper);
            }
        }
    }

    /// Take a thread out whose exit was not seen, with its process when it is the main one.
    pub(super) fn forget_thread(&mut self, tid: i64) {
        for other in self.other_threads(tid).collect::<Vec<_>>() {
            self.remove_thread(other, 0);
        }
        self.remove_thread(tid, 0);
    }

    pub(super) fn remove_thread(&mut self, tid: i64, reaper: i64) {
        let children: Vec<i64> = self.children(tid).collect();
        if !children.is_empty() {
            let reaper = self.reaper_of(tid, reaper);
            for child in children {
                self.threads.set_parent(child, reaper);
            }
        }
        if let Some(entry) = self.threads.remove(tid) {
            self.files.release(entry.files);
            self.leave_fs_group(tid, entry.fs_group);
            self.cpu_times.forget(tid);
        }
    }

    /// The process that adopts the children of `tid`: the one the kernel named, else the nearest ancestor that asked to
    /// or is the first process of its pid namespace, else init where that is likely.
    fn reaper_of(&self, tid: i64, named: i64) -> i64 {
        let named = self.threads.main_of(named).map_or(named, |entry| entry.thread.pid);
        if named > 0 && named != tid {
            return named;
        }
        let Some(thread) = self.thread(tid) else { return 0 };
        let adopts = |ancestor: &&Thread| {
            ancestor.vpid == 1 || self.threads.get(ancestor.pid).is_some_and(|entry| entry.subreaper && !entry.exited)
        };
        match self.ancestors(thread).find(adopts) {
            Some(ancestor) => ancestor.pid,
            None if thread.vtid == tid && tid != 1 => 1,
            None => 0,
        }
    }
}
