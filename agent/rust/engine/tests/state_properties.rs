//! Random histories: the tables agree with a simple model, stay within their bounds, and never panic.

mod state_events;

use std::collections::{BTreeMap, BTreeSet};

use engine::event::Event;
use engine::schema::{ParamType, EVENTS};
use engine::state::{State, StateConfig};
use proptest::prelude::*;
use state_events::*;

/// One step of a process history; numbers choose among what lives.
#[derive(Debug, Clone)]
enum Step {
    Fork { by: usize, child_event: bool, parent_event: bool, parent_first: bool },
    Thread { by: usize },
    Exit { who: usize },
    Exec { who: usize },
    Open { who: usize, num: i64, cloexec: bool },
    Close { who: usize, num: i64 },
    Dup { who: usize, from: i64, to: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0usize..1000;
    let num = 0i64..8;
    prop_oneof![
        3 => (who.clone(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(by, child, parent, first)| Step::Fork {
            by,
            child_event: child || !parent,
            parent_event: parent,
            parent_first: first,
        }),
        1 => who.clone().prop_map(|by| Step::Thread { by }),
        3 => who.clone().prop_map(|who| Step::Exit { who }),
        1 => who.clone().prop_map(|who| Step::Exec { who }),
        4 => (who.clone(), num.clone(), any::<bool>()).prop_map(|(who, num, cloexec)| Step::Open { who, num, cloexec }),
        3 => (who.clone(), num.clone()).prop_map(|(who, num)| Step::Close { who, num }),
        2 => (who, num.clone(), num).prop_map(|(who, from, to)| Step::Dup { who, from, to }),
    ]
}

#[derive(Clone, Default)]
struct Process {
    parent: i64,
    threads: BTreeSet<i64>,
    /// Number to name and close-on-exec.
    fds: BTreeMap<i64, (String, bool)>,
}

/// What should be true, the slow and obvious way.
struct Model {
    processes: BTreeMap<i64, Process>,
    next_tid: i64,
}

impl Model {
    fn threads(&self) -> Vec<(i64, i64)> {
        self.processes.iter().flat_map(|(pid, p)| p.threads.iter().map(move |tid| (*tid, *pid))).collect()
    }

    fn pick(&self, at: usize) -> (i64, i64) {
        let threads = self.threads();
        threads[at % threads.len()]
    }

    fn run(&mut self, state: &mut State, step: &Step, opened: usize) {
        let (Step::Fork { by: at, .. }
        | Step::Thread { by: at }
        | Step::Exit { who: at }
        | Step::Exec { who: at }
        | Step::Open { who: at, .. }
        | Step::Close { who: at, .. }
        | Step::Dup { who: at, .. }) = step;
        let (tid, pid) = self.pick(*at);
        match *step {
            Step::Fork { child_event, parent_event, parent_first, .. } => {
                let child = self.new_tid();
                let grandparent = self.processes[&pid].parent;
                let mut events = Vec::new();
                if child_event {
                    events.push(clone(child, 0, child, tid, 0));
                }
                if parent_event {
                    events.push(clone(tid, child, pid, grandparent, 0));
                }
                if parent_first {
                    events.reverse();
                }
                events.iter().for_each(|event| event.run(state));
                let fds = self.processes[&pid].fds.clone();
                self.processes.insert(child, Process { parent: pid, threads: BTreeSet::from([child]), fds });
            }
            Step::Thread { .. } => {
                let thread = self.new_tid();
                spawn_thread(state, pid, thread);
                self.processes.get_mut(&pid).unwrap().threads.insert(thread);
            }
            Step::Exit { .. } if pid != 1 => {
                exit(tid, 1).run(state);
                let process = self.processes.get_mut(&pid).unwrap();
                process.threads.remove(&tid);
                if process.threads.is_empty() {
                    self.processes.remove(&pid);
                    for process in self.processes.values_mut().filter(|process| process.parent == pid) {
                        process.parent = 1;
                    }
                }
            }
            Step::Exec { .. } if pid != 1 => {
                let process = self.processes.get_mut(&pid).unwrap();
                exec(pid, process.parent, "/bin/x").run(state);
                process.threads = BTreeSet::from([pid]);
                process.fds.retain(|_, (_, cloexec)| !*cloexec);
            }
            Step::Open { num, cloexec, .. } => {
                let name = format!("/file/{opened}");
                openat(tid, num, AT_FDCWD, &name, if cloexec { O_CLOEXEC } else { 0 }).run(state);
                self.processes.get_mut(&pid).unwrap().fds.insert(num, (name, cloexec));
            }
            Step::Close { num, .. } => {
                close(tid, num).run(state);
                self.processes.get_mut(&pid).unwrap().fds.remove(&num);
            }
            Step::Dup { from, to, .. } => {
                let fds = &mut self.processes.get_mut(&pid).unwrap().fds;
                if let Some((name, _)) = fds.get(&from).cloned().filter(|_| from != to) {
                    event(engine::schema::code::SYSCALL_DUP2_X, tid).i64(to).i64(from).i64(to).run(state);
                    fds.insert(to, (name, false));
                }
            }
            Step::Exit { .. } | Step::Exec { .. } => {}
        }
    }

    fn new_tid(&mut self) -> i64 {
        self.next_tid += 1;
        self.next_tid
    }

    fn agrees(&self, state: &State) {
        let expected: BTreeSet<i64> =
            self.threads().iter().map(|(tid, _)| *tid).chain(self.processes.keys().copied()).collect();
        let actual: BTreeSet<i64> = state.threads().map(|thread| thread.tid).collect();
        assert_eq!(actual, expected, "threads");
        for (pid, process) in &self.processes {
            assert_eq!(state.nthreads(*pid), process.threads.len() as u64, "threads of {pid}");
            assert_eq!(state.thread(*pid).map(|thread| thread.ptid), Some(process.parent), "parent of {pid}");
            let children: BTreeSet<i64> = state.children(*pid).collect();
            let expected: BTreeSet<i64> =
                self.processes.iter().filter(|(_, child)| child.parent == *pid).map(|(pid, _)| *pid).collect();
            assert_eq!(children, expected, "children of {pid}");
            for tid in process.threads.iter().chain([pid]) {
                let fds: BTreeMap<i64, (String, bool)> = state
                    .fds(*tid)
                    .map(|(num, fd)| (num, (String::from_utf8_lossy(&fd.name).into_owned(), fd.cloexec)))
                    .collect();
                assert_eq!(fds, process.fds, "descriptors of {tid}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn process_trees_and_descriptors_follow_the_model(steps in prop::collection::vec(step(), 1..150)) {
        let mut state = State::new(StateConfig::offline());
        let mut init = engine::state::Thread::unknown(1);
        init.ptid = 0;
        state.insert_thread(init);
        let mut model = Model { processes: BTreeMap::new(), next_tid: 1 };
        model.processes.insert(1, Process { parent: 0, threads: BTreeSet::from([1]), ..Process::default() });
        for (at, step) in steps.iter().enumerate() {
            model.run(&mut state, step, at);
        }
        model.agrees(&state);
        // Everything that was made is freed.
        for (tid, _) in model.threads() {
            exit(tid, 1).run(&mut state);
        }
        prop_assert_eq!((state.stats().threads, state.stats().fds), (0, 0));
    }

    #[test]
    fn any_sequence_of_events_is_survived(
        events in prop::collection::vec((any::<u16>(), small_tid(), prop::collection::vec(param(), 0..33)), 1..200)
    ) {
        let mut state = State::new(StateConfig { max_threads: 16, max_fds: 16, ..StateConfig::offline() });
        for (etype, tid, params) in &events {
            let mut build = event(etype % EVENTS.len() as u16, *tid);
            for param in params {
                build = build.raw(param);
            }
            build.run(&mut state);
        }
        within_bounds(&state);
    }

    #[test]
    fn events_of_the_right_shape_with_random_values_are_survived(
        seeds in prop::collection::vec((0..EVENTS.len(), small_tid(), any::<u64>(), any::<bool>()), 1..400)
    ) {
        let mut state = State::new(StateConfig { max_threads: 16, max_fds: 16, ..StateConfig::offline() });
        for (etype, tid, seed, gap) in &seeds {
            if *gap && seed % 16 == 0 {
                state.mark_gap();
            }
            shaped(*etype, *tid, *seed).run(&mut state);
        }
        within_bounds(&state);
    }

    #[test]
    fn broken_bytes_never_reach_the_tables_as_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut state = State::new(StateConfig::offline());
        if let Ok(event) = Event::parse(&bytes, 0, 0) {
            let effects = state.apply(&event);
            state.settle(effects);
        }
    }
}

fn small_tid() -> impl Strategy<Value = i64> {
    prop_oneof![20 => 1i64..24, 1 => any::<i64>()]
}

fn param() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => (-2i64..24).prop_map(|value| value.to_le_bytes().to_vec()),
        1 => (0u32..24).prop_map(|value| value.to_le_bytes().to_vec()),
        1 => any::<u64>().prop_map(|value| value.to_le_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 0..40),
        1 => Just(b"../a/./b\0".to_vec()),
    ]
}

/// An event with the parameters its type has, of plausible values.
fn shaped(etype: usize, tid: i64, seed: u64) -> Build {
    let mut build = event(EVENTS[etype].code, tid);
    let mut seed = seed;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) % below
    };
    for param in EVENTS[etype].params {
        use ParamType as T;
        let small = random(26) as i64 - 2;
        build = match param.ptype {
            _ if random(20) == 0 => build.absent(),
            T::Int8 | T::Uint8 | T::Flags8 | T::Enumflags8 | T::Sigtype => build.u8(small as u8),
            T::Int16 | T::Uint16 | T::Flags16 | T::Enumflags16 | T::Syscallid | T::Port => build.u16(small as u16),
            T::Charbuf | T::Fspath | T::Fsrelpath => build.text(["", "/", "a", "../b", "/x//y/."][random(5) as usize]),
            T::Bytebuf => build.raw(&24u64.to_le_bytes().repeat(random(6) as usize)),
            T::Sockaddr | T::Socktuple => {
                let family = [1u8, 2, 10, 77][random(4) as usize];
                let len = [0, 6, 12, 18, 36, 40][random(6) as usize];
                build.raw(&[&[family][..], &vec![random(256) as u8; len]].concat())
            }
            T::Flags32 => build.u32(1 << random(31)),
            T::Int32 | T::Uint32 | T::Enumflags32 | T::Mode | T::Uid | T::Gid | T::Bool => build.u32(small as u32),
            T::Uint64 if random(8) == 0 => build.u64(u64::MAX - random(3)),
            _ => build.i64(small),
        };
    }
    build
}

fn within_bounds(state: &State) {
    assert!(state.stats().threads <= 16);
    for thread in state.threads() {
        assert!(state.fd_count(thread.tid) <= 16);
        assert!(state.process(thread).is_some_and(|main| main.is_main()), "thread {} has no process", thread.tid);
        assert!(state.ancestors(thread).count() <= 128);
    }
    let threads: Vec<i64> = state.threads().map(|thread| thread.tid).collect();
    for tid in threads.iter().filter(|tid| state.thread(**tid).is_some_and(|thread| thread.is_main())) {
        for child in state.children(*tid) {
            assert_eq!(state.thread(child).map(|child| child.ptid), Some(*tid), "child {child} of {tid}");
        }
    }
}
