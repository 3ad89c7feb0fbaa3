//! What the state costs; run with `cargo test --release --test state_timing -- --ignored --nocapture`.

mod state_events;

use std::hint::black_box;

use engine::event::Event;
use engine::state::{ProcScope, State, StateConfig};
use state_events::*;

/// CPU time of this thread: other work on the machine does not count.
fn cpu_ns() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// The best of five, as what disturbs a measurement only adds to it.
fn ns_per_round(rounds: u32, mut round: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let start = cpu_ns();
        for _ in 0..rounds / 5 {
            round();
        }
        best = best.min((cpu_ns() - start) / f64::from(rounds / 5));
    }
    best
}

#[test]
#[ignore = "a measurement"]
fn open_and_close() {
    let mut state = state();
    // A table of ordinary size.
    for tid in 1000..3000 {
        fork(&mut state, 100, tid);
    }
    for (what, path) in [("absolute path", "/usr/lib/x86_64-linux-gnu/libc.so.6"), ("relative path", "src/../a/b.c")] {
        let open = openat(100, 3, AT_FDCWD, path, O_RDONLY).bytes();
        let close = close(100, 3).bytes();
        let cost = ns_per_round(1_000_000, || {
            for bytes in [&open, &close] {
                let effects = state.apply(black_box(&Event::parse(bytes, 0, 0).unwrap()));
                state.settle(black_box(effects));
            }
        });
        println!("openat + close, {what}: {cost:.0} ns a pair, parsing included");
    }
    let open = openat(100, 3, AT_FDCWD, "/etc/hosts", O_RDONLY).bytes();
    let cost = ns_per_round(1_000_000, || {
        black_box(Event::parse(black_box(&open), 0, 0).unwrap());
    });
    println!("parsing one openat: {cost:.0} ns");
}

#[test]
#[ignore = "a measurement"]
fn fork_exec_exit() {
    let mut state = state();
    for num in 3..40 {
        openat(100, num, AT_FDCWD, "/x", O_RDONLY | O_CLOEXEC).run(&mut state);
    }
    let events = [clone(200, 0, 200, 100, 0), clone(100, 200, 100, 1, 0), exec(200, 100, "/bin/true"), exit(200, 100)];
    let events: Vec<Vec<u8>> = events.iter().map(|event| event.bytes()).collect();
    let cost = ns_per_round(200_000, || {
        for bytes in &events {
            let effects = state.apply(&Event::parse(bytes, 0, 0).unwrap());
            state.settle(effects);
        }
    });
    println!("fork + exec + exit: {cost:.0} ns");
}

#[test]
#[ignore = "reads the names of all processes of this machine"]
fn scan_everything() {
    let mut state = State::new(StateConfig::default());
    let report = state.scan_proc(&ProcScope::All);
    println!(
        "scan: {} processes, {} threads, {} descriptors in {:.1} ms",
        report.processes,
        report.threads,
        report.fds,
        report.micros as f64 / 1000.0
    );
}
