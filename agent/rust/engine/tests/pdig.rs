//! The tracer on real processes: what a started program does is recorded, in order, and nothing stays behind.

use std::ffi::CString;
use std::time::Duration;

use engine::capture::pdig::child::Program;
use engine::capture::pdig::{self, filter_program, ptrace, Tracer};
use engine::capture::{selection, Record, Sink, Source};
use engine::event::Event;
use engine::scap::Item;
use engine::schema::code;

#[derive(Default)]
struct Seen(Vec<(u16, i64, Vec<u8>)>);

impl Sink for Seen {
    fn event(&mut self, record: &Record) {
        let event = Event::parse(record.event, record.cpu, record.flags).expect("a tracer's events are well formed");
        self.0.push((event.etype, event.tid, record.event.to_vec()));
    }

    fn fact(&mut self, _fact: Item<'_>) {}
}

impl Seen {
    fn of(&self, code: u16) -> usize {
        self.0.iter().filter(|(one, ..)| *one == code).count()
    }

    fn mentions(&self, code: u16, text: &str) -> bool {
        self.0.iter().any(|(one, _, bytes)| *one == code && bytes.windows(text.len()).any(|at| at == text.as_bytes()))
    }
}

fn text(text: &str) -> CString {
    CString::new(text).unwrap()
}

fn start(tracer: &mut Tracer, script: &str, filtered: bool) {
    let (native, ia32) = tracer.selected();
    let program = Program {
        path: text("/bin/sh"),
        arguments: vec![text("sh"), text("-c"), text(script)],
        environment: vec![text("PATH=/usr/bin:/bin")],
        ignored_signals: Vec::new(),
        default_signals: Vec::new(),
        mask: ptrace::empty_signal_set(),
        filter: filtered.then(|| filter_program(&native, &ia32)),
        no_new_privileges: filtered,
    };
    let pid = tracer.hold(&program).unwrap();
    ptrace::seize(pid, if filtered { ptrace::FILTERED_OPTIONS } else { ptrace::OPTIONS }).unwrap();
    tracer.adopt(pid, filtered);
    tracer.release().unwrap();
}

fn trace(script: &str, filtered: bool) -> (Seen, i32) {
    let selected = selection::select(&Default::default(), false);
    let (mut source, mut tracer) = pdig::open(&selected, 1 << 20, 80).unwrap();
    start(&mut tracer, script, filtered);
    let ended = loop {
        let progress = tracer.run(Duration::from_millis(100)).unwrap();
        if progress.threads == 0 {
            break progress.ended.unwrap();
        }
    };
    assert!(!source.ended(), "more may be attached to");
    tracer.close();
    assert!(source.ended());
    let mut seen = Seen::default();
    while source.drain(&mut seen).unwrap() > 0 {}
    assert_eq!(source.stats().lost, 0);
    (seen, ended)
}

#[test]
fn a_program_is_told_from_its_first_call_to_its_end() {
    for filtered in [true, false] {
        let (seen, ended) = trace("cat /etc/hostname > /dev/null; exit 7", filtered);
        assert_eq!(libc::WEXITSTATUS(ended), 7);
        assert_eq!(seen.of(code::SYSCALL_EXECVE_19_X), 2, "the shell and cat");
        assert_eq!(seen.of(code::PROCEXIT_1_E), 2);
        assert!(seen.mentions(code::SYSCALL_OPENAT_2_X, "/etc/hostname"));
        let births =
            [code::SYSCALL_CLONE_20_X, code::SYSCALL_CLONE3_X, code::SYSCALL_FORK_20_X, code::SYSCALL_VFORK_20_X];
        assert_eq!(births.iter().map(|code| seen.of(*code)).sum::<usize>(), 2, "the child's side and the parent's");
        assert_eq!(seen.0.last().map(|one| one.0), Some(code::PROCEXIT_1_E));
    }
}

#[test]
fn a_signal_ends_the_program_as_it_would_without_a_tracer() {
    let (_, ended) = trace("kill -TERM $$", true);
    assert!(libc::WIFSIGNALED(ended) && libc::WTERMSIG(ended) == libc::SIGTERM);
}

#[test]
fn a_program_that_cannot_be_executed_says_why() {
    let selected = selection::select(&Default::default(), false);
    let (_source, mut tracer) = pdig::open(&selected, 1 << 20, 80).unwrap();
    let program = Program {
        path: text("/nowhere/at/all"),
        arguments: vec![text("x")],
        environment: Vec::new(),
        ignored_signals: Vec::new(),
        default_signals: Vec::new(),
        mask: ptrace::empty_signal_set(),
        filter: None,
        no_new_privileges: false,
    };
    let pid = tracer.hold(&program).unwrap();
    ptrace::seize(pid, ptrace::OPTIONS).unwrap();
    tracer.adopt(pid, false);
    tracer.release().unwrap();
    while tracer.run(Duration::from_millis(100)).unwrap().threads > 0 {}
    assert_eq!(tracer.failure(), Some(("it could not be executed".into(), libc::ENOENT)));
}
