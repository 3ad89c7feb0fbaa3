//! After a storm of forks the tables are as they were before, whatever the order of its events.

mod state_events;

use engine::state::State;
use state_events::*;

/// Small reproducible randomness.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

const PIDS: i64 = 600;

/// Process ids as the kernel gives them: in turn, those in use left out.
struct Pids {
    last: i64,
    used: Vec<bool>,
}

impl Pids {
    fn next(&mut self) -> i64 {
        loop {
            self.last = if self.last + 1 < PIDS { self.last + 1 } else { 200 };
            if !std::mem::replace(&mut self.used[self.last as usize], true) {
                return self.last;
            }
        }
    }
    fn free(&mut self, pid: i64) {
        self.used[pid as usize] = false;
    }
}

fn census(state: &State) -> (u64, u64, u64) {
    let stats = state.stats();
    (stats.threads, stats.processes, stats.fds)
}

#[test]
fn a_storm_of_forks_leaves_nothing_behind() {
    let mut state = state();
    let before = census(&state);
    let mut dice = Dice(7);
    let mut pids = Pids { last: 199, used: vec![false; PIDS as usize] };
    // Processes that live, with their parents and threads.
    let mut alive: Vec<(i64, i64, Vec<i64>)> = vec![(100, 1, vec![])];
    let mut forks = 0;
    while forks < 20_000 {
        let at = dice.below(alive.len() as u64) as usize;
        let (parent, ptid) = (alive[at].0, alive[at].1);
        match dice.below(10) {
            0..=3 if alive.len() < 150 => {
                forks += 1;
                let child = pids.next();
                match dice.below(3) {
                    0 => fork(&mut state, parent, child),
                    1 => {
                        clone(parent, child, parent, ptid, 0).run(&mut state);
                        clone(child, 0, child, parent, 0).run(&mut state);
                    }
                    // vfork: the child has run a program and is gone before the parent's event comes.
                    _ => {
                        clone(child, 0, child, parent, 0).run(&mut state);
                        exec(child, parent, "/bin/true").run(&mut state);
                        exit(child, parent).run(&mut state);
                        clone(parent, child, parent, ptid, 0).run(&mut state);
                        pids.free(child);
                        continue;
                    }
                }
                openat(child, 5, AT_FDCWD, "/kept", O_RDONLY).run(&mut state);
                alive.push((child, parent, vec![]));
            }
            4 if alive[at].2.len() < 4 && parent != 100 => {
                let thread = pids.next();
                spawn_thread(&mut state, parent, thread);
                alive[at].2.push(thread);
            }
            5 if parent != 100 => {
                exec(parent, ptid, "/bin/sh").run(&mut state);
                alive[at].2.drain(..).for_each(|thread| pids.free(thread));
            }
            6.. if parent != 100 => {
                let (pid, _, threads) = alive.swap_remove(at);
                // The main thread may go first.
                let main_first = dice.below(2) == 0;
                if main_first {
                    exit(pid, 1).run(&mut state);
                }
                threads.iter().for_each(|thread| exit(*thread, 1).run(&mut state));
                if !main_first {
                    exit(pid, 1).run(&mut state);
                }
                threads.into_iter().chain([pid]).for_each(|tid| pids.free(tid));
                alive.iter_mut().filter(|(_, parent, _)| *parent == pid).for_each(|(_, parent, _)| *parent = 1);
            }
            _ => {}
        }
        if forks % 1000 == 0 {
            for (pid, parent, threads) in &alive {
                let thread = state.thread(*pid).unwrap_or_else(|| panic!("{pid} lives"));
                assert_eq!((thread.pid, thread.ptid), (*pid, *parent));
                assert_eq!(state.nthreads(*pid), threads.len() as u64 + 1, "threads of {pid}");
            }
            let expected: u64 = alive.iter().map(|(_, _, threads)| threads.len() as u64 + 1).sum();
            assert_eq!(state.stats().threads, expected + 1, "init and those that live");
        }
    }
    for (pid, _, threads) in alive.into_iter().skip(1) {
        threads.iter().for_each(|thread| exit(*thread, 1).run(&mut state));
        exit(pid, 1).run(&mut state);
    }
    assert_eq!(census(&state), before);
    assert_eq!(state.children(1).collect::<Vec<_>>(), [100]);
    assert_eq!(state.children(100).count(), 0);
    assert_eq!((state.stats().threads_dropped, state.stats().fds_dropped), (0, 0));
}
