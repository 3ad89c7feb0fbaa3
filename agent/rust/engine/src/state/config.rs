//! What a caller chooses: bounds, sources, and which processes are read at the start.

use std::path::PathBuf;

/// Bounds and sources of the state.
#[derive(Debug, Clone)]
pub struct StateConfig {
    /// Prefix of /proc and /etc (HOST_ROOT); "/" when the agent runs on the host.
    pub host_root: PathBuf,
    /// Threads beyond this are not tracked; counted in [`super::StateStats::threads_dropped`].
    pub max_threads: usize,
    /// Descriptors of one process beyond this are not tracked; counted in [`super::StateStats::fds_dropped`].
    pub max_fds: usize,
    /// Read /proc for threads that events mention but the table lacks. Off for replay and tests.
    pub proc_lookups: bool,
    /// Read users and groups from `host_root`/etc. Off for replay and tests.
    pub host_users: bool,
    /// Single-thread reads of /proc a second, at most.
    pub max_lookups_per_second: u32,
    /// Threads read again after gaps a second, at most: while events are being lost, every thread asks for it.
    pub max_resyncs_per_second: u32,
    /// When the system booted (ns since the epoch), to which times since boot are added. 0: ask this system, when
    /// `proc_lookups` is on.
    pub boot_time_ns: u64,
}

impl Default for StateConfig {
    fn default() -> StateConfig {
        StateConfig {
            host_root: PathBuf::from("/"),
            max_threads: 262_144,
            max_fds: 65_536,
            proc_lookups: true,
            host_users: true,
            max_lookups_per_second: 1000,
            max_resyncs_per_second: 100,
            boot_time_ns: 0,
        }
    }
}

impl StateConfig {
    /// A state that knows only what it is told: for capture files and tests.
    pub fn offline() -> StateConfig {
        StateConfig { proc_lookups: false, host_users: false, ..StateConfig::default() }
    }
}

/// Which processes an initial scan reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcScope {
    All,
    /// Full detail for `processes` (process ids); of their ancestors only names and program facts: no arguments, no
    /// descriptors, no environment. Nothing else is read.
    Pids {
        processes: Vec<i64>,
    },
}

/// What a scan of /proc found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct ScanReport {
    pub processes: usize,
    pub threads: usize,
    pub fds: usize,
    /// Processes that went away while they were read, or that could not be read.
    pub skipped: usize,
    pub micros: u64,
}
