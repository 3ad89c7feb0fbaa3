//! Threads come, become other programs, and go.

mod state_events;

use engine::schema::code;
use engine::state::{State, StateConfig, Thread};
use state_events::*;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_state_may_move_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&state());
}

#[test]
fn a_child_is_built_from_its_own_event() {
    let mut state = state();
    clone(200, 0, 200, 100, 0).run(&mut state);
    let child = state.thread(200).unwrap();
    assert_eq!((child.pid, child.ptid, child.sid, child.degraded), (200, 100, 100, false));
    assert_eq!((text(&child.cwd), text(&child.exepath)), ("/root/".into(), "/bin/sh".into()));
    assert_eq!(name(&state, 200, 1).as_deref(), Some("/dev/pts/0"));
    assert_eq!(state.children(100).collect::<Vec<_>>(), [200]);
}

#[test]
fn a_child_is_built_from_the_parents_event_alone() {
    let mut state = state();
    clone(100, 200, 100, 1, 0).run(&mut state);
    let child = state.thread(200).unwrap();
    assert_eq!((child.pid, child.ptid, child.vtid, child.vpid), (200, 100, 200, 200));
    assert_eq!(name(&state, 200, 2).as_deref(), Some("/dev/pts/0"));
}

#[test]
fn both_events_in_either_order_make_one_child() {
    for child_first in [true, false] {
        let mut state = state();
        let (child, parent) = (clone(200, 0, 200, 100, 0), clone(100, 200, 100, 1, 0));
        let (first, second) = if child_first { (&child, &parent) } else { (&parent, &child) };
        first.run(&mut state);
        openat(200, 3, AT_FDCWD, "/tmp/x", O_RDONLY).run(&mut state);
        second.run(&mut state);
        assert_eq!(state.stats().threads, 3);
        assert_eq!(state.stats().stale_replaced, 0);
        assert_eq!(name(&state, 200, 3).as_deref(), Some("/tmp/x"), "child first: {child_first}");
    }
}

/// A seccomp listener can answer its child's fork with any number, that of a stranger included.
#[test]
fn a_made_up_child_does_not_take_a_living_threads_place() {
    let mut state = state();
    clone(200, 0, 200, 100, 0).run(&mut state);
    exec(200, 100, "/usr/bin/victim").run(&mut state);
    clone(300, 0, 300, 100, 0).run(&mut state);
    clone(300, 200, 300, 100, 0).run(&mut state);
    let victim = state.thread(200).unwrap();
    assert_eq!((victim.ptid, text(&victim.exepath)), (100, "/usr/bin/victim".into()));
}

#[test]
fn what_the_child_says_of_its_parent_overrules_a_made_up_promise() {
    let mut state = state();
    clone(300, 0, 300, 100, 0).run(&mut state);
    clone(300, 400, 300, 100, 0).run(&mut state);
    clone(400, 0, 400, 100, 0).run(&mut state);
    assert_eq!(state.thread(400).unwrap().ptid, 100);
}

#[test]
fn the_parents_event_after_the_childs_exit_brings_nothing_back() {
    let mut state = state();
    clone(200, 0, 200, 100, 0).run(&mut state);
    exec(200, 100, "/bin/true").run(&mut state);
    exit(200, 100).run(&mut state);
    clone(100, 200, 100, 1, 0).run(&mut state);
    assert!(state.thread(200).is_none());
    // The id may come again.
    fork(&mut state, 100, 200);
    assert!(state.thread(200).is_some());
}

#[test]
fn a_thread_in_the_table_under_the_id_of_a_new_one_is_replaced() {
    let mut state = state();
    fork(&mut state, 100, 200);
    exec(200, 100, "/bin/old").run(&mut state);
    fork(&mut state, 200, 300);
    // The exit of 200 was lost.
    clone(200, 0, 200, 1, 0).run(&mut state);
    assert_eq!(state.stats().stale_replaced, 1);
    assert_eq!(state.thread(200).map(|t| t.ptid), Some(1));
    assert_eq!(state.thread(300).map(|t| t.ptid), Some(1), "the children of the old one went to init");
}

#[test]
fn ids_of_a_pid_namespace_are_not_taken_for_host_ids() {
    let mut state = state();
    clone_in_ns(200, 0, 200, 100, CLONE_CHILD_IN_PIDNS, 1, 1).run(&mut state);
    clone_in_ns(201, 0, 201, 200, CLONE_CHILD_IN_PIDNS, 2, 2).run(&mut state);
    // The parent's event says 2, which is somebody else on the host.
    clone_in_ns(200, 2, 200, 100, CLONE_CHILD_IN_PIDNS, 1, 1).run(&mut state);
    assert!(state.thread(2).is_none());
    let child = state.thread(201).unwrap();
    assert_eq!((child.vtid, child.vpid, child.ptid), (2, 2, 200));
}

#[test]
fn threads_share_descriptors_and_directory() {
    let mut state = state();
    spawn_thread(&mut state, 100, 101);
    assert_eq!(state.nthreads(100), 2);
    assert_eq!(state.thread(101).map(|t| (t.pid, t.ptid)), Some((100, 1)));
    openat(101, 3, AT_FDCWD, "x", O_RDONLY).run(&mut state);
    assert_eq!(name(&state, 100, 3).as_deref(), Some("/root/x"));
    event(code::SYSCALL_CHDIR_X, 101).i64(0).text("/etc").run(&mut state);
    assert_eq!(state.thread(100).map(|t| text(&t.cwd)), Some("/etc/".into()));
    close(100, 3).run(&mut state);
    assert!(state.fd(101, 3).is_none());
}

#[test]
fn a_child_with_clone_files_shares_until_it_execs() {
    let mut state = state();
    clone(200, 0, 200, 100, CLONE_FILES | CLONE_FS).run(&mut state);
    openat(200, 3, AT_FDCWD, "/a", O_RDONLY).run(&mut state);
    assert!(state.fd(100, 3).is_some());
    event(code::SYSCALL_CHDIR_X, 100).i64(0).text("/var").run(&mut state);
    assert_eq!(state.thread(200).map(|t| text(&t.cwd)), Some("/var/".into()));
    exec(200, 100, "/bin/x").run(&mut state);
    close(200, 3).run(&mut state);
    assert!(state.fd(100, 3).is_some() && state.fd(200, 3).is_none());
}

#[test]
fn a_forked_child_does_not_share() {
    let mut state = state();
    fork(&mut state, 100, 200);
    openat(200, 3, AT_FDCWD, "/a", O_RDONLY).run(&mut state);
    event(code::SYSCALL_CHDIR_X, 200).i64(0).text("/var").run(&mut state);
    assert!(state.fd(100, 3).is_none());
    assert_eq!(state.thread(100).map(|t| text(&t.cwd)), Some("/root/".into()));
}

#[test]
fn clone_parent_makes_a_sibling_with_the_callers_descriptors() {
    let mut state = state();
    fork(&mut state, 100, 200);
    openat(200, 7, AT_FDCWD, "/only/in/200", O_RDONLY).run(&mut state);
    // Its own event names the caller's parent.
    clone(300, 0, 300, 100, CLONE_PARENT).run(&mut state);
    clone(200, 300, 200, 100, CLONE_PARENT).run(&mut state);
    assert_eq!(state.thread(300).map(|t| t.ptid), Some(100));
    assert_eq!(name(&state, 300, 7).as_deref(), Some("/only/in/200"));
}

#[test]
fn exec_replaces_the_program_and_closes_what_is_marked() {
    let mut state = state();
    fork(&mut state, 100, 200);
    openat(200, 3, AT_FDCWD, "/kept", O_RDONLY).run(&mut state);
    openat(200, 4, AT_FDCWD, "/closed", O_RDONLY | O_CLOEXEC).run(&mut state);
    exec(200, 100, "/usr/bin/ls").at(5_000_000_000).run(&mut state);
    let thread = state.thread(200).unwrap();
    assert_eq!((text(&thread.comm), text(&thread.exepath)), ("ls".into(), "/usr/bin/ls".into()));
    assert_eq!((text(&thread.exe), &*thread.args, &*thread.env), ("ls".into(), &b"-l\0/tmp\0"[..], &b"A=1\0B=2\0"[..]));
    assert_eq!((thread.uid, thread.gid, thread.loginuid, thread.tty), (1001, 1002, 1000, 34816));
    assert_eq!((thread.exe_ino, thread.exe_ino_ctime, thread.exe_ino_mtime), (77, 88, 99));
    assert_eq!((thread.cap_inheritable, thread.cap_permitted, thread.cap_effective), (1, 2, 3));
    assert!(thread.exe_writable && thread.exe_lower_layer && !thread.exe_upper_layer && !thread.exe_from_memfd);
    assert_eq!(thread.exec_ts, 5_000_000_000);
    assert!(state.fd(200, 3).is_some() && state.fd(200, 4).is_none());
}

#[test]
fn a_failed_exec_changes_nothing() {
    let mut state = state();
    openat(100, 4, AT_FDCWD, "/x", O_CLOEXEC).run(&mut state);
    exec_result(100, 1, "/nonexistent", "sh", -2).run(&mut state);
    let thread = state.thread(100).unwrap();
    assert_eq!((text(&thread.exepath), thread.uid, thread.exec_ts), ("/bin/sh".into(), 0, 0));
    assert!(state.fd(100, 4).is_some());
}

#[test]
fn without_the_kernels_path_the_file_name_is_resolved() {
    let mut state = state();
    let full = event(code::SYSCALL_EXECVE_19_X, 100).i64(0).text("./a").absent().i64(100).i64(100).i64(1).absent();
    let full = full.u64(0).u64(0).u64(0).u32(0).u32(0).u32(0).text("a").absent().absent().u32(0).i64(0).u32(0).u32(0);
    let full = full.u64(0).u64(0).u64(0).u64(0).u64(0).u64(0).u32(0).absent().i64(0).u32(0).text("./a");
    full.run(&mut state);
    assert_eq!(state.thread(100).map(|t| text(&t.exepath)), Some("/root/a".into()));
}

#[test]
fn exec_in_a_thread_ends_the_others_and_revives_the_main_one() {
    let mut state = state();
    spawn_thread(&mut state, 100, 101);
    spawn_thread(&mut state, 100, 102);
    // Thread 102 calls execve: the main thread exits, 102 takes over its id.
    exit(101, 0).run(&mut state);
    exit(100, 0).run(&mut state);
    assert_eq!(state.nthreads(100), 1);
    exec(100, 1, "/bin/new").run(&mut state);
    assert_eq!(state.nthreads(100), 1);
    assert!(state.thread(102).is_none());
    assert_eq!(name(&state, 100, 0).as_deref(), Some("/dev/pts/0"));
    exit(100, 1).run(&mut state);
    assert!(state.thread(100).is_none());
}

#[test]
fn an_exited_thread_is_visible_until_settled() {
    let mut state = state();
    let effects = exit(100, 1).apply(&mut state);
    assert!(state.thread(100).is_some());
    state.settle(effects);
    assert!(state.thread(100).is_none());
    assert_eq!(state.stats().fds, 0);
}

#[test]
fn a_main_thread_stays_while_others_live() {
    let mut state = state();
    spawn_thread(&mut state, 100, 101);
    exit(100, 0).run(&mut state);
    let other = state.thread(101).unwrap();
    assert_eq!(state.process(other).map(|t| text(&t.comm)), Some("sh".into()));
    assert_eq!(state.nthreads(100), 1);
    exit(101, 1).run(&mut state);
    assert!(state.thread(100).is_none() && state.thread(101).is_none());
}

#[test]
fn children_go_to_the_reaper_the_kernel_named() {
    let mut state = state();
    for (parent, child) in [(100, 200), (200, 300), (200, 301)] {
        fork(&mut state, parent, child);
    }
    spawn_thread(&mut state, 300, 310);
    exit(200, 100).run(&mut state);
    for tid in [300, 301, 310] {
        assert_eq!(state.thread(tid).map(|t| t.ptid), Some(100), "{tid}");
    }
    let mut children: Vec<i64> = state.children(100).collect();
    children.sort_unstable();
    assert_eq!(children, [300, 301]);
    // Without a name it is init.
    exit(100, 0).run(&mut state);
    assert_eq!(state.thread(300).map(|t| t.ptid), Some(1));
}

#[test]
fn ancestors_end_at_the_root_and_at_cycles() {
    let mut state = state();
    fork(&mut state, 100, 200);
    fork(&mut state, 200, 300);
    let thread = state.thread(300).unwrap();
    assert_eq!(state.ancestors(thread).map(|t| t.tid).collect::<Vec<_>>(), [200, 100, 1]);
    assert_eq!(state.ancestor(thread, 0).map(|t| t.tid), Some(300));
    assert_eq!(state.ancestor(thread, 3).map(|t| t.tid), Some(1));
    assert!(state.ancestor(thread, 4).is_none());
    for (tid, ptid) in [(500, 501), (501, 502), (502, 500), (503, 502)] {
        let mut thread = Thread::unknown(tid);
        thread.ptid = ptid;
        state.insert_thread(thread);
    }
    for tid in [500, 503] {
        assert!(state.ancestors(state.thread(tid).unwrap()).count() <= 8, "{tid}");
    }
}

#[test]
fn a_full_table_counts_and_goes_on() {
    let mut state = State::new(StateConfig { max_threads: 3, ..StateConfig::offline() });
    for tid in 1..=10 {
        openat(tid, 3, AT_FDCWD, "/x", O_RDONLY).run(&mut state);
    }
    assert_eq!((state.stats().threads, state.stats().threads_dropped), (3, 7));
    clone(50, 0, 50, 1, 0).run(&mut state);
    exec(51, 1, "/bin/x").run(&mut state);
    spawn_thread(&mut state, 60, 61);
    assert_eq!(state.stats().threads, 3);
    exit(1, 0).run(&mut state);
    clone(50, 0, 50, 2, 0).run(&mut state);
    assert!(state.thread(50).is_some());
}

#[test]
fn an_unknown_thread_is_added_and_degraded() {
    let mut state = State::new(StateConfig::offline());
    openat(7, 3, AT_FDCWD, "x", O_RDONLY).run(&mut state);
    assert_eq!(state.thread(7).map(|t| t.degraded), Some(true));
    assert_eq!(name(&state, 7, 3).as_deref(), Some("<UNKNOWN>/x"));
    // Kernel threads of the idle loop and events that are no system calls add nothing.
    openat(0, 3, AT_FDCWD, "x", O_RDONLY).run(&mut state);
    openat(-5, 3, AT_FDCWD, "x", O_RDONLY).run(&mut state);
    exit(8, 0).run(&mut state);
    assert_eq!(state.stats().threads, 1);
}
