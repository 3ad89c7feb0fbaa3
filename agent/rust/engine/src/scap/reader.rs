//! Reading a capture file, one item at a time.

use std::io::Read;

use crate::error::{Error, Result};
use crate::schema::{code, EVENTS};

use super::block::{number, Block, EventBlock, HEADER, TRAILER};
use super::convert::{newest_len, Converter, Outcome};
use super::event::{Checked, MAX_EVENT, MAX_LARGE_EVENT};
use super::input::Input;
use super::take::{Fault, Take, Taken};
use super::{descriptors, interfaces, machine, processes, users, Counters, Item, Machine};

/// The longest entry of a list: the newest process entry has at most some 18 KiB.
const MAX_ENTRY: usize = 256 << 10;
/// Bytes of a section header that are read: magic, version, length of the section.
const SECTION: usize = 16;
const MAGIC: u32 = 0x1A2B_3C4D;
const MAJOR: u16 = 1;

/// Reads a capture file, compressed or not.
///
/// Memory: half a megabyte, and more only for blocks for large events (64 MiB are the most) and for enter events of old
/// files (64 MiB). After an error every further call gives the same error.
pub struct Reader<R: Read> {
    input: Input<R>,
    converter: Converter,
    counters: Counters,
    /// The block that is being read.
    block: Position,
    /// The list whose entries are being handed out.
    list: Option<List>,
    /// Bytes still to be skipped of the content of a block of unknown type.
    skipping: Option<u64>,
    event_blocks: u64,
    waiting: bool,
    failed: Option<Error>,
}

/// Why there is no next item.
enum Halt {
    /// The rest of it has not come yet. Nothing was consumed that is needed again.
    NotYet,
    Failed(Error),
}

type Step<T> = std::result::Result<T, Halt>;

#[derive(Clone, Copy)]
struct Position {
    offset: u64,
    kind: Block,
    /// As its header says, header and trailer included.
    len: u32,
}

struct List {
    /// Bytes of entries still to come.
    remaining: u64,
    entry: u64,
    /// Descriptor lists: the thread.
    tid: i64,
}

/// An item whose bytes, if any, are still to be borrowed.
enum Found {
    Item(Item<'static>),
    Event { cpu: u16, flags: u32, large: bool, place: Place },
}

enum Place {
    /// In the window of the input: so many bytes back, so many bytes.
    Input(usize, usize),
    Converter,
}

impl<R: Read> Reader<R> {
    /// Read from `input`, which begins with the file's first byte. Whether it is compressed is seen by its first bytes.
    ///
    /// An input may answer `WouldBlock`: see [`Reader::is_waiting`].
    pub fn new(input: R) -> Reader<R> {
        Reader {
            input: Input::new(input),
            converter: Converter::default(),
            counters: Counters::default(),
            block: Position { offset: 0, kind: Block::Section, len: 0 },
            list: None,
            skipping: None,
            event_blocks: 0,
            waiting: false,
            failed: None,
        }
    }

    /// The next item; `None` at the end of the file, or when the input has to be waited for.
    ///
    /// Errors: [`Error::CaptureFile`], where the file is damaged, ends inside a block, or has no events at all. All
    /// that came before it was handed out.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Item<'_>>> {
        let between_blocks = self.list.is_none() && self.skipping.is_none();
        if between_blocks && self.failed.is_none() && self.counters.sections > 0 {
            if let Some((cpu, flags, back, len)) = self.newest_event() {
                let bytes = self.input.consumed(back, len);
                return Ok(Some(Item::Event { cpu, flags, bytes, large: false }));
            }
        }
        self.next_of_any_kind()
    }

    #[inline(never)]
    fn next_of_any_kind(&mut self) -> Result<Option<Item<'_>>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.waiting = false;
        let found = match self.find() {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(None),
            Err(Halt::NotYet) => {
                self.waiting = true;
                return Ok(None);
            }
            Err(Halt::Failed(error)) => {
                self.failed = Some(error.clone());
                return Err(error);
            }
        };
        Ok(Some(match found {
            Found::Item(item) => item,
            Found::Event { cpu, flags, large, place } => {
                let bytes = match place {
                    Place::Input(back, len) => self.input.consumed(back, len),
                    Place::Converter => self.converter.event(),
                };
                Item::Event { cpu, flags, bytes, large }
            }
        }))
    }

    /// The last `None` was not the end of the file: the input answered `WouldBlock`, and asking again later may help.
    pub fn is_waiting(&self) -> bool {
        self.waiting
    }

    /// Uncompressed bytes consumed.
    pub fn offset(&self) -> u64 {
        self.input.offset()
    }

    /// Bytes of the file taken in so far: for showing progress.
    pub fn input_offset(&self) -> u64 {
        self.input.file_offset()
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The short way for what nearly every block of a new file is: an event of the newest version, whole in the window.
    /// Gives CPU, flags, and where the event is among the bytes consumed. `None`: it is something else, nothing was
    /// consumed, and the long way finds out what.
    #[inline]
    fn newest_event(&mut self) -> Option<(u16, u32, usize, usize)> {
        let window = self.input.bytes();
        let header = window.first_chunk::<HEADER>()?;
        let number = u32::from_le_bytes(*header.first_chunk()?);
        let before = match number {
            number::EVENT => 2,
            number::EVENT_FLAGS => 6,
            _ => return None,
        };
        let len = u32::from_le_bytes(*header.last_chunk()?) as usize;
        if len > window.len() || len > HEADER + MAX_EVENT + TRAILER {
            return None;
        }
        let body = window.get(HEADER..len.checked_sub(TRAILER)?)?;
        let event_len = newest_len(body.get(before..)?)?;
        let cpu = u16::from_le_bytes(*body.first_chunk()?);
        let flags = if before == 6 { u32::from_le_bytes(*body[2..].first_chunk()?) } else { 0 };
        self.counters.blocks += 1;
        self.counters.events += 1;
        self.event_blocks += 1;
        self.input.consume(len);
        Some((cpu, event_flags(flags), len - HEADER - before, event_len))
    }

    fn find(&mut self) -> Step<Option<Found>> {
        loop {
            if self.skipping.is_some() {
                self.go_on_skipping()?;
            }
            if self.list.is_some() {
                match self.entry()? {
                    Some(item) => return Ok(Some(Found::Item(item))),
                    None => continue,
                }
            }
            if !self.header()? {
                return Ok(None);
            }
            let found = match self.block.kind {
                Block::Event(kind) => self.event(kind)?,
                Block::Section => self.section().map(|()| Some(Found::Item(Item::Section)))?,
                Block::Machine => Some(Found::Item(Item::Machine(self.machine()?))),
                Block::Descriptors(_) => {
                    self.begin_list(8)?;
                    None
                }
                Block::Interfaces(_) | Block::Users(_) | Block::Processes(_) => {
                    self.begin_list(0)?;
                    None
                }
                Block::Unknown(_) => {
                    self.counters.skipped_blocks += 1;
                    self.input.consume(HEADER);
                    self.skipping = Some(self.body_len());
                    None
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Read the header of the next block; false at the end of the file.
    #[inline]
    fn header(&mut self) -> Step<bool> {
        let offset = self.input.offset();
        if !self.input.fill(HEADER) {
            return self.end(offset);
        }
        let bytes = self.input.bytes();
        let number = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        let len = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        self.block = Position { offset, kind: Block::of(number), len };
        if self.counters.blocks == 0 && self.block.kind != Block::Section {
            self.counters.blocks = 1;
            return Err(self.error("this is not a capture file: it does not begin with a section header"));
        }
        self.counters.blocks += 1;
        if (len as usize) < HEADER + TRAILER {
            return Err(self.error(format!("the block says it has {len} bytes, fewer than a block without content")));
        }
        Ok(true)
    }

    /// What it means that there is no whole header at `offset`.
    #[cold]
    fn end(&mut self, offset: u64) -> Step<bool> {
        if self.input.waiting {
            return Err(Halt::NotYet);
        }
        self.counters.trailing_garbage = self.input.trailing_garbage;
        let left = self.input.bytes().len();
        self.counters.blocks += 1;
        self.block = Position { offset, kind: Block::Unknown(0), len: 0 };
        if left > 0 || !self.input.ended_well() {
            self.counters.truncated = true;
            let why = self.input.why_ended();
            return Err(self.error(format!("{why} where a block should begin, {left} bytes after the last one")));
        }
        if self.counters.sections == 0 {
            return Err(self.error("this is not a capture file: it is empty"));
        }
        if self.event_blocks == 0 {
            return Err(self.error("the file ends, and it has no events"));
        }
        self.counters.blocks -= 1;
        Ok(false)
    }

    /// Bytes between header and trailer.
    fn body_len(&self) -> u64 {
        u64::from(self.block.len) - (HEADER + TRAILER) as u64
    }

    #[inline]
    fn event(&mut self, kind: EventBlock) -> Step<Option<Found>> {
        let len = self.block.len as usize;
        let most = if kind.large { MAX_LARGE_EVENT } else { MAX_EVENT };
        if len - HEADER - TRAILER > most {
            return Err(self.error(format!("an event block has {most} bytes of content at most, and this has {len}")));
        }
        if !self.input.fill(len) {
            return Err(self.cut_off());
        }
        self.event_blocks += 1;
        let before = if kind.flags { 6 } else { 2 };
        let body = &self.input.bytes()[HEADER..len - TRAILER];
        if body.len() < before {
            return Err(self.error(format!("{} bytes are too few for an event", body.len())));
        }
        let cpu = u16::from_le_bytes([body[0], body[1]]);
        let flags = if kind.flags { u32::from_le_bytes([body[2], body[3], body[4], body[5]]) } else { 0 };
        let bytes = &body[before..];
        let etype_at = 20;
        let known = bytes
            .get(etype_at..etype_at + 2)
            .is_none_or(|b| usize::from(u16::from_le_bytes([b[0], b[1]])) < EVENTS.len());
        if !known {
            // Written by a newer version.
            self.counters.skipped_events += 1;
            self.input.consume(len);
            return Ok(None);
        }
        if kind.v1 {
            return self.event_v1(cpu, flags);
        }
        let event = match Checked::new(bytes) {
            Ok(event) => event,
            Err(what) => return Err(self.error(what)),
        };
        let place = Place::Input(len - HEADER - before, event.bytes.len());
        let outcome = if Converter::is_newest(event.etype, event.nparams) {
            if event.etype == code::PROCEXIT_1_E {
                self.converter.forget(event.tid);
            }
            Outcome::AsIs
        } else {
            match self.converter.convert(event, &mut self.counters) {
                Ok(outcome) => outcome,
                Err(what) => return Err(self.error(what)),
            }
        };
        self.input.consume(len);
        Ok(self.deliver(outcome, cpu, flags, kind.large, place))
    }

    /// The same for an event whose header is of version 1.
    #[cold]
    fn event_v1(&mut self, cpu: u16, flags: u32) -> Step<Option<Found>> {
        let len = self.block.len as usize;
        let before = if matches!(self.block.kind, Block::Event(EventBlock { flags: true, .. })) { 6 } else { 2 };
        let bytes = &self.input.bytes()[HEADER + before..len - TRAILER];
        let outcome = self.converter.convert_v1(bytes, &mut self.counters).map_err(|what| self.error(what))?;
        self.input.consume(len);
        Ok(self.deliver(outcome, cpu, flags, false, Place::Converter))
    }

    #[inline]
    fn deliver(&mut self, outcome: Outcome, cpu: u16, flags: u32, large: bool, place: Place) -> Option<Found> {
        let place = match outcome {
            Outcome::AsIs => place,
            Outcome::Converted => {
                self.counters.converted += 1;
                Place::Converter
            }
            Outcome::Dropped => {
                self.counters.filtered += 1;
                return None;
            }
        };
        self.counters.events += 1;
        Some(Found::Event { cpu, flags: event_flags(flags), large, place })
    }

    fn section(&mut self) -> Step<()> {
        let body = self.body(SECTION)?;
        let mut take = Take::new(&body);
        let (magic, major) = (take.u32().unwrap_or(0), take.u16().unwrap_or(0));
        if magic == MAGIC.swap_bytes() {
            return Err(self.error("the file was written on a machine of the other byte order, which is not read"));
        }
        if magic != MAGIC {
            return Err(self.error(format!("this is not a capture file: its magic number is {magic:#010x}")));
        }
        if major > MAJOR {
            return Err(
                self.error(format!("the file is of version {major} of the format; {MAJOR} is the newest known"))
            );
        }
        self.counters.sections += 1;
        self.converter.reset();
        Ok(())
    }

    fn machine(&mut self) -> Step<Machine> {
        let body = self.body(machine::BODY)?;
        Machine::read(&mut Take::new(&body)).map_err(|fault| self.fault(fault, 0))
    }

    /// The first `len` bytes of the body of a small block; the whole block is consumed.
    fn body(&mut self, len: usize) -> Step<Vec<u8>> {
        let body_len = self.body_len();
        if body_len < len as u64 {
            return Err(self.error(format!("the block has {body_len} bytes of content where {len} are needed")));
        }
        if body_len > MAX_LARGE_EVENT as u64 {
            return Err(self.error(format!("the block has {body_len} bytes of content where {len} are used")));
        }
        if !self.input.fill(self.block.len as usize) {
            return Err(self.cut_off());
        }
        let body = self.input.bytes()[HEADER..HEADER + len].to_vec();
        self.input.consume(HEADER + body_len as usize);
        self.trailer()?;
        Ok(body)
    }

    /// Leave out the rest of a block of unknown type.
    fn go_on_skipping(&mut self) -> Step<()> {
        let mut left = self.skipping.unwrap_or(0);
        let skipped = self.input.skip(&mut left);
        self.skipping = Some(left);
        if !skipped || !self.input.fill(TRAILER) {
            return Err(self.cut_off());
        }
        self.skipping = None;
        self.trailer()
    }

    /// Read the trailer, which says the length once more.
    fn trailer(&mut self) -> Step<()> {
        if !self.input.fill(TRAILER) {
            return Err(self.cut_off());
        }
        let mut take = Take::new(self.input.bytes());
        let len = take.u32().unwrap_or(0);
        self.input.consume(TRAILER);
        if len != self.block.len {
            let begin = self.block.len;
            return Err(self.error(format!("the block says it has {begin} bytes at its begin and {len} at its end")));
        }
        Ok(())
    }

    /// Begin to hand out the entries of a list, after `before` bytes that belong to all of them.
    fn begin_list(&mut self, before: usize) -> Step<()> {
        let Some(remaining) = self.body_len().checked_sub(before as u64) else {
            return Err(self.error("the list has no thread id"));
        };
        if !self.input.fill(HEADER + before) {
            return Err(self.cut_off());
        }
        self.input.consume(HEADER);
        let mut tid = 0;
        if before == 8 {
            tid = Take::new(self.input.bytes()).i64().unwrap_or(0);
            self.input.consume(before);
        }
        self.list = Some(List { remaining, entry: 0, tid });
        Ok(())
    }

    /// The next entry of the list; `None` when it has no more, and for one that says nothing.
    fn entry(&mut self) -> Step<Option<Item<'static>>> {
        let Some(list) = &mut self.list else { return Ok(None) };
        let (remaining, tid) = (list.remaining, list.tid);
        // What is left and is not an entry is padding.
        if remaining < 4 {
            if !self.input.fill(remaining as usize + TRAILER) {
                return Err(self.cut_off());
            }
            self.list = None;
            self.input.consume(remaining as usize);
            self.trailer()?;
            return Ok(None);
        }
        list.entry += 1;
        let number = list.entry;
        let room = usize::try_from(remaining).unwrap_or(usize::MAX).min(MAX_ENTRY);
        // Entries are small: read more only when what is at hand does not hold one.
        let mut want = room.min(4);
        loop {
            let whole = self.input.fill(want);
            let at_hand = self.input.bytes();
            let at_hand = &at_hand[..at_hand.len().min(room)];
            let mut take = Take::new(at_hand);
            match entry(&mut take, self.block.kind, tid) {
                Ok(item) => {
                    let used = at_hand.len() - take.rest.len();
                    self.input.consume(used);
                    if let Some(list) = &mut self.list {
                        list.remaining -= used as u64;
                    }
                    if let Entry::Unknown = item {
                        self.counters.skipped_entries += 1;
                    }
                    return Ok(match item {
                        Entry::Item(item) => Some(item),
                        Entry::Nothing | Entry::Unknown => None,
                    });
                }
                Err(Fault::Short) if !whole => {
                    if let Some(list) = self.list.as_mut().filter(|_| self.input.waiting) {
                        list.entry -= 1;
                    }
                    return Err(self.cut_off());
                }
                Err(Fault::Short) if at_hand.len() < room => want = room.min(at_hand.len() * 2),
                Err(fault) => return Err(self.fault(fault, number)),
            }
        }
    }

    fn fault(&self, fault: Fault, entry: u64) -> Halt {
        let what = match fault {
            Fault::Short if self.body_len() > MAX_ENTRY as u64 => {
                format!("the entry does not end within the {MAX_ENTRY} bytes that are the most, or within the block")
            }
            Fault::Short => "the entry does not fit the block".into(),
            Fault::Invalid(what) => what,
        };
        self.error(if entry == 0 { what } else { format!("entry {entry}: {what}") })
    }

    /// The file ends inside the block, or the rest of it has not come yet.
    #[cold]
    fn cut_off(&mut self) -> Halt {
        if self.input.waiting {
            // A block whose content was not begun is begun again by its header.
            if self.list.is_none() && self.skipping.is_none() {
                self.counters.blocks -= 1;
            }
            return Halt::NotYet;
        }
        self.counters.truncated = true;
        let (len, why) = (self.block.len, self.input.why_ended());
        self.error(format!("{why} inside this block of {len} bytes"))
    }

    #[cold]
    fn error(&self, what: impl Into<String>) -> Halt {
        let Position { offset, kind, .. } = self.block;
        Halt::Failed(Error::CaptureFile { offset, block: self.counters.blocks, kind: kind.name(), what: what.into() })
    }
}

/// Bit 1 said that a tracer wrote the event, bit 2 that the block is a large one: neither is the event's.
#[inline]
fn event_flags(stored: u32) -> u32 {
    stored & !0b110
}

enum Entry {
    Item(Item<'static>),
    /// Left out by the writer's intention.
    Nothing,
    /// Of a type that is not known.
    Unknown,
}

fn entry(take: &mut Take, kind: Block, tid: i64) -> Taken<Entry> {
    Ok(match kind {
        Block::Interfaces(version) => match interfaces::read(take, version)? {
            Some(interface) => Entry::Item(Item::Interface(interface)),
            None => Entry::Unknown,
        },
        Block::Users(version) => Entry::Item(users::read(take, version)?),
        Block::Processes(version) => Entry::Item(Item::Thread(Box::new(processes::read(take, version)?))),
        Block::Descriptors(version) => match descriptors::read(take, version)? {
            Some((num, fd)) => Entry::Item(Item::Fd { tid, num, fd: Box::new(fd) }),
            None => Entry::Nothing,
        },
        _ => Entry::Nothing,
    })
}
