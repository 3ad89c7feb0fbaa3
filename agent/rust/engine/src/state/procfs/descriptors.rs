//! Descriptors of a process: the links of /proc/PID/fd and the flags of /proc/PID/fdinfo.

use crate::state::open::o;
use crate::state::{Fd, FdKind};

use super::dir::{Dir, NumberName};
use super::sockets::SocketTables;
use super::DELETED;

pub fn read_all(process: &Dir, limit: usize, sockets: &mut SocketTables) -> Vec<(i64, Fd)> {
    let (Some(links), Some(infos)) = (process.sub(c"fd"), process.sub(c"fdinfo")) else { return Vec::new() };
    let mut buffer = Vec::new();
    let mut namespace = None;
    let mut read = |num: i64| {
        let fd = read_fd(process, &links, &infos, num, sockets, &mut namespace, &mut buffer)?;
        Some((num, fd))
    };
    links.numbers(limit).into_iter().filter_map(&mut read).collect()
}

pub fn read_one(process: &Dir, num: i64, sockets: &mut SocketTables) -> Option<Fd> {
    read_fd(process, &process.sub(c"fd")?, &process.sub(c"fdinfo")?, num, sockets, &mut None, &mut Vec::new())
}

fn read_fd(
    process: &Dir,
    links: &Dir,
    infos: &Dir,
    num: i64,
    sockets: &mut SocketTables,
    namespace: &mut Option<Vec<u8>>,
    buffer: &mut Vec<u8>,
) -> Option<Fd> {
    let name = NumberName::new(num);
    let link = links.link(name.as_c())?;
    let info = match infos.read_into(name.as_c(), 1024, buffer) {
        true => FdInfo::parse(buffer),
        false => FdInfo::default(),
    };
    let mut fd = match bracketed(&link, b"socket:") {
        Some(ino) => {
            let namespace = namespace.get_or_insert_with(|| process.link(c"ns/net").unwrap_or_default());
            let mut fd = sockets.find(process, namespace, ino).unwrap_or_else(|| Fd::new(FdKind::Unsupported));
            fd.ino = ino;
            fd
        }
        None => from_link(&link, &info),
    };
    fd.cloexec = info.flags & libc::O_CLOEXEC as u64 != 0;
    Some(fd)
}

fn from_link(link: &[u8], info: &FdInfo) -> Fd {
    if let Some(ino) = bracketed(link, b"pipe:") {
        return Fd { ino, name: link.into(), ..Fd::new(FdKind::Fifo) };
    }
    if let Some(name) = link.strip_prefix(b"/memfd:") {
        return Fd { name: name.strip_suffix(DELETED).unwrap_or(name).into(), ..Fd::new(FdKind::Memfd) };
    }
    let anonymous = link.strip_prefix(b"anon_inode:").map(|name| name.strip_prefix(b"[").unwrap_or(name));
    let pidfd = link.starts_with(b"pidfd:") || anonymous.is_some_and(|name| name.starts_with(b"pidfd"));
    if pidfd {
        let name = format!("/proc/{}", info.pid).into_bytes();
        return Fd { name: name.into(), pid: info.pid, ..Fd::new(FdKind::Pidfd) };
    }
    if let Some(name) = anonymous {
        return Fd { name: link.into(), ..Fd::new(anonymous_kind(name)) };
    }
    let open_flags = open_flags(info.flags);
    let kind = if open_flags & o::DIRECTORY != 0 { FdKind::Directory } else { FdKind::FileV2 };
    let name = link.strip_suffix(DELETED).unwrap_or(link);
    Fd { name: name.into(), open_flags, ino: info.ino, ..Fd::new(kind) }
}

fn anonymous_kind(name: &[u8]) -> FdKind {
    let starts = |prefix: &[u8]| name.starts_with(prefix);
    match () {
        _ if starts(b"eventfd") => FdKind::Event,
        _ if starts(b"eventpoll") => FdKind::EventPoll,
        _ if starts(b"inotify") => FdKind::Inotify,
        _ if starts(b"timerfd") => FdKind::Timer,
        _ if starts(b"signalfd") => FdKind::Signal,
        _ if starts(b"io_uring") => FdKind::IoUring,
        _ if starts(b"userfaultfd") => FdKind::UserFault,
        _ if starts(b"bpf") || starts(b"btf") => FdKind::Bpf,
        _ => FdKind::Unsupported,
    }
}

/// The number in "prefix[number]".
fn bracketed(link: &[u8], prefix: &[u8]) -> Option<u64> {
    let number = link.strip_prefix(prefix)?.strip_prefix(b"[")?.strip_suffix(b"]")?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// proc_pid_fdinfo(5).
#[derive(Debug, Default, PartialEq, Eq)]
struct FdInfo {
    flags: u64,
    ino: u64,
    pid: i64,
}

impl FdInfo {
    fn parse(bytes: &[u8]) -> FdInfo {
        let mut info = FdInfo::default();
        for line in bytes.split(|b| *b == b'\n').take(16) {
            let Some(colon) = memchr::memchr(b':', line) else { continue };
            let Ok(value) = std::str::from_utf8(&line[colon + 1..]) else { continue };
            match &line[..colon] {
                b"flags" => info.flags = u64::from_str_radix(value.trim(), 8).unwrap_or(0),
                b"ino" => info.ino = value.trim().parse().unwrap_or(0),
                b"Pid" => info.pid = value.trim().parse().unwrap_or(0),
                _ => {}
            }
        }
        info
    }
}

/// Flags of open(2) as PPM_O_* bits.
fn open_flags(flags: u64) -> u32 {
    const RDONLY: u32 = 0x1;
    let flags = flags as i32;
    let mut out = match flags & libc::O_ACCMODE {
        libc::O_RDONLY => RDONLY,
        libc::O_WRONLY => o::WRONLY,
        libc::O_RDWR => RDONLY | o::WRONLY,
        _ => 0,
    };
    for (native, bit) in [
        (libc::O_APPEND, 0x8),
        (libc::O_DSYNC, 0x10),
        (libc::O_NONBLOCK, 0x40),
        (libc::O_SYNC, 0x80),
        (libc::O_DIRECT, 0x200),
        (libc::O_DIRECTORY, o::DIRECTORY),
        (libc::O_CLOEXEC, o::CLOEXEC),
    ] {
        if flags & native == native {
            out |= bit;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_tell_the_kind() {
        let kind = |link: &[u8]| from_link(link, &FdInfo::default()).kind;
        assert_eq!(kind(b"/etc/passwd"), FdKind::FileV2);
        assert_eq!(kind(b"pipe:[77]"), FdKind::Fifo);
        assert_eq!(kind(b"anon_inode:[eventpoll]"), FdKind::EventPoll);
        assert_eq!(kind(b"anon_inode:inotify"), FdKind::Inotify);
        assert_eq!(kind(b"anon_inode:bpf-map"), FdKind::Bpf);
        assert_eq!(kind(b"anon_inode:[whatever]"), FdKind::Unsupported);
        assert_eq!(kind(b"pidfd:[3]"), FdKind::Pidfd);
        assert_eq!(&*from_link(b"/memfd:x (deleted)", &FdInfo::default()).name, b"x");
        assert_eq!(&*from_link(b"/tmp/x (deleted)", &FdInfo::default()).name, b"/tmp/x");
    }

    #[test]
    fn fdinfo_gives_flags_and_inode() {
        let info = FdInfo::parse(b"pos:\t0\nflags:\t02100002\nmnt_id:\t9\nino:\t55\nPid:\t12\nbroken\n");
        assert_eq!(info, FdInfo { flags: 0o2100002, ino: 55, pid: 12 });
        assert_eq!(open_flags(libc::O_RDWR as u64) & 0x3, 0x3);
        assert_eq!(open_flags(libc::O_RDONLY as u64), 0x1);
    }

    #[test]
    fn brackets_must_hold_a_number() {
        assert_eq!(bracketed(b"socket:[123]", b"socket:"), Some(123));
        for link in [&b"socket:["[..], b"socket:[]", b"socket:[x]", b"pipe:[1]", b"socket:[99999999999999999999999]"] {
            assert_eq!(bracketed(link, b"socket:"), None);
        }
    }
}
