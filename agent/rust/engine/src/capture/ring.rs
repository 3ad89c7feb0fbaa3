//! One ring buffer, read in place: BPF's, or the kernel module's, which has the same layout.
//!
//! Layout (kernel/bpf/ringbuf.c): a consumer page that we may write, a producer page, and the data mapped twice in a row, so that a
//! record is always contiguous. A record has an eight-byte header: length with two flag bits, and a page offset.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::sys::{page_size, Mapping};
use crate::error::Result;

/// A buffer that a driver writes records into, and we read in place. Positions count bytes since the beginning and only grow.
pub trait RingBuffer: Send {
    /// Up to where there is something to look at.
    fn producer(&self) -> u64;

    /// Up to where the space has been given back.
    fn consumer(&self) -> u64;

    /// Give the space before `position` back to the producer.
    fn release(&mut self, position: u64);

    fn size(&self) -> u64;

    /// Look at `position`, which is below a producer position that was read before.
    fn slot(&mut self, position: u64) -> Slot;

    /// The bytes of the record at `position`, as [`RingBuffer::slot`] found it; valid until the next call.
    fn bytes(&mut self, position: u64, len: u32) -> &[u8];
}

const BUSY: u32 = 1 << 31;
const DISCARD: u32 = 1 << 30;
const HEADER: u64 = 8;

pub struct Ring {
    _fd: OwnedFd,
    consumer: Mapping,
    data: Mapping,
    page: usize,
    mask: u64,
    size: u64,
}

/// What lies at a position.
pub enum Slot {
    /// Reserved, not yet written.
    Busy,
    /// Nothing to read; go on at the position.
    Skip(u64),
    /// A record of `len` bytes; the next one is at `next`.
    Data { len: u32, next: u64 },
}

impl Ring {
    /// Map the ring buffer of `size` data bytes that begins `offset` bytes into what the descriptor stands for.
    pub fn new(fd: OwnedFd, size: usize, offset: usize) -> Result<Ring> {
        let page = page_size();
        let consumer = Mapping::new(fd.as_fd(), page, true, offset)?;
        let data = Mapping::new(fd.as_fd(), page + 2 * size, false, offset + page)?;
        Ok(Ring { _fd: fd, consumer, data, page, mask: size as u64 - 1, size: size as u64 })
    }

    fn position(mapping: &Mapping) -> &AtomicU64 {
        // SAFETY: the first eight bytes of either page are the position, aligned, alive as long as the mapping.
        unsafe { &*mapping.ptr().cast::<AtomicU64>() }
    }
}

impl RingBuffer for Ring {
    fn producer(&self) -> u64 {
        Self::position(&self.data).load(Ordering::Acquire)
    }

    fn consumer(&self) -> u64 {
        Self::position(&self.consumer).load(Ordering::Relaxed)
    }

    fn release(&mut self, position: u64) {
        Self::position(&self.consumer).store(position, Ordering::Release);
    }

    fn size(&self) -> u64 {
        self.size
    }

    #[inline]
    fn slot(&mut self, position: u64) -> Slot {
        let at = self.page + (position & self.mask) as usize;
        // SAFETY: positions are multiples of eight, and at + 8 lies inside the double mapping.
        let header = unsafe { &*self.data.ptr().add(at).cast::<AtomicU32>() }.load(Ordering::Acquire);
        if header & BUSY != 0 {
            return Slot::Busy;
        }
        let len = header & !(BUSY | DISCARD);
        let next = position + ((len as u64 + HEADER + 7) & !7);
        if header & DISCARD != 0 {
            return Slot::Skip(next);
        }
        Slot::Data { len, next }
    }

    #[inline]
    fn bytes(&mut self, position: u64, len: u32) -> &[u8] {
        let len = (len as u64).min(self.size);
        let at = self.page + (position & self.mask) as usize + HEADER as usize;
        // SAFETY: at most `size` bytes from inside the first half of the double mapping; the producer does not touch
        // them before they are released.
        unsafe { std::slice::from_raw_parts(self.data.ptr().add(at), (len as usize).min(self.data.len() - at)) }
    }
}
