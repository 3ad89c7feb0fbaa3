//! Reading real processes: only this test's own process, its child and the names of its ancestors.

mod state_events;

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Stdio};

use engine::schema::code;
use engine::state::{FdKind, ProcScope, State, StateConfig};
use state_events::*;

fn live() -> State {
    State::new(StateConfig::default())
}

fn own_pid() -> i64 {
    i64::from(std::process::id())
}

fn scope(pids: &[i64]) -> ProcScope {
    ProcScope::Pids { processes: pids.to_vec() }
}

/// A shell that waits, with known arguments, environment and directory. Killed when dropped.
struct Waiting(Child);

impl Waiting {
    fn start() -> Waiting {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo ready; exec 9</etc/hosts; echo set; read line", "marker-argument"]);
        command.env("MARKER", "value").current_dir("/tmp").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a shell");
        let mut ready = [0; 10];
        child.stdout.as_mut().expect("a pipe").read_exact(&mut ready).expect("the shell answers");
        Waiting(child)
    }

    fn pid(&self) -> i64 {
        i64::from(self.0.id())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_scanned_process_has_all_its_facts() {
    let child = Waiting::start();
    let mut state = live();
    let report = state.scan_proc(&scope(&[own_pid(), child.pid()]));
    let thread = state.thread(child.pid()).expect("the shell");
    assert!(!thread.degraded);
    assert_eq!((thread.ptid, thread.pid), (own_pid(), child.pid()));
    assert_eq!((&*thread.cwd, &*thread.exe), (&b"/tmp/"[..], &b"/bin/sh"[..]));
    assert!(thread.args.ends_with(b"marker-argument\0"));
    assert!(thread.env.windows(13).any(|part| part == b"MARKER=value\0"));
    // SAFETY: no preconditions.
    assert_eq!((thread.uid, thread.gid), unsafe { (libc::geteuid(), libc::getegid()) });
    assert!(thread.exe_ino != 0 && thread.exe_ino_mtime != 0 && thread.clone_ts != 0);
    assert_eq!(state.parent(thread).map(|parent| parent.tid), Some(own_pid()));
    let name = |num: i64| state.fd(child.pid(), num).map(|fd| String::from_utf8_lossy(&fd.name).into_owned());
    assert_eq!(name(9).as_deref(), Some("/etc/hosts"));
    assert_eq!(state.fd(child.pid(), 0).map(|fd| fd.kind), Some(FdKind::Fifo));
    assert!(report.processes >= 2 && report.fds >= 4, "{report:?}");
    assert!(state.nthreads(own_pid()) >= 2, "the test's threads");
}

#[test]
fn of_ancestors_only_the_names_are_read() {
    let child = Waiting::start();
    let mut state = live();
    let _ = state.scan_proc(&scope(&[child.pid()]));
    let mut known: Vec<i64> = state.threads().map(|thread| thread.tid).collect();
    known.sort_unstable();
    let thread = state.thread(child.pid()).unwrap();
    let ancestors: Vec<_> = state.ancestors(thread).collect();
    assert_eq!(ancestors[0].tid, own_pid());
    for ancestor in &ancestors {
        assert!(!ancestor.comm.is_empty());
        assert!(ancestor.args.is_empty() && ancestor.env.is_empty() && ancestor.cwd.is_empty());
        assert_eq!(state.fd_count(ancestor.tid), 0);
    }
    assert_eq!(known.len(), ancestors.len() + 1, "nothing else was read");
}

#[test]
fn sockets_are_found_by_their_inode() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, from) = listener.accept().unwrap();
    let path = std::env::temp_dir().join(format!("engine-state-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let unix = UnixListener::bind(&path).unwrap();
    let mut state = live();
    let _ = state.scan_proc(&scope(&[own_pid()]));
    let fd = |num: i32| state.fd(own_pid(), i64::from(num)).expect("open");
    let text = |num: i32| String::from_utf8_lossy(&fd(num).name).into_owned();
    assert_eq!(text(listener.as_raw_fd()), format!("127.0.0.1:{port}"));
    assert_eq!(text(client.as_raw_fd()), format!("{from}->127.0.0.1:{port}"));
    assert_eq!(text(server.as_raw_fd()), format!("{from}->127.0.0.1:{port}"));
    assert!(fd(client.as_raw_fd()).is_client && fd(server.as_raw_fd()).is_server);
    assert!(fd(client.as_raw_fd()).connected && fd(client.as_raw_fd()).cloexec);
    assert_eq!(text(unix.as_raw_fd()), path.to_string_lossy());
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_thread_whose_clone_was_lost_is_read_once() {
    let child = Waiting::start();
    let mut state = live();
    openat(child.pid(), 77, AT_FDCWD, "x", O_RDONLY).run(&mut state);
    let thread = state.thread(child.pid()).unwrap();
    assert!(thread.degraded, "it is known that something was lost");
    assert_eq!(&*thread.cwd, b"/tmp/");
    assert_eq!(name(&state, child.pid(), 77).as_deref(), Some("/tmp/x"));
    assert_eq!(name(&state, child.pid(), 9).as_deref(), Some("/etc/hosts"));
    assert!(state.parent(thread).is_some_and(|parent| parent.tid == own_pid() && parent.env.is_empty()));
    openat(child.pid(), 78, AT_FDCWD, "y", O_RDONLY).run(&mut state);
    assert_eq!(state.stats().proc_lookups, 1);
}

#[test]
fn lookups_are_rate_limited_and_failures_counted() {
    let mut state = State::new(StateConfig { max_lookups_per_second: 5, ..StateConfig::default() });
    for at in 0..20 {
        // Ids beyond pid_max belong to nobody.
        openat((1 << 40) + at, 3, AT_FDCWD, "x", O_RDONLY).run(&mut state);
    }
    let stats = state.stats();
    assert_eq!((stats.proc_lookups, stats.proc_lookups_failed, stats.proc_lookups_limited), (5, 5, 15));
    assert_eq!(stats.threads, 20);
}

#[test]
fn after_a_gap_the_facts_are_read_again() {
    let child = Waiting::start();
    let mut state = live();
    let _ = state.scan_proc(&scope(&[own_pid(), child.pid()]));
    let pid = child.pid();
    fork(&mut state, pid, 1 << 40);
    event(code::SYSCALL_CHDIR_X, pid).i64(0).text("/wrong").run(&mut state);
    openat(pid, 55, AT_FDCWD, "/never/opened", O_RDONLY).run(&mut state);
    event(code::SYSCALL_FSTAT_X, pid).i64(0).i64(9).run(&mut state);
    assert_eq!(state.stats().resyncs, 0);
    state.mark_gap();
    event(code::SYSCALL_FSTAT_X, pid).i64(0).i64(9).run(&mut state);
    assert_eq!((state.stats().gaps, state.stats().resyncs), (1, 1));
    let thread = state.thread(pid).unwrap();
    assert_eq!((&*thread.cwd, thread.degraded), (&b"/tmp/"[..], false));
    assert!(state.fd(pid, 55).is_none() && state.fd(pid, 9).is_some());
    assert_eq!(state.children(pid).collect::<Vec<_>>(), [1 << 40], "its children stay its children");
    event(code::SYSCALL_FSTAT_X, pid).i64(0).i64(9).run(&mut state);
    assert_eq!(state.stats().resyncs, 1);
}

#[test]
fn processes_whose_exit_was_lost_are_swept_after_a_gap() {
    let child = Waiting::start();
    let mut state = live();
    let pid = child.pid();
    let second = 1_000_000_000;
    let at = |ts: u64| event(code::SYSCALL_FSTAT_X, own_pid()).i64(0).i64(0).at(ts * second);
    at(100).run(&mut state);
    event(code::SYSCALL_FSTAT_X, pid).i64(0).i64(0).at(100 * second).run(&mut state);
    drop(child);
    state.mark_gap();
    at(101).run(&mut state);
    assert!(state.thread(pid).is_some(), "events of it may still come");
    at(103).run(&mut state);
    assert!(state.thread(pid).is_none());
    assert!(state.thread(own_pid()).is_some());
    // Threads of this test program that ended meanwhile count, too.
    assert!(state.stats().swept >= 1);
}

#[test]
fn gaps_without_end_do_not_put_off_the_sweep_nor_read_without_bound() {
    let child = Waiting::start();
    let mut state = State::new(StateConfig { max_resyncs_per_second: 3, ..StateConfig::default() });
    let second = 1_000_000_000;
    let fstat = |pid: i64, ts: u64| event(code::SYSCALL_FSTAT_X, pid).i64(0).i64(0).at(ts);
    let pid = child.pid();
    fstat(own_pid(), 100 * second).run(&mut state);
    fstat(pid, 100 * second).run(&mut state);
    drop(child);
    for step in 0..60 {
        state.mark_gap();
        fstat(own_pid(), 100 * second + step * second / 10).run(&mut state);
    }
    assert!(state.thread(pid).is_none(), "swept although a gap came every 100 ms");
    let resyncs = state.stats().resyncs;
    assert!((3..=21).contains(&resyncs), "{resyncs}");
    assert!(state.thread(own_pid()).is_some_and(|thread| thread.degraded));
}

#[test]
fn an_unknown_descriptor_is_looked_up_once() {
    let child = Waiting::start();
    let mut state = live();
    let _ = state.scan_proc(&scope(&[child.pid()]));
    let pid = child.pid();
    close(pid, 9).run(&mut state);
    let fstat = event(code::SYSCALL_FSTAT_X, pid).i64(0).i64(9);
    let effects = fstat.apply(&mut state);
    assert_eq!(effects.fd_info.as_ref().map(|fd| fd.name.to_vec()), Some(b"/etc/hosts".to_vec()));
    state.settle(effects);
    fstat.run(&mut state);
    event(code::SYSCALL_FSTAT_X, pid).i64(0).i64(4444).run(&mut state);
    event(code::SYSCALL_FSTAT_X, pid).i64(0).i64(4444).run(&mut state);
    assert_eq!(state.stats().fd_lookups, 2);
    // A descriptor that the process does not have either is no reason to look.
    event(code::SYSCALL_FSTAT_X, pid).i64(-9).i64(5555).run(&mut state);
    assert_eq!(state.stats().fd_lookups, 2);
}

#[test]
fn processes_that_are_gone_are_skipped() {
    let mut state = live();
    let report = state.scan_proc(&scope(&[1 << 40, -1, 0]));
    assert_eq!((report.processes, report.skipped), (0, 3));
}

/// A process whose root is `root`; killed when dropped.
struct Jailed(libc::pid_t);

impl Jailed {
    fn start(root: &std::path::Path) -> Option<Jailed> {
        let path = std::ffi::CString::new(root.to_str()?).ok()?;
        let (mut reader, writer) = std::os::unix::net::UnixStream::pair().ok()?;
        // SAFETY: the child calls nothing but system calls.
        match unsafe { libc::fork() } {
            0 => unsafe {
                let told = if libc::chroot(path.as_ptr()) == 0 { b"y" } else { b"n" };
                libc::write(writer.as_raw_fd(), told.as_ptr().cast(), 1);
                loop {
                    libc::pause();
                }
            },
            pid if pid > 0 => {
                let jailed = Jailed(pid);
                let mut told = [0];
                reader.read_exact(&mut told).ok()?;
                (told == *b"y").then_some(jailed)
            }
            _ => None,
        }
    }
}

impl Drop for Jailed {
    fn drop(&mut self) {
        // SAFETY: the process is this test's own child and has not been waited for.
        unsafe {
            libc::kill(self.0, libc::SIGKILL);
            libc::waitpid(self.0, std::ptr::null_mut(), 0);
        }
    }
}

#[test]
fn a_container_is_asked_for_its_users() {
    let root = std::env::temp_dir().join(format!("engine-jail-{}", std::process::id()));
    std::fs::create_dir_all(root.join("etc")).unwrap();
    std::fs::write(root.join("etc/passwd"), "app:x:1001:1001::/app:/bin/sh\n").unwrap();
    let Some(jailed) = Jailed::start(&root) else {
        println!("skipped: chroot is not permitted");
        return;
    };
    let pid = i64::from(jailed.0);
    let cgroups = b"cpu=/docker/3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e\0";
    let mut state = live();
    // The program that enters the container has the host's root still: the container is asked again.
    exec(own_pid(), 1, "/usr/bin/runc").with(14, cgroups).run(&mut state);
    exec(pid, own_pid(), "/app").with(14, cgroups).run(&mut state);
    let name = |state: &State| state.user_of(state.thread(pid).unwrap(), 1001).map(|user| user.name.clone());
    for second in 2..100 {
        if name(&state).as_deref() == Some("app") {
            break;
        }
        // A busy machine: the answer comes with a later event.
        std::thread::sleep(std::time::Duration::from_millis(50));
        close(pid, 99).at(second * 1_000_000_000).run(&mut state);
    }
    assert_eq!(name(&state).as_deref(), Some("app"));
    drop(jailed);
    std::fs::remove_dir_all(&root).unwrap();
}
