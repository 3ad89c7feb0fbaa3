//! What one event did to the state.

use std::sync::Arc;

use super::fd::Fd;
use super::files::FilesId;
use super::thread::Bytes;

/// Result of applying an event; give it back to [`super::State::settle`] after the rules have run.
#[derive(Debug, Default)]
#[must_use]
pub struct Effects {
    /// The descriptor the event is about: the one it uses, or the one it made (the second one of a pair). As the event
    /// gives it (-100 is AT_FDCWD); -1 for a call that failed to make one.
    pub fd: Option<i64>,
    /// What is known of `fd` after the event (before it, for a close).
    pub fd_info: Option<Arc<Fd>>,
    /// The event changed the text of `fd_info` (connect, sendto and their like on a socket).
    pub fd_name_changed: bool,
    /// Open family, when the call failed: the absolute path it asked for. When it did not, `fd_info` has it.
    pub path: Option<Bytes>,
    /// Descriptors of the thread that the event is of; they stay the same until the event is settled.
    pub(super) files: Option<FilesId>,
    pub(super) deferred: Deferred,
}

/// Removals that wait until the rules have seen the event.
#[derive(Debug, Default)]
pub(super) enum Deferred {
    #[default]
    Nothing,
    CloseFd {
        num: i64,
    },
    ExitThread {
        tid: i64,
        reaper: i64,
    },
}
