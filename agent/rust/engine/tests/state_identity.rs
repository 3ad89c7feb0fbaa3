//! Directories, users, sessions, names and containers of threads.

mod state_events;

use engine::schema::code;
use state_events::*;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn cwd(state: &engine::state::State, tid: i64) -> String {
    text(&state.thread(tid).unwrap().cwd)
}

#[test]
fn directories_follow_chdir_and_fchdir() {
    let mut state = state();
    let chdir = |res: i64, path: &str| event(code::SYSCALL_CHDIR_X, 100).i64(res).text(path);
    chdir(0, "../etc/./ssh/").run(&mut state);
    assert_eq!(cwd(&state, 100), "/etc/ssh/");
    chdir(-2, "/nonexistent").run(&mut state);
    assert_eq!(cwd(&state, 100), "/etc/ssh/");
    openat(100, 5, AT_FDCWD, "/usr/share", O_RDONLY | O_DIRECTORY).run(&mut state);
    event(code::SYSCALL_FCHDIR_X, 100).i64(0).i64(5).run(&mut state);
    assert_eq!(cwd(&state, 100), "/usr/share/");
    chdir(0, "/").run(&mut state);
    assert_eq!(cwd(&state, 100), "/");
    // What is not known is not made up.
    event(code::SYSCALL_FCHDIR_X, 100).i64(0).i64(99).run(&mut state);
    openat(100, 6, AT_FDCWD, "x", O_RDONLY).run(&mut state);
    assert_eq!(name(&state, 100, 6).as_deref(), Some("<UNKNOWN>/x"));
    chdir(0, "sub").run(&mut state);
    openat(100, 6, AT_FDCWD, "x", O_RDONLY).run(&mut state);
    assert_eq!(name(&state, 100, 6).as_deref(), Some("<UNKNOWN>/sub/x"));
}

#[test]
fn chroot_sets_the_root() {
    let mut state = state();
    event(code::SYSCALL_CHROOT_X, 100).i64(0).text("jail").run(&mut state);
    assert_eq!(text(&state.thread(100).unwrap().root), "/root/jail");
}

#[test]
fn unshare_ends_sharing() {
    let mut state = state();
    spawn_thread(&mut state, 100, 101);
    event(code::SYSCALL_UNSHARE_X, 101).i64(0).u32(CLONE_FILES | CLONE_FS).run(&mut state);
    event(code::SYSCALL_CHDIR_X, 101).i64(0).text("/tmp").run(&mut state);
    close(101, 0).run(&mut state);
    assert_eq!((cwd(&state, 100), cwd(&state, 101)), ("/root/".into(), "/tmp/".into()));
    assert!(state.fd(100, 0).is_some() && state.fd(101, 0).is_none());
}

#[test]
fn entering_a_mount_namespace_moves_to_its_root() {
    let mut state = state();
    openat(100, 5, AT_FDCWD, "/proc/7/ns/mnt", O_RDONLY).run(&mut state);
    openat(100, 6, AT_FDCWD, "/proc/7/ns/net", O_RDONLY).run(&mut state);
    event(code::SYSCALL_SETNS_X, 100).i64(0).i64(6).u32(0).run(&mut state);
    assert_eq!(cwd(&state, 100), "/root/");
    event(code::SYSCALL_SETNS_X, 100).i64(0).i64(5).u32(0).run(&mut state);
    assert_eq!(cwd(&state, 100), "/");
}

#[test]
fn ids_change_on_success_only_and_minus_one_keeps_them() {
    let mut state = state();
    let ids = |state: &engine::state::State| state.thread(100).map(|t| (t.uid, t.gid)).unwrap();
    let none = u32::MAX;
    event(code::SYSCALL_SETUID_X, 100).i64(-1).u32(5).run(&mut state);
    assert_eq!(ids(&state), (0, 0));
    event(code::SYSCALL_SETGID_X, 100).i64(0).u32(6).run(&mut state);
    event(code::SYSCALL_SETUID_X, 100).i64(0).u32(5).run(&mut state);
    assert_eq!(ids(&state), (5, 6));
    event(code::SYSCALL_SETRESUID_X, 100).i64(0).u32(1).u32(2).u32(3).run(&mut state);
    event(code::SYSCALL_SETRESGID_X, 100).i64(0).u32(1).u32(none).u32(3).run(&mut state);
    assert_eq!(ids(&state), (2, 6));
    event(code::SYSCALL_SETREUID_X, 100).i64(0).u32(none).u32(9).run(&mut state);
    event(code::SYSCALL_SETREGID_X, 100).i64(0).u32(1).u32(8).run(&mut state);
    assert_eq!(ids(&state), (9, 8));
}

#[test]
fn capset_sets_all_three() {
    let mut state = state();
    event(code::SYSCALL_CAPSET_X, 100).i64(0).u64(1).u64(2).u64(3).run(&mut state);
    let thread = state.thread(100).unwrap();
    assert_eq!((thread.cap_inheritable, thread.cap_permitted, thread.cap_effective), (1, 2, 3));
}

#[test]
fn sessions_and_groups() {
    let mut state = state();
    fork(&mut state, 100, 200);
    spawn_thread(&mut state, 200, 201);
    event(code::SYSCALL_SETSID_X, 200).i64(200).run(&mut state);
    for tid in [200, 201] {
        let thread = state.thread(tid).unwrap();
        assert_eq!((thread.sid, thread.pgid, thread.vpgid), (200, 200, 200), "{tid}");
    }
    event(code::SYSCALL_SETSID_X, 100).i64(-1).run(&mut state);
    assert_eq!(state.thread(100).unwrap().sid, 100);
    fork(&mut state, 100, 300);
    event(code::SYSCALL_SETPGID_X, 100).i64(0).i64(300).i64(0).run(&mut state);
    assert_eq!(state.thread(300).map(|t| (t.pgid, t.vpgid)), Some((300, 300)));
    fork(&mut state, 100, 301);
    event(code::SYSCALL_SETPGID_X, 301).i64(0).i64(0).i64(300).run(&mut state);
    assert_eq!(state.thread(301).map(|t| (t.pgid, t.vpgid)), Some((300, 300)));
}

#[test]
fn groups_in_a_pid_namespace_have_two_numbers() {
    let mut state = state();
    clone_in_ns(200, 0, 200, 100, CLONE_CHILD_IN_PIDNS, 1, 1).run(&mut state);
    clone_in_ns(201, 0, 201, 200, CLONE_CHILD_IN_PIDNS, 2, 2).run(&mut state);
    clone_in_ns(202, 0, 202, 200, CLONE_CHILD_IN_PIDNS, 3, 3).run(&mut state);
    event(code::SYSCALL_SETPGID_X, 200).i64(0).i64(2).i64(0).run(&mut state);
    event(code::SYSCALL_SETPGID_X, 200).i64(0).i64(3).i64(2).run(&mut state);
    assert_eq!(state.thread(201).map(|t| (t.pgid, t.vpgid)), Some((201, 2)));
    assert_eq!(state.thread(202).map(|t| (t.pgid, t.vpgid)), Some((201, 2)));
    event(code::SYSCALL_SETSID_X, 202).i64(3).run(&mut state);
    assert_eq!(state.thread(202).map(|t| (t.sid, t.pgid, t.vpgid)), Some((3, 202, 3)));
}

#[test]
fn prctl_names_one_thread() {
    let mut state = state();
    spawn_thread(&mut state, 100, 101);
    let prctl = |option: u32| event(code::SYSCALL_PRCTL_X, 101).i64(0).u32(option).text("worker-number-17").i64(0);
    prctl(4).run(&mut state);
    assert_eq!(text(&state.thread(101).unwrap().comm), "sh");
    prctl(15).run(&mut state);
    assert_eq!(text(&state.thread(101).unwrap().comm), "worker-number-1");
    assert_eq!(text(&state.thread(100).unwrap().comm), "sh");
}

#[test]
fn a_thread_belongs_to_the_container_of_its_cgroup() {
    let mut state = state();
    let id = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";
    fork(&mut state, 100, 200);
    assert!(state.container(state.thread(200).unwrap()).is_none());
    let mut thread = state.thread(200).unwrap().clone();
    thread.cgroups = format!("cpu=/system.slice/docker-{id}.scope\0").into_bytes().into();
    state.insert_thread(thread);
    let container = state.container(state.thread(200).unwrap()).unwrap();
    assert_eq!((container.id.as_str(), container.full_id.as_str()), (&id[..12], id));
}

#[test]
fn a_clone_event_without_cgroups_keeps_the_container() {
    let mut state = state();
    let id = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";
    let mut thread = state.thread(100).unwrap().clone();
    thread.cgroups = format!("cpu=/docker/{id}\0").into_bytes().into();
    state.insert_thread(thread);
    // An event of an older writer: it ends before the cgroups.
    let short = event(code::SYSCALL_CLONE_20_X, 200).i64(0).text("sh").absent().i64(200).i64(200).i64(100);
    short.run(&mut state);
    assert_eq!(state.thread(200).and_then(|t| t.container.as_ref()).map(|c| c.id.as_str()), Some(&id[..12]));
    clone(201, 0, 201, 100, 0).run(&mut state);
    assert!(state.thread(201).unwrap().container.is_none(), "a child may start in another cgroup");
}
