//! How long threads ran, from captures that have switch events or process statistics.

use rustc_hash::FxHashMap;

/// Processors whose last switch is kept; events of others have no time slice.
const MAX_CPUS: usize = 8192;
/// Process statistics count in clock ticks of which a second has this many (USER_HZ of the kernel).
const TICKS_PER_SECOND: f64 = 100.0;
const SECOND: f64 = 1e9;

/// CPU use of a thread between its last two statistics, in percent of one processor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CpuUse {
    pub user: f64,
    pub system: f64,
}

/// Threads are forgotten with [`CpuTimes::forget`]: the maps never outgrow the thread table.
#[derive(Debug, Default)]
pub(super) struct CpuTimes {
    /// Time of the last switch, by processor; 0: none yet.
    switched: Vec<u64>,
    /// What the event being applied ended or measured.
    slice: Option<u64>,
    usage: Option<CpuUse>,
    totals: FxHashMap<i64, u64>,
    /// Time, ticks in user mode and ticks in the kernel as of the last statistics.
    ticks: FxHashMap<i64, (u64, u64, u64)>,
}

impl CpuTimes {
    /// The thread gives up the processor. Its time counts when it is `known`.
    pub fn switch(&mut self, cpu: u16, tid: i64, known: bool, now: u64) {
        self.slice = None;
        let cpu = usize::from(cpu);
        if cpu >= MAX_CPUS {
            return;
        }
        if self.switched.len() <= cpu {
            self.switched.resize(cpu + 1, 0);
        }
        let before = std::mem::replace(&mut self.switched[cpu], now);
        if before == 0 {
            return;
        }
        let slice = now.saturating_sub(before);
        self.slice = Some(slice);
        if known {
            let total = self.totals.entry(tid).or_default();
            *total = total.saturating_add(slice);
        }
    }

    /// Counters of the thread since it began.
    pub fn measure(&mut self, tid: i64, now: u64, user: u64, system: u64) {
        self.usage = None;
        let Some((then, user_then, system_then)) = self.ticks.insert(tid, (now, user, system)) else { return };
        let elapsed = now.saturating_sub(then) as f64 / SECOND;
        if elapsed > 0.0 {
            let percent = |ticks: u64| (ticks as f64 / TICKS_PER_SECOND / elapsed * 100.0).min(100.0);
            let (user, system) = (user.saturating_sub(user_then), system.saturating_sub(system_then));
            self.usage = Some(CpuUse { user: percent(user), system: percent(system) });
        }
    }

    pub fn forget(&mut self, tid: i64) {
        if !self.totals.is_empty() {
            self.totals.remove(&tid);
        }
        if !self.ticks.is_empty() {
            self.ticks.remove(&tid);
        }
    }

    pub fn slice(&self) -> Option<u64> {
        self.slice
    }

    pub fn usage(&self) -> Option<CpuUse> {
        self.usage
    }

    pub fn total(&self, tid: i64) -> Option<u64> {
        self.totals.get(&tid).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_counted_by_processor_and_summed_by_thread() {
        let mut times = CpuTimes::default();
        times.switch(0, 7, true, 100);
        assert_eq!((times.slice(), times.total(7)), (None, None), "it is not known since when it ran");
        times.switch(1, 8, true, 150);
        times.switch(0, 7, true, 160);
        assert_eq!((times.slice(), times.total(7)), (Some(60), Some(60)));
        times.switch(1, 7, true, 250);
        assert_eq!((times.slice(), times.total(7)), (Some(100), Some(160)));
        times.switch(1, 9, false, 300);
        assert_eq!((times.slice(), times.total(9)), (Some(50), None));
        times.switch(u16::MAX, 7, true, 400);
        assert_eq!(times.slice(), None);
        times.forget(7);
        assert_eq!(times.total(7), None);
    }

    #[test]
    fn use_is_the_share_of_the_time_between_two_measurements() {
        let mut times = CpuTimes::default();
        times.measure(7, 1_000_000_000, 500, 100);
        assert_eq!(times.usage(), None);
        times.measure(7, 3_000_000_000, 600, 150);
        assert_eq!(times.usage(), Some(CpuUse { user: 50.0, system: 25.0 }));
        times.measure(7, 3_000_000_000, 700, 150);
        assert_eq!(times.usage(), None, "no time has passed");
        times.measure(7, 4_000_000_000, 0, 9999);
        assert_eq!(times.usage(), Some(CpuUse { user: 0.0, system: 100.0 }));
    }
}
