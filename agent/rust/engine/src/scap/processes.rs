//! Entries of the process list.

use std::sync::Arc;

use crate::state::{thread::no_bytes, Thread};

use super::put::Put;
use super::take::{Fault, Take, Taken};
use super::users::counted;

/// Longest name, path or program.
pub const MAX_PATH: usize = 1024;
/// Longest list of arguments, environment or cgroups.
pub const MAX_LIST: usize = 4096;

/// What the kernel puts behind the path of a file that is no more.
const DELETED: &[u8] = b" (deleted)";

/// What followed the root directory before libs 0.10: login uid, writable, three capability sets.
const OLD_TAIL: usize = 4 + 1 + 8 + 8 + 8;

pub fn read(take: &mut Take, version: u8) -> Taken<Thread> {
    if version < 9 {
        return body(take, version);
    }
    let mut entry = counted(take)?;
    let mut thread = body(&mut entry, version)?;
    match tail(&mut entry, &mut thread) {
        Ok(()) | Err(Fault::Short) => Ok(thread),
        Err(fault) => Err(fault),
    }
}

fn body(take: &mut Take, version: u8) -> Taken<Thread> {
    let since = |first: u8| version >= first;
    let mut t = Thread::unknown(take.i64()?);
    t.degraded = false;
    (t.vtid, t.vpid) = (-1, -1);
    t.pid = take.i64()?;
    t.ptid = take.i64()?;
    if since(6) {
        t.sid = take.i64()?;
    }
    if since(8) {
        t.vpgid = take.i64()?;
    }
    t.comm = take.string(MAX_PATH, "command name")?.into();
    t.exe = take.string(MAX_PATH, "program")?.into();
    if since(7) {
        let path = take.string(MAX_PATH, "path of the program")?;
        t.exepath = path.strip_suffix(DELETED).unwrap_or(path).into();
    }
    t.args = terminated(take.string(MAX_LIST, "list of arguments")?);
    t.cwd = directory(take.string(MAX_PATH, "working directory")?);
    t.fdlimit = take.i64()?;
    t.flags = take.u32()?;
    (t.uid, t.gid) = (take.u32()?, take.u32()?);
    if since(2) {
        (t.vmsize_kb, t.vmrss_kb, t.vmswap_kb) = (take.u32()?, take.u32()?, take.u32()?);
        (t.pfmajor, t.pfminor) = (take.u64()?, take.u64()?);
    }
    if since(3) {
        t.env = terminated(take.string(MAX_LIST, "environment")?);
    }
    if since(4) {
        (t.vtid, t.vpid) = (take.i64()?, take.i64()?);
        t.cgroups = terminated(take.string(MAX_LIST, "list of cgroups")?);
    }
    if since(5) {
        t.root = take.string(MAX_PATH, "root directory")?.into();
    }
    Ok(t)
}

/// Fields that were added one by one to version 9: the first that the entry has no room for ends it.
fn tail(entry: &mut Take, t: &mut Thread) -> Taken<()> {
    if entry.rest.len() > OLD_TAIL {
        // libs 0.10 put these two before what was there already.
        t.pidns_init_start_ts = entry.u64()?;
        t.tty = entry.u32()?;
    }
    t.loginuid = entry.u32()?;
    t.exe_writable = entry.u8()? != 0;
    t.cap_inheritable = entry.u64()?;
    t.cap_permitted = entry.u64()?;
    t.cap_effective = entry.u64()?;
    t.exe_upper_layer = entry.u8()? != 0;
    t.exe_ino = entry.u64()?;
    t.exe_ino_ctime = entry.u64()?;
    t.exe_ino_mtime = entry.u64()?;
    t.exe_from_memfd = entry.u8()? != 0;
    t.exe_lower_layer = entry.u8()? != 0;
    t.pgid = entry.i64()?;
    Ok(())
}

/// A list of strings whose last one may lack its NUL.
fn terminated(list: &[u8]) -> Arc<[u8]> {
    match list.last() {
        None => no_bytes(),
        Some(0) => list.into(),
        Some(_) => [list, &[0]].concat().into(),
    }
}

/// A directory, which ends in '/' once it is known.
fn directory(path: &[u8]) -> Arc<[u8]> {
    match path.last() {
        None => no_bytes(),
        Some(b'/') => path.into(),
        Some(_) => [path, b"/"].concat().into(),
    }
}

pub fn write(t: &Thread, put: &mut Put) {
    put.entry(true, |put| {
        for id in [t.tid, t.pid, t.ptid, t.sid, t.vpgid] {
            put.i64(id);
        }
        for path in [&t.comm, &t.exe, &t.exepath] {
            put.string(path, MAX_PATH);
        }
        put.list(&t.args, MAX_LIST);
        put.string(&t.cwd, MAX_PATH);
        put.i64(t.fdlimit);
        for number in [t.flags, t.uid, t.gid, t.vmsize_kb, t.vmrss_kb, t.vmswap_kb] {
            put.u32(number);
        }
        put.u64(t.pfmajor);
        put.u64(t.pfminor);
        put.list(&t.env, MAX_LIST);
        put.i64(t.vtid);
        put.i64(t.vpid);
        put.list(&t.cgroups, MAX_LIST);
        put.string(&t.root, MAX_PATH);
        put.u64(t.pidns_init_start_ts);
        put.u32(t.tty);
        put.u32(t.loginuid);
        put.u8(t.exe_writable.into());
        for capabilities in [t.cap_inheritable, t.cap_permitted, t.cap_effective] {
            put.u64(capabilities);
        }
        put.u8(t.exe_upper_layer.into());
        for number in [t.exe_ino, t.exe_ino_ctime, t.exe_ino_mtime] {
            put.u64(number);
        }
        put.u8(t.exe_from_memfd.into());
        put.u8(t.exe_lower_layer.into());
        put.i64(t.pgid);
    });
}
