//! What the tracer has to know of particular system calls beyond what their bodies do.

use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;

use libc::{c_int, pid_t};

use super::super::sys::last_errno;
use super::boundary::Call;
use super::host::Host;
use super::{ARCH_IA32, ARCH_NATIVE};
use crate::schema::code;

const PATH_LIMIT: usize = 4096;

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
    CString::new(name).is_ok_and(|name| is_missing(host.tid, folder, &name))
}

/// Whether nothing has this name for the thread. A link with an absolute target is followed from the thread's root where the name itself is
/// absolute, and from the tracer's otherwise.
fn is_missing(tid: pid_t, folder: c_int, name: &CString) -> bool {
    let absolute = name.as_bytes().first() == Some(&b'/');
    let from = match folder {
        _ if absolute => format!("/proc/{tid}/root"),
        libc::AT_FDCWD => format!("/proc/{tid}/cwd"),
        fd => format!("/proc/{tid}/fd/{fd}"),
    };
    let Ok(from) = File::options().read(true).custom_flags(libc::O_PATH).open(from) else { return false };
    // An empty name would be that of the folder itself.
    let relative = &name.as_bytes()[name.as_bytes().iter().take_while(|byte| **byte == b'/').count()..];
    let Ok(relative) = CString::new(if relative.is_empty() { b"." } else { relative }) else { return false };
    let found = match absolute {
        true => look_up_in_root(&from, name).or_else(|error| match error {
            libc::ENOSYS => look_up(&from, &relative),
            error => Err(error),
        }),
        false => look_up(&from, name),
    };
    found == Err(libc::ENOENT)
}

fn look_up(folder: &File, name: &CStr) -> Result<(), c_int> {
    // SAFETY: the name ends with a NUL; no more is asked than whether it is there.
    match unsafe { libc::faccessat(folder.as_raw_fd(), name.as_ptr(), libc::F_OK, 0) } {
        0 => Ok(()),
        _ => Err(last_errno()),
    }
}

/// Errors: ENOSYS before Linux 5.6.
fn look_up_in_root(root: &File, name: &CStr) -> Result<(), c_int> {
    // SAFETY: plain data; all zeros are a valid value.
    let mut how: libc::open_how = unsafe { std::mem::zeroed() };
    how.flags = (libc::O_PATH | libc::O_CLOEXEC) as u64;
    how.resolve = libc::RESOLVE_IN_ROOT;
    // SAFETY: the name ends with a NUL, and the structure is as long as it is said to be; the new descriptor is ours.
    unsafe {
        let fd = libc::syscall(libc::SYS_openat2, root.as_raw_fd(), name.as_ptr(), &how, size_of_val(&how));
        if fd < 0 {
            return Err(last_errno());
        }
        libc::close(fd as c_int);
    }
    Ok(())
}
