//! Events per second of the hot path: reading a capture file, decoding, state and rules.
//!
//! `cargo bench -p engine --bench throughput -- CAPTURE [PLAN.json …]`, with an uncompressed capture file, prints one line for
//! reading and decoding alone, one for the state as well, and one for each plan: nanoseconds of CPU time an event (the fastest of
//! several rounds), events a second and matches. Rounds alternate between the lines, so that a machine that slows down slows
//! all of them. ROUNDS=N in the environment sets how many, ONLY=N picks one line (0: decoding).

#[path = "../tests/captures/mod.rs"]
mod captures;

use std::path::Path;

use engine::event::Event;
use engine::fields::{Context, Env};
use engine::rules::{Plan, RuleSet};

const ROUNDS: usize = 7;

/// What is done with each event.
enum Work {
    Decode,
    State,
    Rules(Box<RuleSet>),
}

/// CPU time of this process in nanoseconds.
fn cpu_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of this frame; the clock exists since Linux 2.6.12.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// One pass over the capture: events, matches, nanoseconds. The lists at its start are read but not timed.
fn round(file: &Path, work: &Work) -> (u64, u64, u64) {
    let (mut events, mut matched) = (0u64, 0u64);
    let mut env = Env::default();
    let mut out = Vec::new();
    let mut scratch = match work {
        Work::Rules(rules) => Some(rules.scratch()),
        _ => None,
    };
    let mut start = 0;
    captures::replay(file, |state, cpu, flags, bytes| {
        if events == 0 {
            start = cpu_ns();
        }
        events += 1;
        let mut event = Event::parse(bytes, cpu, flags).expect("a recorded event");
        event.num = events;
        if let Work::Decode = work {
            matched += u64::from(event.param(0).is_some_and(|p| p.len() == 3));
            return;
        }
        let effects = state.apply(&event);
        if let (Work::Rules(rules), Some(scratch)) = (work, &mut scratch) {
            if rules.concerns(event.etype) {
                if let Some(context) = Context::new(&event, state, &effects, &env) {
                    out.clear();
                    rules.matches(&context, scratch, &mut out);
                    matched += out.len() as u64;
                }
            }
        }
        state.settle(effects);
        env.previous_ts = event.ts;
    });
    (events, matched, cpu_ns() - start)
}

fn main() {
    // `cargo bench` adds "--bench".
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let Some((capture, plans)) = arguments.split_first() else {
        println!("skipped: give a capture file and, optionally, plans");
        return;
    };
    let rounds = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS);
    let mut works = vec![("decode".to_string(), Work::Decode), ("decode, state".to_string(), Work::State)];
    for path in plans {
        let text = std::fs::read_to_string(path).expect("a readable plan");
        let plan = Plan::from_json(&text).expect("a plan");
        let rules = RuleSet::new(&plan).expect("a valid plan");
        works.push((format!("{} rules ({path})", rules.rules().len()), Work::Rules(Box::new(rules))));
    }
    if let Some(only) = std::env::var("ONLY").ok().and_then(|n| n.parse::<usize>().ok()) {
        works = works.into_iter().skip(only).take(1).collect();
    }
    let mut best = vec![(0, 0, u64::MAX); works.len()];
    for _ in 0..rounds {
        for (best, (_, work)) in best.iter_mut().zip(&works) {
            let this = round(Path::new(capture), work);
            if this.2 < best.2 {
                *best = this;
            }
        }
    }
    println!("{capture}: {} events", best.first().map_or(0, |b| b.0));
    for ((name, _), (events, matched, ns)) in works.iter().zip(best) {
        let each = ns as f64 / events as f64;
        println!("{each:8.1} ns/event {:7.2} M/s {matched:9} matches  {name}", 1000.0 / each);
    }
}
