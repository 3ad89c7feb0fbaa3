//! Which layer of an overlay file system a file lies in.
//!
//! The kernel does not say. But the lower layers do not change once the upper one is there, and what is written afterwards, copied up or new,
//! is born in the upper one. So a file is of the upper layer if it is not older than that layer's root, whose time of birth is the one that
//! the root of the whole file system shows. Where the file system below keeps no such times, a file is of no layer.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use libc::pid_t;
use rustc_hash::FxHashMap;

use crate::state::procfs::Dir;

const MOUNTS_LIMIT: usize = 1 << 20;
/// A mount that goes leaves its number to another.
const LIFETIME: Duration = Duration::from_secs(1);
const MANY: usize = 4096;

/// As enum layer of drivers/shared/file_facts.h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    None = 0,
    Upper = 1,
    Lower = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mount {
    NoOverlay,
    /// Without a layer that can be written.
    LowerOnly,
    /// The upper layer's root was born then: seconds and nanoseconds.
    Born(i64, u32),
}

/// Remembers mounts for a moment.
#[derive(Default)]
pub struct Overlays(FxHashMap<u64, (Instant, Mount)>);

impl Overlays {
    /// Of a file that a thread sees, by what statx(2) says of it when asked for times of birth and the mount (Linux 5.8).
    pub fn layer(&mut self, tid: pid_t, file: &libc::statx) -> Layer {
        // An overlay is on no device.
        if file.stx_dev_major != 0 || file.stx_mask & libc::STATX_MNT_ID == 0 {
            return Layer::None;
        }
        match self.mount(tid, file.stx_mnt_id) {
            Mount::NoOverlay => Layer::None,
            Mount::LowerOnly => Layer::Lower,
            _ if file.stx_mask & libc::STATX_BTIME == 0 => Layer::None,
            Mount::Born(seconds, nanoseconds) => {
                if (file.stx_btime.tv_sec, file.stx_btime.tv_nsec) >= (seconds, nanoseconds) {
                    Layer::Upper
                } else {
                    Layer::Lower
                }
            }
        }
    }

    fn mount(&mut self, tid: pid_t, id: u64) -> Mount {
        let now = Instant::now();
        if let Some((since, mount)) = self.0.get(&id) {
            if now.duration_since(*since) < LIFETIME {
                return *mount;
            }
        }
        if self.0.len() >= MANY {
            self.0.clear();
        }
        let mount = look(tid, id).unwrap_or(Mount::NoOverlay);
        self.0.insert(id, (now, mount));
        mount
    }
}

fn look(tid: pid_t, id: u64) -> Option<Mount> {
    let dir = Dir::open(format!("/proc/{tid}").as_ref())?;
    let text = dir.read(c"mountinfo", MOUNTS_LIMIT)?;
    let lines: Vec<Line> = text.split(|byte| *byte == b'\n').filter_map(Line::parse).collect();
    let own = lines.iter().find(|line| line.id == id)?;
    if own.kind != b"overlay" {
        return Some(Mount::NoOverlay);
    }
    if !own.options.split(|byte| *byte == b',').any(|option| option.starts_with(b"upperdir=")) {
        return Some(Mount::LowerOnly);
    }
    // What is mounted may be a part; the whole is mounted, too, where a container is.
    let whole = lines.iter().find(|line| line.device == own.device && line.root == b"/")?;
    let point = unescaped(whole.point);
    let root = Path::new("/proc").join(format!("{tid}/root")).join(OsStr::from_bytes(point.strip_prefix(b"/")?));
    let path = CString::new(root.as_os_str().as_bytes()).ok()?;
    // SAFETY: plain data; all zeros are a valid value.
    let mut told: libc::statx = unsafe { std::mem::zeroed() };
    let wanted = libc::STATX_BTIME | libc::STATX_MNT_ID;
    // SAFETY: the path ends with a NUL, and the structure is valid for the call.
    let failed =
        unsafe { libc::statx(libc::AT_FDCWD, path.as_ptr(), libc::AT_STATX_DONT_SYNC, wanted, &mut told) != 0 };
    // Something else may be mounted over it.
    let same = !failed && told.stx_mask & wanted == wanted && told.stx_mnt_id == whole.id;
    same.then_some(Mount::Born(told.stx_btime.tv_sec, told.stx_btime.tv_nsec))
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
