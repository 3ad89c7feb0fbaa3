//! Descriptors are closed, copied, and made without a file or socket behind them.

use std::sync::Arc;

use crate::event::Event;
use crate::schema::code;

use super::effects::Deferred;
use super::open::o;
use super::{Effects, Fd, FdKind, State};

/// PPM_FCNTL_* numbers of the flag table `fcntl_commands`.
const F_DUPFD: u64 = 1;
const F_SETFD: u64 = 3;
const F_DUPFD_CLOEXEC: u64 = 26;
/// The argument of F_SETFD (fcntl.h).
const FD_CLOEXEC: u64 = 1;
/// Bits of the flag table `close_range_flags`.
const CLOSE_RANGE_UNSHARE: u64 = 2;
const CLOSE_RANGE_CLOEXEC: u64 = 4;
const MFD_CLOEXEC: u64 = 1;
const EPOLL_CLOEXEC: u64 = 1;

impl State {
    /// Whatever close(2) returns, the descriptor is free after it (but for EBADF, where it was free before).
    pub(super) fn on_close(&mut self, fx: &mut Effects) {
        if let Some(num) = fx.fd.filter(|num| *num >= 0) {
            fx.deferred = Deferred::CloseFd { num };
        }
    }

    pub(super) fn on_close_range(&mut self, event: &Event<'_>) {
        if event.int(0) != Some(0) {
            return;
        }
        let (Some(first), Some(last)) = (event.uint(1), event.uint(2)) else { return };
        let flags = event.uint(3).unwrap_or(0);
        let inside = move |num: i64| (first..=last).contains(&(num as u64));
        if flags & CLOSE_RANGE_UNSHARE != 0 {
            self.take_own_files(event.tid);
        }
        let Some(files) = self.files_of(event.tid) else { return };
        if flags & CLOSE_RANGE_CLOEXEC != 0 {
            self.files.change_where(files, |num, fd| {
                (inside(num) && !fd.cloexec).then(|| Fd { cloexec: true, ..fd.clone() })
            });
        } else {
            self.files.remove_where(files, |num, _| inside(num));
        }
    }

    pub(super) fn on_dup(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let Some(old) = event.int(1) else { return };
        let Some(num) = self.new_fd_number(event, 0, fx) else { return };
        if num == old {
            return;
        }
        let cloexec = event.etype == code::SYSCALL_DUP3_X && event.uint(3).unwrap_or(0) & u64::from(o::CLOEXEC) != 0;
        fx.fd = Some(num);
        fx.fd_info = self.copy_fd(event.tid, old, num, cloexec);
    }

    pub(super) fn on_fcntl(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let (Some(old), Some(command)) = (event.int(1), event.uint(2)) else { return };
        let Some(res) = event.int(0).filter(|res| *res >= 0) else { return };
        match command {
            F_DUPFD | F_DUPFD_CLOEXEC if res != old => {
                fx.fd = Some(res);
                fx.fd_info = self.copy_fd(event.tid, old, res, command == F_DUPFD_CLOEXEC);
            }
            F_SETFD => {
                let cloexec = event.uint(3).unwrap_or(0) & FD_CLOEXEC != 0;
                let Some(fd) = self.fd_arc(event.tid, old).filter(|fd| fd.cloexec != cloexec) else { return };
                let fd = Arc::new(Fd { cloexec, ..(*fd).clone() });
                if fx.fd_info.is_some() {
                    fx.fd_info = Some(fd.clone());
                }
                self.put_fd(event.tid, old, fd);
            }
            _ => {}
        }
    }

    /// Make `num` a copy of `old`; where `old` is not known, neither is `num`, and what it was before is forgotten.
    fn copy_fd(&mut self, tid: i64, old: i64, num: i64, cloexec: bool) -> Option<Arc<Fd>> {
        let Some(fd) = self.fd_arc(tid, old) else {
            self.put_fd(tid, num, Arc::new(Fd { cloexec, ..Fd::new(FdKind::Unknown) }));
            return None;
        };
        let fd = if fd.cloexec == cloexec { fd } else { Arc::new(Fd { cloexec, ..(*fd).clone() }) };
        self.put_fd(tid, num, fd.clone());
        Some(fd)
    }

    pub(super) fn on_pipe(&mut self, event: &Event<'_>, fx: &mut Effects) {
        fx.fd = Some(-1);
        if event.int(0) != Some(0) {
            return;
        }
        let flags = if event.etype == code::SYSCALL_PIPE2_X { event.uint(4).unwrap_or(0) } else { 0 };
        for at in [1, 2] {
            let Some(num) = event.int(at).filter(|num| *num >= 0) else { continue };
            let ino = event.uint(3).unwrap_or(0);
            let cloexec = flags & u64::from(o::CLOEXEC) != 0;
            self.make_fd(fx, num, Fd { ino, cloexec, ..Fd::new(FdKind::Fifo) });
        }
    }

    /// Calls that make one descriptor of a kind of their own; the number is the result.
    pub(super) fn on_anonymous(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let Some(num) = self.new_fd_number(event, 0, fx) else { return };
        let flags = |at: usize, bit: u64| event.uint(at).unwrap_or(0) & bit != 0;
        let o_cloexec = u64::from(o::CLOEXEC);
        // timerfd_create and the old inotify_init carry eight bits of flags: TFD_CLOEXEC is not among them.
        let (kind, cloexec) = match event.etype {
            code::SYSCALL_EVENTFD_X => (FdKind::Event, false),
            code::SYSCALL_EVENTFD2_X => (FdKind::Event, flags(1, o_cloexec)),
            code::SYSCALL_SIGNALFD_X => (FdKind::Signal, false),
            code::SYSCALL_SIGNALFD4_X => (FdKind::Signal, flags(1, o_cloexec)),
            code::SYSCALL_TIMERFD_CREATE_X => (FdKind::Timer, false),
            code::SYSCALL_INOTIFY_INIT_X => (FdKind::Inotify, false),
            code::SYSCALL_INOTIFY_INIT1_X => (FdKind::Inotify, flags(1, o_cloexec)),
            code::SYSCALL_EPOLL_CREATE_X => (FdKind::EventPoll, false),
            code::SYSCALL_EPOLL_CREATE1_X => (FdKind::EventPoll, flags(1, EPOLL_CLOEXEC)),
            code::SYSCALL_USERFAULTFD_X => (FdKind::UserFault, flags(1, o_cloexec)),
            // Always close-on-exec (io_uring_setup(2)).
            code::SYSCALL_IO_URING_SETUP_X => (FdKind::IoUring, true),
            _ => (FdKind::Unsupported, false),
        };
        self.make_fd(fx, num, Fd { cloexec, ..Fd::new(kind) });
    }

    pub(super) fn on_memfd(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let Some(num) = self.new_fd_number(event, 0, fx) else { return };
        let name = self.names.get(event.str(1).unwrap_or_default());
        let cloexec = event.uint(2).unwrap_or(0) & MFD_CLOEXEC != 0;
        self.make_fd(fx, num, Fd { name, cloexec, ..Fd::new(FdKind::Memfd) });
    }

    pub(super) fn on_bpf(&mut self, event: &Event<'_>, fx: &mut Effects) {
        // Commands of the flag table `bpf_commands` that return a descriptor, always close-on-exec: MAP_CREATE,
        // PROG_LOAD, OBJ_GET, PROG_, MAP_GET_FD_BY_ID, RAW_TRACEPOINT_OPEN, BTF_LOAD, BTF_GET_FD_BY_ID, LINK_CREATE,
        // LINK_GET_FD_BY_ID, ENABLE_STATS, ITER_CREATE.
        const MAKES_FD: [u64; 12] = [0, 5, 7, 13, 14, 17, 18, 19, 28, 30, 32, 33];
        if !event.uint(1).is_some_and(|command| MAKES_FD.contains(&command)) {
            return;
        }
        let Some(num) = self.new_fd_number(event, 0, fx) else { return };
        self.make_fd(fx, num, Fd { cloexec: true, ..Fd::new(FdKind::Bpf) });
    }

    pub(super) fn on_pidfd_open(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let Some(num) = self.new_fd_number(event, 0, fx) else { return };
        let pid = event.int(1).unwrap_or(0);
        let name = self.names.get(format!("/proc/{pid}").as_bytes());
        self.make_fd(fx, num, Fd { name, pid, cloexec: true, ..Fd::new(FdKind::Pidfd) });
    }

    pub(super) fn on_pidfd_getfd(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let Some(num) = self.new_fd_number(event, 0, fx) else { return };
        let on_host = self.threads.get(event.tid).is_some_and(|entry| entry.thread.vtid == event.tid);
        let target = event
            .int(1)
            .and_then(|pidfd| self.fd(event.tid, pidfd))
            .filter(|fd| on_host && fd.kind == FdKind::Pidfd)
            .map(|fd| fd.pid);
        let source = target.zip(event.int(2)).and_then(|(pid, fd)| self.fd(pid, fd));
        let fd = source.cloned().unwrap_or_else(|| Fd::new(FdKind::Unknown));
        self.make_fd(fx, num, Fd { cloexec: true, ..fd });
    }
}
