//! Writes what a capture sees to a capture file.

use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::capture::host;
use crate::error::{Error, Result};
use crate::event::{flags, Event};
use crate::scap::{Compression, Machine, Writer};
use crate::schema::{ef, EVENTS};
use crate::state::State;

type Output = Box<dyn Write + Send>;

/// What was recorded is in the file at the latest after this time.
const FLUSH_AFTER: Duration = Duration::from_secs(1);

/// A capture file being written: what the state was before the first event, then the events; for each section of its own.
pub struct Recorder {
    target: Target,
    /// The file, until it is written to.
    untouched: Option<Untouched>,
    /// Something was written that may not be in the file yet, and when that was seen to last.
    pending: bool,
    flushed: Instant,
    compression: Compression,
    failed: Option<Error>,
    events: u64,
    cut_strings: u64,
    /// An event with the time it really had.
    event: Vec<u8>,
}

/// A file that is opened and has its old content, if it has any: it is emptied when there is something to write.
struct Untouched {
    file: File,
    path: PathBuf,
    created: bool,
}

enum Target {
    /// The next event begins a section.
    Between(Output),
    Section(Box<Writer<Output>>),
    Closed,
}

impl Recorder {
    /// Open the file; one that is not there is created, for its owner alone. "-" is standard output. Errors: [`Error::Os`] naming the
    /// file.
    pub fn create(path: &Path, compress: bool) -> Result<Recorder> {
        let failed = |e: std::io::Error| Error::Os {
            what: format!("the capture file {} cannot be written", path.display()),
            errno: e.raw_os_error().unwrap_or(libc::EIO),
        };
        let mut untouched = None;
        let output: Output = if path == Path::new("-") {
            Box::new(std::io::stdout())
        } else {
            let (file, created) = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
                Ok(file) => (file, true),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                    (OpenOptions::new().write(true).open(path).map_err(failed)?, false)
                }
                Err(e) => return Err(failed(e)),
            };
            if file.metadata().map_err(failed)?.is_file() {
                let file = file.try_clone().map_err(failed)?;
                untouched = Some(Untouched { file, path: path.to_path_buf(), created });
            }
            Box::new(file)
        };
        let compression = if compress { Compression::Gzip } else { Compression::None };
        Ok(Recorder {
            target: Target::Between(output),
            untouched,
            pending: false,
            flushed: Instant::now(),
            compression,
            failed: None,
            events: 0,
            cut_strings: 0,
            event: Vec::new(),
        })
    }

    /// The next event is about another time or machine.
    pub fn new_section(&mut self) {
        self.target = match std::mem::replace(&mut self.target, Target::Closed) {
            Target::Section(writer) => {
                self.cut_strings += writer.counters().cut_strings;
                match writer.finish() {
                    Ok(output) => Target::Between(output),
                    Err(error) => {
                        self.failed = Some(error);
                        Target::Closed
                    }
                }
            }
            other => other,
        };
    }

    /// Write what is known before the first event of a section; without `machine`, that it is this one. A failure is told by
    /// [`Recorder::event`].
    #[inline]
    pub fn begin(&mut self, state: &State, machine: Option<&Machine>) {
        if let Target::Between(_) = self.target {
            if let Target::Between(output) = std::mem::replace(&mut self.target, Target::Closed) {
                if let Some(Untouched { file, .. }) = self.untouched.take() {
                    if let Err(e) = make_private(&file).and_then(|()| file.set_len(0)) {
                        self.failed = Some(Error::Os {
                            what: "the capture file cannot be emptied and closed to others".into(),
                            errno: e.raw_os_error().unwrap_or(libc::EIO),
                        });
                        return;
                    }
                }
                self.pending = true;
                match write_lists(output, self.compression, state, machine) {
                    Ok(writer) => self.target = Target::Section(Box::new(writer)),
                    Err(error) => self.failed = Some(error),
                }
            }
        }
    }

    /// Write an event. One that is not `wanted` is kept when it changes the state, marked as being there for that alone.
    pub fn event(&mut self, event: &Event<'_>, bytes: &[u8], wanted: bool) -> Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Target::Section(writer) = &mut self.target else { return Ok(()) };
        let changes_state = || EVENTS.get(event.etype as usize).is_some_and(|info| info.has(ef::MODIFIES_STATE));
        if !wanted && !changes_state() {
            return Ok(());
        }
        // A ring's record may be longer than the event in it.
        let len = bytes.get(16..20).map_or(0, |len| u32::from_le_bytes([len[0], len[1], len[2], len[3]]));
        self.event.clear();
        self.event.extend_from_slice(&event.ts.to_le_bytes());
        self.event.extend_from_slice(bytes.get(8..len as usize).unwrap_or_default());
        let state_only = if wanted { 0 } else { flags::STATE_ONLY };
        let written = writer.write_event(event.cpu, event.flags | state_only, &self.event);
        match &written {
            Ok(()) => {
                self.events += u64::from(wanted);
                self.pending = true;
            }
            Err(_) => self.target = Target::Closed,
        }
        written
    }

    /// Events written, those left aside that only keep the state right.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Pass on what was written more than a second ago, so that a reader of the file sees it and a crash loses little.
    pub fn flush_in_time(&mut self) -> Result<()> {
        let Target::Section(writer) = &mut self.target else { return Ok(()) };
        if !self.pending || self.flushed.elapsed() < FLUSH_AFTER {
            return Ok(());
        }
        self.pending = false;
        self.flushed = Instant::now();
        let flushed = writer.flush();
        if flushed.is_err() {
            self.target = Target::Closed;
        }
        flushed
    }

    /// Texts of finished sections that were cut because readers do not accept longer ones.
    pub fn cut_strings(&self) -> u64 {
        self.cut_strings
    }

    /// Complete the file. One without any event still tells what the state was; but when the source `failed` before there was anything
    /// to write, the file is left as it was.
    pub fn finish(&mut self, state: &State, machine: Option<&Machine>, failed: bool) -> Result<()> {
        if failed {
            if let Some(Untouched { path, created, .. }) = self.untouched.take() {
                self.target = Target::Closed;
                if created {
                    // It was made for this alone. When it cannot be removed it is empty, and says so to a reader.
                    let _ = std::fs::remove_file(path);
                }
                return Ok(());
            }
        }
        self.begin(state, machine);
        self.new_section();
        self.target = Target::Closed;
        self.failed.take().map_or(Ok(()), Err)
    }
}

/// The mode given when a file is opened is for a new one; one that was there may be open to others.
fn make_private(file: &File) -> std::io::Result<()> {
    match file.metadata()?.mode() & 0o077 {
        0 => Ok(()),
        _ => file.set_permissions(Permissions::from_mode(0o600)),
    }
}

fn write_lists(
    output: Output,
    compression: Compression,
    state: &State,
    machine: Option<&Machine>,
) -> Result<Writer<Output>> {
    let mut writer = Writer::new(output, compression)?;
    match machine {
        Some(machine) => writer.write_machine(machine)?,
        None => {
            writer.write_machine(&host::machine())?;
            writer.write_interfaces(&host::interfaces())?;
        }
    }
    writer.write_state(state)?;
    Ok(writer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{StateConfig, Thread};

    #[test]
    fn texts_that_are_cut_are_counted() {
        let path = std::env::temp_dir().join(format!("engine-recorder-cut-{}", std::process::id()));
        let mut state = State::new(StateConfig::offline());
        let mut thread = Thread::unknown(7);
        thread.args = vec![b'x'; 5000].into();
        state.insert_thread(thread);
        let mut recorder = Recorder::create(&path, false).unwrap();
        recorder.finish(&state, Some(&Machine::default()), false).unwrap();
        assert_eq!(recorder.cut_strings(), 1);
        std::fs::remove_file(path).unwrap();
    }
}
