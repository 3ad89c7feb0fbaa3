//! Users and groups of containers, from the files below their root directories.
//!
//! What its root directory is, a container chooses: perhaps a file system that answers late, or never. So a thread of their
//! own reads these files, and the event path waits for it a moment at most.

use std::collections::VecDeque;
use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use super::users::{parse_group, parse_passwd, Names};

const SECOND: u64 = 1_000_000_000;
/// Files that were read are read again at a program start this much later.
const FRESH: u64 = 10 * SECOND;
/// Readings that find nothing after which a container is asked as seldom as one that has names: its image has no such files, or the
/// kernel cannot open them (before Linux 5.6).
const MAX_MISSES: u8 = 20;
/// How long the event path waits for a container's names, once for each reading.
const PATIENCE: Duration = Duration::from_millis(10);
/// How long it waits in all of any second: readings are asked for by programs that start, as many as a container likes.
const PATIENCE_A_SECOND: Duration = Duration::from_millis(50);
/// Containers that wait to be read; further ones go without names.
const MAX_WAITING: usize = 64;
/// A reading that takes longer is left to its thread; another one reads for the other containers.
const GIVE_UP: Duration = Duration::from_secs(5);
/// So many threads are left behind at most: each ends only when what it reads answers.
const MAX_GIVEN_UP: usize = 8;
const MAX_CONTAINERS: usize = 4096;
/// Files beyond this are read up to here.
const MAX_FILE: u64 = 1 << 20;
/// linux/openat2.h: names are looked up as if `dirfd` were the root, and magic links are not followed.
const RESOLVE_NO_MAGICLINKS: u64 = 0x02;
const RESOLVE_IN_ROOT: u64 = 0x10;

struct Request {
    container: Box<str>,
    root: PathBuf,
}

/// What was found; `None`: nothing that is the container's own.
pub struct Answer {
    pub container: Box<str>,
    pub names: Option<Names>,
}

/// Asks for the users of containers and takes the answers in.
pub struct ContainerUsers {
    proc: PathBuf,
    host_root: PathBuf,
    worker: Option<(SyncSender<Request>, Receiver<Answer>)>,
    /// When each container was asked for.
    asked: FxHashMap<Box<str>, u64>,
    /// How often nothing was found, by container.
    misses: FxHashMap<Box<str>, u8>,
    /// Those that have no answer yet; the first one is being read, since then.
    waiting: VecDeque<Box<str>>,
    since: Instant,
    /// Containers that kept a thread waiting too long; they are not asked again.
    given_up: Vec<Box<str>>,
    /// When the second began in which so much was waited.
    second: Instant,
    waited: Duration,
}

impl ContainerUsers {
    pub fn new(host_root: &Path) -> ContainerUsers {
        ContainerUsers {
            proc: host_root.join("proc"),
            host_root: host_root.to_path_buf(),
            worker: None,
            asked: FxHashMap::default(),
            misses: FxHashMap::default(),
            waiting: VecDeque::new(),
            since: Instant::now(),
            given_up: Vec::new(),
            second: Instant::now(),
            waited: Duration::ZERO,
        }
    }

    /// Whether it is time to read the container's files (again).
    pub fn is_due(&self, container: &str, now: u64) -> bool {
        self.asked.get(container).is_none_or(|asked| now.abs_diff(*asked) >= FRESH)
            && !self.given_up.iter().any(|other| **other == *container)
    }

    /// Read the files of the container that process `pid` is in; the answers that are there a moment later.
    pub fn ask(&mut self, container: &str, pid: i64, now: u64) -> Vec<Answer> {
        if self.asked.len() >= MAX_CONTAINERS {
            self.asked.clear();
            self.misses.clear();
        }
        let start = Instant::now();
        let mut found = self.answers(Duration::ZERO);
        self.give_up(start);
        let root = self.proc.join(pid.to_string()).join("root");
        let request = Request { container: container.into(), root };
        let idle = self.waiting.is_empty();
        let sent = match self.worker() {
            Some((requests, _)) => requests.try_send(request).is_ok(),
            None => false,
        };
        if !sent {
            return found;
        }
        self.waiting.push_back(container.into());
        self.asked.insert(container.into(), now);
        // One who keeps the thread waiting does not keep the events waiting a second time.
        if idle {
            self.since = start;
            let patience = self.patience(start);
            found.extend(self.answers(patience));
            self.waited += start.elapsed();
        }
        found
    }

    /// Leave a thread to itself that reads too long. Those that wait behind it are asked again.
    fn give_up(&mut self, now: Instant) {
        let late = now.saturating_duration_since(self.since) >= GIVE_UP;
        if !late || self.waiting.is_empty() || self.given_up.len() >= MAX_GIVEN_UP {
            return;
        }
        self.worker = None;
        self.given_up.extend(self.waiting.pop_front());
        for container in self.waiting.drain(..) {
            self.asked.remove(&container);
        }
    }

    /// How long to wait at this time; what was waited in the second that is over is forgotten.
    fn patience(&mut self, now: Instant) -> Duration {
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            (self.second, self.waited) = (now, Duration::ZERO);
        }
        PATIENCE.min(PATIENCE_A_SECOND.saturating_sub(self.waited))
    }

    /// Answers that have come since, waiting for the first one.
    pub fn answers(&mut self, patience: Duration) -> Vec<Answer> {
        let mut found = Vec::new();
        if self.waiting.is_empty() {
            return found;
        }
        if let Some((_, answers)) = &self.worker {
            found.extend(answers.recv_timeout(patience).ok());
            found.extend(answers.try_iter());
        }
        if !found.is_empty() {
            self.waiting.drain(..found.len().min(self.waiting.len()));
            self.since = Instant::now();
        }
        for answer in found.iter().filter(|answer| answer.names.is_none()) {
            // Perhaps its first program had not entered it yet: the next one asks again.
            let misses = self.misses.entry(answer.container.clone()).or_default();
            *misses = misses.saturating_add(1);
            if *misses < MAX_MISSES {
                self.asked.remove(&answer.container);
            }
        }
        found
    }

    fn worker(&mut self) -> Option<&(SyncSender<Request>, Receiver<Answer>)> {
        if self.worker.is_none() {
            let (requests, incoming) = mpsc::sync_channel::<Request>(MAX_WAITING);
            let (outgoing, answers) = mpsc::channel();
            let host_root = self.host_root.clone();
            let work = move || {
                for Request { container, root } in incoming {
                    let names = read_names(&root, &host_root);
                    if outgoing.send(Answer { container, names }).is_err() {
                        break;
                    }
                }
            };
            std::thread::Builder::new().name("container-users".into()).spawn(work).ok()?;
            self.worker = Some((requests, answers));
        }
        self.worker.as_ref()
    }
}

/// The users and groups below `root`; `None` when that is the host's root, or has neither file.
fn read_names(root: &Path, host_root: &Path) -> Option<Names> {
    let path = CString::new(root.as_os_str().as_bytes()).ok()?;
    // SAFETY: the path is NUL-terminated and outlives the call.
    let dir = unsafe { libc::open(path.as_ptr(), libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC) };
    // SAFETY: a descriptor that open just returned belongs to nobody else.
    let dir = (dir >= 0).then(|| File::from(unsafe { OwnedFd::from_raw_fd(dir) }))?;
    let (own, host) = (dir.metadata().ok()?, host_root.metadata().ok()?);
    if (own.dev(), own.ino()) == (host.dev(), host.ino()) {
        return None;
    }
    let (passwd, group) = (read_below(&dir, c"etc/passwd"), read_below(&dir, c"etc/group"));
    if passwd.is_none() && group.is_none() {
        return None;
    }
    Some(Names { users: parse_passwd(&passwd.unwrap_or_default()), groups: parse_group(&group.unwrap_or_default()) })
}

/// What a regular file below `dir` holds; links in its path end inside `dir`.
///
/// It is opened only once it is known to be one: a container may make a device node of that name, and to open one may do
/// something (a watchdog starts, and reboots the machine), which the container itself would not be allowed.
fn read_below(dir: &File, name: &std::ffi::CStr) -> Option<Vec<u8>> {
    // struct open_how
    let how = [(libc::O_PATH | libc::O_CLOEXEC) as u64, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS];
    // SAFETY: the name is NUL-terminated, `how` has the size that is passed, and both outlive the call.
    let fd = unsafe {
        libc::syscall(libc::SYS_openat2, dir.as_raw_fd(), name.as_ptr(), how.as_ptr(), std::mem::size_of_val(&how))
    };
    let fd = libc::c_int::try_from(fd).ok().filter(|fd| *fd >= 0)?;
    // SAFETY: a descriptor that openat2 just returned belongs to nobody else.
    let place = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    if !place.metadata().ok()?.is_file() {
        return None;
    }
    // The same file, whatever has the name by now.
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    let file = options.open(format!("/proc/self/fd/{fd}")).ok()?;
    let mut bytes = Vec::new();
    // What was read before an error still counts.
    let _ = file.take(MAX_FILE).read_to_end(&mut bytes);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Root(PathBuf);

    impl Root {
        fn new(name: &str) -> Root {
            let path = std::env::temp_dir().join(format!("engine-container-{name}-{}", std::process::id()));
            std::fs::create_dir_all(path.join("etc")).unwrap();
            Root(path)
        }
        fn names(&self) -> Option<Names> {
            read_names(&self.0, Path::new("/"))
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn the_files_of_the_container_are_read() {
        let root = Root::new("plain");
        assert!(root.names().is_none(), "neither file");
        std::fs::write(root.0.join("etc/passwd"), "app:x:1000:1000::/app:/bin/sh\n").unwrap();
        std::fs::write(root.0.join("etc/group"), "apps:x:1000:\n").unwrap();
        let names = root.names().expect("names");
        assert_eq!(names.users[&1000].name, "app");
        assert_eq!(names.groups[&1000], "apps");
        assert!(read_names(Path::new("/"), Path::new("/")).is_none(), "the host's root is no container's");
        assert!(read_names(Path::new("/proc/0/root"), Path::new("/")).is_none());
    }

    #[test]
    fn links_do_not_lead_out_and_fifos_do_not_wait() {
        let root = Root::new("hostile");
        std::os::unix::fs::symlink("/etc/hosts", root.0.join("etc/passwd")).unwrap();
        std::os::unix::fs::symlink("../../../../../etc/hosts", root.0.join("etc/group")).unwrap();
        assert!(root.names().is_none(), "the container has no such file");
        std::fs::write(root.0.join("etc/hosts"), "in:x:5:5::/:/\n").unwrap();
        assert_eq!(root.names().expect("its own file").users[&5].name, "in");
        std::fs::remove_file(root.0.join("etc/passwd")).unwrap();
        std::fs::remove_file(root.0.join("etc/group")).unwrap();
        let fifo = CString::new(root.0.join("etc/passwd").as_os_str().as_bytes()).unwrap();
        assert_eq!(unsafe { libc::mkfifo(fifo.as_ptr(), 0o600) }, 0);
        assert!(root.names().is_none());
    }

    #[test]
    fn what_is_not_a_file_is_not_even_opened() {
        let root = Root::new("opened");
        std::fs::write(root.0.join("etc/group"), "apps:x:1000:\n").unwrap();
        let path = |name: &str| CString::new(root.0.join(name).as_os_str().as_bytes()).unwrap();
        // It stands for a device, which only the privileged can make.
        assert_eq!(unsafe { libc::mkfifo(path("etc/passwd").as_ptr(), 0o600) }, 0);
        let opened = |name: &str| {
            // SAFETY: the names are NUL-terminated; the buffer has the length that is passed.
            unsafe {
                let watch = OwnedFd::from_raw_fd(libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC));
                assert!(libc::inotify_add_watch(watch.as_raw_fd(), path(name).as_ptr(), libc::IN_OPEN) > 0);
                assert!(root.names().is_some());
                let mut events = [0u8; 512];
                libc::read(watch.as_raw_fd(), events.as_mut_ptr().cast(), events.len()) > 0
            }
        };
        assert!(opened("etc/group"));
        assert!(!opened("etc/passwd"));
    }

    #[test]
    fn the_event_path_waits_so_long_a_second_at_most() {
        let mut users = ContainerUsers::new(Path::new("/"));
        let begin = Instant::now();
        assert_eq!(users.patience(begin), PATIENCE);
        users.waited = PATIENCE_A_SECOND - Duration::from_millis(3);
        assert_eq!(users.patience(begin), Duration::from_millis(3));
        users.waited = 2 * PATIENCE_A_SECOND;
        assert_eq!(users.patience(begin), Duration::ZERO);
        assert_eq!(users.patience(begin + Duration::from_secs(1)), PATIENCE);
    }

    #[test]
    fn one_that_never_answers_does_not_take_the_names_of_all_others() {
        let mut users = ContainerUsers::new(Path::new("/"));
        // A thread that reads for ever: nobody takes the requests, nobody answers.
        let (requests, _incoming) = mpsc::sync_channel(MAX_WAITING);
        let (_outgoing, answers) = mpsc::channel();
        users.worker = Some((requests, answers));
        let pid = i64::from(std::process::id());
        assert!(users.ask("stuck", pid, 5).is_empty() && users.ask("behind", pid, 5).is_empty());
        assert!(!users.is_due("behind", 6));
        users.since -= GIVE_UP;
        let mut found = users.ask("other", pid, 6);
        while found.is_empty() {
            found = users.answers(Duration::from_millis(100));
        }
        assert_eq!(&*found[0].container, "other");
        assert!(users.is_due("behind", 7), "is asked again");
        assert!(!users.is_due("stuck", 5 + 2 * FRESH));
        assert!(users.waiting.is_empty());
    }

    #[test]
    fn containers_are_asked_again_after_a_while_or_when_nothing_was_found() {
        let mut users = ContainerUsers::new(Path::new("/"));
        assert!(users.is_due("c", 5));
        let mut found = users.ask("c", i64::from(std::process::id()), 5);
        while found.is_empty() {
            found = users.answers(Duration::from_millis(100));
        }
        // This process has the host's root.
        assert!(found[0].names.is_none() && users.is_due("c", 5));
        users.asked.insert("d".into(), 5);
        assert!(!users.is_due("d", 5 + FRESH - 1) && users.is_due("d", 5 + FRESH));
    }

    #[test]
    fn a_container_without_names_is_not_asked_by_every_program() {
        let mut users = ContainerUsers::new(Path::new("/"));
        let mut asked = 0;
        // This process has the host's root, which is nothing of the container's own.
        while users.is_due("c", 5) && asked < 100 {
            let mut found = users.ask("c", i64::from(std::process::id()), 5);
            while found.is_empty() {
                found = users.answers(Duration::from_millis(100));
            }
            asked += 1;
        }
        assert_eq!(asked, u32::from(MAX_MISSES));
        assert!(users.is_due("c", 5 + FRESH));
    }
}
