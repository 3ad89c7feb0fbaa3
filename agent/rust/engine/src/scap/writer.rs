//! Writing a capture file of the newest version.

use std::io::Write;

use flate2::write::GzEncoder;

use crate::error::{Error, Result};
use crate::state::{State, Thread};

use super::block::number;
use super::event::{Checked, MAX_EVENT, MAX_LARGE_EVENT};
use super::put::Put;
use super::{descriptors, interfaces, processes, users, Interface, Machine};

/// Flag of [`Writer::write_event`]: use a block for large events, even for one that is not. It is not stored.
pub const LARGE: u32 = 1 << 2;
/// What a tracer wrote had this flag once; it is not stored.
const TRACER: u32 = 1 << 1;

/// Bytes that are written at once.
const CHUNK: usize = 128 << 10;
/// A list longer than this goes on in another block.
const MAX_LIST_BLOCK: usize = 16 << 20;

/// Whether a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
}

/// What a writer has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct WriterCounters {
    pub events: u64,
    /// Uncompressed bytes.
    pub bytes: u64,
    /// Names and other strings that were cut because readers do not accept longer ones.
    pub cut_strings: u64,
}

/// Writes a capture file: [`Writer::new`], what is known of machine and state, the events, [`Writer::finish`].
///
/// Nothing is written to a disk before some 128 KiB have come together; a file without `finish` lacks its end.
pub struct Writer<W: Write> {
    sink: Sink<W>,
    put: Put,
    events: u64,
    written: u64,
}

enum Sink<W: Write> {
    Plain(W),
    Gzip(Box<GzEncoder<W>>),
}

impl<W: Write> Writer<W> {
    /// Begin a file with its section header.
    pub fn new(output: W, compression: Compression) -> Result<Writer<W>> {
        let sink = match compression {
            Compression::None => Sink::Plain(output),
            Compression::Gzip => Sink::Gzip(Box::new(GzEncoder::new(output, flate2::Compression::fast()))),
        };
        let mut writer = Writer { sink, put: Put::default(), events: 0, written: 0 };
        writer.block(number::SECTION, |put| {
            put.u32(0x1A2B_3C4D);
            put.u16(1);
            put.u16(2);
            // The length of the section is not known.
            put.u64(u64::MAX);
        })?;
        Ok(writer)
    }

    pub fn write_machine(&mut self, machine: &Machine) -> Result<()> {
        self.block(number::MACHINE, |put| machine.write(put))
    }

    /// IPv4 first, as readers expect.
    pub fn write_interfaces(&mut self, all: &[Interface]) -> Result<()> {
        self.block(number::INTERFACES, |put| {
            for v6 in [false, true] {
                all.iter().filter(|one| one.v6 == v6).for_each(|one| interfaces::write(one, put));
            }
        })
    }

    /// Users, groups, threads and descriptors. Each list is in the order of its numbers; main threads come first.
    pub fn write_state(&mut self, state: &State) -> Result<()> {
        let mut all: Vec<_> = state.users().collect();
        all.sort_unstable_by_key(|user| user.uid);
        let mut groups: Vec<_> = state.groups().collect();
        groups.sort_unstable();
        self.block(number::USERS, |put| {
            all.iter().for_each(|user| users::write_user(user, put));
            groups.iter().for_each(|(gid, name)| users::write_group(*gid, name, put));
        })?;
        let mut threads: Vec<&Thread> = state.threads().collect();
        threads.sort_unstable_by_key(|thread| (!thread.is_main(), thread.tid));
        self.list(number::PROCESSES, None, threads.iter().copied(), processes::write)?;
        for thread in threads {
            // The descriptors are the process's.
            let fds = thread.is_main().then(|| state.fds(thread.tid)).into_iter().flatten();
            let mut fds: Vec<_> = fds.filter(|(_, fd)| descriptors::is_written(fd)).collect();
            fds.sort_unstable_by_key(|(num, _)| *num);
            self.list(number::DESCRIPTORS, Some(thread.tid), fds.into_iter(), |(num, fd), put| {
                descriptors::write(num, fd, put);
            })?;
        }
        Ok(())
    }

    /// Append an event: header, lengths and payload, of the newest version.
    ///
    /// Errors: [`Error::Malformed`] when `bytes` are not one whole event, or one of more than 64 MiB.
    #[inline]
    pub fn write_event(&mut self, cpu: u16, flags: u32, bytes: &[u8]) -> Result<()> {
        let malformed = |what: String| Error::Malformed { offset: 0, what };
        let event = Checked::new(bytes).map_err(malformed)?;
        if event.bytes.len() != bytes.len() || bytes.len() > MAX_LARGE_EVENT - 16 {
            return Err(malformed(format!("{} bytes are not one event of {}", bytes.len(), event.bytes.len())));
        }
        let stored = flags & !(LARGE | TRACER);
        let body = 2 + if stored == 0 { 0 } else { 4 } + bytes.len();
        let large = flags & LARGE != 0 || body.next_multiple_of(4) > MAX_EVENT;
        let start = self.put.begin_block(match (stored != 0, large) {
            (false, false) => number::EVENT,
            (true, false) => number::EVENT_FLAGS,
            (false, true) => number::EVENT_LARGE,
            (true, true) => number::EVENT_FLAGS_LARGE,
        });
        self.put.u16(cpu);
        if stored != 0 {
            self.put.u32(stored);
        }
        self.put.bytes(bytes);
        self.put.end_block(start);
        self.events += 1;
        self.pass_on(CHUNK)
    }

    pub fn counters(&self) -> WriterCounters {
        let bytes = self.written + self.put.out.len() as u64;
        WriterCounters { events: self.events, bytes, cut_strings: self.put.cut }
    }

    /// Pass on what has come together, so that a reader of the file sees it.
    pub fn flush(&mut self) -> Result<()> {
        self.pass_on(0)?;
        match &mut self.sink {
            Sink::Plain(output) => output.flush(),
            Sink::Gzip(encoder) => encoder.flush(),
        }
        .map_err(refused)
    }

    /// Write the end of the file; returns the output.
    pub fn finish(mut self) -> Result<W> {
        self.pass_on(0)?;
        let mut output = match self.sink {
            Sink::Plain(output) => output,
            Sink::Gzip(encoder) => encoder.finish().map_err(refused)?,
        };
        output.flush().map_err(refused)?;
        Ok(output)
    }

    fn block(&mut self, number: u32, write: impl FnOnce(&mut Put)) -> Result<()> {
        let start = self.put.begin_block(number);
        write(&mut self.put);
        self.put.end_block(start);
        self.pass_on(CHUNK)
    }

    /// A list of one block, or of more when it is long; `tid` goes before the entries of each.
    fn list<T>(
        &mut self,
        number: u32,
        tid: Option<i64>,
        entries: impl Iterator<Item = T>,
        write: impl Fn(T, &mut Put),
    ) -> Result<()> {
        let mut entries = entries.peekable();
        loop {
            self.block(number, |put| {
                if let Some(tid) = tid {
                    put.i64(tid);
                }
                let start = put.out.len();
                while put.out.len() - start < MAX_LIST_BLOCK {
                    let Some(entry) = entries.next() else { break };
                    write(entry, put);
                }
            })?;
            if entries.peek().is_none() {
                return Ok(());
            }
        }
    }

    /// Give what has come together to the sink when it is at least `least` bytes.
    #[inline]
    fn pass_on(&mut self, least: usize) -> Result<()> {
        if self.put.out.len() < least {
            return Ok(());
        }
        match &mut self.sink {
            Sink::Plain(output) => output.write_all(&self.put.out),
            Sink::Gzip(encoder) => encoder.write_all(&self.put.out),
        }
        .map_err(refused)?;
        self.written += self.put.out.len() as u64;
        self.put.out.clear();
        Ok(())
    }
}

fn refused(error: std::io::Error) -> Error {
    match error.raw_os_error() {
        Some(errno) => Error::Os { what: "writing the capture file fails".into(), errno },
        None => Error::Capture(format!("writing the capture file fails: {error}")),
    }
}
