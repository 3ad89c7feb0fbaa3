//! Which layer of an overlay file system a file lies in.
//!
//! The kernel does not say. But the lower layers do not change once the upper one is there, and what is written afterwards, copied up or new,
//! is born in the upper one. So a file is of the upper layer if it is not older than that layer's root, whose time of birth is the one that
//! the root of the whole file system shows. Where the file system below keeps no such times, a file is of no layer.

use std::ffi::{CStr, CString};

use libc::pid_t;
use rustc_hash::FxHashMap;

use crate::state::procfs::Dir;

const MOUNTS_LIMIT: usize = 1 << 20;
const MANY: usize = 4096;
const WANTED: u32 = libc::STATX_BASIC_STATS | libc::STATX_BTIME | libc::STATX_MNT_ID;

/// As enum layer of drivers/shared/file_facts.h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    None = 0,
    Upper = 1,
    Lower = 2,
}

/// Where a file system of that kind is mounted as a whole.
struct Overlay {
    mount: u64,
    point: Vec<u8>,
    /// One that can be written is among its layers.
    has_upper: bool,
}

/// What is to be said of a file on an overlay.
pub struct Place {
    pub layer: Layer,
    /// Number of the file system itself; a file may show that of the one below.
    pub device: (u32, u32),
}

/// Remembers the overlay of a mount. The numbers of mounts are used again, so that it is looked at each time.
#[derive(Default)]
pub struct Overlays(FxHashMap<u64, Overlay>);

impl Overlays {
    /// Of a file that a thread sees by this name, and what statx(2) says of it. `None`: it is on no overlay, or on one that is nowhere to be
    /// seen as a whole, or this is not to be known (before Linux 5.8).
    pub fn place(&mut self, tid: pid_t, name: &CStr, file: &libc::statx) -> Option<Place> {
        let kind = u32::from(file.stx_mode) & libc::S_IFMT;
        // An overlay is on no device, and what lies on none is mostly a pipe or a socket.
        if file.stx_dev_major != 0 || !matches!(kind, libc::S_IFREG | libc::S_IFDIR) {
            return None;
        }
        let mount = (file.stx_mask & libc::STATX_MNT_ID != 0).then_some(file.stx_mnt_id)?;
        let known = self.0.get(&mount).and_then(|overlay| Some((overlay.has_upper, overlay.root(tid)?)));
        let (has_upper, root) = match known {
            Some(known) => known,
            None => {
                if self.0.len() >= MANY {
                    self.0.clear();
                }
                self.0.remove(&mount);
                let overlay = is_overlay(name).then(|| look(tid, mount)).flatten()?;
                let root = overlay.root(tid)?;
                let has_upper = overlay.has_upper;
                self.0.insert(mount, overlay);
                (has_upper, root)
            }
        };
        Some(Place { layer: layer(has_upper, file, &root), device: (root.stx_dev_major, root.stx_dev_minor) })
    }
}

fn layer(has_upper: bool, file: &libc::statx, root: &libc::statx) -> Layer {
    let born = |told: &libc::statx| {
        (told.stx_mask & libc::STATX_BTIME != 0).then_some((told.stx_btime.tv_sec, told.stx_btime.tv_nsec))
    };
    match (has_upper, born(file), born(root)) {
        (false, ..) => Layer::Lower,
        (true, Some(file), Some(root)) if file < root => Layer::Lower,
        (true, Some(_), Some(_)) => Layer::Upper,
        _ => Layer::None,
    }
}

fn is_overlay(name: &CStr) -> bool {
    // SAFETY: plain data; all zeros are a valid value.
    let mut told: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the name ends with a NUL, and the structure is valid for the call.
    let failed = unsafe { libc::statfs(name.as_ptr(), &mut told) != 0 };
    !failed && told.f_type as i64 == i64::from(libc::OVERLAYFS_SUPER_MAGIC as i32)
}

impl Overlay {
    /// What statx(2) says of its root; `None` when something else is there now.
    fn root(&self, tid: pid_t) -> Option<libc::statx> {
        let name = CString::new([format!("/proc/{tid}/root").as_bytes(), &self.point].concat()).ok()?;
        // SAFETY: plain data; all zeros are a valid value.
        let mut told: libc::statx = unsafe { std::mem::zeroed() };
        // SAFETY: the name ends with a NUL, and the structure is valid for the call.
        let failed =
            unsafe { libc::statx(libc::AT_FDCWD, name.as_ptr(), libc::AT_STATX_DONT_SYNC, WANTED, &mut told) != 0 };
        let same = !failed && told.stx_mask & libc::STATX_MNT_ID != 0 && told.stx_mnt_id == self.mount;
        same.then_some(told)
    }
}

fn look(tid: pid_t, mount: u64) -> Option<Overlay> {
    let dir = Dir::open(format!("/proc/{tid}").as_ref())?;
    let text = dir.read(c"mountinfo", MOUNTS_LIMIT)?;
    let lines: Vec<Line> = text.split(|byte| *byte == b'\n').filter_map(Line::parse).collect();
    let own = lines.iter().find(|line| line.id == mount && line.kind == b"overlay")?;
    let has_upper = own.options.split(|byte| *byte == b',').any(|option| option.starts_with(b"upperdir="));
    // What is mounted may be a part; the whole is mounted, too, where a container is.
    let whole = lines.iter().find(|line| line.device == own.device && line.root == b"/")?;
    Some(Overlay { mount: whole.id, point: unescaped(whole.point), has_upper })
}

/// proc_pid_mountinfo(5).
struct Line<'a> {
    id: u64,
    device: &'a [u8],
    root: &'a [u8],
    point: &'a [u8],
    kind: &'a [u8],
    options: &'a [u8],
}

impl Line<'_> {
    fn parse(line: &[u8]) -> Option<Line<'_>> {
        let mut words = line.split(|byte| *byte == b' ');
        let id = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
        let (device, root, point) = (words.nth(1)?, words.next()?, words.next()?);
        let mut rest = words.skip_while(|word| *word != b"-").skip(1);
        let kind = rest.next()?;
        Some(Line { id, device, root, point, kind, options: rest.nth(1)? })
    }
}

/// Blanks and backslashes in it are octal numbers.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let digits = behind.get(..3).filter(|digits| digits.iter().all(|digit| (b'0'..b'8').contains(digit)));
        match digits.filter(|_| *first == b'\\') {
            Some(digits) => {
                out.push(digits.iter().fold(0u32, |number, digit| number * 8 + u32::from(digit - b'0')) as u8);
                rest = &behind[3..];
            }
            None => {
                out.push(*first);
                rest = behind;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_whatever_optional_fields_it_has() {
        let line =
            Line::parse(b"36 35 0:51 /sub /a\\040b rw,noatime master:1 shared:2 - overlay overlay rw,upperdir=/u");
        let line = line.unwrap();
        assert_eq!((line.id, line.device, line.root), (36, &b"0:51"[..], &b"/sub"[..]));
        assert_eq!(
            (unescaped(line.point), line.kind, line.options),
            (b"/a b".to_vec(), &b"overlay"[..], &b"rw,upperdir=/u"[..])
        );
        for broken in [&b""[..], b"x", b"36 35 0:51 / /a rw", b"36 35 0:51 / /a rw - overlay"] {
            assert!(Line::parse(broken).is_none());
        }
    }

    #[test]
    fn what_is_no_octal_number_stays() {
        assert_eq!(unescaped(b"\\04\\x\\"), b"\\04\\x\\");
        assert_eq!(unescaped(b"\\134\\777"), b"\\\xff");
    }
}
