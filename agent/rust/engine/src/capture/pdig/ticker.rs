//! A signal from time to time, only for the thread that waits: it ends a wait that nothing else would end.

use std::time::Duration;

use super::super::sys::last_errno;
use crate::error::{Error, Result};

pub struct Ticker(libc::timer_t);

// SAFETY: the id of a timer of this process, which any thread may delete.
unsafe impl Send for Ticker {}

extern "C" fn nothing(_signal: libc::c_int) {}

impl Ticker {
    /// Interrupt system calls of the calling thread every so often.
    pub fn start(every: Duration) -> Result<Ticker> {
        let signal = libc::SIGRTMIN() + 5;
        let refused = |what: &str| Error::Os { what: what.into(), errno: last_errno() };
        // SAFETY: structures are plain data, zeroed and then filled as sigaction(2) and timer_create(2) want them.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = nothing as *const () as usize;
            if libc::sigaction(signal, &action, std::ptr::null_mut()) != 0 {
                return Err(refused("a signal could not be set up"));
            }
            let mut event: libc::sigevent = std::mem::zeroed();
            event.sigev_notify = libc::SIGEV_THREAD_ID;
            event.sigev_signo = signal;
            event.sigev_notify_thread_id = libc::gettid();
            let mut timer: libc::timer_t = std::mem::zeroed();
            if libc::timer_create(libc::CLOCK_MONOTONIC, &mut event, &mut timer) != 0 {
                return Err(refused("a timer could not be made"));
            }
            let ticker = Ticker(timer);
            let interval = libc::timespec { tv_sec: every.as_secs() as i64, tv_nsec: i64::from(every.subsec_nanos()) };
            let times = libc::itimerspec { it_interval: interval, it_value: interval };
            match libc::timer_settime(timer, 0, &times, std::ptr::null_mut()) {
                0 => Ok(ticker),
                _ => Err(refused("a timer could not be started")),
            }
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // SAFETY: our own timer, deleted once.
        unsafe { libc::timer_delete(self.0) };
    }
}
