//! Merging, on rings that the test writes as the kernel does: a memory file with the ring buffer's layout.

use std::fs::File;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;

use super::merge::Merger;
use super::ring::Ring;
use super::sys;

const SIZE: usize = 65536;
const BUSY: u32 = 1 << 31;
const DISCARD: u32 = 1 << 30;

/// The producer's side of a ring.
struct Producer {
    file: File,
    position: u64,
}

impl Producer {
    fn new() -> (Producer, Ring) {
        // SAFETY: a plain system call; the descriptor is ours.
        let fd = unsafe { OwnedFd::from_raw_fd(libc::memfd_create(c"ring".as_ptr(), 0)) };
        let file = File::from(fd.try_clone().unwrap());
        file.set_len((2 * sys::page_size() + 2 * SIZE) as u64).unwrap();
        (Producer { file, position: 0 }, Ring::new(fd, SIZE, 0).unwrap())
    }

    fn data(&self, position: u64) -> u64 {
        2 * sys::page_size() as u64 + position % SIZE as u64
    }

    /// Reserve and write a record; `flags` are the header's.
    fn write(&mut self, ts: u64, lost: u32, flags: u32) -> u64 {
        let mut record = vec![0u8; 40];
        record[4..8].copy_from_slice(&lost.to_le_bytes());
        record[14..22].copy_from_slice(&ts.to_le_bytes());
        let at = self.position;
        self.file.write_all_at(&record, self.data(at) + 8).unwrap();
        self.header(at, 40 | flags);
        self.position += 48;
        self.file.write_all_at(&self.position.to_le_bytes(), sys::page_size() as u64).unwrap();
        at
    }

    fn header(&self, position: u64, value: u32) {
        self.file.write_all_at(&value.to_le_bytes(), self.data(position)).unwrap();
    }

    fn consumer(&self) -> u64 {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, 0).unwrap();
        u64::from_le_bytes(bytes)
    }
}

fn drain(merger: &mut Merger<Ring>) -> Vec<(u64, bool)> {
    let mut seen = Vec::new();
    merger.drain(&mut || u64::MAX, &mut |m| {
        seen.push((u64::from_le_bytes(m.bytes[14..22].try_into().unwrap()), m.after_gap))
    });
    seen
}

fn times(merger: &mut Merger<Ring>) -> Vec<u64> {
    drain(merger).into_iter().map(|(ts, _)| ts).collect()
}

#[test]
fn two_rings_come_out_in_order_of_time() {
    let (mut a, ring_a) = Producer::new();
    let (mut b, ring_b) = Producer::new();
    for ts in [1, 4, 5, 9] {
        a.write(ts, 0, 0);
    }
    for ts in [2, 3, 6, 7, 8] {
        b.write(ts, 0, 0);
    }
    let mut merger = Merger::new(vec![ring_a, ring_b]);
    assert_eq!(times(&mut merger), (1..=9).collect::<Vec<_>>());
    assert_eq!((a.consumer(), b.consumer()), (a.position, b.position));
    assert_eq!((merger.delivered, merger.late), (9, 0));
}

#[test]
fn what_is_stamped_after_the_clock_was_read_waits() {
    let (mut a, ring) = Producer::new();
    let future = sys::boottime_ns() + 200_000_000;
    a.write(10, 0, 0);
    a.write(future, 0, 0);
    let mut merger = Merger::new(vec![ring]);
    assert_eq!(times(&mut merger), [10]);
    assert!(a.consumer() < a.position, "the waiting record's space must not be given back");
    std::thread::sleep(std::time::Duration::from_millis(250));
    assert_eq!(times(&mut merger), [future]);
}

#[test]
fn a_record_stamped_late_in_its_ring_keeps_its_space() {
    let (mut a, ring) = Producer::new();
    let future = sys::boottime_ns() + 200_000_000;
    // Reserved first, stamped last: its program was preempted in between.
    a.write(future, 0, 0);
    a.write(20, 0, 0);
    a.write(30, 0, 0);
    let mut merger = Merger::new(vec![ring]);
    assert_eq!(times(&mut merger), [20, 30]);
    assert_eq!(a.consumer(), 0);
    std::thread::sleep(std::time::Duration::from_millis(250));
    assert_eq!(times(&mut merger), [future]);
    assert_eq!(a.consumer(), a.position);
}

#[test]
fn discarded_records_are_skipped() {
    let (mut a, ring) = Producer::new();
    a.write(1, 0, 0);
    a.write(2, 0, DISCARD);
    a.write(3, 0, 0);
    assert_eq!(times(&mut Merger::new(vec![ring])), [1, 3]);
}

#[test]
fn a_record_being_written_stalls_for_a_bounded_time_and_counts_as_late() {
    let (mut a, ring_a) = Producer::new();
    let (mut b, ring_b) = Producer::new();
    let busy = a.write(5, 0, BUSY);
    b.write(7, 0, 0);
    let mut merger = Merger::new(vec![ring_a, ring_b]);
    let began = std::time::Instant::now();
    assert_eq!(times(&mut merger), [7]);
    assert!(began.elapsed().as_millis() >= 10);
    assert_eq!(merger.stalls, 1);
    assert_eq!(times(&mut merger), [] as [u64; 0], "given up once, it is not waited for again");
    assert_eq!(merger.stalls, 1);
    a.header(busy, 40);
    assert_eq!(drain(&mut merger), [(5, true)]);
    assert_eq!(merger.late, 1);
}

#[test]
fn a_growing_loss_count_marks_the_gap_where_it_happened() {
    let (mut a, ring) = Producer::new();
    for (ts, lost) in [(1, 0), (2, 3), (3, 3), (4, 4)] {
        a.write(ts, lost, 0);
    }
    assert_eq!(drain(&mut Merger::new(vec![ring])), [(1, false), (2, true), (3, false), (4, true)]);
}

#[test]
fn more_than_a_batch_comes_out_whole() {
    let (mut a, ring_a) = Producer::new();
    let (mut b, ring_b) = Producer::new();
    let mut merger = Merger::new(vec![ring_a, ring_b]);
    let mut seen = Vec::new();
    for round in 0..20 {
        for i in 0..600 {
            let ts = 1 + round * 1200 + 2 * i;
            a.write(ts, 0, 0);
            b.write(ts + 1, 0, 0);
        }
        seen.extend(times(&mut merger));
    }
    assert_eq!(seen, (1..=24_000).collect::<Vec<_>>());
}
