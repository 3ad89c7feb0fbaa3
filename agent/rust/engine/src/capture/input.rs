//! Bytes of a file, a pipe or a terminal, without waiting long for those that have not come.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// How long one read waits.
const WAIT_MS: libc::c_int = 50;

/// Reads what has come and answers `WouldBlock` where that is nothing: events are handled as they arrive, and a stop is noticed while
/// none do. Standard input is not made non-blocking, which would do the same to other programs that share it.
pub struct Input {
    file: File,
}

impl Input {
    /// Open a file; "-" is standard input. A named pipe is open at once, whether it has a writer or not.
    pub fn open(path: &Path) -> io::Result<Input> {
        let file = if path == Path::new("-") {
            File::from(io::stdin().as_fd().try_clone_to_owned()?)
        } else {
            OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?
        };
        Ok(Input { file })
    }

    pub fn file(&self) -> &File {
        &self.file
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut wanted = libc::pollfd { fd: self.file.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one structure is passed, and it outlives the call.
        match unsafe { libc::poll(&mut wanted, 1, WAIT_MS) } {
            0 => Err(ErrorKind::WouldBlock.into()),
            -1 => Err(io::Error::last_os_error()),
            _ => self.file.read(into),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;
    use std::io::Write;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_pipe_is_read_as_it_fills_and_waited_for_without_end_by_nobody() {
        let path = std::env::temp_dir().join(format!("engine-input-{}", std::process::id()));
        let name = CString::new(path.as_os_str().as_bytes()).unwrap();
        // SAFETY: the name is NUL-terminated.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let mut input = Input::open(&path).unwrap();
        let mut bytes = [0; 8];
        let nothing =
            |input: &mut Input, bytes: &mut [u8]| input.read(bytes).unwrap_err().kind() == ErrorKind::WouldBlock;
        assert!(nothing(&mut input, &mut bytes), "nobody has opened the other end yet");
        let mut pipe = OpenOptions::new().write(true).open(&path).unwrap();
        assert!(nothing(&mut input, &mut bytes), "nothing was written yet");
        pipe.write_all(b"abc").unwrap();
        assert_eq!(input.read(&mut bytes).unwrap(), 3);
        assert!(nothing(&mut input, &mut bytes), "the writer is still there");
        drop(pipe);
        assert_eq!(input.read(&mut bytes).unwrap(), 0);
        std::fs::remove_file(path).unwrap();
    }
}
