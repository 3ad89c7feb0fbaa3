//! The memory of a traced process.

use std::fs::File;
use std::os::unix::fs::FileExt;

use libc::{c_void, pid_t};

const PAGE: u64 = 4096;
/// Most strings are shorter; the rest is read in pages.
const FIRST_BYTES: u64 = 128;

/// Reads what a thread of the process would: bounded, and never more than is mapped.
#[derive(Default)]
pub struct Memory {
    /// process_vm_readv does not exist, or is forbidden, here.
    refused: bool,
    /// Reads that the kernel did not permit, in either way.
    pub forbidden: u64,
}

impl Memory {
    /// Read all of `into`. False, with `into` undefined, when some of it is not there.
    pub fn read(&mut self, tid: pid_t, into: &mut [u8], from: u64) -> bool {
        into.is_empty() || self.read_some(tid, into, from) == into.len()
    }

    /// Read up to the NUL or the end of `into`; returns the length with the NUL, which stands at the end of what is cut. `None`: nothing
    /// is mapped there.
    pub fn read_str(&mut self, tid: pid_t, into: &mut [u8], from: u64) -> Option<usize> {
        let mut done = 0usize;
        let mut step = FIRST_BYTES;
        while done < into.len() {
            let at = from.checked_add(done as u64)?;
            // Not beyond the page, which the string perhaps does not reach.
            let length = step.min(PAGE - at % PAGE).min((into.len() - done) as u64) as usize;
            let got = self.read_some(tid, &mut into[done..done + length], at);
            if got == 0 {
                return None;
            }
            if let Some(end) = memchr::memchr(0, &into[done..done + got]) {
                return Some(done + end + 1);
            }
            done += got;
            step = PAGE;
        }
        *into.last_mut()? = 0;
        Some(into.len())
    }

    fn read_some(&mut self, tid: pid_t, into: &mut [u8], from: u64) -> usize {
        if !self.refused {
            let local = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
            let remote = libc::iovec { iov_base: from as *mut c_void, iov_len: into.len() };
            // SAFETY: the local buffer is as long as it is said to be; the remote address is for the kernel to check.
            let got = unsafe { libc::process_vm_readv(tid, &local, 1, &remote, 1, 0) };
            if got >= 0 {
                return got as usize;
            }
            match super::super::sys::last_errno() {
                libc::ENOSYS => self.refused = true,
                libc::EPERM => {}
                _ => return 0,
            }
        }
        let got = match File::open(format!("/proc/{tid}/mem")) {
            Ok(file) => file.read_at(into, from).unwrap_or(0),
            Err(error) => {
                self.forbidden += u64::from(matches!(error.raw_os_error(), Some(libc::EACCES | libc::EPERM)));
                0
            }
        };
        // Where this may be read and that not, a filter forbids the call; else it is this process that nobody may look into.
        self.refused |= got > 0;
        got
    }
}
