//! A process changes its directory, its user, its session, its name.

use crate::event::Event;
use crate::schema::code;

use super::clone::cl;
use super::{assign, paths, State, Thread};

/// Longest command name, without its NUL (TASK_COMM_LEN of sched.h).
const MAX_COMM: usize = 15;
/// Numbers of the flag table `prctl_options`.
const PR_SET_KEEPCAPS: u64 = 8;
const PR_SET_NAME: u64 = 15;
const PR_SET_SECUREBITS: u64 = 28;
const PR_SET_CHILD_SUBREAPER: u64 = 36;
/// linux/securebits.h
const SECBIT_NO_SETUID_FIXUP: u32 = 1 << 2;
pub(super) const SECBIT_KEEP_CAPS: u32 = 1 << 4;
/// linux/capability.h
const CAP_SETUID: u64 = 1 << 7;
/// Every capability up to CAP_CHECKPOINT_RESTORE, the newest of Linux 5.9 to 6.18.
const ALL_CAPS: u64 = (1 << 41) - 1;

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
        if flags & cl::NEWUSER != 0 {
            if let Some(entry) = self.threads.get_mut(event.tid) {
                entry.thread.enter_user_namespace();
            }
        }
    }

    /// Entering a mount namespace moves root and working directory to its root (mntns_install of fs/namespace.c).
    pub(super) fn on_setns(&mut self, event: &Event<'_>) {
        if event.int(0) != Some(0) {
            return;
        }
        let kind = event.uint(2).unwrap_or(0);
        // 0: of whatever kind the descriptor is.
        let descriptor = event.int(1).filter(|_| kind == 0).and_then(|num| self.fd(event.tid, num));
        let of_kind = |path: &[u8], link: &[u8]| {
            descriptor.is_some_and(|fd| fd.name.ends_with(path) || fd.name.starts_with(link))
        };
        let mounts = kind & cl::NEWNS != 0 || of_kind(b"/ns/mnt", b"mnt:[");
        let users = kind & cl::NEWUSER != 0 || of_kind(b"/ns/user", b"user:[");
        if mounts {
            self.set_cwd(event.tid, b"/");
        }
        if let Some(entry) = self.threads.get_mut(event.tid).filter(|_| users) {
            entry.thread.enter_user_namespace();
        }
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

    /// The kernel keeps ids by thread; the C library calls once for each. All ones leave an id as it is.
    pub(super) fn on_set_ids(&mut self, event: &Event<'_>) {
        if event.int(0) != Some(0) {
            return;
        }
        let id = |at: usize| event.uint(at).map(|id| id as u32).filter(|id| *id != u32::MAX);
        let Some(entry) = self.threads.get_mut(event.tid) else { return };
        let thread = &mut entry.thread;
        let old = thread.user_ids();
        match event.etype {
            code::SYSCALL_SETUID_X => {
                let Some(uid) = id(1) else { return };
                let privileged = thread.cap_effective & CAP_SETUID != 0;
                thread.set_user_ids(if privileged { [uid; 3] } else { [old[0], uid, old[2]] });
            }
            code::SYSCALL_SETREUID_X => {
                let (real, effective) = (id(1).unwrap_or(old[0]), id(2).unwrap_or(old[1]));
                // setreuid(2): the saved id follows when the real one is set, or the effective one to something else.
                let follows = id(1).is_some() || id(2).is_some_and(|uid| uid != old[0]);
                thread.set_user_ids([real, effective, if follows { effective } else { old[2] }]);
            }
            code::SYSCALL_SETRESUID_X => {
                thread.set_user_ids([id(1).unwrap_or(old[0]), id(2).unwrap_or(old[1]), id(3).unwrap_or(old[2])]);
            }
            code::SYSCALL_SETGID_X => thread.gid = id(1).unwrap_or(thread.gid),
            _ => thread.gid = id(2).unwrap_or(thread.gid),
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

    pub(super) fn on_prctl(&mut self, event: &Event<'_>) {
        let (Some(0), Some(option)) = (event.int(0), event.uint(1)) else { return };
        if option == PR_SET_CHILD_SUBREAPER {
            let on = event.int(3).unwrap_or(0) != 0;
            let main = self.threads.get(event.tid).map_or(event.tid, |entry| entry.thread.pid);
            if let Some(entry) = self.threads.get_mut(main) {
                entry.subreaper = on;
            }
            return;
        }
        let Some(entry) = self.threads.get_mut(event.tid) else { return };
        let thread = &mut entry.thread;
        match option {
            // Names the calling thread alone.
            PR_SET_NAME => {
                let Some(name) = event.str(2) else { return };
                assign(&mut thread.comm, &name[..name.len().min(MAX_COMM)]);
            }
            PR_SET_KEEPCAPS => {
                let keep = event.int(3).unwrap_or(0) != 0;
                thread.securebits = thread.securebits & !SECBIT_KEEP_CAPS | if keep { SECBIT_KEEP_CAPS } else { 0 };
            }
            PR_SET_SECUREBITS => thread.securebits = event.uint(3).unwrap_or(0) as u32,
            _ => {}
        }
    }
}

impl Thread {
    /// Real, effective and saved user id.
    fn user_ids(&self) -> [u32; 3] {
        [self.ruid, self.uid, self.suid].map(|uid| if uid == u32::MAX { self.uid } else { uid })
    }

    /// Take other user ids, with what that does to capabilities (cap_emulate_setxuid of security/commoncap.c).
    fn set_user_ids(&mut self, new: [u32; 3]) {
        let old = self.user_ids();
        [self.ruid, self.uid, self.suid] = new;
        if self.securebits & SECBIT_NO_SETUID_FIXUP != 0 {
            return;
        }
        if old.contains(&0) && !new.contains(&0) && self.securebits & SECBIT_KEEP_CAPS == 0 {
            (self.cap_permitted, self.cap_effective) = (0, 0);
        }
        match (old[1], new[1]) {
            (0, uid) if uid != 0 => self.cap_effective = 0,
            (uid, 0) if uid != 0 => self.cap_effective = self.cap_permitted,
            _ => {}
        }
    }

    /// Whoever makes or enters a user namespace has every capability in it (user_namespaces(7)).
    pub(super) fn enter_user_namespace(&mut self) {
        (self.cap_permitted, self.cap_effective, self.cap_inheritable) = (ALL_CAPS, ALL_CAPS, 0);
        self.securebits = 0;
    }
}
