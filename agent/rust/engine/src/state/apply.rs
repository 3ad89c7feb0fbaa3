//! One event at a time: which part of the state an event changes.

use std::sync::Arc;

use crate::event::Event;
use crate::schema::{code, ec, EVENTS};

use super::effects::Deferred;
use super::{used_fd_param, Effects, Fd, FdKind, State};

/// errno of asm-generic/errno-base.h.
const EBADF: i64 = 9;

impl State {
    /// Bring the tables up to date with one event. Never fails: what cannot be read is left as it was.
    pub fn apply(&mut self, event: &Event<'_>) -> Effects {
        let mut fx = Effects::default();
        self.now = event.ts;
        self.tick();
        let tid = event.tid;
        let known = EVENTS.get(event.etype as usize);
        if tid <= 0 || !known.is_some_and(|info| info.exit && info.category & ec::SYSCALL != 0) {
            if event.etype == code::PROCEXIT_1_E && self.threads.get(tid).is_some() {
                fx.deferred = Deferred::ExitThread { tid, reaper: event.int(4).unwrap_or(0) };
            } else {
                self.on_meta(event);
            }
            return fx;
        }
        match event.etype {
            code::SYSCALL_CLONE_20_X | code::SYSCALL_CLONE3_X | code::SYSCALL_FORK_20_X | code::SYSCALL_VFORK_20_X => {
                self.on_clone(event)
            }
            code::SYSCALL_EXECVE_19_X | code::SYSCALL_EXECVEAT_X => self.on_exec(event),
            _ => {
                fx.files = self.ensure(tid);
                self.describe_fd(event, &mut fx);
                if fx.files.is_some() {
                    self.dispatch(event, &mut fx);
                }
            }
        }
        fx
    }

    /// Carry out what [`State::apply`] put off so that the rules could still see it.
    pub fn settle(&mut self, effects: Effects) {
        match effects.deferred {
            Deferred::Nothing => {}
            Deferred::CloseFd { num } => {
                if let Some(files) = effects.files {
                    self.spare_fd = self.files.remove(files, num);
                }
            }
            Deferred::ExitThread { tid, reaper } => self.exit_thread(tid, reaper),
        }
    }

    fn dispatch(&mut self, event: &Event<'_>, fx: &mut Effects) {
        match event.etype {
            code::SYSCALL_CLOSE_X => self.on_close(fx),
            code::SYSCALL_OPEN_X
            | code::SYSCALL_OPENAT_2_X
            | code::SYSCALL_OPENAT2_X
            | code::SYSCALL_CREAT_X
            | code::SYSCALL_OPEN_BY_HANDLE_AT_X => self.on_open(event, fx),

            code::SYSCALL_CLOSE_RANGE_X => self.on_close_range(event),
            code::SYSCALL_DUP_1_X | code::SYSCALL_DUP2_X | code::SYSCALL_DUP3_X => self.on_dup(event, fx),
            code::SYSCALL_FCNTL_X => self.on_fcntl(event, fx),
            code::SYSCALL_PIPE_X | code::SYSCALL_PIPE2_X => self.on_pipe(event, fx),
            code::SYSCALL_PIDFD_OPEN_X => self.on_pidfd_open(event, fx),
            code::SYSCALL_PIDFD_GETFD_X => self.on_pidfd_getfd(event, fx),
            code::SYSCALL_MEMFD_CREATE_X => self.on_memfd(event, fx),
            code::SYSCALL_BPF_2_X => self.on_bpf(event, fx),
            code::SYSCALL_EVENTFD_X
            | code::SYSCALL_EVENTFD2_X
            | code::SYSCALL_SIGNALFD_X
            | code::SYSCALL_SIGNALFD4_X
            | code::SYSCALL_TIMERFD_CREATE_X
            | code::SYSCALL_INOTIFY_INIT_X
            | code::SYSCALL_INOTIFY_INIT1_X
            | code::SYSCALL_EPOLL_CREATE_X
            | code::SYSCALL_EPOLL_CREATE1_X
            | code::SYSCALL_USERFAULTFD_X
            | code::SYSCALL_IO_URING_SETUP_X => self.on_anonymous(event, fx),

            code::SOCKET_SOCKET_X => self.on_socket(event, fx),
            code::SOCKET_SOCKETPAIR_X => self.on_socketpair(event, fx),
            code::SOCKET_BIND_X => self.on_bind(event, fx),
            code::SOCKET_LISTEN_X => self.on_listen(event, fx),
            code::SOCKET_CONNECT_X => self.on_connect(event, fx),
            code::SOCKET_ACCEPT_5_X | code::SOCKET_ACCEPT4_6_X => self.on_accept(event, fx),
            code::SOCKET_GETSOCKOPT_X => self.on_getsockopt(event, fx),
            code::SOCKET_SEND_X
            | code::SOCKET_SENDTO_X
            | code::SOCKET_SENDMSG_X
            | code::SOCKET_SENDMMSG_X
            | code::SOCKET_RECV_X
            | code::SOCKET_RECVFROM_X
            | code::SOCKET_RECVMSG_X
            | code::SOCKET_RECVMMSG_X => self.on_traffic(event, fx),

            code::SYSCALL_CHDIR_X => self.on_chdir(event),
            code::SYSCALL_FCHDIR_X => self.on_fchdir(event),
            code::SYSCALL_CHROOT_X => self.on_chroot(event),
            code::SYSCALL_UNSHARE_X => self.on_unshare(event),
            code::SYSCALL_SETNS_X => self.on_setns(event),

            code::SYSCALL_SETUID_X
            | code::SYSCALL_SETREUID_X
            | code::SYSCALL_SETRESUID_X
            | code::SYSCALL_SETGID_X
            | code::SYSCALL_SETREGID_X
            | code::SYSCALL_SETRESGID_X => self.on_set_ids(event),
            code::SYSCALL_CAPSET_X => self.on_capset(event),
            code::SYSCALL_SETSID_X => self.on_setsid(event),
            code::SYSCALL_SETPGID_X => self.on_setpgid(event),
            code::SYSCALL_PRCTL_X => self.on_prctl(event),
            _ => {}
        }
    }

    /// Fill in the descriptor that the event uses.
    fn describe_fd(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let Some(at) = used_fd_param(event.etype) else { return };
        let num = event.int(at).unwrap_or(-1);
        fx.fd = Some(num);
        if num < 0 {
            return;
        }
        let Some(files) = fx.files else { return };
        match self.files.get(files, num) {
            Some(fd) if fd.kind != FdKind::Unknown => fx.fd_info = Some(fd.clone()),
            // A descriptor the process does not have either is not missing from the table.
            _ if event.int(0) == Some(-EBADF) => {}
            _ => fx.fd_info = self.look_up_fd(event.tid, num),
        }
    }

    /// Number of the descriptor that parameter `at` says was made; `None`, with `fx.fd` -1, when the call failed.
    pub(super) fn new_fd_number(&self, event: &Event<'_>, at: usize, fx: &mut Effects) -> Option<i64> {
        match event.int(at) {
            Some(num) if num >= 0 => Some(num),
            _ => {
                fx.fd = Some(-1);
                fx.fd_info = None;
                None
            }
        }
    }

    /// `fd` in the memory of the descriptor closed last, where nobody else looks at that any more.
    fn shared_fd(&mut self, fd: Fd) -> Arc<Fd> {
        if let Some(mut spare) = self.spare_fd.take() {
            if let Some(slot) = Arc::get_mut(&mut spare) {
                *slot = fd;
                return spare;
            }
        }
        Arc::new(fd)
    }

    /// The event made `fd` under the number `num`.
    pub(super) fn make_fd(&mut self, fx: &mut Effects, num: i64, fd: Fd) {
        let fd = self.shared_fd(fd);
        fx.fd = Some(num);
        fx.fd_info = Some(fd.clone());
        if let Some(files) = fx.files {
            self.put_fd_in(files, num, fd);
        }
    }
}
