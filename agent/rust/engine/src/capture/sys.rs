//! The few system calls that no library wraps the way we need.

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;

use crate::error::{Error, Result};

pub fn last_errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

fn clock(id: libc::clockid_t) -> u64 {
    let mut ts = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: ts is a valid timespec.
    unsafe { libc::clock_gettime(id, &mut ts) };
    ts.tv_sec as u64 * 1_000_000_000 + ts.tv_nsec as u64
}

/// The clock that most drivers stamp records with, in ns.
pub fn boottime_ns() -> u64 {
    clock(libc::CLOCK_BOOTTIME)
}

pub fn monotonic_ns() -> u64 {
    clock(libc::CLOCK_MONOTONIC)
}

/// What to add to a value of the clock to get the time since the epoch, in ns.
pub fn epoch_offset_ns(of: libc::clockid_t) -> i64 {
    // The smallest gap of a few readings: a preemption between the two clocks makes it too small or too large.
    (0..3)
        .map(|_| {
            let before = clock(of);
            let real = clock(libc::CLOCK_REALTIME);
            let after = clock(of);
            (after - before, real as i64 - ((before + after) / 2) as i64)
        })
        .min()
        .map_or(0, |(_, offset)| offset)
}

/// A shared memory mapping, unmapped on drop.
pub struct Mapping {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping is plain shared memory; synchronisation is up to its users, which use atomics.
unsafe impl Send for Mapping {}
unsafe impl Sync for Mapping {}

impl Mapping {
    pub fn new(fd: BorrowedFd, len: usize, writable: bool, offset: usize) -> Result<Mapping> {
        let prot = if writable { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ };
        // SAFETY: a new mapping at an address of the kernel's choice.
        let base = unsafe {
            libc::mmap(std::ptr::null_mut(), len, prot, libc::MAP_SHARED, fd.as_raw_fd(), offset as libc::off_t)
        };
        if base == libc::MAP_FAILED {
            return Err(Error::Os { what: "a buffer of the driver could not be mapped".into(), errno: last_errno() });
        }
        let base = NonNull::new(base.cast()).ok_or(Error::Os { what: "mmap gave NULL".into(), errno: 0 })?;
        Ok(Mapping { base, len })
    }

    pub fn ptr(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    pub fn len(&self) -> usize {
        self.len
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: our own mapping, no longer used.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

/// Create a ring buffer map of `bytes` (a power of two, a multiple of the page size).
pub fn create_ring(bytes: usize) -> Result<OwnedFd> {
    // SAFETY: the name is NUL-terminated, no options.
    let fd = unsafe {
        libbpf_sys::bpf_map_create(
            libbpf_sys::BPF_MAP_TYPE_RINGBUF,
            c"agent_ring".as_ptr(),
            0,
            0,
            bytes as u32,
            std::ptr::null(),
        )
    };
    if fd < 0 {
        return Err(Error::Os { what: format!("a ring buffer of {bytes} bytes could not be created"), errno: -fd });
    }
    // SAFETY: a descriptor that we just got and own.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Update one element of a map.
pub fn update_map<K, V>(fd: BorrowedFd, key: &K, value: &V) -> Result<()> {
    // SAFETY: key and value are references to the sizes that the map was declared with.
    let err = unsafe {
        libbpf_sys::bpf_map_update_elem(
            fd.as_raw_fd(),
            (key as *const K).cast(),
            (value as *const V).cast(),
            libbpf_sys::BPF_ANY as u64,
        )
    };
    if err < 0 {
        return Err(Error::Os { what: "a BPF map could not be updated".into(), errno: last_errno() });
    }
    Ok(())
}

/// How often the kernel left a program out since it was loaded, because it was running on that CPU already: a task that is preempted in it
/// keeps it from all others there. 0 on kernels that do not count (before 5.12).
pub fn skipped_runs(program: BorrowedFd) -> u64 {
    let mut info = libbpf_sys::bpf_prog_info::default();
    let mut length = size_of_val(&info) as u32;
    // SAFETY: the structure is as long as it is said to be; the kernel writes no more, and nothing that it points to.
    let failed =
        unsafe { libbpf_sys::bpf_obj_get_info_by_fd(program.as_raw_fd(), (&raw mut info).cast(), &raw mut length) };
    if failed == 0 {
        info.recursion_misses
    } else {
        0
    }
}

pub fn page_size() -> usize {
    // SAFETY: no arguments that could be wrong.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}
