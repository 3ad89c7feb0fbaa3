//! Paths as the kernel would resolve them by text alone: no link is followed.

use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::FxHasher;

use super::thread::Bytes;

/// AT_FDCWD of fcntl.h.
pub const AT_FDCWD: i64 = -100;
/// Stands for a directory that is not known.
pub const UNKNOWN_DIR: &[u8] = b"<UNKNOWN>";
/// PATH_MAX: the kernel takes no longer path from a process.
const MAX_PATH: usize = 4096;

/// Write `path`, seen from the directory `base`, into `out` as an absolute path without ".", ".." and "//".
///
/// An empty `base` is a directory that is not known: the result then starts with `<UNKNOWN>/`, and ".." components that
/// would leave it are kept. A trailing slash is dropped, but for the root's own.
pub fn resolve(base: &[u8], path: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let path = &path[..path.len().min(MAX_PATH)];
    if path.first() == Some(&b'/') {
        if is_normal(path) {
            out.extend_from_slice(path);
            return;
        }
    } else if base.first() == Some(&b'/') {
        push_components(base, 0, out);
    } else {
        out.extend_from_slice(UNKNOWN_DIR);
        let rest = base.strip_prefix(UNKNOWN_DIR).unwrap_or(&[]);
        push_components(rest, UNKNOWN_DIR.len(), out);
    }
    let floor = if out.starts_with(UNKNOWN_DIR) { UNKNOWN_DIR.len() } else { 0 };
    push_components(path, floor, out);
    if out.is_empty() {
        out.push(b'/');
    }
}

fn push_components(path: &[u8], floor: usize, out: &mut Vec<u8>) {
    for component in path.split(|b| *b == b'/') {
        match component {
            b"" | b"." => {}
            b".." => {
                let cut = memchr::memrchr(b'/', out).filter(|at| *at >= floor);
                match cut {
                    Some(at) if &out[at + 1..] != b".." => out.truncate(at),
                    _ if floor > 0 => out.extend_from_slice(b"/.."),
                    _ => {}
                }
            }
            name => {
                out.push(b'/');
                out.extend_from_slice(name);
            }
        }
    }
}

/// Whether an absolute path is already in the form that [`resolve`] gives.
pub fn is_normal(path: &[u8]) -> bool {
    if path.first() != Some(&b'/') || path.len() > MAX_PATH {
        return false;
    }
    // Nearly every path is settled by this one pass, which the compiler turns into vector instructions.
    let doubtful = path.iter().zip(&path[1..]).any(|(a, b)| *a == b'/' && (*b == b'/' || *b == b'.'));
    if !doubtful {
        return path.len() == 1 || path.last() != Some(&b'/');
    }
    let mut rest = path;
    while let Some(at) = memchr::memchr(b'/', rest) {
        rest = &rest[at + 1..];
        match rest {
            [] | [b'/', ..] | [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..] => return false,
            _ => {}
        }
    }
    true
}

/// The same directory with its trailing slash, as working directories are kept.
pub fn with_slash(dir: &[u8], out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(dir);
    if out.last() != Some(&b'/') {
        out.push(b'/');
    }
}

/// Shares the memory of names that come again and again (libraries, configuration files, programs).
///
/// One slot a hash value: a newer name takes the slot of an older one, so the cache never grows.
pub struct NameCache {
    slots: Box<[Option<Bytes>]>,
}

impl Default for NameCache {
    fn default() -> NameCache {
        NameCache { slots: vec![None; Self::SLOTS].into_boxed_slice() }
    }
}

impl NameCache {
    const SLOTS: usize = 2048;
    /// Longer names are rare enough not to be worth a slot.
    const MAX_NAME: usize = 256;

    pub fn get(&mut self, name: &[u8]) -> Bytes {
        if name.len() > Self::MAX_NAME {
            return Arc::from(name);
        }
        let mut hasher = FxHasher::default();
        hasher.write(name);
        let slot = &mut self.slots[(hasher.finish() >> 20) as usize % Self::SLOTS];
        match slot {
            Some(known) if **known == *name => known.clone(),
            _ => {
                let fresh: Bytes = Arc::from(name);
                *slot = Some(fresh.clone());
                fresh
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(base: &str, path: &str) -> String {
        let mut out = Vec::new();
        resolve(base.as_bytes(), path.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn absolute_paths_ignore_the_base() {
        assert_eq!(text("/tmp/", "/etc/shadow"), "/etc/shadow");
        assert_eq!(text("", "/etc/shadow"), "/etc/shadow");
    }

    #[test]
    fn dots_and_double_slashes_are_removed() {
        assert_eq!(text("/", "/etc/../etc//./shadow"), "/etc/shadow");
        assert_eq!(text("/", "/../../etc/"), "/etc");
        assert_eq!(text("/", "/.."), "/");
        assert_eq!(text("/", "//"), "/");
        assert_eq!(text("/", "/..."), "/...");
        assert_eq!(text("/", "/.hidden/..x"), "/.hidden/..x");
    }

    #[test]
    fn relative_paths_start_at_the_base() {
        assert_eq!(text("/root/", "x"), "/root/x");
        assert_eq!(text("/root", "../x"), "/x");
        assert_eq!(text("/", "x"), "/x");
        assert_eq!(text("/a/b/", ""), "/a/b");
        assert_eq!(text("/a/b/", "."), "/a/b");
    }

    #[test]
    fn an_unknown_base_stays_visible() {
        assert_eq!(text("", "x"), "<UNKNOWN>/x");
        assert_eq!(text("", "a/../../x"), "<UNKNOWN>/../x");
        assert_eq!(text("<UNKNOWN>/a", "../b"), "<UNKNOWN>/b");
    }

    #[test]
    fn normal_paths_are_recognised() {
        for path in ["/", "/a", "/a/b.c", "/.a", "/a/..b"] {
            assert!(is_normal(path.as_bytes()), "{path}");
        }
        for path in ["//", "/a/", "/a//b", "/./a", "/a/.", "/a/..", "/a/../b"] {
            assert!(!is_normal(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn the_cache_gives_the_same_memory_for_the_same_name() {
        let mut cache = NameCache::default();
        let first = cache.get(b"/lib/libc.so.6");
        let second = cache.get(b"/lib/libc.so.6");
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(&*cache.get(&[b'x'; 5000]), &[b'x'; 5000][..]);
    }
}
