//! Files are opened.

use crate::event::Event;
use crate::schema::code;

use super::paths::{self, AT_FDCWD};
use super::thread::{no_bytes, Bytes};
use super::{Effects, Fd, FdKind, State};

/// PPM_O_* bits of the flag table `file_flags`.
pub(super) mod o {
    pub const WRONLY: u32 = 0x2;
    pub const CREAT: u32 = 0x4;
    pub const TRUNC: u32 = 0x100;
    pub const DIRECTORY: u32 = 0x400;
    pub const CLOEXEC: u32 = 0x1000;
    pub const UPPER_LAYER: u32 = 0x8000;
    pub const LOWER_LAYER: u32 = 0x1_0000;
}

/// Bits of the flag table `creat_flags`.
const CREAT_UPPER_LAYER: u64 = 1;
const CREAT_LOWER_LAYER: u64 = 2;

/// Where the parameters of one open call are.
struct Layout {
    dirfd: Option<usize>,
    name: usize,
    flags: usize,
    dev: usize,
    ino: usize,
}

fn layout(etype: u16) -> Layout {
    match etype {
        code::SYSCALL_OPEN_X => Layout { dirfd: None, name: 1, flags: 2, dev: 4, ino: 5 },
        code::SYSCALL_OPENAT2_X => Layout { dirfd: Some(1), name: 2, flags: 3, dev: 6, ino: 7 },
        code::SYSCALL_CREAT_X => Layout { dirfd: None, name: 1, flags: usize::MAX, dev: 3, ino: 4 },
        // The path is the kernel's own, absolute.
        code::SYSCALL_OPEN_BY_HANDLE_AT_X => Layout { dirfd: None, name: 3, flags: 2, dev: 4, ino: 5 },
        _ => Layout { dirfd: Some(1), name: 2, flags: 3, dev: 5, ino: 6 },
    }
}

impl State {
    pub(super) fn on_open(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let layout = layout(event.etype);
        let raw = event.str(layout.name);
        let dirfd = layout.dirfd.map_or(Some(AT_FDCWD), |at| event.int(at)).unwrap_or(-1);
        let name = raw.and_then(|raw| self.name_of(event.tid, dirfd, raw));
        let Some(num) = self.new_fd_number(event, 0, fx) else {
            fx.path = name;
            return;
        };
        let Some(name) = name else {
            // The driver could not read the name: the link in /proc has it.
            fx.fd = Some(num);
            fx.fd_info = self.look_up_fd(event.tid, num);
            return;
        };
        let flags = self.open_flags(event, &layout);
        let name_raw = match raw.filter(|raw| **raw != *name) {
            Some(raw) => self.names.get(raw),
            None => no_bytes(),
        };
        let mut fd =
            Fd::named(if flags & o::DIRECTORY != 0 { FdKind::Directory } else { FdKind::FileV2 }, name, name_raw);
        fd.open_flags = flags;
        fd.dev = event.uint(layout.dev).unwrap_or(0) as u32;
        fd.ino = event.uint(layout.ino).unwrap_or(0);
        fd.upper_layer = flags & o::UPPER_LAYER != 0;
        fd.lower_layer = flags & o::LOWER_LAYER != 0;
        fd.cloexec = flags & o::CLOEXEC != 0;
        self.make_fd(fx, num, fd);
    }

    fn open_flags(&self, event: &Event<'_>, layout: &Layout) -> u32 {
        if event.etype != code::SYSCALL_CREAT_X {
            return event.uint(layout.flags).unwrap_or(0) as u32;
        }
        // creat(2) is open(2) with these flags; its own say only where an overlay put the file.
        let own = event.uint(5).unwrap_or(0);
        let mut flags = o::WRONLY | o::CREAT | o::TRUNC;
        if own & CREAT_UPPER_LAYER != 0 {
            flags |= o::UPPER_LAYER;
        }
        if own & CREAT_LOWER_LAYER != 0 {
            flags |= o::LOWER_LAYER;
        }
        flags
    }

    /// The absolute path of `raw` as thread `tid` names it.
    pub(super) fn name_of(&mut self, tid: i64, dirfd: i64, raw: &[u8]) -> Option<Bytes> {
        if paths::is_normal(raw) {
            return Some(self.names.get(raw));
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        let name = self.threads.get(tid).map(|entry| {
            self.resolve_into(&entry.thread, dirfd, raw, &mut scratch);
            &scratch
        });
        let name = name.map(|name| self.names.get(name));
        self.scratch = scratch;
        name
    }
}
