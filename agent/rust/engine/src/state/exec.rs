//! A process starts another program.

use crate::event::Event;
use crate::schema::code;

use super::clone::is_id;
use super::{assign, identity, paths, State};

/// Bits of the flag table `execve_flags`.
const EXE_WRITABLE: u64 = 1;
const EXE_UPPER_LAYER: u64 = 2;
const EXE_FROM_MEMFD: u64 = 4;
const EXE_LOWER_LAYER: u64 = 8;

/// Parameters of execve and execveat; the last one is execve's alone.
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
    pub const ENV: usize = 15;
    pub const TTY: usize = 16;
    pub const VPGID: usize = 17;
    pub const LOGINUID: usize = 18;
    pub const FLAGS: usize = 19;
    pub const CAP_INHERITABLE: usize = 20;
    pub const CAP_PERMITTED: usize = 21;
    pub const CAP_EFFECTIVE: usize = 22;
    pub const EXE_INO: usize = 23;
    pub const EXE_CTIME: usize = 24;
    pub const EXE_MTIME: usize = 25;
    pub const UID: usize = 26;
    pub const TRUSTED_EXEPATH: usize = 27;
    pub const PGID: usize = 28;
    pub const GID: usize = 29;
    pub const FILENAME: usize = 30;
}

impl State {
    /// A failed call changes nothing.
    pub(super) fn on_exec(&mut self, event: &Event<'_>) {
        let tid = event.tid;
        if self.ensure(tid).is_none() || event.int(0) != Some(0) {
            return;
        }
        if self.threads.get(tid).is_some_and(|entry| !entry.thread.is_main()) {
            // The caller takes over the id of its main thread; under its own id the table has a thread that is gone.
            let ours = event.int(param::PID) != Some(tid);
            if ours {
                return;
            }
            self.counters.stale_replaced += 1;
            self.forget_thread(tid);
            if self.ensure(tid).is_none() {
                return;
            }
        }
        for other in self.other_threads(tid).collect::<Vec<_>>() {
            self.remove_thread(other, 0);
        }
        self.take_own_files(tid);
        if let Some(files) = self.files_of(tid) {
            self.files.remove_where(files, |_, fd| fd.cloexec);
        }
        self.take_exec_facts(tid, event);
        if let Some(ptid) = event.int(param::PTID).filter(|ptid| *ptid > 0) {
            let parent = self.threads.main_of(ptid).map_or(ptid, |entry| entry.thread.pid);
            self.threads.set_parent(tid, parent);
        }
        self.learn_container_users(tid);
    }

    /// Stop sharing the descriptor table with other threads or processes.
    pub(super) fn take_own_files(&mut self, tid: i64) {
        let Some(entry) = self.threads.get_mut(tid) else { return };
        if self.files.users(entry.files) > 1 {
            let own = self.files.copy(entry.files);
            self.files.release(std::mem::replace(&mut entry.files, own));
        }
    }

    fn take_exec_facts(&mut self, tid: i64, event: &Event<'_>) {
        let Some(entry) = self.threads.get_mut(tid) else { return };
        entry.exited = false;
        let thread = &mut entry.thread;
        if let Some(cwd) = event.str(param::CWD).filter(|cwd| cwd.first() == Some(&b'/')) {
            paths::with_slash(cwd, &mut self.scratch);
            assign(&mut thread.cwd, &self.scratch);
        }
        assign(&mut thread.exe, event.str(param::EXE).unwrap_or_default());
        assign(&mut thread.args, event.param(param::ARGS).unwrap_or_default());
        assign(&mut thread.env, event.param(param::ENV).unwrap_or_default());
        if let Some(comm) = event.str(param::COMM) {
            assign(&mut thread.comm, comm);
        }
        let filename = match event.etype {
            code::SYSCALL_EXECVE_19_X => event.str(param::FILENAME),
            _ => None,
        };
        match (event.str(param::TRUSTED_EXEPATH), filename) {
            (Some(path), _) if !path.is_empty() => thread.exepath = self.names.get(path),
            (_, Some(path)) if !path.is_empty() => {
                paths::resolve(&thread.cwd, path, &mut self.scratch);
                thread.exepath = self.names.get(&self.scratch);
            }
            _ => assign(&mut thread.exepath, b""),
        }
        if let Some(cgroups) = event.param(param::CGROUPS).filter(|new| !new.is_empty() && **new != *thread.cgroups) {
            thread.cgroups = cgroups.into();
            thread.container = self.containers.get(&thread.cgroups);
        }
        thread.fdlimit = event.int(param::FDLIMIT).unwrap_or(thread.fdlimit);
        thread.pfmajor = event.uint(param::PFMAJOR).unwrap_or(thread.pfmajor);
        thread.pfminor = event.uint(param::PFMINOR).unwrap_or(thread.pfminor);
        let low = |at: usize, before: u32| event.uint(at).map_or(before, |value| value as u32);
        thread.vmsize_kb = low(param::VM_SIZE, thread.vmsize_kb);
        thread.vmrss_kb = low(param::VM_RSS, thread.vmrss_kb);
        thread.vmswap_kb = low(param::VM_SWAP, thread.vmswap_kb);
        thread.tty = low(param::TTY, thread.tty);
        thread.loginuid = low(param::LOGINUID, thread.loginuid);
        thread.uid = event.uint(param::UID).filter(is_id).map_or(thread.uid, |uid| uid as u32);
        // The saved id becomes the effective one, and what kept capabilities across a change of user ends (execve(2)).
        thread.suid = thread.uid;
        thread.securebits &= !identity::SECBIT_KEEP_CAPS;
        thread.gid = event.uint(param::GID).filter(is_id).map_or(thread.gid, |gid| gid as u32);
        thread.vpgid = event.int(param::VPGID).unwrap_or(thread.vpgid);
        thread.pgid = event.int(param::PGID).unwrap_or(thread.pgid);
        let flags = event.uint(param::FLAGS).unwrap_or(0);
        thread.exe_writable = flags & EXE_WRITABLE != 0;
        thread.exe_upper_layer = flags & EXE_UPPER_LAYER != 0;
        thread.exe_from_memfd = flags & EXE_FROM_MEMFD != 0;
        thread.exe_lower_layer = flags & EXE_LOWER_LAYER != 0;
        thread.cap_inheritable = event.uint(param::CAP_INHERITABLE).unwrap_or(thread.cap_inheritable);
        thread.cap_permitted = event.uint(param::CAP_PERMITTED).unwrap_or(thread.cap_permitted);
        thread.cap_effective = event.uint(param::CAP_EFFECTIVE).unwrap_or(thread.cap_effective);
        thread.exe_ino = event.uint(param::EXE_INO).unwrap_or(0);
        thread.exe_ino_ctime = event.uint(param::EXE_CTIME).unwrap_or(0);
        thread.exe_ino_mtime = event.uint(param::EXE_MTIME).unwrap_or(0);
        thread.exec_ts = event.ts;
    }
}
