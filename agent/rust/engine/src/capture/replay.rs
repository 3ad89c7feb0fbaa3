//! A capture file as a source.

use std::path::{Path, PathBuf};

use super::input::Input;
use super::{Record, Sink, Source, SourceStats};
use crate::error::{Error, Result};
use crate::scap::{Item, Reader};

/// Items handed over by one drain: bounds how many alerts come at once, and how late a signal is acted on.
const BATCH: usize = 4096;

/// Memory of this process at which the reading of a file ends. What a file says of processes and their files is kept, and a file of some
/// megabytes can say of more of them than there is memory; all of a busy machine's take a few hundred megabytes.
const MEMORY_LIMIT: u64 = 2 << 30;

pub struct Replay {
    path: PathBuf,
    memory_limit: u64,
    reader: Reader<Input>,
    size: Option<u64>,
    delivered: u64,
    ended: bool,
}

impl Replay {
    /// Open a capture file; "-" is standard input. Errors: [`Error::Os`] naming the file.
    pub fn open(path: &Path) -> Result<Replay> {
        let failed = |e: std::io::Error| Error::Os {
            what: format!("{}: the file cannot be read", shown(path)),
            errno: e.raw_os_error().unwrap_or(libc::EIO),
        };
        let input = Input::open(path).map_err(failed)?;
        let meta = input.file().metadata().map_err(failed)?;
        if meta.is_dir() {
            return Err(failed(std::io::Error::from_raw_os_error(libc::EISDIR)));
        }
        let size = (meta.is_file() && path != Path::new("-")).then_some(meta.len());
        Ok(Replay {
            path: path.to_path_buf(),
            memory_limit: MEMORY_LIMIT,
            reader: Reader::new(input),
            size,
            delivered: 0,
            ended: false,
        })
    }

    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// An error when the state has grown beyond all measure.
    fn check_memory(&mut self) -> Result<()> {
        if resident_bytes().is_none_or(|bytes| bytes <= self.memory_limit) {
            return Ok(());
        }
        self.ended = true;
        Err(Error::Capture(format!(
            "{}: what the file says of processes and their files takes more than {} MiB of memory at offset {}; the rest is not read, \
             since no real system is like that",
            shown(&self.path),
            self.memory_limit >> 20,
            self.reader.offset()
        )))
    }
}

/// Memory of this process; `None` where /proc does not tell.
fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    // SAFETY: sysconf takes a number and returns one.
    Some(pages * u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?)
}

fn shown(path: &Path) -> std::path::Display<'_> {
    if path == Path::new("-") { Path::new("standard input") } else { path }.display()
}

/// Say which file it is: the reader does not know.
fn in_file(path: &Path, error: Error) -> Error {
    match error {
        Error::CaptureFile { .. } => Error::Capture(format!("{}: {error}", shown(path))),
        other => other,
    }
}

impl Source for Replay {
    fn drain(&mut self, sink: &mut dyn Sink) -> Result<usize> {
        for count in 0..BATCH {
            if self.ended {
                return Ok(count);
            }
            let item = match self.reader.next() {
                Ok(Some(item)) => item,
                Ok(None) => {
                    self.ended = !self.reader.is_waiting();
                    return Ok(count);
                }
                Err(error) => {
                    self.ended = true;
                    return Err(in_file(&self.path, error));
                }
            };
            match item {
                Item::Event { cpu, flags, bytes, .. } => {
                    self.delivered += 1;
                    sink.event(&Record { cpu, flags, event: bytes, clock_offset: 0, after_gap: false });
                }
                fact => sink.fact(fact),
            }
        }
        self.check_memory()?;
        Ok(BATCH)
    }

    fn stop(&mut self) {
        self.ended = true;
    }

    fn stats(&self) -> SourceStats {
        SourceStats { delivered: self.delivered, file: Some(*self.reader.counters()), ..SourceStats::default() }
    }

    fn ended(&self) -> bool {
        self.ended
    }

    fn position(&self) -> Option<u64> {
        Some(self.reader.input_offset())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, HEADER_LEN};
    use crate::scap::{Compression, Machine, Writer};
    use crate::schema::code;
    use crate::state::{State, StateConfig};

    /// Keeps all that a file says.
    struct Keep(State);

    impl Sink for Keep {
        fn event(&mut self, record: &Record) {
            let event = Event::parse(record.event, 0, 0).unwrap();
            let effects = self.0.apply(&event);
            self.0.settle(effects);
        }

        fn fact(&mut self, _: Item<'_>) {}
    }

    /// A successful openat of a long name.
    fn open(thread: i64, fd: i64) -> Vec<u8> {
        let name = [format!("/{thread}/{fd}/").as_bytes(), &[b'x'; 3000], b"\0"].concat();
        let params: [&[u8]; 7] =
            [&fd.to_le_bytes(), &(-100i64).to_le_bytes(), &name, &[0; 4], &[0; 4], &[0; 4], &[0; 8]];
        let len = HEADER_LEN + params.iter().map(|p| 2 + p.len()).sum::<usize>();
        let mut bytes = [1u64.to_le_bytes(), thread.to_le_bytes()].concat();
        bytes.extend((len as u32).to_le_bytes());
        bytes.extend(code::SYSCALL_OPENAT_2_X.to_le_bytes());
        bytes.extend((params.len() as u32).to_le_bytes());
        params.iter().for_each(|p| bytes.extend((p.len() as u16).to_le_bytes()));
        params.iter().for_each(|p| bytes.extend_from_slice(p));
        bytes
    }

    #[test]
    fn a_small_file_that_stands_for_a_large_state_is_not_read_to_its_end() {
        let path = std::env::temp_dir().join(format!("engine-replay-{}", std::process::id()));
        let mut writer = Writer::new(std::fs::File::create(&path).unwrap(), Compression::Gzip).unwrap();
        writer.write_machine(&Machine::default()).unwrap();
        for number in 0..60_000 {
            writer.write_event(0, 0, &open(1 + number / 1000, number % 1000)).unwrap();
        }
        writer.finish().unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < 10 << 20);
        let mut replay = Replay::open(&path).unwrap();
        let before = resident_bytes().unwrap();
        replay.memory_limit = before + (64 << 20);
        let mut keep = Keep(State::new(StateConfig::offline()));
        let error = loop {
            match replay.drain(&mut keep) {
                Ok(_) => assert!(!replay.ended(), "all of it was read"),
                Err(error) => break error.to_string(),
            }
        };
        assert!(error.contains("MiB of memory at offset"), "{error}");
        assert!(replay.ended());
        assert!(resident_bytes().unwrap() < before + (160 << 20));
        std::fs::remove_file(path).unwrap();
    }
}
