//! Signals that processes have sent to the program that was started: a signal to a whole group reaches the tracer, too, which is not to hand
//! it on a second time.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use libc::{c_int, pid_t};

use super::ptrace;

/// As many are remembered; a signal is asked for within moments.
const REMEMBERED: usize = 32;

struct Arrival {
    signal: c_int,
    sender: pid_t,
    at: Instant,
}

/// What has arrived of late.
#[derive(Default)]
pub struct Arrivals(Mutex<VecDeque<Arrival>>);

impl Arrivals {
    /// A thread of the program is stopped by a signal that is about to be delivered.
    pub fn note(&self, tid: pid_t, signal: c_int) {
        let Some(sender) = ptrace::sender(tid) else { return };
        let mut arrivals = self.lock();
        if arrivals.len() == REMEMBERED {
            arrivals.pop_front();
        }
        arrivals.push_back(Arrival { signal, sender, at: Instant::now() });
    }

    /// Whether the program got this signal from this process within the last moments. Each answers once.
    pub fn take(&self, signal: c_int, sender: pid_t, within: Duration) -> bool {
        let mut arrivals = self.lock();
        arrivals.retain(|arrival| arrival.at.elapsed() <= within);
        let found = arrivals.iter().position(|arrival| arrival.signal == signal && arrival.sender == sender);
        found.and_then(|at| arrivals.remove(at)).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arrival>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrival_answers_once_and_only_for_its_signal_and_sender() {
        let arrivals = Arrivals::default();
        arrivals.lock().push_back(Arrival { signal: libc::SIGTERM, sender: 7, at: Instant::now() });
        let long = Duration::from_secs(60);
        assert!(!arrivals.take(libc::SIGINT, 7, long));
        assert!(!arrivals.take(libc::SIGTERM, 8, long));
        assert!(arrivals.take(libc::SIGTERM, 7, long));
        assert!(!arrivals.take(libc::SIGTERM, 7, long));
    }

    #[test]
    fn an_old_arrival_is_forgotten() {
        let arrivals = Arrivals::default();
        let at = Instant::now().checked_sub(Duration::from_secs(2)).expect("a clock that has run for two seconds");
        arrivals.lock().push_back(Arrival { signal: libc::SIGTERM, sender: 7, at });
        assert!(!arrivals.take(libc::SIGTERM, 7, Duration::from_secs(1)));
    }
}
