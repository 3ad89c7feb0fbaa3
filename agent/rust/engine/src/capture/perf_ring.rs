//! One buffer of the perf subsystem, which kernels without ring buffers hand records over in.
//!
//! Layout (include/uapi/linux/perf_event.h): a page with the positions, then the data, mapped once, so that a record may wrap. A record
//! has an eight-byte header; a sample of ours is the length of its bytes, then the bytes, padded to eight.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use super::perf_event::{self, Attributes};
use super::ring::{RingBuffer, Slot};
use super::sys::{page_size, Mapping};
use crate::error::{Error, Result};

/// Kinds of records: `PERF_RECORD_LOST` and `PERF_RECORD_SAMPLE`.
const LOST: u32 = 2;
const SAMPLE: u32 = 9;
const HEADER: usize = 8;
/// Behind the header of a sample, the length of its bytes; behind that of a loss, the buffer's id and the number of records.
const SAMPLE_HEAD: usize = HEADER + 4;
const LOST_COUNT: usize = HEADER + 8;
/// In the first page.
const DATA_HEAD: usize = 1024;
const DATA_TAIL: usize = 1032;

pub struct PerfRing {
    fd: OwnedFd,
    memory: Mapping,
    page: usize,
    size: usize,
    /// The producer position last read: nothing behind it is looked at.
    seen: AtomicU64,
    /// A record that wraps is put together here.
    joined: Vec<u8>,
    /// Records that the kernel says it lost, of all buffers.
    lost: Arc<AtomicU64>,
}

const PERF_TYPE_SOFTWARE: u32 = 1;
const PERF_COUNT_SW_BPF_OUTPUT: u64 = 10;
const PERF_SAMPLE_RAW: u64 = 1 << 10;
const FLAG_WATERMARK: u64 = 1 << 14;

impl PerfRing {
    /// A buffer of `size` bytes (a power of two, a multiple of the page size) for one CPU; `None` where the CPU is not online.
    pub fn open(cpu: usize, size: usize, lost: Arc<AtomicU64>) -> Result<Option<PerfRing>> {
        // Wakes nobody.
        let attributes = Attributes {
            kind: PERF_TYPE_SOFTWARE,
            config: PERF_COUNT_SW_BPF_OUTPUT,
            sample_period: 1,
            sample_type: PERF_SAMPLE_RAW,
            flags: FLAG_WATERMARK,
            wakeup_watermark: u32::MAX,
            ..Attributes::default()
        };
        let fd = match perf_event::open(&attributes, cpu) {
            Ok(fd) => fd,
            Err(libc::ENODEV) => return Ok(None),
            Err(errno) => {
                return Err(Error::Os { what: format!("a perf buffer for CPU {cpu} could not be opened"), errno })
            }
        };
        let memory = Mapping::new(fd.as_fd(), page_size() + size, true, 0).map_err(|e| {
            Error::Capture(format!(
                "a perf buffer of {size} bytes for CPU {cpu} was refused: {e}; lower engine.ebpf.buf_size_preset, and run \
                 the agent as root, as only CAP_IPC_LOCK allows more than kernel.perf_event_mlock_kb"
            ))
        })?;
        Ok(Some(Self::over(fd, memory, size, lost)))
    }

    fn over(fd: OwnedFd, memory: Mapping, size: usize, lost: Arc<AtomicU64>) -> PerfRing {
        PerfRing { fd, memory, page: page_size(), size, seen: AtomicU64::new(0), joined: Vec::new(), lost }
    }

    pub fn fd(&self) -> &OwnedFd {
        &self.fd
    }

    fn position(&self, offset: usize) -> &AtomicU64 {
        // SAFETY: an aligned word of the first page, alive as long as the mapping.
        unsafe { &*self.memory.ptr().add(offset).cast::<AtomicU64>() }
    }

    /// Where the byte at `position` lies, and how many follow before the buffer begins anew.
    fn at(&self, position: u64) -> (*const u8, usize) {
        let offset = (position as usize) & (self.size - 1);
        // SAFETY: inside the data, which lies behind the first page.
        (unsafe { self.memory.ptr().add(self.page + offset) }, self.size - offset)
    }

    /// An aligned number; such a one does not wrap.
    fn number<T: Copy>(&self, position: u64) -> T {
        let (from, room) = self.at(position);
        assert!(size_of::<T>() <= room);
        // SAFETY: inside the data as just checked; any bytes are a number.
        unsafe { from.cast::<T>().read_unaligned() }
    }
}

impl RingBuffer for PerfRing {
    fn producer(&self) -> u64 {
        let head = self.position(DATA_HEAD).load(Ordering::Acquire);
        self.seen.store(head, Ordering::Relaxed);
        head
    }

    fn consumer(&self) -> u64 {
        self.position(DATA_TAIL).load(Ordering::Relaxed)
    }

    fn release(&mut self, position: u64) {
        self.position(DATA_TAIL).store(position, Ordering::Release);
    }

    fn size(&self) -> u64 {
        self.size as u64
    }

    fn slot(&mut self, position: u64) -> Slot {
        let end = self.seen.load(Ordering::Relaxed);
        let left = end.saturating_sub(position);
        // Records begin at multiples of eight, and so does the end of the data: a header is whole.
        if position % 8 != 0 || left < HEADER as u64 {
            return Slot::Skip(end.max(position + 8));
        }
        let kind: u32 = self.number(position);
        let bytes = u64::from(self.number::<u16>(position + 6));
        if bytes < HEADER as u64 || bytes % 8 != 0 || bytes > left {
            // Not what a kernel writes, and no way to the record behind it.
            return Slot::Skip(end);
        }
        let next = position + bytes;
        if kind == LOST && bytes as usize >= LOST_COUNT + 8 {
            self.lost.fetch_add(self.number(position + LOST_COUNT as u64), Ordering::Relaxed);
        }
        if kind != SAMPLE || (bytes as usize) < SAMPLE_HEAD {
            return Slot::Skip(next);
        }
        let len: u32 = self.number(position + HEADER as u64);
        Slot::Data { len: len.min(bytes as u32 - SAMPLE_HEAD as u32), next }
    }

    fn bytes(&mut self, position: u64, len: u32) -> &[u8] {
        let len = (len as usize).min(self.size);
        let (from, room) = self.at(position + SAMPLE_HEAD as u64);
        if len <= room {
            // SAFETY: inside the data; the producer does not touch it before it is released.
            return unsafe { std::slice::from_raw_parts(from, len) };
        }
        let (start, _) = self.at(0);
        self.joined.clear();
        // SAFETY: the two pieces lie inside the data: `len` is at most its size.
        unsafe {
            self.joined.extend_from_slice(std::slice::from_raw_parts(from, room));
            self.joined.extend_from_slice(std::slice::from_raw_parts(start, len - room));
        }
        &self.joined
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::{AsRawFd, FromRawFd};

    use super::*;

    /// A buffer that no kernel writes: memory of our own, of one page of data.
    struct Fake {
        ring: PerfRing,
        head: u64,
    }

    impl Fake {
        fn new() -> Fake {
            let size = page_size();
            // SAFETY: a name that ends with NUL, no flags.
            let fd = unsafe { OwnedFd::from_raw_fd(libc::memfd_create(c"ring".as_ptr(), 0)) };
            // SAFETY: our own descriptor.
            assert_eq!(unsafe { libc::ftruncate(fd.as_raw_fd(), 2 * size as i64) }, 0);
            let memory = Mapping::new(fd.as_fd(), 2 * size, true, 0).unwrap();
            Fake { ring: PerfRing::over(fd, memory, size, Arc::default()), head: 0 }
        }

        fn put(&mut self, bytes: &[u8]) {
            for byte in bytes {
                let (at, _) = self.ring.at(self.head);
                // SAFETY: inside the data.
                unsafe { at.cast_mut().write(*byte) };
                self.head += 1;
            }
            self.ring.position(DATA_HEAD).store(self.head, Ordering::Release);
        }

        fn record(&mut self, kind: u32, size: u16, body: &[u8]) {
            let mut bytes = [&kind.to_ne_bytes()[..], &[0, 0], &size.to_ne_bytes()].concat();
            bytes.extend_from_slice(body);
            self.put(&bytes);
        }

        fn sample(&mut self, data: &[u8]) {
            let mut body = (data.len() as u32).to_ne_bytes().to_vec();
            body.extend_from_slice(data);
            body.resize((body.len() + 7) & !7, 0);
            self.record(SAMPLE, (HEADER + body.len()) as u16, &body);
        }

        /// All samples up to the producer; what is read is released.
        fn read(&mut self) -> Vec<Vec<u8>> {
            let (producer, mut position) = (self.ring.producer(), self.ring.consumer());
            let mut found = Vec::new();
            while position < producer {
                match self.ring.slot(position) {
                    Slot::Busy => unreachable!(),
                    Slot::Skip(next) => position = next,
                    Slot::Data { len, next } => {
                        found.push(self.ring.bytes(position, len).to_vec());
                        position = next;
                    }
                }
            }
            self.ring.release(position);
            found
        }
    }

    #[test]
    fn records_come_whole_where_they_wrap() {
        let mut fake = Fake::new();
        for (sent, length) in (20..400).step_by(8).cycle().take(500).enumerate() {
            let data: Vec<u8> = (0..length).map(|i| (sent + i) as u8).collect();
            fake.sample(&data);
            assert_eq!(fake.read(), [data]);
        }
        assert!(fake.head > 10 * page_size() as u64);
    }

    #[test]
    fn losses_are_counted_and_passed_over() {
        let mut fake = Fake::new();
        fake.sample(&[1; 12]);
        fake.record(LOST, 24, &[7u64.to_ne_bytes(), 5u64.to_ne_bytes()].concat());
        fake.record(3, 16, &[0; 8]); // a kind that we did not ask for
        fake.sample(&[2; 12]);
        assert_eq!(fake.read(), [vec![1; 12], vec![2; 12]]);
        assert_eq!(fake.ring.lost.load(Ordering::Relaxed), 5);
    }

    #[test]
    fn a_sample_longer_than_its_record_is_cut() {
        let mut fake = Fake::new();
        fake.record(SAMPLE, 24, &[&u32::MAX.to_ne_bytes()[..], &[9; 12]].concat());
        fake.sample(&[1; 4]);
        assert_eq!(fake.read(), [vec![9; 12], vec![1; 4]]);
    }

    #[test]
    fn impossible_sizes_end_the_round_and_nothing_else() {
        for size in [0, 4, 8 + 4, 13, u16::MAX, u16::MAX - 7] {
            let mut fake = Fake::new();
            fake.record(SAMPLE, size, &[0; 24]);
            assert!(fake.read().is_empty(), "{size}");
            fake.sample(&[1; 4]);
            assert_eq!(fake.read(), [vec![1; 4]], "{size}");
        }
    }
}
