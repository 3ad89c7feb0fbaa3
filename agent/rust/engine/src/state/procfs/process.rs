//! One process or thread: stat, status, cmdline, environ, links.

use std::sync::Arc;

use crate::state::{own_container, paths, Thread};

use super::dir::{Dir, FileFacts};
use super::{Detail, ProcReader, DELETED, STATUS_LIMIT};

/// What is kept of arguments, environment and cgroups: the limits of the capture file.
const MAX_TEXT: usize = 4096;
/// PF_KTHREAD of include/linux/sched.h.
const PF_KTHREAD: u64 = 0x0020_0000;

/// proc_pid_stat(5).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stat {
    pub comm: Vec<u8>,
    /// A letter: `Z` for a thread that has ended and is still to be waited for.
    pub state: u8,
    pub ppid: i64,
    pub pgrp: i64,
    pub session: i64,
    pub tty: i64,
    pub flags: u64,
    pub minflt: u64,
    pub majflt: u64,
    pub threads: u64,
    pub start_ticks: u64,
    /// Where arguments and environment begin and end in the process's memory; `None` where that is not to be known (0 without the right
    /// to trace the process).
    pub strings: Option<[u64; 4]>,
}

impl Stat {
    pub fn parse(bytes: &[u8]) -> Option<Stat> {
        // The name may itself hold parentheses and spaces; numbers follow its last one.
        let open = memchr::memchr(b'(', bytes)?;
        let close = memchr::memrchr(b')', bytes).filter(|close| *close > open)?;
        let rest = std::str::from_utf8(&bytes[close + 1..]).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // Field 3 of the manual page is number 0 here.
        let signed = |at: usize| fields.get(at - 3)?.parse::<i64>().ok();
        let unsigned = |at: usize| fields.get(at - 3)?.parse::<u64>().ok();
        Some(Stat {
            comm: bytes[open + 1..close].to_vec(),
            state: *fields.first()?.as_bytes().first()?,
            ppid: signed(4)?,
            pgrp: signed(5)?,
            session: signed(6)?,
            tty: signed(7)?,
            flags: unsigned(9)?,
            minflt: unsigned(10)?,
            majflt: unsigned(12)?,
            threads: unsigned(20)?,
            start_ticks: unsigned(22)?,
            strings: (|| Some([unsigned(48)?, unsigned(49)?, unsigned(50)?, unsigned(51)?]))(),
        })
    }
}

/// proc_pid_status(5).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Status {
    pub tgid: Option<i64>,
    /// Real, effective and saved user id.
    pub uids: [Option<u32>; 3],
    pub egid: Option<u32>,
    /// Ids that files are accessed with.
    pub fsuid: Option<u32>,
    pub fsgid: Option<u32>,
    /// The thread's id in each pid namespace that it is in, from that of /proc on.
    pub numbers: Vec<i32>,
    /// Ids in the innermost pid namespace.
    pub vpid: Option<i64>,
    pub vtid: Option<i64>,
    pub vpgid: Option<i64>,
    pub vsid: Option<i64>,
    /// Number of pid namespaces the process is in.
    pub levels: usize,
    pub vmsize_kb: u32,
    pub vmrss_kb: u32,
    pub vmswap_kb: u32,
    pub cap_inheritable: u64,
    pub cap_permitted: u64,
    pub cap_effective: u64,
}

impl Status {
    pub fn parse(bytes: &[u8]) -> Status {
        let mut status = Status::default();
        for line in bytes.split(|b| *b == b'\n') {
            let Some(colon) = memchr::memchr(b':', line) else { continue };
            let Ok(value) = std::str::from_utf8(&line[colon + 1..]) else { continue };
            let mut words = value.split_ascii_whitespace();
            let first = || value.split_ascii_whitespace().next();
            let kb = || first().and_then(|word| word.parse().ok()).unwrap_or(0);
            let mask = || first().and_then(|word| u64::from_str_radix(word, 16).ok()).unwrap_or(0);
            let innermost = || value.split_ascii_whitespace().next_back().and_then(|word| word.parse().ok());
            match &line[..colon] {
                b"Tgid" => status.tgid = innermost(),
                b"Uid" => {
                    status.uids = [(); 3].map(|()| words.next().and_then(|word| word.parse().ok()));
                    status.fsuid = words.next().and_then(|word| word.parse().ok());
                }
                b"Gid" => {
                    status.egid = words.nth(1).and_then(|word| word.parse().ok());
                    status.fsgid = words.nth(1).and_then(|word| word.parse().ok());
                }
                b"NStgid" => status.vpid = innermost(),
                b"NSpid" => {
                    status.vtid = innermost();
                    status.numbers = words.map_while(|word| word.parse().ok()).take(33).collect();
                    status.levels = status.numbers.len();
                }
                b"NSpgid" => status.vpgid = innermost(),
                b"NSsid" => status.vsid = innermost(),
                b"VmSize" => status.vmsize_kb = kb(),
                b"VmRSS" => status.vmrss_kb = kb(),
                b"VmSwap" => status.vmswap_kb = kb(),
                b"CapInh" => status.cap_inheritable = mask(),
                b"CapPrm" => status.cap_permitted = mask(),
                b"CapEff" => status.cap_effective = mask(),
                _ => {}
            }
        }
        status
    }
}

/// The main thread of process `pid`, whose directory is `dir`.
pub fn read(reader: &ProcReader, dir: &Dir, pid: i64, detail: Detail) -> Option<Thread> {
    let stat = Stat::parse(&dir.read(c"stat", 4096)?)?;
    let status = Status::parse(&dir.read(c"status", STATUS_LIMIT)?);
    // The directory of a thread that is not a main one can be opened, too, but is not listed.
    if status.tgid.is_some_and(|tgid| tgid != pid) {
        return None;
    }
    let mut thread = Thread::unknown(pid);
    thread.degraded = false;
    thread.ptid = stat.ppid;
    thread.pgid = stat.pgrp;
    thread.tty = stat.tty as u32;
    thread.pfminor = stat.minflt;
    thread.pfmajor = stat.majflt;
    thread.clone_ts = reader.boot_time + stat.start_ticks.saturating_mul(1_000_000_000 / reader.ticks_per_second);
    thread.comm = stat.comm.into();
    thread.sid = status.vsid.unwrap_or(stat.session);
    thread.vpgid = status.vpgid.unwrap_or(stat.pgrp);
    take_status(&mut thread, &status);
    thread.vmsize_kb = status.vmsize_kb;
    thread.vmrss_kb = status.vmrss_kb;
    thread.vmswap_kb = status.vmswap_kb;
    thread.pidns_init_start_ts = namespace_start(reader, dir, &thread, status.levels);
    if stat.flags & PF_KTHREAD != 0 {
        thread.cwd = Arc::from(&b"/"[..]);
        thread.root = Arc::from(&b"/"[..]);
        return Some(thread);
    }
    if let Some(path) = dir.link(c"exe") {
        thread.exe_from_memfd = path.starts_with(b"/memfd:");
        thread.exepath = path.strip_suffix(DELETED).unwrap_or(&path).into();
        if let Some(facts) = dir.facts(c"exe") {
            thread.exe_ino = facts.ino;
            thread.exe_ino_ctime = facts.ctime_ns;
            thread.exe_ino_mtime = facts.mtime_ns;
            thread.exe_writable = writable(&facts, thread.uid, thread.gid);
        }
    }
    let cmdline = dir.read(c"cmdline", MAX_TEXT).unwrap_or_default();
    let end = memchr::memchr(0, &cmdline).unwrap_or(cmdline.len());
    thread.exe = cmdline[..end].into();
    if detail == Detail::Names {
        return Some(thread);
    }
    thread.args = cmdline[(end + 1).min(cmdline.len())..].into();
    thread.env = dir.read(c"environ", MAX_TEXT).unwrap_or_default().into();
    if let Some(cwd) = dir.link(c"cwd") {
        let mut with_slash = Vec::new();
        paths::with_slash(cwd.strip_suffix(DELETED).unwrap_or(&cwd), &mut with_slash);
        thread.cwd = with_slash.into();
    }
    thread.root = dir.link(c"root").unwrap_or_default().into();
    let mut of_cgroups = dir.read(c"cgroup", 4 * MAX_TEXT).unwrap_or_default();
    own_container::name_root(&mut of_cgroups);
    thread.cgroups = cgroups(&of_cgroups).into();
    if let Some(uid) = dir.read(c"loginuid", 32).and_then(|text| String::from_utf8(text).ok()) {
        thread.loginuid = uid.trim().parse().unwrap_or(u32::MAX);
    }
    thread.fdlimit = fdlimit(pid);
    Some(thread)
}

/// A thread of the process of `main`, from which it takes what threads share.
pub fn read_thread(dir: &Dir, main: &Thread, tid: i64) -> Option<Thread> {
    let mut comm = dir.read(c"comm", 64)?;
    if comm.last() == Some(&b'\n') {
        comm.pop();
    }
    let mut thread = Thread { tid, vtid: tid, comm: comm.into(), ..main.clone() };
    // Ids and capabilities of threads may differ, but hardly ever do; in a pid namespace the thread's own id does.
    if main.vpid != main.pid {
        take_status(&mut thread, &Status::parse(&dir.read(c"status", STATUS_LIMIT)?));
    }
    Some(thread)
}

fn take_status(thread: &mut Thread, status: &Status) {
    [thread.ruid, thread.uid, thread.suid] = status.uids.map(|uid| uid.unwrap_or(u32::MAX));
    thread.gid = status.egid.unwrap_or(u32::MAX);
    thread.vtid = status.vtid.unwrap_or(thread.tid);
    thread.vpid = status.vpid.unwrap_or(thread.pid);
    thread.cap_inheritable = status.cap_inheritable;
    thread.cap_permitted = status.cap_permitted;
    thread.cap_effective = status.cap_effective;
}

/// When the first process of the thread's pid namespace started; 0 when that one has not been seen.
fn namespace_start(reader: &ProcReader, dir: &Dir, thread: &Thread, levels: usize) -> u64 {
    if levels <= 1 {
        return reader.boot_time;
    }
    let Some(namespace) = dir.link(c"ns/pid") else { return 0 };
    let mut known = reader.pid_namespaces.borrow_mut();
    if thread.vpid == 1 {
        if known.len() >= 4096 {
            known.clear();
        }
        known.insert(namespace, thread.clone_ts);
        return thread.clone_ts;
    }
    known.get(&namespace).copied().unwrap_or(0)
}

/// Whether a process with these ids may write to the file, as far as its mode tells.
fn writable(facts: &FileFacts, uid: u32, gid: u32) -> bool {
    uid == 0
        || (facts.uid == uid && facts.mode & 0o200 != 0)
        || (facts.uid != uid && facts.gid == gid && facts.mode & 0o020 != 0)
        || (facts.uid != uid && facts.gid != gid && facts.mode & 0o002 != 0)
}

/// cgroups(7): "N:subsystems:path" lines as "subsystem=path" entries, each NUL-terminated.
///
/// The line of the unified hierarchy names no subsystems; its path is given to the ones that rules ask for.
fn cgroups(text: &[u8]) -> Vec<u8> {
    const UNIFIED: [&[u8]; 5] = [b"cpuset", b"cpu", b"cpuacct", b"io", b"memory"];
    let mut out = Vec::new();
    let mut push = |subsystem: &[u8], path: &[u8]| {
        if out.len() + subsystem.len() + path.len() + 2 <= MAX_TEXT {
            out.extend_from_slice(subsystem);
            out.push(b'=');
            out.extend_from_slice(path);
            out.push(0);
        }
    };
    let lines = || text.split(|b| *b == b'\n').map(|line| line.splitn(3, |b| *b == b':'));
    let mut legacy = false;
    for mut line in lines() {
        let (Some(_), Some(subsystems), Some(path)) = (line.next(), line.next(), line.next()) else { continue };
        // Named hierarchies ("name=systemd") have no controller.
        for subsystem in subsystems.split(|b| *b == b',').filter(|s| !s.is_empty() && !s.contains(&b'=')) {
            push(subsystem, path);
            legacy = true;
        }
    }
    if !legacy {
        for mut line in lines() {
            let (Some(_), Some(b""), Some(path)) = (line.next(), line.next(), line.next()) else { continue };
            UNIFIED.iter().for_each(|subsystem| push(subsystem, path));
        }
    }
    out
}

/// RLIMIT_NOFILE of a process; 0 when it is not to be known.
pub fn fdlimit(pid: i64) -> i64 {
    let Ok(pid) = libc::pid_t::try_from(pid) else { return 0 };
    limit_of(pid).or_else(|| limit_in(&std::fs::read(format!("/proc/{pid}/limits")).ok()?)).unwrap_or(0)
}

/// In the text of /proc/PID/limits: whose process is another user's may read that, and need not be able to ask.
fn limit_in(text: &[u8]) -> Option<i64> {
    let line = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"Max open files"))?;
    let word = std::str::from_utf8(line).ok()?.split_ascii_whitespace().next()?;
    if word == "unlimited" {
        return Some(-1);
    }
    word.parse().ok()
}

/// `None` without CAP_SYS_RESOURCE, where the process has not our ids.
fn limit_of(pid: libc::pid_t) -> Option<i64> {
    // SAFETY: rlimit is plain data, and the pointer is valid for the call.
    unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        match libc::prlimit(pid, libc::RLIMIT_NOFILE, std::ptr::null(), &mut limit) {
            0 => Some(i64::try_from(limit.rlim_cur).unwrap_or(-1)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_the_same_asked_for_or_read() {
        let own = std::process::id() as libc::pid_t;
        let read = limit_in(&std::fs::read("/proc/self/limits").unwrap());
        assert!(read.is_some());
        assert_eq!(limit_of(own), read);
        assert_eq!(limit_in(b"Max open files            unlimited            unlimited            files\n"), Some(-1));
        assert_eq!(limit_in(b"Max open files"), None);
    }

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let text = b"17 (a) b (c) S 5 6 7 34816 6 4194304 10 11 12 13 0 0 0 0 20 0 3 0 4242 1000 20";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((&stat.comm[..], stat.state), (&b"a) b (c"[..], b'S'));
        assert_eq!((stat.ppid, stat.pgrp, stat.session, stat.tty), (5, 6, 7, 34816));
        assert_eq!((stat.minflt, stat.majflt, stat.threads, stat.start_ticks), (10, 12, 3, 4242));
    }

    #[test]
    fn broken_stat_lines_are_refused() {
        for text in [&b""[..], b"1 (", b"1 )(", b"1 (a)", b"1 (a) S x 2 3", b"\xff(\xff)\xff"] {
            assert_eq!(Stat::parse(text), None);
        }
    }

    #[test]
    fn status_gives_effective_ids_and_innermost_pids() {
        let status = Status::parse(
            b"Name:\tx\nTgid:\t90\nUid:\t0\t1000\t0\t0\nGid:\t0\t1001\t0\t0\nNStgid:\t90\t7\nNSpid:\t91\t8\nNSpgid:\t90\t6\nNSsid:\t1\t5\nVmSize:\t  12 kB\nCapEff:\t000001ffffffffff\njunk\nUid",
        );
        assert_eq!((status.tgid, status.uids[1], status.egid), (Some(90), Some(1000), Some(1001)));
        assert_eq!((status.vpid, status.vtid, status.vpgid, status.vsid), (Some(7), Some(8), Some(6), Some(5)));
        assert_eq!((status.levels, status.vmsize_kb, status.cap_effective), (2, 12, 0x1ff_ffff_ffff));
    }

    #[test]
    fn cgroups_of_both_versions() {
        assert_eq!(cgroups(b"4:cpu,cpuacct:/a\n1:name=systemd:/s\n0::/u\n"), b"cpu=/a\0cpuacct=/a\0");
        assert_eq!(cgroups(b"0::/u\n"), b"cpuset=/u\0cpu=/u\0cpuacct=/u\0io=/u\0memory=/u\0");
        assert_eq!(cgroups(b"nonsense\n::"), b"cpuset=\0cpu=\0cpuacct=\0io=\0memory=\0");
    }

    #[test]
    fn writable_follows_the_mode() {
        let facts = FileFacts { mode: 0o750, uid: 1, gid: 2, ..FileFacts::default() };
        assert!(writable(&facts, 0, 0) && writable(&facts, 1, 9));
        assert!(!writable(&facts, 9, 2) && !writable(&facts, 9, 9));
    }
}
