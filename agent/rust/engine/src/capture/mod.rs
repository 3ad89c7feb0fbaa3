//! Where events come from. Every driver is a [`Source`]; the engine does not know which one feeds it.

pub mod classic;
pub mod classic_probe;
pub mod host;
mod input;
pub mod kernel;
pub mod kmod;
pub mod loader;
pub mod merge;
#[cfg(test)]
mod merge_tests;
pub mod modern_bpf;
pub mod pdig;
mod perf_event;
pub mod perf_ring;
pub mod replay;
pub mod ring;
pub mod scope;
pub mod selection;
mod sys;
pub mod wire;

use std::sync::atomic::Ordering;

use serde::Serialize;

use self::wire::CpuState;
use crate::error::Result;
use crate::scap::{Counters, Item};
use crate::schema::LOSS_NAMES;

/// One event as a source hands it over, borrowed until the callback returns.
pub struct Record<'a> {
    pub cpu: u16,
    pub flags: u32,
    /// Header, lengths and payloads (see [`crate::event::Event::parse`]).
    pub event: &'a [u8],
    /// Nanoseconds to add to the event's time to get the time since the epoch.
    pub clock_offset: i64,
    /// Records were lost, or came too late to be put in order, since the record before this one.
    pub after_gap: bool,
}

impl<'a> Record<'a> {
    /// Read what lies in a ring (wire.h); `None` when that is shorter than a record can be.
    fn of_ring(bytes: &'a [u8], clock_offset: i64, after_gap: bool) -> Option<Record<'a>> {
        let (cpu, flags) = (bytes.get(8..10)?, bytes.get(10..14)?);
        Some(Record {
            cpu: u16::from_le_bytes([cpu[0], cpu[1]]),
            flags: u32::from_le_bytes([flags[0], flags[1], flags[2], flags[3]]),
            event: bytes.get(wire::RECORD_EVENT..)?,
            clock_offset,
            after_gap,
        })
    }
}

/// What a source lost and why; every number counts since the start of the capture.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SourceStats {
    /// Records handed over.
    pub delivered: u64,
    /// Records that came too late to be put in order.
    pub late: u64,
    /// Merges that waited for a record still being written.
    pub stalls: u64,
    pub lost: u64,
    pub lost_by_category: Vec<(&'static str, u64)>,
    pub lost_by_cause: Vec<(&'static str, u64)>,
    /// Parameters left empty because user memory could not be read.
    pub unreadable: u64,
    /// Children that did not fit the table of processes in scope.
    pub scope_full: u64,
    /// How often the kernel left out a program because another task was preempted in it on that CPU: at most as many events, of any
    /// process, are missing that no other counter knows of.
    pub skipped: u64,
    /// Selected calls whose program is not loaded.
    pub refused_calls: u64,
    /// Reads of a traced process's memory that the kernel forbade: what they were for is empty.
    pub forbidden: u64,
    /// Capture files: what was converted, skipped or left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Counters>,
}

/// What takes in the events of a source.
pub trait Sink {
    fn event(&mut self, record: &Record);

    /// What a source knows of the system besides its events: any item but an event. Drivers have none to tell, there the engine reads
    /// /proc; capture files do.
    fn fact(&mut self, fact: Item<'_>);
}

/// A source of events.
pub trait Source: Send {
    /// Hand over what is there, oldest first, and return how many records that were. Drivers never block for longer than the bounded
    /// wait for a record that is being written (10 ms); a file hands over a bounded number at a time.
    fn drain(&mut self, sink: &mut dyn Sink) -> Result<usize>;

    /// Stop producing; what is already in the rings can still be drained.
    fn stop(&mut self);

    fn stats(&self) -> SourceStats;

    /// Nothing will ever come again.
    fn ended(&self) -> bool {
        false
    }

    /// Processes whose state is to be read before what is drained next.
    fn newcomers(&mut self) -> Vec<i64> {
        Vec::new()
    }

    /// Bytes of the input consumed, where there is an input with an end.
    fn position(&self) -> Option<u64> {
        None
    }
}

/// Add up the counters of a driver, which `each` shows one after the other.
fn counted(mut stats: SourceStats, each: impl FnOnce(&mut dyn FnMut(&CpuState))) -> SourceStats {
    let mut by_category = [0u64; wire::LOSS_CATEGORIES];
    let mut by_cause = [0u64; wire::LOSS_CAUSES.len()];
    each(&mut |cpu| {
        for (category, causes) in cpu.losses.iter().enumerate() {
            for (cause, count) in causes.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                by_category[category] += count;
                by_cause[cause] += count;
            }
        }
        stats.unreadable += cpu.unreadable.load(Ordering::Relaxed);
        stats.scope_full += cpu.scope_full.load(Ordering::Relaxed);
        stats.refused_calls += cpu.refused_calls.load(Ordering::Relaxed);
    });
    stats.lost = by_cause.iter().sum();
    stats.lost_by_category = LOSS_NAMES.iter().copied().zip(by_category).collect();
    stats.lost_by_cause = wire::LOSS_CAUSES.iter().copied().zip(by_cause).collect();
    stats
}
