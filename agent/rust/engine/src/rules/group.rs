//! Many checks of one operand answered by one search.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use rustc_hash::FxHashMap;

use super::exact::ExactTable;
use super::paths::PathTrie;
use super::plan::{Check, Literal, Modifier, Op, Rhs};
use super::predicate::unhex;
use super::prefixes::PrefixTrie;

/// How a group searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// `=`, `!=`, `in`, `intersects` with text: one hash look-up.
    Exact,
    /// The same with numbers.
    Number,
    /// `startswith`: one walk of a trie.
    Prefix,
    /// `endswith`: one walk of a trie, from the end.
    Suffix,
    /// `contains`: one pass of an automaton.
    Substring,
    /// `icontains`: the same, ASCII case ignored.
    Caseless,
    /// `pmatch`: one walk of a trie of path components.
    Path,
}

impl GroupKind {
    /// Patterns in a group below which testing each check alone is cheaper.
    pub fn worthwhile(self, patterns: usize) -> bool {
        match self {
            GroupKind::Exact => patterns > 1,
            GroupKind::Prefix | GroupKind::Suffix | GroupKind::Number => patterns > 3,
            GroupKind::Substring | GroupKind::Caseless => patterns > 2,
            GroupKind::Path => true,
        }
    }

    /// Searching costs more than remembering what was found in the same text before.
    pub fn is_remembered(self) -> bool {
        !matches!(self, GroupKind::Exact | GroupKind::Number)
    }

    /// How often one of the patterns is found, guessed, when two values are the same this often.
    pub fn truth(self, patterns: &Patterns, sameness: f32) -> f32 {
        let one = |pattern: &[u8]| match self {
            GroupKind::Exact | GroupKind::Number => sameness,
            // The deeper a folder, the fewer files are below it.
            GroupKind::Prefix | GroupKind::Path => {
                0.25f32.powi(pattern.iter().filter(|byte| **byte == b'/').count().clamp(1, 5) as i32)
            }
            GroupKind::Suffix | GroupKind::Substring | GroupKind::Caseless => match pattern.len() {
                0..=2 => 0.2,
                3..=5 => 0.03,
                _ => 0.01,
            },
        };
        patterns.iter().map(|pattern| one(pattern)).sum::<f32>().min(0.9)
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
        Op::Icontains => GroupKind::Caseless,
        Op::Pmatch => GroupKind::Path,
        _ => return None,
    };
    let numbers = kind == GroupKind::Exact && matches!(values.first(), Some(Literal::U(_) | Literal::I(_)));
    let patterns = values.iter().map(|v| match v {
        Literal::U(n) if numbers => Some(number(i128::from(*n)).into()),
        Literal::I(n) if numbers => Some(number(i128::from(*n)).into()),
        Literal::S(s) if !numbers => Some(s.as_bytes().into()),
        Literal::Hex(h) if !numbers => unhex(h).ok().map(Into::into),
        _ => None,
    });
    Some((if numbers { GroupKind::Number } else { kind }, patterns.collect::<Option<Vec<_>>>()?))
}

/// A number as the bytes that groups look up.
#[inline]
pub fn number(n: i128) -> [u8; 16] {
    n.to_le_bytes()
}

/// All groups of one operand. They are searched together, at most once an event.
#[derive(Debug)]
pub struct Subject {
    pub operand: u32,
    /// First word of the subject's bits in the scratch space, and how many.
    pub first_word: usize,
    pub words: usize,
    /// For one of the groups, see [`GroupKind::is_remembered`].
    pub remembered: bool,
    /// What one search costs with the extraction of its value, in comparisons of a number.
    pub cost: f32,
    groups: Vec<Group>,
}

impl Subject {
    pub fn new(operand: u32, operand_cost: u32, first_word: usize) -> Subject {
        let cost = operand_cost as f32 + 2.0;
        Subject { operand, first_word, words: 0, remembered: false, cost, groups: Vec::new() }
    }

    /// Add a group; its first word in the scratch space. `None` when its automaton cannot be built (too large).
    pub fn add(&mut self, kind: GroupKind, members: &[Patterns]) -> Option<usize> {
        let search = Search::new(kind, members)?;
        let (first, words) = (self.words, members.len().div_ceil(64));
        self.remembered |= kind.is_remembered();
        self.words += words;
        self.groups.push(Group { first, words, search });
        Some(self.first_word + first)
    }

    /// Set the bit of every check that holds for `text` (of a number: its [`number`]).
    #[inline]
    pub fn search(&self, text: &[u8], bits: &mut [u64]) {
        for group in &self.groups {
            group.search.run(text, &mut bits[group.first..group.first + group.words]);
        }
    }
}

/// A compiled group. A search sets one bit for each check that holds.
#[derive(Debug)]
struct Group {
    /// First word of the group's bits in those of the subject, and how many.
    first: usize,
    words: usize,
    search: Search,
}

#[derive(Debug)]
enum Search {
    Exact(ExactTable),
    Prefix(PrefixTrie),
    Suffix(PrefixTrie),
    Substring(Box<AhoCorasick>, Box<[Box<[u32]>]>),
    Path(PathTrie),
}

impl Search {
    /// `members`: the patterns of each check, by its mark.
    fn new(kind: GroupKind, members: &[Patterns]) -> Option<Search> {
        let marked = || members.iter().enumerate().flat_map(|(mark, ps)| ps.iter().map(move |p| (p, mark as u32)));
        let by_pattern = || {
            let mut map: FxHashMap<Box<[u8]>, Vec<u32>> = FxHashMap::default();
            for (pattern, mark) in marked() {
                map.entry(pattern.clone()).or_default().push(mark);
            }
            map
        };
        Some(match kind {
            GroupKind::Exact | GroupKind::Number => Search::Exact(ExactTable::new(by_pattern())),
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
            GroupKind::Substring | GroupKind::Caseless => {
                let (patterns, marks): (Vec<_>, Vec<_>) = by_pattern().into_iter().unzip();
                let caseless = kind == GroupKind::Caseless;
                let automaton = AhoCorasickBuilder::new().ascii_case_insensitive(caseless).build(&patterns).ok()?;
                Search::Substring(Box::new(automaton), marks.into_iter().map(Vec::into_boxed_slice).collect())
            }
        })
    }

    #[inline]
    fn run(&self, text: &[u8], bits: &mut [u64]) {
        let mut set = |mark: u32| {
            if let Some(word) = bits.get_mut((mark >> 6) as usize) {
                *word |= 1 << (mark & 63);
            }
        };
        match self {
            Search::Exact(table) => table.find(text).iter().for_each(|&m| set(m)),
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
