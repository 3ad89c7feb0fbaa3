//! A capture file as a source.

use std::path::{Path, PathBuf};

use super::input::Input;
use super::{Fact, Record, Sink, Source, SourceStats};
use crate::error::{Error, Result};
use crate::scap::{Item, Reader};

/// Items handed over by one drain: bounds how many alerts come at once, and how late a signal is acted on.
const BATCH: usize = 4096;

pub struct Replay {
    path: PathBuf,
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
        Ok(Replay { path: path.to_path_buf(), reader: Reader::new(input), size, delivered: 0, ended: false })
    }

    pub fn size(&self) -> Option<u64> {
        self.size
    }
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
                Item::Section => sink.fact(Fact::Section),
                Item::Machine(machine) => sink.fact(Fact::Machine(machine)),
                Item::User(user) => sink.fact(Fact::User(user)),
                Item::Group { gid, name } => sink.fact(Fact::Group { gid, name }),
                Item::Thread(thread) => sink.fact(Fact::Thread(thread)),
                Item::Fd { tid, num, fd } => sink.fact(Fact::Fd { tid, num, fd }),
                Item::Interface(_) => {}
            }
        }
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
