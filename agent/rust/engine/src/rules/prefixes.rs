//! Many prefixes (or, read backwards, suffixes) against one text at once.

/// A byte trie; each prefix carries a mark.
#[derive(Debug)]
pub struct PrefixTrie {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// Bytes that follow and the node each leads to; few, so a scan beats a table.
    next: Vec<(u8, u32)>,
    marks: Vec<u32>,
}

impl PrefixTrie {
    pub fn new() -> PrefixTrie {
        PrefixTrie { nodes: vec![Node::default()] }
    }

    pub fn insert<'t>(&mut self, prefix: impl Iterator<Item = &'t u8>, mark: u32) {
        let mut at = 0usize;
        for &byte in prefix {
            let found = self.nodes[at].next.iter().find(|(b, _)| *b == byte).map(|(_, n)| *n as usize);
            at = found.unwrap_or_else(|| {
                let fresh = self.nodes.len();
                self.nodes[at].next.push((byte, fresh as u32));
                self.nodes.push(Node::default());
                fresh
            });
        }
        if !self.nodes[at].marks.contains(&mark) {
            self.nodes[at].marks.push(mark);
        }
    }

    /// Call `found` with the mark of each prefix of `text`.
    pub fn search<'t>(&self, mut text: impl Iterator<Item = &'t u8>, found: &mut impl FnMut(u32)) {
        let mut node = &self.nodes[0];
        loop {
            node.marks.iter().for_each(|&mark| found(mark));
            let Some(byte) = text.next() else { return };
            match node.next.iter().find(|(b, _)| b == byte) {
                Some((_, next)) => node = &self.nodes[*next as usize],
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PrefixTrie;

    #[test]
    fn reports_every_prefix() {
        let mut trie = PrefixTrie::new();
        for (mark, prefix) in ["/etc", "/et", "/etc/s", "/x", ""].iter().enumerate() {
            trie.insert(prefix.as_bytes().iter(), mark as u32);
        }
        let mut marks = Vec::new();
        trie.search(b"/etc/passwd".iter(), &mut |mark| marks.push(mark));
        marks.sort();
        assert_eq!(marks, [0, 1, 4]);
    }
}
