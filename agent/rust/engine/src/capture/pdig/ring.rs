//! The buffer between the thread that traces and the engine: one writer, one reader, records in the order in which they were written.

use std::alloc::{alloc_zeroed, dealloc, handle_alloc_error, Layout};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::Arc;

use super::super::ring::{RingBuffer, Slot};

/// Before each record: its length, or [`WRAP`].
const HEADER: u64 = 8;
/// Stands where a record did not fit before the end of the memory: go on at its beginning.
const WRAP: u32 = u32::MAX;
const ALIGN: u64 = 8;

struct Shared {
    memory: *mut u8,
    size: u64,
    producer: AtomicU64,
    consumer: AtomicU64,
}

// SAFETY: the writer touches only what lies between producer and consumer + size, the reader only what lies between consumer and producer;
// the positions are handed over with release and acquire.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Shared {
    fn layout(size: u64) -> Layout {
        Layout::from_size_align(size as usize, 4096).expect("a power of two that fits the memory")
    }

    fn header(&self, position: u64) -> &AtomicU32 {
        // SAFETY: inside of the memory, for positions are multiples of eight and the memory is at least a page.
        unsafe { &*self.memory.add((position & (self.size - 1)) as usize).cast::<AtomicU32>() }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: allocated with the same layout.
        unsafe { dealloc(self.memory, Shared::layout(self.size)) };
    }
}

/// The writing end.
pub struct Writer(Arc<Shared>);

/// The reading end.
pub struct Reader(Arc<Shared>);

/// Create a buffer of `size` bytes, a power of two and at least a page.
pub fn buffer(size: usize) -> (Writer, Reader) {
    let size = size.next_power_of_two().max(1 << 17) as u64;
    let layout = Shared::layout(size);
    // SAFETY: the size is not 0.
    let memory = unsafe { alloc_zeroed(layout) };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    let shared = Arc::new(Shared { memory, size, producer: AtomicU64::new(0), consumer: AtomicU64::new(0) });
    (Writer(shared.clone()), Reader(shared))
}

impl Writer {
    /// Append a record; false when there is no room for it now.
    pub fn push(&mut self, record: &[u8]) -> bool {
        let shared = &self.0;
        let needed = HEADER + (record.len() as u64).next_multiple_of(ALIGN);
        let mut at = shared.producer.load(Ordering::Relaxed);
        let to_end = shared.size - (at & (shared.size - 1));
        let skipped = if needed > to_end { to_end } else { 0 };
        if at + skipped + needed - shared.consumer.load(Ordering::Acquire) > shared.size {
            return false;
        }
        if skipped > 0 {
            shared.header(at).store(WRAP, Ordering::Relaxed);
            at += skipped;
        }
        shared.header(at).store(record.len() as u32, Ordering::Relaxed);
        // SAFETY: `needed` bytes from here on lie before the end of the memory, and the reader has given them back.
        unsafe {
            let to = shared.memory.add(((at & (shared.size - 1)) + HEADER) as usize);
            std::ptr::copy_nonoverlapping(record.as_ptr(), to, record.len());
        }
        shared.producer.store(at + needed, Ordering::Release);
        true
    }

    /// Up to where the reader has read.
    pub fn consumed(&self) -> u64 {
        self.0.consumer.load(Ordering::Relaxed)
    }
}

impl RingBuffer for Reader {
    fn producer(&self) -> u64 {
        self.0.producer.load(Ordering::Acquire)
    }

    fn consumer(&self) -> u64 {
        self.0.consumer.load(Ordering::Relaxed)
    }

    fn release(&mut self, position: u64) {
        self.0.consumer.store(position, Ordering::Release);
    }

    fn size(&self) -> u64 {
        self.0.size
    }

    fn slot(&mut self, position: u64) -> Slot {
        match self.0.header(position).load(Ordering::Relaxed) {
            WRAP => Slot::Skip((position & !(self.0.size - 1)) + self.0.size),
            len => Slot::Data { len, next: position + HEADER + u64::from(len).next_multiple_of(ALIGN) },
        }
    }

    fn bytes(&mut self, position: u64, len: u32) -> &[u8] {
        let at = (position & (self.0.size - 1)) + HEADER;
        let len = u64::from(len).min(self.0.size - at.min(self.0.size));
        // SAFETY: inside of the memory; the writer does not touch it before it is released.
        unsafe { std::slice::from_raw_parts(self.0.memory.add(at as usize), len as usize) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(reader: &mut Reader) -> Vec<Vec<u8>> {
        let (mut at, end) = (reader.consumer(), reader.producer());
        let mut found = Vec::new();
        while at < end {
            match reader.slot(at) {
                Slot::Skip(next) => at = next,
                Slot::Data { len, next } => {
                    found.push(reader.bytes(at, len).to_vec());
                    at = next;
                }
                Slot::Busy => unreachable!("records are whole when they can be seen"),
            }
        }
        reader.release(end);
        found
    }

    #[test]
    fn records_come_out_as_they_went_in_round_after_round() {
        let (mut writer, mut reader) = buffer(1 << 17);
        let (mut written, mut read) = (Vec::new(), Vec::new());
        for number in 0..5000u32 {
            let record = vec![number as u8; (number as usize * 37) % 1500];
            if !writer.push(&record) {
                read.append(&mut read_all(&mut reader));
                assert!(writer.push(&record));
            }
            written.push(record);
        }
        read.append(&mut read_all(&mut reader));
        assert_eq!(read, written);
    }

    #[test]
    fn what_has_no_room_is_not_written() {
        let (mut writer, mut reader) = buffer(1 << 17);
        let record = vec![1u8; 60_000];
        assert!(writer.push(&record) && writer.push(&record));
        assert!(!writer.push(&record));
        assert_eq!(read_all(&mut reader).len(), 2);
        assert!(writer.push(&record));
        assert_eq!(read_all(&mut reader), [record]);
    }
}
