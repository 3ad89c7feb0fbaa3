//! Which layer of an overlay file system a file lies in.
//!
//! The kernel does not say. But the lower layers do not change once the upper one is there, and what is written afterwards, copied up or new,
//! is born in the upper one. So a file is of the upper layer if it is not older than that layer's root, whose time of birth is the one that
//! the root of the whole file system shows. Where the file system below keeps no such times, a file is of no layer.

use std::ffi::CString;
use std::time::{Duration, Instant};

use libc::pid_t;
use rustc_hash::FxHashMap;

use super::mounts::Mounts;

const MANY: usize = 4096;
/// How long a mount counts as none of these.
const NONE_HOLDS: Duration = Duration::from_secs(1);
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
pub struct Overlays {
    known: FxHashMap<u64, Overlay>,
    others: FxHashMap<u64, Instant>,
}

impl Overlays {
    /// Of a file that a thread sees by this name, and what statx(2) says of it. `None`: it is on no overlay, or on one that is nowhere to be
    /// seen as a whole, or this is not to be known (before Linux 5.8).
    pub fn place(&mut self, tid: pid_t, file: &libc::statx, mounts: &mut Mounts) -> Option<Place> {
        let kind = u32::from(file.stx_mode) & libc::S_IFMT;
        // An overlay is on no device, and what lies on none is mostly a pipe or a socket.
        if file.stx_dev_major != 0 || !matches!(kind, libc::S_IFREG | libc::S_IFDIR) {
            return None;
        }
        let mount = (file.stx_mask & libc::STATX_MNT_ID != 0).then_some(file.stx_mnt_id)?;
        let known = self.known.get(&mount).and_then(|overlay| Some((overlay.has_upper, overlay.root(tid)?)));
        let (has_upper, root) = match known {
            Some(known) => known,
            None => {
                self.known.remove(&mount);
                if self.others.get(&mount).is_some_and(|since| since.elapsed() < NONE_HOLDS) {
                    return None;
                }
                let found = look(tid, mount, mounts).and_then(|overlay| overlay.root(tid).map(|root| (overlay, root)));
                let Some((overlay, root)) = found else {
                    if self.others.len() >= MANY {
                        self.others.clear();
                    }
                    self.others.insert(mount, Instant::now());
                    return None;
                };
                if self.known.len() >= MANY {
                    self.known.clear();
                }
                let has_upper = overlay.has_upper;
                self.known.insert(mount, overlay);
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

/// The file system is not asked, which may be one that does not answer.
fn look(tid: pid_t, mount: u64, mounts: &mut Mounts) -> Option<Overlay> {
    let table = mounts.of(tid)?;
    let own = table.mounts.iter().find(|one| one.id == mount && one.kind == b"overlay")?;
    let has_upper = own.options.split(|byte| *byte == b',').any(|option| option.starts_with(b"upperdir="));
    // What is mounted may be a part; the whole is mounted, too, where a container is.
    let whole = table.mounts.iter().find(|one| one.device == own.device && one.root == b"/")?;
    table.walkable(&whole.point).then(|| Overlay { mount: whole.id, point: whole.point.clone(), has_upper })
}
