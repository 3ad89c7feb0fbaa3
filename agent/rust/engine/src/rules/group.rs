//! Many checks of one operand answered by one search.

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;

use super::paths::PathTrie;
use super::plan::{Check, Literal, Modifier, Op, Rhs};
use super::predicate::unhex;
use super::prefixes::PrefixTrie;

/// How a group searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// `=`, `!=`, `in`, `intersects` with text: one hash look-up.
    Exact,
    /// `startswith`: one walk of a trie.
    Prefix,
    /// `endswith`: one walk of a trie, from the end.
    Suffix,
    /// `contains`: one pass of an automaton.
    Substring,
    /// `pmatch`: one walk of a trie of path components.
    Path,
}

/// Patterns in a group below which testing each check alone is cheaper.
impl GroupKind {
    pub fn worthwhile(self, patterns: usize) -> bool {
        match self {
            GroupKind::Exact => patterns > 1,
            GroupKind::Prefix | GroupKind::Suffix => patterns > 3,
            GroupKind::Substring => patterns > 2,
            GroupKind::Path => true,
        }
    }
}

/// What one check looks for.
pub type Patterns = Vec<Box<[u8]>>;

/// The group a check can join, and its patterns; `None` when it must be tested alone.
pub fn candidate(check: &Check) -> Option<(GroupKind, Patterns)> {
    let Rhs::Values(values) = &check.rhs else { return None };
    if matches!(check.modifier, Some(Modifier::Allof | Modifier::Oneof)) {
        return None;
    }
    let kind = match check.op {
        Op::Eq | Op::In | Op::Intersects => GroupKind::Exact,
        // "differs from any of" is not the negation of "equals any of".
        Op::Ne if check.modifier.is_none() => GroupKind::Exact,
        Op::Startswith | Op::Bstartswith => GroupKind::Prefix,
        Op::Endswith => GroupKind::Suffix,
        Op::Contains | Op::Bcontains => GroupKind::Substring,
        Op::Pmatch => GroupKind::Path,
        _ => return None,
    };
    let patterns = values.iter().map(|v| match v {
        Literal::S(s) => Some(s.as_bytes().into()),
        Literal::Hex(h) => unhex(h).ok().map(Into::into),
        _ => None,
    });
    Some((kind, patterns.collect::<Option<Vec<_>>>()?))
}

/// A compiled group. A search sets one bit for each check that holds.
#[derive(Debug)]
pub struct Group {
    pub operand: u32,
    /// First word of the group's bits in the scratch space, and how many.
    pub first_word: usize,
    pub words: usize,
    search: Search,
}

#[derive(Debug)]
enum Search {
    Exact(FxHashMap<Box<[u8]>, Box<[u32]>>),
    Prefix(PrefixTrie),
    Suffix(PrefixTrie),
    Substring(Box<AhoCorasick>, Box<[Box<[u32]>]>),
    Path(PathTrie),
}

impl Group {
    /// `members`: the patterns of each check, by its mark. `None` when the automaton cannot be built (too large).
    pub fn new(kind: GroupKind, operand: u32, first_word: usize, members: &[Patterns]) -> Option<Group> {
        let marked = || members.iter().enumerate().flat_map(|(mark, ps)| ps.iter().map(move |p| (p, mark as u32)));
        let by_pattern = || {
            let mut map: FxHashMap<Box<[u8]>, Vec<u32>> = FxHashMap::default();
            for (pattern, mark) in marked() {
                map.entry(pattern.clone()).or_default().push(mark);
            }
            map
        };
        let search = match kind {
            GroupKind::Exact => {
                Search::Exact(by_pattern().into_iter().map(|(p, marks)| (p, marks.into_boxed_slice())).collect())
            }
            GroupKind::Prefix => {
                let mut trie = PrefixTrie::new();
                marked().for_each(|(p, mark)| trie.insert(p.iter(), mark));
                Search::Prefix(trie)
            }
            GroupKind::Suffix => {
                let mut trie = PrefixTrie::new();
                marked().for_each(|(p, mark)| trie.insert(p.iter().rev(), mark));
                Search::Suffix(trie)
            }
            GroupKind::Path => {
                let mut trie = PathTrie::new();
                marked().for_each(|(p, mark)| trie.insert(p, mark));
                Search::Path(trie)
            }
            GroupKind::Substring => {
                let (patterns, marks): (Vec<_>, Vec<_>) = by_pattern().into_iter().unzip();
                let automaton = AhoCorasick::new(&patterns).ok()?;
                Search::Substring(Box::new(automaton), marks.into_iter().map(Vec::into_boxed_slice).collect())
            }
        };
        Some(Group { operand, first_word, words: members.len().div_ceil(64), search })
    }

    /// Set the bit of every check that holds for `text`.
    #[inline]
    pub fn search(&self, text: &[u8], bits: &mut [u64]) {
        let mut set = |mark: u32| {
            if let Some(word) = bits.get_mut((mark >> 6) as usize) {
                *word |= 1 << (mark & 63);
            }
        };
        match &self.search {
            Search::Exact(map) => {
                if let Some(marks) = map.get(text) {
                    marks.iter().for_each(|&m| set(m));
                }
            }
            Search::Prefix(trie) => trie.search(text.iter(), &mut set),
            Search::Suffix(trie) => trie.search(text.iter().rev(), &mut set),
            Search::Path(trie) => trie.search(text, &mut set),
            Search::Substring(automaton, marks) => {
                for found in automaton.find_overlapping_iter(text) {
                    marks[found.pattern().as_usize()].iter().for_each(|&m| set(m));
                }
            }
        }
    }
}
