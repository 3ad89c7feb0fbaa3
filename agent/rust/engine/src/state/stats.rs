//! Counters of the state tables.

/// A snapshot; counters only grow, sizes follow the tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct StateStats {
    pub threads: u64,
    pub processes: u64,
    pub fds: u64,
    /// Times that a thread could not be tracked because the table was full.
    pub threads_dropped: u64,
    /// Descriptors not tracked because their table was full.
    pub fds_dropped: u64,
    /// Threads read from /proc because an event mentioned them and the table did not have them.
    pub proc_lookups: u64,
    /// Of those, threads that /proc did not have any more.
    pub proc_lookups_failed: u64,
    /// Reads of /proc refused by the rate limit.
    pub proc_lookups_limited: u64,
    /// Single descriptors whose name was read from /proc.
    pub fd_lookups: u64,
    /// Gaps reported with `mark_gap`, and threads read again because of them.
    pub gaps: u64,
    pub resyncs: u64,
    /// Threads found in the table under a thread id that a new thread now has: their exit was lost.
    pub stale_replaced: u64,
    /// Threads removed because /proc does not have them any more: their exit was lost.
    pub swept: u64,
    /// Events about a descriptor that the table does not have.
    pub unknown_fds: u64,
}
