//! Reading below an open directory of /proc: the directory keeps meaning the same process, even when its id is reused.

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;

/// An open directory.
pub struct Dir(OwnedFd);

/// What is asked of an executable.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileFacts {
    pub ino: u64,
    pub ctime_ns: u64,
    pub mtime_ns: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

impl Dir {
    pub fn open(path: &Path) -> Option<Dir> {
        use std::os::unix::ffi::OsStrExt;
        let path = CString::new(path.as_os_str().as_bytes()).ok()?;
        open_at(libc::AT_FDCWD, &path, libc::O_RDONLY | libc::O_DIRECTORY).map(Dir)
    }

    pub fn sub(&self, name: &CStr) -> Option<Dir> {
        open_at(self.0.as_raw_fd(), name, libc::O_RDONLY | libc::O_DIRECTORY).map(Dir)
    }

    /// Contents of a file, at most `limit` bytes.
    pub fn read(&self, name: &CStr, limit: usize) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        self.read_into(name, limit, &mut out).then_some(out)
    }

    /// The same into memory of the caller, which is emptied first.
    pub fn read_into(&self, name: &CStr, limit: usize, out: &mut Vec<u8>) -> bool {
        out.clear();
        let Some(fd) = open_at(self.0.as_raw_fd(), name, libc::O_RDONLY) else { return false };
        while out.len() < limit {
            let want = (limit - out.len()).min(out.len().max(4096));
            out.reserve(want);
            // SAFETY: the spare capacity holds `want` bytes, of which the kernel initialises the `got` it reports.
            let got = unsafe { libc::read(fd.as_raw_fd(), out.as_mut_ptr().add(out.len()).cast(), want) };
            match got {
                0 => return true,
                got if got > 0 => unsafe { out.set_len(out.len() + got as usize) },
                _ if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
                // A process that is just going away: what it said before is kept.
                _ => return !out.is_empty(),
            }
        }
        true
    }

    /// Text of a symbolic link.
    pub fn link(&self, name: &CStr) -> Option<Vec<u8>> {
        let mut out = vec![0u8; 4096];
        // SAFETY: the buffer has the length that is passed.
        let len = unsafe { libc::readlinkat(self.0.as_raw_fd(), name.as_ptr(), out.as_mut_ptr().cast(), out.len()) };
        out.truncate(usize::try_from(len).ok()?);
        Some(out)
    }

    /// Facts of the file that `name` leads to, without asking a network file system's server.
    pub fn facts(&self, name: &CStr) -> Option<FileFacts> {
        // SAFETY: statx is plain data; all zeros are a valid value.
        let mut stat: libc::statx = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are valid for the call.
        let res = unsafe {
            libc::statx(self.0.as_raw_fd(), name.as_ptr(), libc::AT_STATX_DONT_SYNC, libc::STATX_BASIC_STATS, &mut stat)
        };
        let ns = |time: libc::statx_timestamp| {
            u64::try_from(time.tv_sec).unwrap_or(0).saturating_mul(1_000_000_000) + u64::from(time.tv_nsec)
        };
        (res == 0).then(|| FileFacts {
            ino: stat.stx_ino,
            ctime_ns: ns(stat.stx_ctime),
            mtime_ns: ns(stat.stx_mtime),
            mode: u32::from(stat.stx_mode),
            uid: stat.stx_uid,
            gid: stat.stx_gid,
        })
    }

    /// Entries whose names are numbers, at most `limit`.
    pub fn numbers(&self, limit: usize) -> Vec<i64> {
        let mut numbers = Vec::new();
        let mut buffer = vec![0u8; 32 << 10];
        loop {
            // SAFETY: the buffer has the length that is passed.
            let got =
                unsafe { libc::syscall(libc::SYS_getdents64, self.0.as_raw_fd(), buffer.as_mut_ptr(), buffer.len()) };
            let Ok(got @ 1..) = usize::try_from(got) else { return numbers };
            let mut entries = &buffer[..got];
            // struct linux_dirent64: u64 inode, i64 offset, u16 length, u8 type, NUL-terminated name.
            while let Some(length) = entries.get(16..18) {
                let length = usize::from(u16::from_ne_bytes([length[0], length[1]]));
                let Some(entry) = entries.get(19..length) else { break };
                let name = entry.split(|b| *b == 0).next().unwrap_or_default();
                if let Some(number) = std::str::from_utf8(name).ok().and_then(|name| name.parse().ok()) {
                    numbers.push(number);
                    if numbers.len() >= limit {
                        return numbers;
                    }
                }
                entries = &entries[length..];
            }
        }
    }
}

fn open_at(dir: libc::c_int, name: &CStr, flags: libc::c_int) -> Option<OwnedFd> {
    // O_NONBLOCK: opening a fifo by mistake must not wait.
    let flags = flags | libc::O_CLOEXEC | libc::O_NONBLOCK;
    // SAFETY: the name is NUL-terminated and outlives the call.
    let fd = unsafe { libc::openat(dir, name.as_ptr(), flags) };
    // SAFETY: a descriptor that openat just returned belongs to nobody else.
    (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A number as the name of a file.
pub struct NumberName([u8; 24]);

impl NumberName {
    pub fn new(number: i64) -> NumberName {
        use std::io::Write;
        let mut name = [0u8; 24];
        // 20 characters hold any number; the rest stays NUL.
        let _ = write!(&mut name[..23], "{number}");
        NumberName(name)
    }

    pub fn as_c(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.0).unwrap_or(c"")
    }
}
