//! What each rule costs: measured only when asked for.

use std::time::Instant;

/// Told what an evaluation does. The one that does nothing compiles to nothing.
pub(super) trait Watch {
    /// An event is about to be looked at.
    fn begin(&mut self);
    /// It is known which rules are worth asking.
    fn searched(&mut self);
    /// One rule has been asked.
    fn asked(&mut self, rule: u32, matched: bool);
}

pub(super) struct Unwatched;

impl Watch for Unwatched {
    #[inline(always)]
    fn begin(&mut self) {}
    #[inline(always)]
    fn searched(&mut self) {}
    #[inline(always)]
    fn asked(&mut self, _: u32, _: bool) {}
}

/// How often something was done and what it took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    pub evaluated: u64,
    pub matched: u64,
    /// Nanoseconds, those of reading the clock taken off.
    pub ns: u64,
}

/// Costs since the capture began.
///
/// A rule that the searches ruled out was not asked, and costs nothing of its own. A condition that several rules share is paid
/// for by the first one that asks it.
#[derive(Debug, Clone)]
pub struct Profile {
    /// By rule, in load order.
    pub rules: Vec<Cost>,
    /// Finding the rules that are worth asking: what all of them share.
    pub search: Cost,
    last: Instant,
    clock_ns: u64,
}

impl Profile {
    pub fn new(rules: usize) -> Profile {
        let mut profile =
            Profile { rules: vec![Cost::default(); rules], search: Cost::default(), last: Instant::now(), clock_ns: 0 };
        profile.clock_ns = (0..1000).map(|_| profile.lap()).min().unwrap_or(0);
        profile
    }

    /// Time since the last call.
    fn lap(&mut self) -> u64 {
        let now = Instant::now();
        let ns = now.duration_since(self.last).as_nanos() as u64;
        self.last = now;
        ns.saturating_sub(self.clock_ns)
    }
}

impl Watch for Profile {
    fn begin(&mut self) {
        self.last = Instant::now();
    }

    fn searched(&mut self) {
        self.search.evaluated += 1;
        self.search.ns += self.lap();
    }

    fn asked(&mut self, rule: u32, matched: bool) {
        let ns = self.lap();
        if let Some(cost) = self.rules.get_mut(rule as usize) {
            cost.evaluated += 1;
            cost.matched += u64::from(matched);
            cost.ns += ns;
        }
    }
}
