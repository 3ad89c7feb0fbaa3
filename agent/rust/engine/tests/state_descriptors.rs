//! Descriptors are opened, copied, passed along and closed.

mod state_events;

use engine::schema::code;
use engine::state::{FdKind, State, StateConfig};
use state_events::*;

#[test]
fn names_are_absolute_and_normal() {
    let mut state = state();
    openat(100, 3, AT_FDCWD, "a/../b", O_RDONLY).run(&mut state);
    openat(100, 4, AT_FDCWD, "/usr//lib/", O_DIRECTORY).run(&mut state);
    openat(100, 5, 4, "x.so", O_RDONLY).run(&mut state);
    openat(100, 6, 99, "x.so", O_RDONLY).run(&mut state);
    openat(100, 7, 99, "/abs", O_RDONLY).run(&mut state);
    let names: Vec<_> = (3..8).map(|num| name(&state, 100, num).unwrap()).collect();
    assert_eq!(names, ["/root/b", "/usr/lib", "/usr/lib/x.so", "<UNKNOWN>/x.so", "/abs"]);
    assert_eq!(state.fd(100, 4).map(|fd| fd.kind), Some(FdKind::Directory));
    assert_eq!(&*state.fd(100, 3).unwrap().name_raw, b"a/../b");
    assert_eq!(&*state.fd(100, 7).unwrap().name_raw, b"");
}

#[test]
fn an_open_has_its_descriptor_at_once_and_a_failed_one_its_path() {
    let mut state = state();
    let effects = openat(100, 3, AT_FDCWD, "x", 0x8000 | O_CLOEXEC).apply(&mut state);
    let fd = effects.fd_info.as_ref().unwrap();
    assert_eq!((effects.fd, &*fd.name, fd.dev, fd.ino), (Some(3), &b"/root/x"[..], 0xfe00, 4242));
    assert!(fd.upper_layer && !fd.lower_layer && fd.cloexec);
    state.settle(effects);
    let effects = openat(100, -13, AT_FDCWD, "/etc/shadow", O_RDONLY).apply(&mut state);
    assert_eq!((effects.fd, effects.fd_info.is_none()), (Some(-1), true));
    assert_eq!(effects.path.as_deref(), Some(&b"/etc/shadow"[..]));
    state.settle(effects);
}

#[test]
fn every_open_call_reads_its_own_layout() {
    let mut state = state();
    let open = event(code::SYSCALL_OPEN_X, 100).i64(3).text("f").u32(O_RDONLY).u32(0).u32(7).u64(8);
    let creat = event(code::SYSCALL_CREAT_X, 100).i64(4).text("f").u32(0).u32(7).u64(8).u16(1);
    let openat2 = event(code::SYSCALL_OPENAT2_X, 100).i64(5).i64(AT_FDCWD).text("f").u32(1).u32(0).u32(0).u32(7).u64(8);
    let handle = event(code::SYSCALL_OPEN_BY_HANDLE_AT_X, 100).i64(6).i64(9).u32(1).text("/root/f").u32(7).u64(8);
    for (num, build) in [(3, open), (4, creat), (5, openat2), (6, handle)] {
        build.run(&mut state);
        let fd = state.fd(100, num).unwrap();
        assert_eq!((&*fd.name, fd.dev, fd.ino), (&b"/root/f"[..], 7, 8), "{num}");
    }
    assert!(state.fd(100, 4).unwrap().upper_layer);
    assert_eq!(state.fd(100, 4).unwrap().open_flags & 0x106, 0x106);
}

#[test]
fn a_closed_descriptor_is_visible_until_settled() {
    let mut state = state();
    openat(100, 3, AT_FDCWD, "/x", O_RDONLY).run(&mut state);
    let effects = close(100, 3).apply(&mut state);
    assert_eq!(effects.fd_info.as_ref().map(|fd| fd.name.to_vec()), Some(b"/x".to_vec()));
    assert!(state.fd(100, 3).is_some());
    state.settle(effects);
    assert!(state.fd(100, 3).is_none());
}

#[test]
fn copies_are_independent_of_the_original() {
    let mut state = state();
    openat(100, 3, AT_FDCWD, "/x", O_CLOEXEC).run(&mut state);
    event(code::SYSCALL_DUP_1_X, 100).i64(4).i64(3).run(&mut state);
    event(code::SYSCALL_DUP2_X, 100).i64(0).i64(3).i64(0).run(&mut state);
    event(code::SYSCALL_DUP3_X, 100).i64(6).i64(3).i64(6).u32(O_CLOEXEC).run(&mut state);
    event(code::SYSCALL_FCNTL_X, 100).i64(7).i64(3).u8(1).u64(7).run(&mut state);
    event(code::SYSCALL_FCNTL_X, 100).i64(8).i64(3).u8(26).u64(8).run(&mut state);
    close(100, 3).run(&mut state);
    let marked: Vec<_> = [4, 0, 6, 7, 8].iter().map(|num| state.fd(100, *num).unwrap().cloexec).collect();
    assert_eq!(marked, [false, false, true, false, true]);
    event(code::SYSCALL_FCNTL_X, 100).i64(0).i64(4).u8(3).u64(1).run(&mut state);
    exec(100, 1, "/bin/x").run(&mut state);
    let mut left: Vec<i64> = state.fds(100).map(|(num, _)| num).collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 7]);
    assert_eq!(name(&state, 100, 0).as_deref(), Some("/x"));
}

#[test]
fn dup_of_itself_and_of_nothing() {
    let mut state = state();
    event(code::SYSCALL_DUP2_X, 100).i64(1).i64(1).i64(1).run(&mut state);
    assert_eq!(name(&state, 100, 1).as_deref(), Some("/dev/pts/0"));
    let effects = event(code::SYSCALL_DUP2_X, 100).i64(1).i64(55).i64(1).apply(&mut state);
    assert!(effects.fd_info.is_none());
    state.settle(effects);
    assert_eq!(state.fd(100, 1).map(|fd| fd.kind), Some(FdKind::Unknown), "what it was before is gone");
    let effects = event(code::SYSCALL_DUP_1_X, 100).i64(-24).i64(0).apply(&mut state);
    assert_eq!((effects.fd, effects.fd_info.is_none()), (Some(-1), true));
    state.settle(effects);
}

#[test]
fn close_range_closes_marks_and_unshares() {
    let mut state = state();
    for num in 3..10 {
        openat(100, num, AT_FDCWD, "/x", O_RDONLY).run(&mut state);
    }
    let range = |tid: i64, first: u32, last: u32, flags: u32| {
        event(code::SYSCALL_CLOSE_RANGE_X, tid).i64(0).u32(first).u32(last).u32(flags)
    };
    range(100, 8, u32::MAX, 0).run(&mut state);
    assert_eq!(state.fd_count(100), 8);
    range(100, 5, 6, 4).run(&mut state);
    spawn_thread(&mut state, 100, 101);
    range(101, 0, 4, 2).run(&mut state);
    assert_eq!((state.fd_count(100), state.fd_count(101)), (8, 3));
    exec(100, 1, "/bin/x").run(&mut state);
    assert_eq!(state.fd_count(100), 6);
}

#[test]
fn pairs_make_two_and_the_event_is_about_the_second() {
    let mut state = state();
    let effects = event(code::SYSCALL_PIPE2_X, 100).i64(0).i64(3).i64(4).u64(77).u32(O_CLOEXEC).apply(&mut state);
    assert_eq!((effects.fd, effects.fd_info.as_ref().map(|fd| fd.ino)), (Some(4), Some(77)));
    state.settle(effects);
    event(code::SYSCALL_PIPE_X, 100).i64(0).i64(5).i64(6).u64(78).run(&mut state);
    let pair = event(code::SOCKET_SOCKETPAIR_X, 100).i64(0).i64(7).i64(8).u64(1).u64(2).u32(1).u32(1).u32(0);
    pair.run(&mut state);
    for (num, kind) in [(3, FdKind::Fifo), (4, FdKind::Fifo), (6, FdKind::Fifo), (7, FdKind::Unix), (8, FdKind::Unix)] {
        assert_eq!(state.fd(100, num).map(|fd| fd.kind), Some(kind));
    }
    assert_eq!(state.fd(100, 8).map(|fd| (fd.unix_source, fd.unix_dest)), Some((2, 1)));
    let failed = event(code::SYSCALL_PIPE_X, 100).i64(-24).i64(0).i64(0).u64(0);
    failed.run(&mut state);
    assert_eq!(name(&state, 100, 0).as_deref(), Some("/dev/pts/0"));
}

#[test]
fn anonymous_descriptors_have_their_kind() {
    let mut state = state();
    let x = |etype: u16| event(etype, 100).i64(9);
    for (build, kind, cloexec) in [
        (x(code::SYSCALL_EVENTFD_X).u64(0).u32(0), FdKind::Event, false),
        (x(code::SYSCALL_EVENTFD2_X).u16(O_CLOEXEC as u16).u64(0), FdKind::Event, true),
        (x(code::SYSCALL_SIGNALFD_X).i64(-1).u32(0).u8(0), FdKind::Signal, false),
        (x(code::SYSCALL_SIGNALFD4_X).u16(O_CLOEXEC as u16).i64(-1).u32(0), FdKind::Signal, true),
        (x(code::SYSCALL_TIMERFD_CREATE_X).u8(1).u8(0), FdKind::Timer, false),
        (x(code::SYSCALL_INOTIFY_INIT_X).u8(0), FdKind::Inotify, false),
        (x(code::SYSCALL_INOTIFY_INIT1_X).u16(O_CLOEXEC as u16), FdKind::Inotify, true),
        (x(code::SYSCALL_EPOLL_CREATE_X).u32(1), FdKind::EventPoll, false),
        (x(code::SYSCALL_EPOLL_CREATE1_X).u32(1), FdKind::EventPoll, true),
        (x(code::SYSCALL_USERFAULTFD_X).u32(O_CLOEXEC), FdKind::UserFault, true),
        (x(code::SYSCALL_IO_URING_SETUP_X).u32(8), FdKind::IoUring, true),
        (x(code::SYSCALL_MEMFD_CREATE_X).text("m").u32(1), FdKind::Memfd, true),
        (x(code::SYSCALL_BPF_2_X).u32(5), FdKind::Bpf, true),
        (x(code::SYSCALL_PIDFD_OPEN_X).i64(1).u32(0), FdKind::Pidfd, true),
    ] {
        build.run(&mut state);
        assert_eq!(state.fd(100, 9).map(|fd| (fd.kind, fd.cloexec)), Some((kind, cloexec)));
        close(100, 9).run(&mut state);
    }
    // A command that makes no descriptor: 0 is its result, not standard input.
    event(code::SYSCALL_BPF_2_X, 100).i64(0).u32(2).run(&mut state);
    assert_eq!(name(&state, 100, 0).as_deref(), Some("/dev/pts/0"));
}

#[test]
fn pidfd_getfd_copies_from_the_other_process() {
    let mut state = state();
    fork(&mut state, 100, 200);
    openat(200, 5, AT_FDCWD, "/secret", O_RDONLY).run(&mut state);
    event(code::SYSCALL_PIDFD_OPEN_X, 100).i64(9).i64(200).u32(0).run(&mut state);
    event(code::SYSCALL_PIDFD_GETFD_X, 100).i64(10).i64(9).i64(5).u32(0).run(&mut state);
    assert_eq!(name(&state, 100, 10).as_deref(), Some("/secret"));
    event(code::SYSCALL_PIDFD_GETFD_X, 100).i64(11).i64(9).i64(77).u32(0).run(&mut state);
    assert_eq!(state.fd(100, 11).map(|fd| fd.kind), Some(FdKind::Unknown));
}

#[test]
fn passed_descriptors_replace_what_was_there() {
    let mut state = state();
    event(code::SOCKET_SOCKET_X, 100).i64(3).u32(1).u32(1).u32(0).u32(0).run(&mut state);
    openat(100, 5, AT_FDCWD, "/stale", O_RDONLY).run(&mut state);
    let mut control = 24u64.to_le_bytes().to_vec();
    for word in [1i32, 1, 5, 6] {
        control.extend_from_slice(&word.to_le_bytes());
    }
    let recvmsg = event(code::SOCKET_RECVMSG_X, 100).i64(1).u32(1).raw(b"x").absent().raw(&control).i64(3);
    recvmsg.run(&mut state);
    for num in [5, 6] {
        assert_eq!(state.fd(100, num).map(|fd| fd.kind), Some(FdKind::Unknown), "{num}");
    }
}

#[test]
fn events_name_the_descriptor_they_use() {
    let mut state = state();
    openat(100, 3, AT_FDCWD, "/x", O_RDONLY).run(&mut state);
    for build in [
        event(code::SYSCALL_READ_X, 100).i64(1).raw(b"d").i64(3).u32(1),
        event(code::SYSCALL_READV_X, 100).i64(1).u32(1).raw(b"d").i64(3),
        event(code::SYSCALL_FSTAT_X, 100).i64(0).i64(3),
        event(code::SYSCALL_SENDFILE_X, 100).i64(1).u64(0).i64(3).i64(1).u64(1),
    ] {
        let effects = build.apply(&mut state);
        assert_eq!((effects.fd, effects.fd_info.as_ref().map(|fd| fd.name.to_vec())), (Some(3), Some(b"/x".to_vec())));
        state.settle(effects);
    }
    let effects = event(code::SYSCALL_MKDIRAT_X, 100).i64(0).i64(AT_FDCWD).text("d").u32(0).apply(&mut state);
    assert_eq!((effects.fd, effects.fd_info.is_none()), (Some(AT_FDCWD), true));
    state.settle(effects);
}

#[test]
fn one_process_cannot_fill_the_memory() {
    let mut state = State::new(StateConfig { max_fds: 50, ..StateConfig::offline() });
    for num in 0..5000 {
        openat(100, num, AT_FDCWD, "/x", O_RDONLY).run(&mut state);
    }
    assert_eq!((state.fd_count(100), state.stats().fds_dropped), (50, 4950));
    openat(100, i64::MAX, AT_FDCWD, "/x", O_RDONLY).run(&mut state);
    assert_eq!(state.fd_count(100), 50);
}
