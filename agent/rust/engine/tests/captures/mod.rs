//! The folder of shared captures, and replaying what lies there.
#![allow(dead_code)] // Each test binary uses a part.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use engine::scap::{Item, Reader};
use engine::state::{State, StateConfig};

/// A file of the folder of shared captures; `None`, with the reason printed, when it is not there.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let root = std::env::var_os("AGENT_SHARED").map_or(root.join("../shared"), PathBuf::from);
    let path = root.join("captures").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// The uncompressed bytes of a file.
// Not every test that shares this file reads compressed text.
#[allow(dead_code)]
pub fn gunzip(path: &Path) -> Vec<u8> {
    let raw = std::fs::read(path).expect("readable");
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return raw;
    }
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(&raw[..]).read_to_end(&mut bytes).expect("whole");
    bytes
}

/// Replay a capture: `state` is as the file's lists say, then each event (cpu, flags, bytes) is given in order.
pub fn replay(path: &Path, mut each: impl FnMut(&mut State, u16, u32, &[u8])) {
    let mut reader = Reader::new(File::open(path).expect("readable"));
    let mut state = State::new(StateConfig::offline());
    while let Some(item) = reader.next().unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
        match item {
            Item::Event { cpu, flags, bytes, .. } => each(&mut state, cpu, flags, bytes),
            item => _ = item.load(&mut state),
        }
    }
}
