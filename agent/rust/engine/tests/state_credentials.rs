//! Users, capabilities and who adopts orphans, as the kernel has it.

mod state_events;

use engine::schema::code;
use engine::state::State;
use state_events::*;

const CHOWN: u64 = 1;
const SETUID: u64 = 1 << 7;
const NONE: u32 = u32::MAX;

/// A shell of root's with two capabilities, both in effect.
fn root() -> State {
    let mut state = state();
    event(code::SYSCALL_CAPSET_X, 100).i64(0).u64(0).u64(CHOWN | SETUID).u64(CHOWN | SETUID).run(&mut state);
    state
}

fn caps(state: &State, tid: i64) -> (u64, u64) {
    let thread = state.thread(tid).unwrap();
    (thread.cap_permitted, thread.cap_effective)
}

fn setuid(uid: u32) -> Build {
    event(code::SYSCALL_SETUID_X, 100).i64(0).u32(uid)
}

fn setreuid(ruid: u32, euid: u32) -> Build {
    event(code::SYSCALL_SETREUID_X, 100).i64(0).u32(ruid).u32(euid)
}

fn setresuid(ruid: u32, euid: u32, suid: u32) -> Build {
    event(code::SYSCALL_SETRESUID_X, 100).i64(0).u32(ruid).u32(euid).u32(suid)
}

fn prctl(option: u32, value: i64) -> Build {
    event(code::SYSCALL_PRCTL_X, 100).i64(0).u32(option).absent().i64(value)
}

#[test]
fn leaving_root_for_good_drops_every_capability() {
    let all = CHOWN | SETUID;
    for (steps, want) in [
        (vec![setuid(1000)], (0, 0)),
        (vec![setresuid(1000, 1000, 1000)], (0, 0)),
        (vec![setreuid(1000, 1000)], (0, 0)),
        // Only the effective id leaves: what is permitted stays, and comes into effect again with it.
        (vec![setresuid(NONE, 1000, NONE)], (all, 0)),
        (vec![setreuid(NONE, 1000)], (all, 0)),
        (vec![setresuid(NONE, 1000, NONE), setresuid(NONE, 0, NONE)], (all, all)),
        (vec![setresuid(NONE, 1000, NONE), setresuid(1000, NONE, 1000)], (0, 0)),
        // Root to root, and a call that changes nothing.
        (vec![setuid(0)], (all, all)),
        (vec![setresuid(NONE, NONE, NONE)], (all, all)),
        // prctl(PR_SET_KEEPCAPS) keeps what is permitted; SECBIT_NO_SETUID_FIXUP keeps everything.
        (vec![prctl(8, 1), setuid(1000)], (all, 0)),
        (vec![prctl(8, 1), prctl(8, 0), setuid(1000)], (0, 0)),
        (vec![prctl(28, 1 << 2), setuid(1000)], (all, all)),
    ] {
        let mut state = root();
        steps.iter().for_each(|step| step.run(&mut state));
        assert_eq!(caps(&state, 100), want);
    }
}

#[test]
fn without_the_capability_setuid_changes_the_effective_id_alone() {
    let mut state = root();
    setresuid(1000, 1000, 0).run(&mut state);
    assert_eq!(caps(&state, 100), (CHOWN | SETUID, 0));
    setuid(0).run(&mut state);
    assert_eq!((state.thread(100).unwrap().uid, caps(&state, 100).1), (0, CHOWN | SETUID));
    setuid(1000).run(&mut state);
    assert_eq!(caps(&state, 100), (0, 0), "with it all three are changed");
}

#[test]
fn exec_ends_what_kept_capabilities() {
    let mut state = root();
    prctl(8, 1).run(&mut state);
    exec(100, 1, "/usr/bin/x").run(&mut state);
    event(code::SYSCALL_CAPSET_X, 100).i64(0).u64(0).u64(CHOWN).u64(CHOWN).run(&mut state);
    setresuid(0, 0, 0).run(&mut state);
    setresuid(5, 5, 5).run(&mut state);
    assert_eq!(caps(&state, 100), (0, 0));
}

#[test]
fn a_failed_call_changes_nothing() {
    let mut state = root();
    event(code::SYSCALL_SETUID_X, 100).i64(-1).u32(1000).run(&mut state);
    event(code::SYSCALL_PRCTL_X, 100).i64(-22).u32(36).absent().i64(1).run(&mut state);
    assert_eq!(caps(&state, 100), (CHOWN | SETUID, CHOWN | SETUID));
}

#[test]
fn a_user_namespace_gives_every_capability() {
    const NEWUSER: u32 = 0x10_0000;
    let all = (1 << 41) - 1;
    let mut state = state();
    event(code::SYSCALL_UNSHARE_X, 100).i64(0).u32(CLONE_FS).run(&mut state);
    assert_eq!(caps(&state, 100), (0, 0));
    event(code::SYSCALL_UNSHARE_X, 100).i64(0).u32(NEWUSER).run(&mut state);
    assert_eq!(caps(&state, 100), (all, all));
    clone(200, 0, 200, 1, NEWUSER).run(&mut state);
    assert_eq!((caps(&state, 200), caps(&state, 1)), ((all, all), (0, 0)));
    fork(&mut state, 1, 300);
    openat(300, 5, AT_FDCWD, "/proc/7/ns/user", O_RDONLY).run(&mut state);
    event(code::SYSCALL_SETNS_X, 300).i64(0).i64(5).u32(0).run(&mut state);
    assert_eq!(caps(&state, 300), (all, all));
}

#[test]
fn orphans_go_to_the_nearest_subreaper() {
    let mut state = state();
    fork(&mut state, 100, 200);
    spawn_thread(&mut state, 200, 201);
    // Any thread may ask; it holds for the process.
    event(code::SYSCALL_PRCTL_X, 201).i64(0).u32(36).absent().i64(1).run(&mut state);
    fork(&mut state, 200, 300);
    fork(&mut state, 300, 400);
    fork(&mut state, 400, 500);
    exit(400, 0).run(&mut state);
    assert_eq!(state.thread(500).unwrap().ptid, 200);
    // What the kernel says goes first.
    fork(&mut state, 500, 600);
    exit(500, 300).run(&mut state);
    assert_eq!(state.thread(600).unwrap().ptid, 300);
    event(code::SYSCALL_PRCTL_X, 200).i64(0).u32(36).absent().i64(0).run(&mut state);
    exit(300, 0).run(&mut state);
    assert_eq!(state.thread(600).unwrap().ptid, 1);
}

#[test]
fn orphans_of_a_pid_namespace_go_to_its_first_process() {
    let mut state = state();
    clone_in_ns(200, 0, 200, 100, CLONE_CHILD_IN_PIDNS, 1, 1).run(&mut state);
    clone_in_ns(201, 0, 201, 200, 0, 2, 2).run(&mut state);
    clone_in_ns(202, 0, 202, 201, 0, 3, 3).run(&mut state);
    exit(201, 0).run(&mut state);
    assert_eq!(state.thread(202).unwrap().ptid, 200);
}

fn user(etype: u16, uid: u32, name: &str, container: &str) -> Build {
    event(etype, -1).u32(uid).u32(uid).text(name).text("/home/x").text("/bin/sh").text(container)
}

#[test]
fn users_come_and_go() {
    let mut state = state();
    let name = |state: &State| state.user(1000).map(|user| user.name.clone());
    user(code::USER_ADDED_E, 1000, "alice", "").run(&mut state);
    assert_eq!(name(&state).as_deref(), Some("alice"));
    user(code::USER_ADDED_E, 1000, "bob", "").run(&mut state);
    assert_eq!(name(&state).as_deref(), Some("bob"));
    user(code::USER_DELETED_E, 1000, "bob", "").run(&mut state);
    assert_eq!(name(&state), None);
    event(code::GROUP_ADDED_E, -1).u32(1000).text("staff").text("").run(&mut state);
    assert_eq!(state.group(1000), Some("staff"));
    event(code::GROUP_DELETED_E, -1).u32(1000).text("staff").text("").run(&mut state);
    assert_eq!(state.group(1000), None);
}

#[test]
fn a_container_has_users_of_its_own() {
    let mut state = state();
    user(code::USER_ADDED_E, 0, "root", "").run(&mut state);
    let mut inside = engine::state::Thread::unknown(500);
    inside.cgroups = (*b"cpu=/docker/3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e\0").into();
    state.insert_thread(inside);
    let name = |state: &State, tid: i64, uid: u32| {
        state.user_of(state.thread(tid).unwrap(), uid).map(|user| user.name.clone()).unwrap_or_default()
    };
    assert_eq!(name(&state, 500, 0), "root", "until anything is known of the container's users");
    user(code::USER_ADDED_E, 0, "admin", "3ad7b26ded6d").run(&mut state);
    event(code::GROUP_ADDED_E, -1).u32(7).text("wheel").text("3ad7b26ded6d").run(&mut state);
    assert_eq!((name(&state, 500, 0), name(&state, 100, 0)), ("admin".into(), "root".into()));
    assert_eq!(name(&state, 500, 9), "");
    assert_eq!(state.group_of(state.thread(500).unwrap(), 7), Some("wheel"));
    user(code::USER_DELETED_E, 0, "admin", "3ad7b26ded6d").run(&mut state);
    assert_eq!(name(&state, 500, 0), "root");
}
