//! Bounds on work that an event can cause.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

const SECOND: u64 = 1_000_000_000;

/// At most so many permits in each second of event time.
#[derive(Debug)]
pub struct RateLimit {
    per_second: u32,
    window: u64,
    used: u32,
}

impl RateLimit {
    pub fn new(per_second: u32) -> RateLimit {
        RateLimit { per_second, window: 0, used: 0 }
    }

    pub fn permit(&mut self, now: u64) -> bool {
        // Also when time goes backwards, as it may between rings: a new window.
        if now.abs_diff(self.window) >= SECOND {
            self.window = now;
            self.used = 0;
        }
        if self.used >= self.per_second {
            return false;
        }
        self.used += 1;
        true
    }
}

/// Threads that exited before the clone event of their parent came (always so with vfork).
///
/// Without this memory the parent's late event would bring the dead child back into the table.
#[derive(Debug, Default)]
pub struct EarlyExits {
    times: FxHashMap<i64, u64>,
    order: VecDeque<(i64, u64)>,
}

impl EarlyExits {
    const MAX: usize = 8192;
    /// A parent's event comes this much later at most: it is emitted when the parent runs again.
    const LIFETIME: u64 = 10 * SECOND;

    pub fn add(&mut self, tid: i64, now: u64) {
        while let Some((old, at)) = self.order.front().copied() {
            if self.order.len() < Self::MAX && now.saturating_sub(at) <= Self::LIFETIME {
                break;
            }
            self.order.pop_front();
            if self.times.get(&old) == Some(&at) {
                self.times.remove(&old);
            }
        }
        self.times.insert(tid, now);
        self.order.push_back((tid, now));
    }

    /// Whether `tid` exited a moment ago; forgets it.
    pub fn take(&mut self, tid: i64, now: u64) -> bool {
        self.times.remove(&tid).is_some_and(|at| now.saturating_sub(at) <= Self::LIFETIME)
    }

    pub fn forget(&mut self, tid: i64) {
        if !self.times.is_empty() {
            self.times.remove(&tid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_run_out_and_come_back() {
        let mut limit = RateLimit::new(2);
        assert!(limit.permit(5 * SECOND) && limit.permit(5 * SECOND + 1));
        assert!(!limit.permit(5 * SECOND + 2));
        assert!(limit.permit(6 * SECOND + 1));
    }

    #[test]
    fn early_exits_are_bounded_and_expire() {
        let mut exits = EarlyExits::default();
        for tid in 0..100_000 {
            exits.add(tid, 1);
        }
        assert!(exits.order.len() <= EarlyExits::MAX && exits.times.len() <= EarlyExits::MAX);
        assert!(exits.take(99_999, 2));
        assert!(!exits.take(99_999, 2));
        assert!(!exits.take(99_998, 1 + EarlyExits::LIFETIME + 1));
        exits.add(7, 20 * SECOND);
        assert_eq!(exits.order.len(), 1);
    }
}
