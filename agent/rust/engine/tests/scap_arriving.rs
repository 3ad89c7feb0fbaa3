//! A file that comes through a pipe bit by bit is the same file.

mod scap_files;

use std::io::{self, Read, Write};
use std::path::Path;

use flate2::write::GzEncoder;
use scap_files::read;

/// Gives a few bytes at a time, and every other time says that nothing has come.
struct Slow<'a> {
    bytes: &'a [u8],
    piece: usize,
    ready: bool,
}

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.ready = !self.ready;
        if !self.ready {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = self.piece.min(into.len()).min(self.bytes.len());
        let (now, later) = self.bytes.split_at(count);
        into[..count].copy_from_slice(now);
        self.bytes = later;
        Ok(count)
    }
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes()[..], &len, body, &len].concat()
}

/// Section, machine, users, a process, a block of unknown type, then events.
fn file() -> Vec<u8> {
    let section = [&0x1A2B_3C4Du32.to_le_bytes()[..], &[1, 0, 2, 0], &[0xff; 8]].concat();
    let user = [&[27, 0, 0, 0, 0][..], &[5, 0, 0, 0, 6, 0, 0, 0], b"\x03\0ann\x03\0/an\x02\0sh\0\0"].concat();
    let mut bytes = [block(0x0A0D_0D0A, &section), block(0x201, &[7; 180]), block(0x220, &user[..28])].concat();
    bytes.extend(block(0x7777, &[1; 1000]));
    for number in 0..40u8 {
        // close, with a result and a descriptor.
        let mut event =
            [&[number; 8][..], &9u64.to_le_bytes()[..], &46u32.to_le_bytes()[..], &5u16.to_le_bytes()[..]].concat();
        event.extend([2, 0, 0, 0, 8, 0, 8, 0]);
        event.extend([0; 16]);
        bytes.extend(block(0x216, &[&[0, 0][..], &event].concat()));
    }
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn arrives(bytes: &[u8], piece: usize) {
    let whole = read(bytes);
    let slow = read(Slow { bytes, piece, ready: false });
    assert_eq!(format!("{:?}", slow.items), format!("{:?}", whole.items), "in pieces of {piece}");
    assert_eq!(slow.failure(), whole.failure(), "in pieces of {piece}");
    assert_eq!(slow.counters, whole.counters, "in pieces of {piece}");
}

#[test]
fn pieces_of_any_size_make_the_same_file() {
    let plain = file();
    assert_eq!(read(&plain[..]).failure(), "");
    assert_eq!(read(&plain[..]).events().len(), 40);
    let cut = plain[..plain.len() - 20].to_vec();
    let two = [gzip(&plain), gzip(&plain)].concat();
    for bytes in [plain.clone(), cut, gzip(&plain), two, [&plain[..], &plain].concat()] {
        for piece in [1, 2, 3, 7, 50, 1000] {
            arrives(&bytes, piece);
        }
    }
}

#[test]
fn recorded_files_arrive_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/captures");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "scap"))
    {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() < 1 << 20 {
            arrives(&bytes, 777);
        }
    }
}
