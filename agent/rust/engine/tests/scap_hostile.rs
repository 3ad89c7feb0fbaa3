//! Whatever the bytes: an end or an error, never a panic; all that came before damage is handed out.

mod captures;
mod scap_files;
#[path = "../../fuzz/src/seeds.rs"]
mod seeds;
#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::io::Write;
use std::path::Path;

use engine::error::Error;
use engine::scap::{Compression, Writer};
use engine::schema::code;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use scap_files::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file of today with lists and five events.
fn small() -> Vec<u8> {
    let (_, _, mut file) = seeds::all().into_iter().find(|(_, name, _)| name == "newest").unwrap();
    for tid in [1, 2] {
        file.extend_from_slice(&FileBytes(Vec::new()).event(&close(tid)).0);
    }
    file
}

/// Real files that are small and old; none where they are absent.
fn recorded() -> Vec<Vec<u8>> {
    let names = ["cat_write.scap", "test_ipv6_client.scap", "sample.scap"];
    names.iter().filter_map(|name| captures::shared(name)).map(|path| captures::gunzip(&path)).collect()
}

#[test]
fn the_committed_corpora_are_what_the_seeds_say() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let write = std::env::var_os("AGENT_WRITE_CORPORA").is_some();
    for (folder, name, bytes) in seeds::all() {
        let path = corpus.join(folder).join(&name);
        if write {
            std::fs::create_dir_all(corpus.join(folder)).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        let committed = std::fs::read(&path).unwrap_or_default();
        // Compressed bytes may differ between versions of the library.
        let same = captures_equal(&committed, &bytes);
        assert!(same, "{} is stale: run this test with AGENT_WRITE_CORPORA=1", path.display());
        match folder {
            "scap_reader" => targets::scap_reader(&bytes),
            _ => targets::event_decoder(&bytes),
        }
    }
}

fn captures_equal(one: &[u8], other: &[u8]) -> bool {
    let plain = |bytes: &[u8]| {
        let mut out = Vec::new();
        let mut decoder = flate2::read::MultiGzDecoder::new(bytes);
        if std::io::Read::read_to_end(&mut decoder, &mut out).is_err() {
            return bytes.to_vec();
        }
        out
    };
    plain(one) == plain(other)
}

#[test]
fn what_is_no_capture_file_is_said_to_be_none() {
    let text = read(&b"#!/bin/sh\necho this is a shell script\n"[..]).failure();
    assert!(text.contains("this is not a capture file: it does not begin with a section header"), "{text}");
    assert_eq!(read(&b""[..]).failure(), "block 1 (unknown type) at offset 0: this is not a capture file: it is empty");
    let section =
        |magic: u32, major: u16| FileBytes(Vec::new()).block(SECTION, Body::new().u32(magic).u16(major).u16(2).u64(0));
    let magic = section(0x1234_5678, 1).read().failure();
    assert!(magic.contains("its magic number is 0x12345678"), "{magic}");
    let swapped = section(0x4D3C_2B1A, 1).read().failure();
    assert!(swapped.contains("the other byte order"), "{swapped}");
    let newer = section(0x1A2B_3C4D, 2).read().failure();
    assert!(newer.contains("version 2 of the format; 1 is the newest known"), "{newer}");
    let empty = FileBytes::new().read().failure();
    assert!(empty.contains("the file ends, and it has no events"), "{empty}");
}

#[test]
fn a_file_cut_anywhere_gives_all_that_is_whole_and_then_says_where_it_ends() {
    let file = small();
    let whole = read(&file[..]);
    assert_eq!((whole.error.as_ref(), whole.counters.events), (None, 5));
    // Where a block ends, a file may end.
    let mut ends = Vec::new();
    let mut at = 0;
    while at < file.len() {
        at += u32::from_le_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        ends.push(at);
    }
    let events_before = |len: usize| ends[ends.len() - 6..].iter().skip(1).filter(|end| **end <= len).count();
    for len in 1..file.len() {
        let cut = read(&file[..len]);
        assert_eq!(cut.events().len(), events_before(len), "cut at {len}");
        let on_a_border = ends.contains(&len) && events_before(len) > 0;
        assert_eq!(cut.error.is_none(), on_a_border, "cut at {len}: {}", cut.failure());
        let block = ends.iter().filter(|end| **end <= len).count() + 1;
        if let (Some(Error::CaptureFile { block: said, .. }), false) = (&cut.error, ends.contains(&len)) {
            assert!(*said == block as u64 && cut.counters.truncated, "cut at {len}: {}", cut.failure());
        }
    }
    // Compressed: what the bytes at hand say comes out, whatever of it that is.
    let packed = gzip(&file);
    for len in 0..packed.len() {
        let cut = read(&packed[..len]);
        assert!(cut.error.is_some(), "cut at {len}");
    }
    let cut = read(&packed[..packed.len() - 4]);
    assert_eq!(cut.counters.events, 5, "only the check sum is missing");
    assert!(cut.failure().contains("the compressed data ends"), "{}", cut.failure());
}

#[test]
fn damage_in_compressed_data_is_found() {
    let mut packed = gzip(&small());
    let end = packed.len() - 8;
    packed[end] ^= 1;
    let damaged = read(&packed[..]);
    assert_eq!(damaged.counters.events, 5);
    assert!(damaged.failure().contains("the compressed data is damaged"), "{}", damaged.failure());
}

#[test]
fn gzip_members_follow_each_other_and_garbage_after_them_is_reported() {
    let file = small();
    let (one, two) = file.split_at(file.len() / 2);
    let packed = [gzip(one), gzip(b""), gzip(two)].concat();
    let whole = read(&packed[..]);
    assert_eq!((whole.error.as_ref(), whole.counters.events, whole.counters.trailing_garbage), (None, 5, false));
    let whole = read(&[&packed[..], &[0; 100]].concat()[..]);
    assert_eq!((whole.error.as_ref(), whole.counters.events, whole.counters.trailing_garbage), (None, 5, true));
}

#[test]
fn readers_that_give_little_at_a_time_make_no_difference() {
    struct Slow<'a>(&'a [u8]);
    impl std::io::Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let len = into.len().min(self.0.len()).min(1 + self.0.len() % 3);
            if self.0.len() % 5 == 4 && len > 0 {
                into[0] = self.0[0];
                self.0 = &self.0[1..];
                return Ok(1);
            }
            into[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }
    let file = small();
    for bytes in [file.clone(), gzip(&file)] {
        let slow = read(Slow(&bytes));
        assert_eq!((slow.error, slow.items.len()), (None, read(&file[..]).items.len()));
    }
}

#[test]
fn wrong_lengths_are_named() {
    let says = |file: FileBytes, text: &str| {
        let failure = file.read().failure();
        assert!(failure.contains(text), "{failure}");
    };
    let mut tiny = FileBytes::new();
    tiny.0.extend_from_slice(&[0x16, 2, 0, 0, 11, 0, 0, 0]);
    says(tiny, "block 2 (event) at offset 28: the block says it has 11 bytes, fewer than a block without content");
    let mut trailer = FileBytes::new().block(0x215, Body::new());
    *trailer.0.last_mut().unwrap() = 1;
    says(trailer, "12 bytes at its begin and 16777228 at its end");
    says(FileBytes::new().block(0x218, Body::new().u32(1)), "the list has no thread id");
    says(FileBytes::new().block(0x220, Body::new().u32(3)), "entry 1: an entry says it has 3 bytes");
    says(FileBytes::new().block(0x220, Body::new().u32(100)), "entry 1: the entry does not fit the block");
    says(FileBytes::new().block(EVENT, Body::new().u8(1)), "are too few for an event");
    says(FileBytes::new().block(EVENT, Body(vec![0; 65_540])), "65536 bytes of content at most");
    let mut long = close(1);
    long[16] += 50;
    says(FileBytes::new().event(&long), "the event says it has 96 bytes, and the block has room for 46");
    let mut param = close(1);
    param[26] += 1;
    says(FileBytes::new().event(&param), "the 2 parameters do not fit the event's 46 bytes");
    let mut many = close(1);
    many[22] = 41;
    says(FileBytes::new().event(&many), "the event has 41 parameters");
    says(
        FileBytes::new().event(&event(1, code::SYSCALL_CLOSE_X, &[&b""[..]; 3])),
        "has 3 parameters, and this version knows 2",
    );
    says(
        FileBytes::new().event(&event(1, code::SYSCALL_CLOSE_X, &[])),
        "no version of the SYSCALL_CLOSE_X event had 0",
    );
}

/// Bytes changed at some places.
fn mutated(file: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let len = file.len();
    let change = (0..len, prop_oneof![any::<u8>(), Just(0), Just(0xff), Just(1)]);
    (Just(file), proptest::collection::vec(change, 1..12), 0..len).prop_map(|(mut file, changes, cut)| {
        changes.into_iter().for_each(|(at, byte)| file[at] = byte);
        if cut % 4 == 0 {
            file.truncate(cut);
        }
        file
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_end_in_an_end_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        targets::scap_reader(&bytes);
        targets::scap_reader(&[&FileBytes::new().0[..], &bytes].concat());
        targets::event_decoder(&bytes);
    }

    #[test]
    fn random_blocks_do(number in prop_oneof![0x200u32..0x224, 0x8000u32..0x8016], body in proptest::collection::vec(prop_oneof![Just(0u8), Just(1), any::<u8>()], 0..300)) {
        let number = if number >= 0x8000 { number << 16 | 0xABCD } else { number };
        targets::scap_reader(&FileBytes::new().block(number, Body(body)).event(&close(1)).0);
    }

    #[test]
    fn mutated_events_do(code in 0..454usize, nparams in 0..40u32, bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let mut event = close(1);
        event[20..22].copy_from_slice(&(code as u16).to_le_bytes());
        event[22..26].copy_from_slice(&nparams.to_le_bytes());
        event.truncate(26);
        let width = if nparams % 2 == 0 { 0 } else { 1 };
        (0..nparams).for_each(|at| event.extend_from_slice(&[bytes.get(at as usize).copied().unwrap_or(0) % 12 * width, 0]));
        event.extend_from_slice(&bytes);
        let len = event.len() as u32;
        event[16..20].copy_from_slice(&len.to_le_bytes());
        targets::event_decoder(&event);
        targets::scap_reader(&FileBytes::new().event(&event).event(&close(1)).0);
    }
}

#[test]
fn mutated_files_end_in_an_end_or_an_error() {
    let mut files = recorded();
    files.push(small());
    files.extend(seeds::all().into_iter().filter(|(folder, ..)| *folder == "scap_reader").map(|(_, _, bytes)| bytes));
    for file in files {
        let cases = if file.len() > 100_000 { 20 } else { 200 };
        let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
        let mut runner = proptest::test_runner::TestRunner::new(config);
        runner
            .run(&mutated(file), |bytes| {
                targets::scap_reader(&bytes);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_writer_that_fails_says_so() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::from_raw_os_error(28))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for compression in [Compression::None, Compression::Gzip] {
        let writer = Writer::new(Full, compression).unwrap();
        let error = writer.finish().err().unwrap().to_string();
        assert!(error.contains("writing the capture file fails: No space left on device"), "{error}");
    }
}
