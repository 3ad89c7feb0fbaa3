//! Little-endian numbers, counted strings and blocks appended to some bytes.

use super::block::{HEADER, TRAILER};

#[derive(Default)]
pub struct Put {
    pub out: Vec<u8>,
    /// Strings that were cut because readers do not accept longer ones.
    pub cut: u64,
}

impl Put {
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }

    pub fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }

    pub fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }

    pub fn i64(&mut self, value: i64) {
        self.bytes(&value.to_le_bytes());
    }

    /// A string after its 16-bit length, cut to `max` bytes.
    pub fn string(&mut self, text: &[u8], max: usize) {
        let kept = self.kept(text, max);
        self.u16(kept as u16);
        self.bytes(&text[..kept]);
    }

    /// The same for UTF-8, which is cut between two characters.
    pub fn text(&mut self, text: &str, max: usize) {
        let end = (0..=text.len().min(max)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        self.cut += u64::from(end < text.len());
        self.u16(end as u16);
        self.bytes(&text.as_bytes()[..end]);
    }

    /// NUL-terminated strings; one that is cut gets its NUL.
    pub fn list(&mut self, list: &[u8], max: usize) {
        self.string(list, max);
        if list.len() > max {
            if let Some(last) = self.out.last_mut() {
                *last = 0;
            }
        }
    }

    fn kept(&mut self, text: &[u8], max: usize) -> usize {
        self.cut += u64::from(text.len() > max);
        text.len().min(max)
    }

    /// An entry after its 32-bit length, which counts itself when `inclusive`.
    pub fn entry(&mut self, inclusive: bool, write: impl FnOnce(&mut Put)) {
        let start = self.out.len();
        self.u32(0);
        write(self);
        let len = self.out.len() - start - if inclusive { 0 } else { 4 };
        self.out[start..start + 4].copy_from_slice(&(len as u32).to_le_bytes());
    }

    /// Begin a block; the result is for [`Put::end_block`].
    pub fn begin_block(&mut self, number: u32) -> usize {
        let start = self.out.len();
        self.u32(number);
        self.u32(0);
        start
    }

    /// Pad the block to whole words and write its length at both ends.
    pub fn end_block(&mut self, start: usize) {
        let body = self.out.len() - start - HEADER;
        let padding = body.next_multiple_of(4) - body;
        self.bytes(&[0; 4][..padding]);
        let len = (self.out.len() - start + TRAILER) as u32;
        self.out[start + 4..start + HEADER].copy_from_slice(&len.to_le_bytes());
        self.u32(len);
    }
}
