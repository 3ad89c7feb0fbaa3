//! What the tracer tells whoever runs it.

use libc::{c_int, pid_t};
use serde::Serialize;

/// How things stand after [`super::Tracer::run`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Threads that are traced.
    pub threads: usize,
    /// How the program that was started has ended: its status as wait(2) says it.
    pub ended: Option<c_int>,
    /// The program that was started has been stopped by this signal, since the last time.
    pub stopped: Option<c_int>,
    /// It is stopped now.
    pub still_stopped: bool,
    /// The first process whose memory the kernel did not let the tracer read.
    pub forbidden: Option<pid_t>,
    /// Nothing is left to trace, or the end was asked for.
    pub done: bool,
}
