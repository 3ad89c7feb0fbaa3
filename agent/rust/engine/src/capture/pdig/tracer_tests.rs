//! Whatever a call's arguments are and whatever lies in memory, what is recorded is a well-formed event.

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::super::{selection, Record, Sink, Source};
use super::boundary::Call;
use super::{open, Pdig, Tracer};
use crate::event::Event;
use crate::scap::Item;
use crate::schema::event;

#[derive(Default)]
struct Checked {
    events: usize,
}

impl Sink for Checked {
    fn event(&mut self, record: &Record) {
        let found = Event::parse(record.event, record.cpu, record.flags).expect("the event is well formed");
        let schema = event(found.etype).expect("its type is in the schema");
        let count = schema.params.len();
        assert!(count == 0 || found.param(count - 1).is_some(), "{}", schema.name);
        assert!(found.param(count).is_none(), "{}", schema.name);
        self.events += 1;
    }

    fn fact(&mut self, _fact: Item<'_>) {}
}

fn capture() -> (Pdig, Tracer) {
    open(&selection::select(&Default::default(), true), 8 << 20, 80).unwrap()
}

/// Values of arguments: numbers of descriptors, flags, and pointers into `memory` or anywhere.
fn argument(memory: u64, length: u64) -> impl Strategy<Value = u64> {
    prop_oneof![0u64..64, any::<u64>(), any::<u32>().prop_map(u64::from), memory..memory + length]
}

#[test]
fn no_arguments_make_a_malformed_event() {
    let (mut source, mut tracer) = capture();
    let mut memory = vec![0u8; 16384];
    // SAFETY: no arguments.
    let own = unsafe { libc::gettid() };
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (native, ia32) = tracer.selected();
    let base = memory.as_ptr() as u64;
    for round in 0..4000u32 {
        let strategy = (
            prop::collection::vec(argument(base, 16384), 6),
            prop_oneof![-200i64..64, any::<i64>()],
            any::<bool>(),
            any::<prop::sample::Index>(),
            any::<u64>(),
        );
        let (args, ret, narrow, which, noise) = strategy.new_tree(&mut runner).unwrap().current();
        if round % 16 == 0 {
            let mut state = noise | 1;
            for byte in &mut memory {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                *byte = if state & 7 == 0 { 0 } else { (state >> 33) as u8 };
            }
        }
        let numbers = if narrow && !ia32.is_empty() { &ia32 } else { &native };
        let number = u64::from(numbers[which.index(numbers.len())]);
        let call = Call {
            number,
            args: args.try_into().unwrap(),
            ret,
            tid: own as u32,
            tgid: std::process::id(),
            ia32: u32::from(narrow && !ia32.is_empty()),
            creates: ret as u32 & 1,
        };
        tracer.record(call);
        if round % 64 == 0 {
            source.drain(&mut Checked::default()).unwrap();
        }
    }
    let mut last = Checked::default();
    while source.drain(&mut last).unwrap() > 0 {}
    assert!(source.stats().delivered > 3000, "{:?}", source.stats());
    let stats = source.stats();
    // Calls with more messages than are followed are the only ones of which something is left out.
    let bounded: u64 =
        stats.lost_by_cause.iter().filter(|(cause, _)| *cause == "bounded").map(|(_, count)| count).sum();
    assert_eq!(stats.lost, bounded);
}
