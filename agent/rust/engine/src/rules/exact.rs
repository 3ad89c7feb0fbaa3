//! Which of many texts is this one?

use rustc_hash::FxHashMap;

/// A hash table that never changes. Most texts that are looked up are not in it, so what counts is how soon that is known.
#[derive(Debug)]
pub struct ExactTable {
    /// By hash: one more than the index of the first entry; 0: there is none. The length is a power of two.
    heads: Box<[u32]>,
    entries: Box<[Entry]>,
}

#[derive(Debug)]
struct Entry {
    text: Box<[u8]>,
    marks: Box<[u32]>,
    /// The next entry of the same hash, as in `heads`.
    next: u32,
}

impl ExactTable {
    /// Texts with their marks.
    pub fn new(texts: FxHashMap<Box<[u8]>, Vec<u32>>) -> ExactTable {
        let mut heads = vec![0u32; (texts.len() * 4).next_power_of_two()];
        let mut entries = Vec::with_capacity(texts.len());
        for (text, marks) in texts {
            let at = hash(&text) as usize & (heads.len() - 1);
            entries.push(Entry { text, marks: marks.into(), next: heads[at] });
            heads[at] = entries.len() as u32;
        }
        ExactTable { heads: heads.into(), entries: entries.into() }
    }

    /// The marks of a text; none when it is not in the table.
    #[inline]
    pub fn find(&self, text: &[u8]) -> &[u32] {
        let mut at = self.heads[hash(text) as usize & (self.heads.len() - 1)];
        while let Some(entry) = self.entries.get((at as usize).wrapping_sub(1)) {
            if *entry.text == *text {
                return &entry.marks;
            }
            at = entry.next;
        }
        &[]
    }
}

/// Of the length and both ends: names and paths that agree in all of these are rare, and cost a comparison only.
#[inline]
fn hash(text: &[u8]) -> u64 {
    let ends = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(23),
        _ => text.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    let mixed = u128::from(ends ^ text.len() as u64) * 0x9e37_79b9_7f4a_7c15;
    (mixed >> 64) as u64 ^ mixed as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_found_and_no_other() {
        let text = |n: u32| format!("{}{n}{}", "/usr/lib/".repeat(n as usize % 3), "x".repeat(n as usize % 11));
        let table = ExactTable::new((0..2000).map(|n| (text(n).into_bytes().into(), vec![n])).collect());
        for n in 0..4000 {
            let want = if n < 2000 { vec![n] } else { vec![] };
            assert_eq!(table.find(text(n).as_bytes()), want, "{}", text(n));
        }
        assert!(table.find(b"").is_empty());
    }

    #[test]
    fn an_empty_table_and_the_empty_text() {
        assert!(ExactTable::new(FxHashMap::default()).find(b"a").is_empty());
        let table = ExactTable::new(FxHashMap::from_iter([(Box::default(), vec![7])]));
        assert_eq!(table.find(b""), [7]);
        assert!(table.find(b"\0").is_empty());
    }
}
