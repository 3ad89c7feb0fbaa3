//! What is mounted for a thread, so that the tracer knows which names it can ask for without waiting for anybody.
//!
//! A file system whose answers come from a process (FUSE) or over a network may never answer; and the process may be one that is
//! stopped until the tracer goes on.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use libc::pid_t;
use rustc_hash::FxHashMap;

use crate::state::procfs::Dir;

const TEXT_LIMIT: usize = 1 << 20;
const NAMESPACES: usize = 64;
/// How long a look holds where the kernel does not say that mounts have changed.
const FRESH: Duration = Duration::from_secs(1);

/// File systems that answer by themselves. Those of devices are, too, but for what users put behind a device; these are what Linux
/// installations keep files on.
const LOCAL: [&[u8]; 36] = [
    b"ext2",
    b"ext3",
    b"ext4",
    b"xfs",
    b"btrfs",
    b"f2fs",
    b"zfs",
    b"bcachefs",
    b"jfs",
    b"vfat",
    b"exfat",
    b"ntfs3",
    b"iso9660",
    b"udf",
    b"squashfs",
    b"erofs",
    b"overlay",
    b"aufs",
    b"tmpfs",
    b"ramfs",
    b"rootfs",
    b"devtmpfs",
    b"devpts",
    b"proc",
    b"sysfs",
    b"cgroup",
    b"cgroup2",
    b"mqueue",
    b"bpf",
    b"tracefs",
    b"debugfs",
    b"securityfs",
    b"hugetlbfs",
    b"configfs",
    b"pstore",
    b"nsfs",
];

/// One line of proc_pid_mountinfo(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    pub id: u64,
    pub device: Vec<u8>,
    pub root: Vec<u8>,
    pub point: Vec<u8>,
    pub kind: Vec<u8>,
    /// Of the file system.
    pub options: Vec<u8>,
}

impl Mount {
    pub fn is_local(&self) -> bool {
        LOCAL.contains(&&self.kind[..])
    }

    fn parse(line: &[u8]) -> Option<Mount> {
        let mut words = line.split(|byte| *byte == b' ');
        let id = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
        let (device, root, point) = (words.nth(1)?, words.next()?, words.next()?);
        let mut rest = words.skip_while(|word| *word != b"-").skip(1);
        let kind = rest.next()?;
        let options = rest.nth(1)?;
        let owned = |word: &[u8]| word.to_vec();
        Some(Mount {
            id,
            device: owned(device),
            root: unescaped(root),
            point: unescaped(point),
            kind: owned(kind),
            options: owned(options),
        })
    }
}

/// The mounts that a thread sees, as far as a look at a time tells.
pub struct Table {
    /// Says by poll(2) that they have changed.
    file: File,
    read: Instant,
    pub mounts: Vec<Mount>,
    /// None can make the tracer wait.
    pub all_local: bool,
}

impl Table {
    fn read(tid: pid_t) -> Option<Table> {
        let file = File::open(format!("/proc/{tid}/mountinfo")).ok()?;
        let mut table = Table { file, read: Instant::now(), mounts: Vec::new(), all_local: false };
        // The first question is always answered by yes.
        table.changed();
        let text = Dir::open(format!("/proc/{tid}").as_ref())?.read(c"mountinfo", TEXT_LIMIT)?;
        let whole = text.len() < TEXT_LIMIT;
        table.mounts = text.split(|byte| *byte == b'\n').filter_map(Mount::parse).collect();
        table.all_local = whole && !table.mounts.is_empty() && table.mounts.iter().all(Mount::is_local);
        Some(table)
    }

    fn changed(&self) -> bool {
        let mut wanted = libc::pollfd { fd: self.file.as_raw_fd(), events: libc::POLLPRI, revents: 0 };
        // SAFETY: one entry, which is valid for the call.
        let ready = unsafe { libc::poll(&mut wanted, 1, 0) };
        ready != 0 || self.read.elapsed() > FRESH
    }

    /// Whether a path can be walked without a wait: neither what it lies on nor anything that is mounted on the way.
    pub fn walkable(&self, path: &[u8]) -> bool {
        self.mounts.iter().filter(|mount| is_above(&mount.point, path)).all(Mount::is_local)
    }
}

/// Whether a folder is this path or one of its parents.
fn is_above(folder: &[u8], path: &[u8]) -> bool {
    folder == b"/" || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

/// Remembers the mounts of each mount namespace (and root folder).
#[derive(Default)]
pub struct Mounts(FxHashMap<(Vec<u8>, Vec<u8>), Table>);

impl Mounts {
    /// `None`: not to be known.
    pub fn of(&mut self, tid: pid_t) -> Option<&Table> {
        let dir = Dir::open(format!("/proc/{tid}").as_ref())?;
        let key = (dir.link(c"ns/mnt")?, dir.link(c"root")?);
        if self.0.get(&key).is_some_and(Table::changed) {
            self.0.remove(&key);
        }
        if !self.0.contains_key(&key) {
            if self.0.len() >= NAMESPACES {
                self.0.clear();
            }
            self.0.insert(key.clone(), Table::read(tid)?);
        }
        self.0.get(&key)
    }
}

/// Blanks and backslashes in it are octal numbers.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..3).filter(|digits| digits.iter().all(|digit| (b'0'..b'8').contains(digit)));
        match digits.filter(|_| *first == b'\\') {
            Some(digits) => {
                out.push(digits.iter().fold(0u32, |number, digit| number * 8 + u32::from(digit - b'0')) as u8);
                rest = &behind[3..];
            }
            None => {
                out.push(*first);
                rest = behind;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_whatever_optional_fields_it_has() {
        let line =
            Mount::parse(b"36 35 0:51 /sub /a\\040b rw,noatime master:1 shared:2 - overlay overlay rw,upperdir=/u");
        let mount = line.unwrap();
        assert_eq!((mount.id, &mount.device[..], &mount.root[..]), (36, &b"0:51"[..], &b"/sub"[..]));
        assert_eq!(
            (&mount.point[..], &mount.kind[..], &mount.options[..]),
            (&b"/a b"[..], &b"overlay"[..], &b"rw,upperdir=/u"[..])
        );
        for broken in [&b""[..], b"x", b"36 35 0:51 / /a rw", b"36 35 0:51 / /a rw - overlay"] {
            assert!(Mount::parse(broken).is_none());
        }
    }

    #[test]
    fn what_is_no_octal_number_stays() {
        assert_eq!(unescaped(b"\\04\\x\\"), b"\\04\\x\\");
        assert_eq!(unescaped(b"\\134\\777"), b"\\\xff");
    }

    #[test]
    fn a_path_below_a_mount_that_may_not_answer_is_not_walked() {
        let mount = |point: &str, kind: &str| {
            Mount::parse(format!("1 1 0:1 / {point} rw - {kind} none rw").as_bytes()).unwrap()
        };
        let table = Table {
            file: File::open("/dev/null").unwrap(),
            read: Instant::now(),
            mounts: vec![mount("/", "ext4"), mount("/far", "fuse.sshfs"), mount("/net/a", "nfs4")],
            all_local: false,
        };
        for (path, walkable) in [
            ("/etc/x", true),
            ("/far", false),
            ("/far/x", false),
            ("/farther", true),
            ("/net/b", true),
            ("/net/a/b", false),
        ] {
            assert_eq!(table.walkable(path.as_bytes()), walkable, "{path}");
        }
    }

    #[test]
    fn mounts_of_this_process_are_known() {
        // SAFETY: no arguments.
        let own = unsafe { libc::gettid() };
        let mut mounts = Mounts::default();
        let table = mounts.of(own).unwrap();
        assert!(table.mounts.iter().any(|mount| mount.point == b"/"));
        assert!(table.mounts.iter().any(|mount| mount.kind == b"proc"));
    }
}
