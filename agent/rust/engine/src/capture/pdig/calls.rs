//! What the tracer has to know of particular system calls beyond what their bodies do.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;

use libc::c_int;

use super::super::sys::last_errno;
use super::boundary::Call;
use super::host::Host;
use super::{ARCH_IA32, ARCH_NATIVE};
use crate::schema::code;

const PATH_LIMIT: usize = 4096;

/// Bits of arguments of clone(2) and seccomp(2).
pub const CLONE_UNTRACED: u64 = 0x0080_0000;
const SET_MODE_FILTER: u64 = 1;
const FILTER_NEW_LISTENER: u64 = 1 << 3;
const SECCOMP_IA32: u64 = 354;
const CLONE_IA32: u64 = 120;
const CLONE3: u64 = 435; // everywhere

/// exit, exit_group, sigreturn and rt_sigreturn of arch/x86/entry/syscalls/syscall_32.tbl.
const ENDLESS_IA32: [u64; 4] = [1, 252, 119, 173];

/// Whether a call has no end of its own: those that end the thread, and those that put a signal's handler back, which makes the kernel
/// forget what call it was.
pub fn is_endless(arch: u32, number: u64) -> bool {
    let native = [libc::SYS_exit, libc::SYS_exit_group, libc::SYS_rt_sigreturn].map(|number| number as u64);
    match arch {
        ARCH_NATIVE => native.contains(&number),
        ARCH_IA32 => ENDLESS_IA32.contains(&number),
        _ => false,
    }
}

/// seccomp(2), which is always looked at.
pub fn is_seccomp(arch: u32, number: u64) -> bool {
    match arch {
        ARCH_NATIVE => number == libc::SYS_seccomp as u64,
        ARCH_IA32 => number == SECCOMP_IA32,
        _ => false,
    }
}

/// Whether a call sets a filter up whose verdicts another process makes. What that process lets pass our own filter is not asked about any
/// more: the kernel heeds the other verdict first (seccomp(2), SECCOMP_RET_USER_NOTIF).
pub fn takes_a_listener(arch: u32, number: u64, args: &[u64; 6]) -> bool {
    is_seccomp(arch, number) && args[0] as u32 == SET_MODE_FILTER as u32 && args[1] & FILTER_NEW_LISTENER != 0
}

/// Where a call says that no tracer is to hear of the child that it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flags {
    /// In its first argument.
    Argument(u64),
    /// At an address, as a number of 64 bits.
    Memory(u64),
}

pub fn child_flags(arch: u32, number: u64, args: &[u64; 6]) -> Option<Flags> {
    let clone = match arch {
        ARCH_NATIVE => libc::SYS_clone as u64,
        ARCH_IA32 => CLONE_IA32,
        _ => return None,
    };
    match number {
        CLONE3 => Some(Flags::Memory(args[0])),
        number if number == clone => Some(Flags::Argument(args[0])),
        _ => None,
    }
}

/// The result of a call whose thread was killed in it. Where the call was the killing, it is known. The kernel gives others this number when
/// they are interrupted; whether the call had done its work before is not to be known.
pub fn result_when_killed(event: u16, args: &[u64; 6]) -> i64 {
    const ERESTARTSYS: i64 = 512;
    let signal = match event {
        code::SYSCALL_KILL_X | code::SYSCALL_TKILL_X => args[1],
        code::SYSCALL_TGKILL_X => args[2],
        _ => 0,
    };
    if signal == libc::SIGKILL as u64 {
        0
    } else {
        -ERESTARTSYS
    }
}

/// Whether a call that opens a file will have created it if it succeeds. To be asked at its beginning.
pub fn creates(event: u16, call: &Call, host: &mut Host) -> bool {
    let (folder, path, flags) = match event {
        code::SYSCALL_OPEN_X => (libc::AT_FDCWD, call.args[0], call.args[1]),
        code::SYSCALL_OPENAT_2_X => (call.args[0] as c_int, call.args[1], call.args[2]),
        code::SYSCALL_OPENAT2_X => {
            let mut flags = [0; 8];
            host.read(&mut flags, call.args[2]);
            (call.args[0] as c_int, call.args[1], u64::from_ne_bytes(flags))
        }
        _ => return false,
    };
    let flags = flags as c_int;
    if flags & libc::O_CREAT == 0 {
        return false;
    }
    if flags & libc::O_EXCL != 0 {
        return true;
    }
    let mut name = vec![0; PATH_LIMIT];
    let Some(length) = host.read_str(&mut name, path) else { return false };
    name.truncate(length - 1);
    CString::new(name).is_ok_and(|name| is_missing(host, folder, &name))
}

/// Whether nothing has this name for the thread, as far as that can be asked without a wait: where a file system that may not answer is
/// mounted, names that may lead there count as those of files that are there. A link with an absolute target is followed from the thread's
/// root where the name itself is absolute, and from the tracer's otherwise.
fn is_missing(host: &mut Host, folder: c_int, name: &CString) -> bool {
    let tid = host.tid;
    let absolute = name.as_bytes().first() == Some(&b'/');
    let start = match folder {
        _ if absolute => format!("/proc/{tid}/root"),
        libc::AT_FDCWD => format!("/proc/{tid}/cwd"),
        fd => format!("/proc/{tid}/fd/{fd}"),
    };
    let Ok(from) = File::options().read(true).custom_flags(libc::O_PATH).open(start) else { return false };
    let Some(table) = host.mounts.of(tid) else { return false };
    let in_root = if absolute { libc::RESOLVE_IN_ROOT } else { 0 };
    if !table.all_local {
        let Some(mount) = mount_of(&from) else { return false };
        if !table.mounts.iter().any(|one| one.id == mount && one.is_local()) {
            return false;
        }
        let within = look_up(&from, name, in_root | libc::RESOLVE_NO_XDEV);
        let plain = absolute && !name.as_bytes().split(|byte| *byte == b'/').any(|part| part == b"..");
        return match within {
            Err(libc::EXDEV) if plain && table.walkable(name.as_bytes()) => {
                look_up(&from, name, in_root | libc::RESOLVE_NO_SYMLINKS) == Err(libc::ENOENT)
            }
            found => found == Err(libc::ENOENT),
        };
    }
    let found = match look_up(&from, name, in_root) {
        Err(libc::ENOSYS) => look_up_plainly(&from, name),
        found => found,
    };
    found == Err(libc::ENOENT)
}

/// Number of the mount that an open file lies on (5.8).
fn mount_of(file: &File) -> Option<u64> {
    // SAFETY: plain data; all zeros are a valid value.
    let mut told: libc::statx = unsafe { std::mem::zeroed() };
    let flags = libc::AT_EMPTY_PATH | libc::AT_STATX_DONT_SYNC;
    // SAFETY: the name is empty, and the structure is valid for the call. A server far away is not asked.
    let failed = unsafe { libc::statx(file.as_raw_fd(), c"".as_ptr(), flags, libc::STATX_MNT_ID, &mut told) != 0 };
    (!failed && told.stx_mask & libc::STATX_MNT_ID != 0).then_some(told.stx_mnt_id)
}

/// Errors: ENOSYS before Linux 5.6.
fn look_up(folder: &File, name: &CStr, resolve: u64) -> Result<(), c_int> {
    // SAFETY: plain data; all zeros are a valid value.
    let mut how: libc::open_how = unsafe { std::mem::zeroed() };
    how.flags = (libc::O_PATH | libc::O_CLOEXEC) as u64;
    how.resolve = resolve;
    // SAFETY: the name ends with a NUL, and the structure is as long as it is said to be; the new descriptor is ours.
    unsafe {
        let fd = libc::syscall(libc::SYS_openat2, folder.as_raw_fd(), name.as_ptr(), &how, size_of_val(&how));
        if fd < 0 {
            return Err(last_errno());
        }
        libc::close(fd as c_int);
    }
    Ok(())
}

fn look_up_plainly(folder: &File, name: &CStr) -> Result<(), c_int> {
    let bytes = name.to_bytes();
    let relative = &bytes[bytes.iter().take_while(|byte| **byte == b'/').count()..];
    // An empty name would be that of the folder itself.
    let relative = if relative.is_empty() { c".".to_owned() } else { CString::new(relative).unwrap_or_default() };
    // SAFETY: the name ends with a NUL; no more is asked than whether it is there.
    match unsafe { libc::faccessat(folder.as_raw_fd(), relative.as_ptr(), libc::F_OK, 0) } {
        0 => Ok(()),
        _ => Err(last_errno()),
    }
}
