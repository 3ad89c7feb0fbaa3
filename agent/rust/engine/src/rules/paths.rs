//! `pmatch`: does a path equal one of many paths, or lie below one of them?

use rustc_hash::FxHashMap;

use super::glob::Glob;

/// A trie of path components. Each listed path carries a mark; a search reports the marks of every path that covers the value.
#[derive(Debug, Default)]
pub struct PathTrie {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    literal: FxHashMap<Box<[u8]>, u32>,
    globs: Vec<(Glob, u32)>,
    marks: Vec<u32>,
}

impl PathTrie {
    pub fn new() -> PathTrie {
        PathTrie { nodes: vec![Node::default()] }
    }

    /// Add a path; components with `?`, `*` or `[` are patterns.
    pub fn insert(&mut self, path: &[u8], mark: u32) {
        let mut at = 0usize;
        for component in components(path) {
            let fresh = self.nodes.len() as u32;
            let node = &mut self.nodes[at];
            let next = if component.iter().any(|c| matches!(c, b'?' | b'*' | b'[')) {
                node.globs.push((Glob::new(component, false), fresh));
                fresh
            } else {
                *node.literal.entry(component.into()).or_insert(fresh)
            };
            if next == fresh {
                self.nodes.push(Node::default());
            }
            at = next as usize;
        }
        if !self.nodes[at].marks.contains(&mark) {
            self.nodes[at].marks.push(mark);
        }
    }

    /// Call `found` with the mark of each listed path that is `path` or above it.
    pub fn search(&self, path: &[u8], found: &mut dyn FnMut(u32)) {
        self.walk(0, path, found);
    }

    fn walk(&self, at: usize, mut path: &[u8], found: &mut dyn FnMut(u32)) {
        let mut at = at;
        loop {
            let node = &self.nodes[at];
            node.marks.iter().for_each(|&mark| found(mark));
            let Some((component, rest)) = next_component(path) else {
                return;
            };
            for (glob, next) in &node.globs {
                if glob.matches(component) {
                    // The depth is bounded by the listed path, which the front end bounds.
                    self.walk(*next as usize, rest, found);
                }
            }
            match node.literal.get(component) {
                Some(&next) => {
                    at = next as usize;
                    path = rest;
                }
                None => return,
            }
        }
    }
}

fn next_component(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = path.iter().position(|&c| c != b'/')?;
    let path = &path[start..];
    let end = memchr::memchr(b'/', path).unwrap_or(path.len());
    Some((&path[..end], &path[end..]))
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&c| c == b'/').filter(|c| !c.is_empty())
}

#[cfg(test)]
mod tests {
    use super::PathTrie;

    fn covered(listed: &[&str], path: &str) -> bool {
        let mut trie = PathTrie::new();
        listed.iter().for_each(|p| trie.insert(p.as_bytes(), 0));
        let mut hit = false;
        trie.search(path.as_bytes(), &mut |_| hit = true);
        hit
    }

    #[test]
    fn covers_equal_paths_and_those_below() {
        assert!(covered(&["/etc"], "/etc"));
        assert!(covered(&["/etc"], "/etc/shadow"));
        assert!(covered(&["/etc/"], "etc//shadow/"));
        assert!(!covered(&["/etc"], "/etcetera"));
        assert!(!covered(&["/etc/ssh"], "/etc"));
        assert!(covered(&["/a/b", "/a"], "/a/c"));
        assert!(!covered(&[], "/a"));
        assert!(covered(&["/"], "/anything"));
    }

    #[test]
    fn components_may_be_patterns() {
        assert!(covered(&["/home/*/.ssh"], "/home/u/.ssh/id_rsa"));
        assert!(!covered(&["/home/*/.ssh"], "/home/u/x/.ssh"));
        assert!(covered(&["/proc/[0-9]*/mem", "/proc/self"], "/proc/12/mem"));
        assert!(covered(&["/home/*/a", "/home/u/b"], "/home/u/a"));
    }
}
