//! Starting a program that is traced from its first instruction: the new process waits until it is told to go on, so that the tracer can
//! seize it first.

use std::ffi::CString;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use libc::{c_int, pid_t, sock_filter};

use super::super::sys::last_errno;
use crate::error::{Error, Result};

/// What is to be started.
pub struct Program {
    /// Path of the file; it is not searched for.
    pub path: CString,
    pub arguments: Vec<CString>,
    pub environment: Vec<CString>,
    /// Signals that it begins with ignored, and with their default action; others as this process has them.
    pub ignored_signals: Vec<c_int>,
    pub default_signals: Vec<c_int>,
    /// Signals that it begins with blocked.
    pub mask: libc::sigset_t,
    pub filter: Option<Vec<sock_filter>>,
    /// Give up gaining privileges by executing files, which lets everybody install a filter.
    pub no_new_privileges: bool,
}

/// A process that has not executed its program yet. Dropped, it ends.
pub struct Held {
    pub pid: pid_t,
    go: std::fs::File,
    failure: std::fs::File,
}

/// Which step of a start failed, as one byte, before its errno.
const NO_NEW_PRIVILEGES: u8 = 1;
const FILTER: u8 = 2;
const EXEC: u8 = 3;

impl Program {
    /// Fork. The new process waits for [`Held::release`].
    pub fn hold(&self) -> Result<Held> {
        let (go_read, go_write) = pipe()?;
        let (failure_read, failure_write) = pipe()?;
        let pointers = |strings: &[CString]| -> Vec<*const libc::c_char> {
            strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect()
        };
        let (arguments, environment) = (pointers(&self.arguments), pointers(&self.environment));
        // SAFETY: the child of a process with several threads may only do what is safe in a signal handler; `execute` keeps to that.
        match unsafe { libc::fork() } {
            -1 => Err(Error::Os { what: "no process could be started".into(), errno: last_errno() }),
            0 => unsafe {
                // The parent's end: with it open here, the parent's death would go unseen.
                libc::close(go_write.as_raw_fd());
                self.execute(go_read.as_raw_fd(), failure_write.as_raw_fd(), &arguments, &environment)
            },
            pid => Ok(Held { pid, go: go_write.into(), failure: failure_read.into() }),
        }
    }

    /// # Safety
    ///
    /// Only in a process that was just forked. No allocation, no lock.
    unsafe fn execute(
        &self,
        go: c_int,
        failure: c_int,
        arguments: &[*const libc::c_char],
        environment: &[*const libc::c_char],
    ) -> ! {
        let fail = |step: u8| -> ! {
            let errno = last_errno().to_ne_bytes();
            let message = [step, errno[0], errno[1], errno[2], errno[3]];
            libc::write(failure, message.as_ptr().cast(), message.len());
            libc::_exit(127)
        };
        for signal in &self.default_signals {
            libc::signal(*signal, libc::SIG_DFL);
        }
        for signal in &self.ignored_signals {
            libc::signal(*signal, libc::SIG_IGN);
        }
        let mut byte = 0u8;
        loop {
            match libc::read(go, (&raw mut byte).cast(), 1) {
                1 => break,
                -1 if last_errno() == libc::EINTR => {}
                _ => libc::_exit(127), // the tracer is gone
            }
        }
        libc::pthread_sigmask(libc::SIG_SETMASK, &self.mask, std::ptr::null_mut());
        if self.no_new_privileges && libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            fail(NO_NEW_PRIVILEGES);
        }
        if let Some(filter) = &self.filter {
            let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_ptr().cast_mut() };
            if libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) != 0 {
                fail(FILTER);
            }
        }
        libc::execve(self.path.as_ptr(), arguments.as_ptr(), environment.as_ptr());
        fail(EXEC)
    }
}

impl Held {
    /// Let the program begin.
    pub fn release(&mut self) -> std::io::Result<()> {
        self.go.write_all(&[1])
    }

    /// Why the program could not be executed, if that is known; to be asked when the process has ended.
    pub fn failure(&mut self) -> Option<(String, i32)> {
        let mut message = [0; 5];
        loop {
            match self.failure.read_exact(&mut message) {
                Ok(()) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return None,
            }
        }
        let what = match message[0] {
            NO_NEW_PRIVILEGES => "no_new_privs could not be set",
            FILTER => "the kernel refused the seccomp filter",
            _ => "it could not be executed",
        };
        Some((what.into(), i32::from_ne_bytes([message[1], message[2], message[3], message[4]])))
    }
}

fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: the array holds two descriptors, which are ours when the call succeeds.
    unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(Error::Os { what: "a pipe could not be made".into(), errno: last_errno() });
        }
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}
