//! A process changes its directory, its user, its session, its name.

use crate::event::Event;
use crate::schema::code;

use super::clone::cl;
use super::{assign, paths, State, Thread};

/// Longest command name, without its NUL (TASK_COMM_LEN of sched.h).
const MAX_COMM: usize = 15;
/// Number of the flag table `prctl_options`.
const PR_SET_NAME: u64 = 15;

impl State {
    pub(super) fn on_chdir(&mut self, event: &Event<'_>) {
        let (Some(0), Some(path)) = (event.int(0), event.str(1)) else { return };
        let Some(name) = self.name_of(event.tid, paths::AT_FDCWD, path) else { return };
        self.set_cwd(event.tid, &name);
    }

    pub(super) fn on_fchdir(&mut self, event: &Event<'_>) {
        let (Some(0), Some(num)) = (event.int(0), event.int(1)) else { return };
        match self.fd_arc(event.tid, num) {
            Some(fd) if fd.name.first() == Some(&b'/') => self.set_cwd(event.tid, &fd.name),
            _ => {
                if let Some(cwd) = self.look_up_cwd(event.tid) {
                    self.set_cwd(event.tid, &cwd);
                } else {
                    self.set_cwd(event.tid, paths::UNKNOWN_DIR);
                }
            }
        }
    }

    pub(super) fn on_chroot(&mut self, event: &Event<'_>) {
        let (Some(0), Some(path)) = (event.int(0), event.str(1)) else { return };
        let Some(name) = self.name_of(event.tid, paths::AT_FDCWD, path) else { return };
        self.for_fs_group(event.tid, |thread| thread.root = name.clone());
    }

    pub(super) fn on_unshare(&mut self, event: &Event<'_>) {
        let (Some(0), Some(flags)) = (event.int(0), event.uint(1)) else { return };
        if flags & cl::FILES != 0 {
            self.take_own_files(event.tid);
        }
        // A new mount namespace comes with a working directory of its own (unshare(2)).
        if flags & (cl::FS | cl::NEWNS) != 0 {
            let Some(group) = self.threads.get(event.tid).map(|entry| entry.fs_group) else { return };
            self.leave_fs_group(event.tid, group);
            let own = self.join_fs_group(event.tid, None);
            if let Some(entry) = self.threads.get_mut(event.tid) {
                entry.fs_group = own;
            }
        }
    }

    /// Entering a mount namespace moves root and working directory to its root (mntns_install of fs/namespace.c).
    pub(super) fn on_setns(&mut self, event: &Event<'_>) {
        if event.int(0) != Some(0) {
            return;
        }
        let kind = event.uint(2).unwrap_or(0);
        let any_kind = kind == 0 && event.int(1).is_some_and(|num| self.is_mount_namespace(event.tid, num));
        if kind & cl::NEWNS != 0 || any_kind {
            self.set_cwd(event.tid, b"/");
        }
    }

    fn is_mount_namespace(&self, tid: i64, num: i64) -> bool {
        self.fd(tid, num).is_some_and(|fd| fd.name.ends_with(b"/ns/mnt") || fd.name.starts_with(b"mnt:["))
    }

    fn set_cwd(&mut self, tid: i64, dir: &[u8]) {
        paths::with_slash(dir, &mut self.scratch);
        let cwd = self.names.get(&self.scratch);
        self.for_fs_group(tid, |thread| thread.cwd = cwd.clone());
    }

    /// Change every thread that shares working directory and root with `tid`.
    fn for_fs_group(&mut self, tid: i64, mut change: impl FnMut(&mut Thread)) {
        let Some(entry) = self.threads.get_mut(tid) else { return };
        change(&mut entry.thread);
        let Some(members) = self.fs_groups.get(&entry.fs_group) else { return };
        for member in members.iter().filter(|member| **member != tid) {
            if let Some(entry) = self.threads.get_mut(*member) {
                change(&mut entry.thread);
            }
        }
    }

    /// Change every thread of a process.
    fn for_process(&mut self, pid: i64, mut change: impl FnMut(&mut Thread)) {
        let others: Vec<i64> = self.other_threads(pid).collect();
        for tid in others.into_iter().chain([pid]) {
            if let Some(entry) = self.threads.get_mut(tid) {
                change(&mut entry.thread);
            }
        }
    }

    /// The kernel keeps ids by thread; the C library calls once for each.
    pub(super) fn on_set_ids(&mut self, event: &Event<'_>) {
        if event.int(0) != Some(0) {
            return;
        }
        // The id that counts is the effective one; all ones leave it as it is.
        let at = match event.etype {
            code::SYSCALL_SETUID_X | code::SYSCALL_SETGID_X => 1,
            _ => 2,
        };
        let Some(id) = event.uint(at).map(|id| id as u32).filter(|id| *id != u32::MAX) else { return };
        let Some(entry) = self.threads.get_mut(event.tid) else { return };
        match event.etype {
            code::SYSCALL_SETUID_X | code::SYSCALL_SETREUID_X | code::SYSCALL_SETRESUID_X => entry.thread.uid = id,
            _ => entry.thread.gid = id,
        }
    }

    pub(super) fn on_capset(&mut self, event: &Event<'_>) {
        if event.int(0) != Some(0) {
            return;
        }
        let Some(entry) = self.threads.get_mut(event.tid) else { return };
        let thread = &mut entry.thread;
        thread.cap_inheritable = event.uint(1).unwrap_or(thread.cap_inheritable);
        thread.cap_permitted = event.uint(2).unwrap_or(thread.cap_permitted);
        thread.cap_effective = event.uint(3).unwrap_or(thread.cap_effective);
    }

    /// The result is the new session's id in the caller's pid namespace. A new session has no terminal.
    pub(super) fn on_setsid(&mut self, event: &Event<'_>) {
        let Some(sid) = event.int(0).filter(|sid| *sid > 0) else { return };
        let Some(pid) = self.threads.get(event.tid).map(|entry| entry.thread.pid) else { return };
        self.for_process(pid, |thread| {
            (thread.sid, thread.vpgid, thread.pgid, thread.tty) = (sid, sid, pid, 0);
        });
    }

    /// Both numbers are in the caller's pid namespace; 0 stands for the caller and for the target itself.
    pub(super) fn on_setpgid(&mut self, event: &Event<'_>) {
        let (Some(0), Some(target), Some(group)) = (event.int(0), event.int(1), event.int(2)) else { return };
        let Some(caller) = self.process_of(event.tid) else { return };
        let (caller_pid, caller_vpid) = (caller.pid, caller.vpid);
        let target = if target == 0 || target == caller_vpid {
            Some(caller_pid)
        } else {
            // Other than itself a process may only move its children.
            self.children(caller_pid).find(|child| self.thread(*child).is_some_and(|child| child.vpid == target))
        };
        let Some(target) = target else { return };
        let Some(target_vpid) = self.thread(target).map(|thread| thread.vpid) else { return };
        let vpgid = if group == 0 { target_vpid } else { group };
        let leader = if vpgid == target_vpid {
            Some(target)
        } else if vpgid == caller_vpid {
            Some(caller_pid)
        } else if caller_vpid == caller_pid {
            Some(vpgid)
        } else {
            self.children(caller_pid).find(|child| self.thread(*child).is_some_and(|child| child.vpid == vpgid))
        };
        self.for_process(target, |thread| {
            thread.vpgid = vpgid;
            thread.pgid = leader.unwrap_or(-1);
        });
    }

    fn process_of(&self, tid: i64) -> Option<&Thread> {
        self.threads.main_of(tid).map(|entry| &entry.thread)
    }

    /// PR_SET_NAME names the calling thread alone.
    pub(super) fn on_prctl(&mut self, event: &Event<'_>) {
        if event.int(0) != Some(0) || event.uint(1) != Some(PR_SET_NAME) {
            return;
        }
        let (Some(name), Some(entry)) = (event.str(2), self.threads.get_mut(event.tid)) else { return };
        assign(&mut entry.thread.comm, &name[..name.len().min(MAX_COMM)]);
    }
}
