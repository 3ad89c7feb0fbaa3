//! The perf subsystem: buffers for programs to write to, and plain tracepoints for programs to run at.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;

use super::sys;
use crate::error::{Error, Result};

/// `struct perf_event_attr` up to what is used here.
#[repr(C)]
#[derive(Default)]
pub struct Attributes {
    pub kind: u32,
    pub size: u32,
    pub config: u64,
    pub sample_period: u64,
    pub sample_type: u64,
    pub read_format: u64,
    pub flags: u64,
    pub wakeup_watermark: u32,
    pub bp_type: u32,
    pub bp_addr: u64,
}

const PERF_ATTR_SIZE_VER0: usize = 64;
const _: () = assert!(size_of::<Attributes>() == PERF_ATTR_SIZE_VER0);
const PERF_FLAG_FD_CLOEXEC: u64 = 8;
const PERF_TYPE_TRACEPOINT: u32 = 2;
const PERF_EVENT_IOC_ENABLE: libc::c_ulong = 0x2400;
const PERF_EVENT_IOC_SET_BPF: libc::c_ulong = 0x4004_2408;

/// Where tracefs is mounted; kernels mount it under the second one by themselves once debugfs is.
const TRACEFS: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/// perf_event_open(2) for whatever runs on one CPU; an errno when it fails.
pub fn open(attributes: &Attributes, cpu: usize) -> std::result::Result<OwnedFd, i32> {
    let attributes = Attributes { size: size_of::<Attributes>() as u32, ..*attributes };
    // SAFETY: the structure lives for the call and says its size.
    let fd = unsafe {
        libc::syscall(
            libc::SYS_perf_event_open,
            &attributes as *const Attributes,
            -1,
            cpu as libc::c_int,
            -1,
            PERF_FLAG_FD_CLOEXEC,
        )
    };
    match fd {
        // SAFETY: a descriptor that we just got and own.
        0.. => Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) }),
        _ => Err(sys::last_errno()),
    }
}

/// Let the program run at a tracepoint such as `sched/sched_process_exec`, on every CPU, until the descriptor is closed.
pub fn attach(program: &OwnedFd, tracepoint: &str) -> Result<OwnedFd> {
    let failed = |errno| Error::Os {
        what: format!("the classic eBPF driver could not be attached to the tracepoint {tracepoint}"),
        errno,
    };
    let attributes =
        Attributes { kind: PERF_TYPE_TRACEPOINT, config: tracepoint_id(tracepoint)?, ..Attributes::default() };
    // The CPU is only where the subsystem would count by itself: programs are the tracepoint's, and the first CPU is never offline.
    let event = open(&attributes, 0).map_err(failed)?;
    for (request, argument) in [(PERF_EVENT_IOC_SET_BPF, program.as_raw_fd()), (PERF_EVENT_IOC_ENABLE, 0)] {
        // SAFETY: our own descriptors, and requests that take a number.
        if unsafe { libc::ioctl(event.as_raw_fd(), request as _, argument) } < 0 {
            return Err(match sys::last_errno() {
                // 4.15: e87c6bc3852b "bpf: permit multiple bpf attachments for a single perf event".
                libc::EEXIST => Error::Capture(format!(
                    "the classic eBPF driver could not be attached to the tracepoint {tracepoint}: a program of another tool \
                     is there, and before Linux 4.15 there can only be one; stop that tool"
                )),
                errno => failed(errno),
            });
        }
    }
    Ok(event)
}

/// What the kernel calls the tracepoint: a number that differs from kernel to kernel.
fn tracepoint_id(tracepoint: &str) -> Result<u64> {
    let mut refused = String::new();
    for folder in TRACEFS {
        let path = Path::new(folder).join("events").join(tracepoint).join("id");
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                return text.trim().parse().map_err(|_| Error::Capture(format!("{} has no number", path.display())))
            }
            Err(error) => refused += &format!("{}: {error}; ", path.display()),
        }
    }
    Err(Error::Capture(format!(
        "the tracepoint {tracepoint} is not to be found: {refused}without raw tracepoints (Linux 4.17) the classic eBPF driver \
         needs tracefs; mount it as root: mount -t tracefs tracefs /sys/kernel/tracing"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracepoint_that_is_not_there_is_named_with_what_to_do() {
        let error = tracepoint_id("no_such_group/no_such_tracepoint").unwrap_err().to_string();
        assert!(error.contains("no_such_group/no_such_tracepoint is not to be found"), "{error}");
        assert!(error.contains("mount -t tracefs tracefs /sys/kernel/tracing"), "{error}");
    }
}
