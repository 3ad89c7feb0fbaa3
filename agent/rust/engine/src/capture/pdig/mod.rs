//! pdig: system calls seen through ptrace(2), where nothing of the kernel's own may be used.
//!
//! One thread traces ([`Tracer`]): whoever runs it makes all calls of ptrace and wait. What it records goes through a buffer to the engine,
//! which drains it as it drains a kernel driver's ([`Pdig`]). The bodies of the system calls are those of the kernel drivers
//! (`drivers/shared`), compiled for this process (`drivers/pdig/bodies.c`).

mod boundary;
mod calls;
mod cgroups;
pub mod child;
mod facts;
mod filter;
mod host;
mod memory;
mod mounts;
mod namespaces;
mod overlays;
mod processes;
mod progress;
pub mod ptrace;
mod ring;
pub mod signals;
mod sockets;
mod ticker;
mod tracer;
#[cfg(test)]
mod tracer_tests;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use self::host::Host;
use self::ring::Reader;
use self::signals::Arrivals;
use super::kernel::{kernel_release, live_of, with_missing, Report};
use super::merge::Merger;
use super::ring::RingBuffer;
use super::selection::Selection;
use super::wire::CpuState;
use super::{counted, sys, Record, Sink, Source, SourceStats};
use crate::error::Result;
use crate::schema::filler;

pub use self::filter::program as filter_program;
pub use self::progress::Progress;
pub use self::tracer::Tracer;

/// AUDIT_ARCH_* of include/uapi/linux/audit.h.
#[cfg(target_arch = "x86_64")]
pub const ARCH_NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
pub const ARCH_NATIVE: u32 = 0xc000_00b7;
/// Calls made the 32-bit way. (On Arm there is no table for them.)
pub const ARCH_IA32: u32 = 0x4000_0003;

/// What the tracer and the engine's side have in common.
pub struct Shared {
    state: CpuState,
    /// The tracer is asked to end.
    stopping: AtomicBool,
    /// Nothing will be recorded any more.
    done: AtomicBool,
    /// Processes that were attached to, and that the engine has not been told of.
    newcomers: Mutex<Vec<i64>>,
    arrivals: Arc<Arrivals>,
    /// Reads of a process's memory that the kernel forbade, and the first such thread.
    forbidden: AtomicU64,
    first_forbidden: AtomicI32,
}

/// The engine's side: a source like any other.
pub struct Pdig {
    shared: Arc<Shared>,
    merger: Merger<Reader>,
    clock_offset: i64,
    clock_checked: Instant,
    pub report: Report,
}

/// Set up a capture; nothing is traced yet.
pub fn open(selection: &Selection, buffer_bytes: usize, snaplen: u32) -> Result<(Pdig, Tracer)> {
    let started = Instant::now();
    let (writer, reader) = ring::buffer(buffer_bytes);
    let shared = Arc::new(Shared {
        state: tracer::empty_state(),
        stopping: AtomicBool::new(false),
        done: AtomicBool::new(false),
        newcomers: Mutex::default(),
        arrivals: Arc::default(),
        forbidden: AtomicU64::new(0),
        first_forbidden: AtomicI32::new(0),
    });
    let events: BTreeSet<u16> =
        selection.events.iter().copied().filter(|event| filler(*event).is_some_and(|filler| filler.written)).collect();
    let mut live = live_of(selection, &events, snaplen);
    live.enabled = 1;
    let report = Report {
        driver: "pdig",
        kernel: kernel_release(),
        programs: 0,
        refused: with_missing(Vec::new(), &events, selection),
        calls: selection.calls.len(),
        names: selection.calls.clone(),
        rings: 1,
        ring_bytes: reader.size(),
        load_ms: started.elapsed().as_millis() as u64,
        attach_ms: 0,
    };
    let tracer = Tracer::new(shared.clone(), live, Host::new(writer, shared.clone()));
    let source = Pdig {
        shared,
        merger: Merger::new(vec![reader]),
        clock_offset: sys::epoch_offset_ns(libc::CLOCK_BOOTTIME),
        clock_checked: Instant::now(),
        report,
    };
    Ok((source, tracer))
}

impl Source for Pdig {
    fn drain(&mut self, sink: &mut dyn Sink) -> Result<usize> {
        if self.clock_checked.elapsed() > Duration::from_secs(1) {
            self.clock_checked = Instant::now();
            let offset = sys::epoch_offset_ns(libc::CLOCK_BOOTTIME);
            if offset.abs_diff(self.clock_offset) > 1_000_000 {
                self.clock_offset = offset;
            }
        }
        let clock_offset = self.clock_offset;
        Ok(self.merger.drain(&mut || u64::MAX, &mut |merged| {
            if let Some(record) = Record::of_ring(merged.bytes, clock_offset, merged.after_gap) {
                sink.event(&record);
            }
        }))
    }

    fn stop(&mut self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
    }

    fn stats(&self) -> SourceStats {
        let stats = SourceStats {
            delivered: self.merger.delivered,
            late: self.merger.late,
            stalls: self.merger.stalls,
            forbidden: self.shared.forbidden.load(Ordering::Relaxed),
            ..SourceStats::default()
        };
        counted(stats, |see| see(&self.shared.state))
    }

    fn ended(&self) -> bool {
        self.shared.done.load(Ordering::Acquire)
    }

    fn newcomers(&mut self) -> Vec<i64> {
        std::mem::take(&mut *self.shared.newcomers.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}
