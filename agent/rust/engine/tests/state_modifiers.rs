//! Every current event that the format marks as changing state changes it here, or there is a reason why not.

mod state_events;

use engine::schema::{code, ef, Status, EVENTS};
use engine::state::State;
use state_events::*;

/// Everything the tests of this file can see of a state.
fn picture(state: &State) -> String {
    let mut lines: Vec<String> = state
        .threads()
        .map(|thread| {
            let mut fds: Vec<_> = state.fds(thread.tid).map(|(num, fd)| format!("{num} {fd:?}")).collect();
            fds.sort();
            format!("{thread:?} {fds:?}")
        })
        .collect();
    lines.sort();
    let names: Vec<_> = (0..3).map(|id| (state.user(id).cloned(), state.group(id).map(str::to_string))).collect();
    format!("{lines:?} {names:?}")
}

/// What an event needs to have happened before.
fn prepared() -> State {
    let mut state = state();
    event(code::USER_ADDED_E, -1).u32(1).u32(1).text("daemon").text("/").text("/").text("").run(&mut state);
    event(code::GROUP_ADDED_E, -1).u32(1).text("daemon").text("").run(&mut state);
    fork(&mut state, 1, 150);
    openat(100, 3, AT_FDCWD, "/etc", O_RDONLY | O_DIRECTORY).run(&mut state);
    for (num, domain, kind) in [(4, 2u32, 1u32), (5, 2, 2), (6, 1, 1)] {
        event(code::SOCKET_SOCKET_X, 100).i64(num).u32(domain).u32(kind).u32(0).u32(0).run(&mut state);
    }
    let connecting = event(code::SOCKET_CONNECT_X, 100).i64(-115).raw(&tuple(1)).i64(4).raw(&address());
    connecting.run(&mut state);
    event(code::SYSCALL_PIDFD_OPEN_X, 100).i64(7).i64(150).u32(0).run(&mut state);
    openat(150, 3, AT_FDCWD, "/secret", O_RDONLY).run(&mut state);
    state
}

fn tuple(host: u8) -> Vec<u8> {
    vec![2, 10, 0, 0, 9, 0x10, 0x27, 10, 0, 0, host, 53, 0]
}

fn address() -> Vec<u8> {
    vec![2, 10, 0, 0, 1, 53, 0]
}

/// A recvmsg's control message that passes descriptor 3.
fn passed() -> Vec<u8> {
    let mut control = 20u64.to_le_bytes().to_vec();
    [1i32, 1, 3].iter().for_each(|word| control.extend_from_slice(&word.to_le_bytes()));
    control
}

/// An event that changes [`prepared`]; `None` when the type is not in this table.
fn example(etype: u16) -> Option<Build> {
    let e = event(etype, 100);
    Some(match etype {
        code::SYSCALL_OPEN_X => e.i64(9).text("/x").u32(1).u32(0).u32(0).u64(1),
        code::SYSCALL_CREAT_X => e.i64(9).text("/x").u32(0o644).u32(0).u64(1).u16(0),
        code::SYSCALL_OPENAT_2_X => openat(100, 9, AT_FDCWD, "/x", O_RDONLY),
        code::SYSCALL_OPENAT2_X => e.i64(9).i64(AT_FDCWD).text("/x").u32(1).u32(0).u32(0).u32(0).u64(1),
        code::SYSCALL_OPEN_BY_HANDLE_AT_X => e.i64(9).i64(3).u32(1).text("/x").u32(0).u64(1),
        code::SYSCALL_CLOSE_X => close(100, 3),
        code::SYSCALL_CLOSE_RANGE_X => e.i64(0).u32(3).u32(4).u32(0),
        code::SYSCALL_DUP_1_X => e.i64(9).i64(3),
        code::SYSCALL_DUP2_X => e.i64(9).i64(3).i64(9),
        code::SYSCALL_DUP3_X => e.i64(9).i64(3).i64(9).u32(O_CLOEXEC),
        code::SYSCALL_FCNTL_X => e.i64(9).i64(3).u8(26).u64(0),
        code::SYSCALL_PIPE_X => e.i64(0).i64(9).i64(10).u64(1),
        code::SYSCALL_PIPE2_X => e.i64(0).i64(9).i64(10).u64(1).u32(0),
        code::SYSCALL_EVENTFD_X => e.i64(9).u64(0).u32(0),
        code::SYSCALL_EVENTFD2_X => e.i64(9).u16(0).u64(0),
        code::SYSCALL_SIGNALFD_X => e.i64(9).i64(-1).u32(0).u8(0),
        code::SYSCALL_SIGNALFD4_X => e.i64(9).u16(0).i64(-1).u32(0),
        code::SYSCALL_TIMERFD_CREATE_X => e.i64(9).u8(0).u8(0),
        code::SYSCALL_INOTIFY_INIT_X => e.i64(9).u8(0),
        code::SYSCALL_INOTIFY_INIT1_X => e.i64(9).u16(0),
        code::SYSCALL_EPOLL_CREATE_X => e.i64(9).u32(1),
        code::SYSCALL_EPOLL_CREATE1_X => e.i64(9).u32(0),
        code::SYSCALL_USERFAULTFD_X => e.i64(9).u32(0),
        code::SYSCALL_IO_URING_SETUP_X => e.i64(9).u32(8),
        code::SYSCALL_MEMFD_CREATE_X => e.i64(9).text("m").u32(0),
        code::SYSCALL_BPF_2_X => e.i64(9).u32(5),
        code::SYSCALL_PIDFD_OPEN_X => e.i64(9).i64(1).u32(0),
        code::SYSCALL_PIDFD_GETFD_X => e.i64(9).i64(7).i64(3).u32(0),
        code::SOCKET_SOCKET_X => e.i64(9).u32(2).u32(1).u32(0).u32(0),
        code::SOCKET_SOCKETPAIR_X => e.i64(0).i64(9).i64(10).u64(1).u64(2).u32(1).u32(1).u32(0),
        code::SOCKET_BIND_X => e.i64(0).raw(&address()).i64(5),
        code::SOCKET_LISTEN_X => e.i64(0).i64(4).u32(8),
        code::SOCKET_CONNECT_X => e.i64(0).raw(&tuple(2)).i64(4).raw(&address()),
        code::SOCKET_ACCEPT_5_X => e.i64(9).raw(&tuple(1)).u8(0).u32(0).u32(0),
        code::SOCKET_ACCEPT4_6_X => e.i64(9).raw(&tuple(1)).u8(0).u32(0).u32(0).u32(0),
        code::SOCKET_GETSOCKOPT_X => e.i64(0).i64(4).u8(1).u8(4).raw(&[1, 0, 0, 0, 0, 0, 0, 0, 0]).u32(4),
        code::SOCKET_SEND_X => e.i64(1).raw(b"x").i64(5).u32(1).raw(&tuple(1)),
        code::SOCKET_SENDTO_X => e.i64(1).raw(b"x").i64(5).u32(1).raw(&tuple(1)),
        code::SOCKET_SENDMSG_X => e.i64(1).raw(b"x").i64(5).u32(1).raw(&tuple(1)),
        code::SOCKET_SENDMMSG_X => e.i64(1).i64(5).u32(1).raw(b"x").raw(&tuple(1)),
        code::SOCKET_RECV_X => e.i64(1).raw(b"x").i64(5).u32(1).raw(&tuple(1)),
        code::SOCKET_RECVFROM_X => e.i64(1).raw(b"x").raw(&tuple(1)).i64(5).u32(1),
        code::SOCKET_RECVMSG_X => e.i64(1).u32(1).raw(b"x").absent().raw(&passed()).i64(6),
        code::SOCKET_RECVMMSG_X => e.i64(1).i64(6).u32(1).raw(b"x").absent().raw(&passed()),
        code::SYSCALL_CHDIR_X => e.i64(0).text("/tmp"),
        code::SYSCALL_FCHDIR_X => e.i64(0).i64(3),
        code::SYSCALL_CHROOT_X => e.i64(0).text("/jail"),
        code::SYSCALL_SETUID_X | code::SYSCALL_SETGID_X => e.i64(0).u32(5),
        code::SYSCALL_SETREUID_X | code::SYSCALL_SETREGID_X => e.i64(0).u32(5).u32(5),
        code::SYSCALL_SETRESUID_X | code::SYSCALL_SETRESGID_X => e.i64(0).u32(5).u32(5).u32(5),
        code::SYSCALL_CAPSET_X => e.i64(0).u64(1).u64(1).u64(1),
        code::SYSCALL_SETSID_X => event(etype, 150).i64(150),
        code::SYSCALL_SETPGID_X => event(etype, 150).i64(0).i64(0).i64(0),
        code::SYSCALL_PRCTL_X => e.i64(0).u32(15).text("name").i64(0),
        code::SYSCALL_UNSHARE_X => e.i64(0).u32(0x10_0000),
        code::SYSCALL_SETNS_X => e.i64(0).i64(3).u32(0x20),
        code::SYSCALL_CLONE_20_X | code::SYSCALL_FORK_20_X | code::SYSCALL_VFORK_20_X | code::SYSCALL_CLONE3_X => {
            let e = event(etype, 200).i64(0).text("sh").absent().i64(200).i64(200).i64(100).text("/").i64(9).u64(0);
            let e = e.u64(0).u32(0).u32(0).u32(0).text("sh").absent().u32(0).u32(0).u32(0).i64(200).i64(200);
            e.u64(0)
        }
        code::SYSCALL_EXECVE_19_X => exec(100, 1, "/bin/new"),
        code::SYSCALL_EXECVEAT_X => exec(100, 1, "/bin/new").of_type(etype),
        code::PROCEXIT_1_E => exit(150, 1),
        code::USER_ADDED_E => e.u32(0).u32(0).text("root").text("/root").text("/bin/sh").text(""),
        code::USER_DELETED_E => e.u32(1).u32(1).text("daemon").text("/").text("/").text(""),
        code::GROUP_ADDED_E => e.u32(0).text("root").text(""),
        code::GROUP_DELETED_E => e.u32(1).text("daemon").text(""),
        _ => return None,
    })
}

/// Why an event that the format marks changes nothing here.
fn reason(etype: u16) -> Option<&'static str> {
    Some(match etype {
        code::SYSCALL_OPEN_E
        | code::SYSCALL_CREAT_E
        | code::SYSCALL_OPENAT_2_E
        | code::SYSCALL_OPENAT2_E
        | code::SOCKET_CONNECT_E => "the exit event has all of its parameters",
        code::SOCKET_SHUTDOWN_X => "the descriptor and both its ends stay as they are until it is closed",
        code::SYSCALL_MOUNT_X | code::SYSCALL_UMOUNT_1_X | code::SYSCALL_UMOUNT2_X => {
            "paths are kept as text; what is mounted where is not part of the state"
        }
        code::CPU_HOTPLUG_E => "nothing is kept by processor that going offline would end",
        code::CONTAINER_JSON_2_E => "the id and kind of a container come from its cgroup; its metadata is not kept yet",
        code::ITER_TASK_E
        | code::ITER_TASK_FILE_PIPE_E
        | code::ITER_TASK_FILE_MEMFD_E
        | code::ITER_TASK_FILE_REGULAR_E
        | code::ITER_TASK_FILE_DIRECTORY_E
        | code::ITER_TASK_FILE_SOCKET_INET_E
        | code::ITER_TASK_FILE_SOCKET_INET6_E
        | code::ITER_TASK_FILE_SOCKET_UNIX_E
        | code::ITER_TASK_FILE_SOCKET_NETLINK_E
        | code::ITER_TASK_FILE_ANON_INODE_E => {
            "read by whoever starts a capture, in place of /proc; capture files have lists of processes instead"
        }
        _ => return None,
    })
}

#[test]
fn every_event_that_changes_state_does() {
    let before = picture(&prepared());
    let mut changed = 0;
    for info in EVENTS.iter() {
        let marked = info.status == Status::Current && info.flags & ef::MODIFIES_STATE != 0;
        let Some(build) = example(info.code) else {
            assert!(!marked || reason(info.code).is_some(), "{} has neither an example nor a reason", info.symbol);
            continue;
        };
        assert!(reason(info.code).is_none(), "{} has an example and a reason", info.symbol);
        let mut state = prepared();
        build.run(&mut state);
        assert_ne!(picture(&state), before, "{} changes nothing", info.symbol);
        changed += 1;
    }
    assert!(changed >= 70, "only {changed} examples");
}
