//! Memory follows the bytes that really come, not what a file claims. One test alone: it measures the whole process.

mod scap_files;

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use engine::scap::Reader;
use scap_files::*;

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Read to the end or the error; gives the error and how many bytes were allocated at most meanwhile.
fn peak(input: impl Read) -> (String, usize) {
    PEAK.store(NOW.load(Relaxed), Relaxed);
    let before = NOW.load(Relaxed);
    let mut reader = Reader::new(input);
    let error = loop {
        match reader.next() {
            Ok(Some(_)) => {}
            Ok(None) => break String::new(),
            Err(error) => break error.to_string(),
        }
    };
    (error, PEAK.load(Relaxed) - before)
}

#[test]
fn memory_is_bounded() {
    // Blocks that claim to have 4 GiB.
    let numbers = [
        0x201, 0x202, 0x203, 0x204, 0x205, 0x206, 0x208, 0x215, 0x216, 0x217, 0x218, 0x219, 0x220, 0x221, 0x222, 0x999,
        SECTION,
    ];
    for number in numbers {
        let mut file = FileBytes::new().0;
        file.extend_from_slice(&number.to_le_bytes());
        file.extend_from_slice(&0xffff_fff0u32.to_le_bytes());
        file.resize(100, 0);
        let (error, used) = peak(&file[..]);
        assert!(!error.is_empty() && used < 2 << 20, "block {number:#x}: {used} bytes, {error}");
    }
    // 1 GiB of zeros, compressed, in a block that is skipped; and as blocks of events that are refused.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let section = FileBytes::new().0;
    encoder.write_all(&section).unwrap();
    encoder.write_all(&[&0x999u32.to_le_bytes()[..], &(1u32 << 30).to_le_bytes()].concat()).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..1024 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 16 << 20);
    let (error, used) = peak(&bomb[..]);
    assert!(error.contains("bytes at its begin and 0 at its end") && used < 2 << 20, "{used} bytes, {error}");
    // A large event that is whole is kept whole, and no more than twice that.
    let large = event(1, engine::schema::code::PLUGINEVENT_E, &[&[0; 4], &vec![7; 10 << 20]]);
    let file = FileBytes::new().block(0x221, Body::new().u16(0).raw(&large));
    let (error, used) = peak(&file.0[..]);
    assert!(error.is_empty() && used < 36 << 20, "{used} bytes, {error}");
    // Enter events of more threads than there can be.
    let mut file = FileBytes::new();
    for tid in 0..400_000i64 {
        let read = event(tid, engine::schema::code::SYSCALL_READ_E, &[&3u64.to_le_bytes(), &4u32.to_le_bytes()]);
        file = file.event(&read);
    }
    let (error, used) = peak(&file.0[..]);
    assert!(error.is_empty() && used < 64 << 20, "{used} bytes, {error}");
}
