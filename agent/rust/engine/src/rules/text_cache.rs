//! What a search found in a text, kept for the next time that the same text comes.
//!
//! Programs are few and open the same files again and again, so most searches have been made before.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// One slot a hash value: a newer text takes the slot of an older one, so the cache never grows.
#[derive(Debug)]
pub struct TextCache {
    slots: Box<[Slot]>,
    /// Bits found, `words` for each slot.
    bits: Box<[u64]>,
    words: usize,
}

#[derive(Debug, Clone, Default)]
struct Slot {
    hash: u64,
    used: bool,
    text: Vec<u8>,
}

impl TextCache {
    const SLOTS: usize = 1024;
    /// Longer texts are rare, and searching them is not what costs.
    const MAX_TEXT: usize = 512;

    /// For searches that fill `words` words.
    pub fn new(words: usize) -> TextCache {
        TextCache { slots: vec![Slot::default(); Self::SLOTS].into(), bits: vec![0; Self::SLOTS * words].into(), words }
    }

    /// Set `bits` to what `search` finds in `text`; it is given zeroed ones.
    #[inline]
    pub fn find(&mut self, text: &[u8], bits: &mut [u64], search: impl FnOnce(&mut [u64])) {
        if text.len() > Self::MAX_TEXT || bits.len() != self.words {
            bits.fill(0);
            return search(bits);
        }
        let mut hasher = FxHasher::default();
        hasher.write(text);
        let hash = hasher.finish();
        let at = (hash >> 20) as usize % Self::SLOTS;
        let slot = &mut self.slots[at];
        let kept = &mut self.bits[at * self.words..(at + 1) * self.words];
        if slot.used && slot.hash == hash && slot.text == text {
            bits.copy_from_slice(kept);
            return;
        }
        bits.fill(0);
        search(bits);
        kept.copy_from_slice(bits);
        slot.text.clear();
        slot.text.extend_from_slice(text);
        (slot.hash, slot.used) = (hash, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_searched_once_and_collisions_replace() {
        let mut cache = TextCache::new(1);
        let texts: Vec<Vec<u8>> = (0..5000u32).map(|n| n.to_string().into_bytes()).collect();
        let mut searches = 0;
        for _ in 0..2 {
            for (n, text) in texts.iter().enumerate() {
                for _ in 0..2 {
                    let mut bits = [u64::MAX];
                    cache.find(text, &mut bits, |bits| {
                        assert_eq!(bits, [0]);
                        searches += 1;
                        bits[0] = n as u64;
                    });
                    assert_eq!(bits, [n as u64]);
                }
            }
        }
        assert!((5000..=10_000).contains(&searches), "{searches} searches");
    }

    #[test]
    fn empty_and_long_texts() {
        let mut cache = TextCache::new(1);
        for text in [&b""[..], &[b'x'; 4096]] {
            for _ in 0..2 {
                let mut bits = [1];
                cache.find(text, &mut bits, |bits| bits[0] = 7);
                assert_eq!(bits, [7]);
            }
        }
    }
}
