//! Capture files made by hand, and reading them whole.
#![allow(dead_code)] // Each test binary uses a part.

use engine::error::Error;
use engine::event::lengths_width;
use engine::scap::{Counters, Interface, Item, Machine, Reader};
use engine::state::{Fd, Thread, User};

pub const SECTION: u32 = 0x0A0D_0D0A;
pub const EVENT: u32 = 0x216;

/// An item with its bytes.
#[derive(Debug)]
pub enum Owned {
    Section,
    Machine(Machine),
    Interface(Interface),
    User(User),
    Group(u32, String),
    Thread(Box<Thread>),
    Fd(i64, i64, Box<Fd>),
    Event(Record),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub cpu: u16,
    pub flags: u32,
    pub bytes: Vec<u8>,
    pub large: bool,
}

impl Record {
    pub fn etype(&self) -> u16 {
        u16::from_le_bytes([self.bytes[20], self.bytes[21]])
    }

    pub fn tid(&self) -> i64 {
        i64::from_le_bytes(self.bytes[8..16].try_into().unwrap())
    }

    pub fn params(&self) -> Vec<Vec<u8>> {
        let nparams = u32::from_le_bytes(self.bytes[22..26].try_into().unwrap()) as usize;
        let width = lengths_width(self.etype());
        let mut at = 26 + width * nparams;
        let lengths = self.bytes[26..at].chunks(width);
        let params = lengths.map(|len| {
            let len = len.iter().rev().fold(0, |sum, b| sum << 8 | usize::from(*b));
            at += len;
            self.bytes[at - len..at].to_vec()
        });
        params.collect()
    }
}

/// What a reader makes of a file.
pub struct Whole {
    pub items: Vec<Owned>,
    pub error: Option<Error>,
    pub counters: Counters,
}

impl Whole {
    pub fn events(&self) -> Vec<&Record> {
        self.items.iter().filter_map(|item| if let Owned::Event(event) = item { Some(event) } else { None }).collect()
    }

    /// The error's text.
    pub fn failure(&self) -> String {
        self.error.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

pub fn read(input: impl std::io::Read) -> Whole {
    let mut reader = Reader::new(input);
    let mut items = Vec::new();
    let error = loop {
        match reader.next() {
            Ok(None) => {
                if !reader.is_waiting() {
                    break None;
                }
            }
            Err(error) => break Some(error),
            Ok(Some(item)) => items.push(match item {
                Item::Section => Owned::Section,
                Item::Machine(machine) => Owned::Machine(machine),
                Item::Interface(interface) => Owned::Interface(interface),
                Item::User(user) => Owned::User(user),
                Item::Group { gid, name } => Owned::Group(gid, name),
                Item::Thread(thread) => Owned::Thread(thread),
                Item::Fd { tid, num, fd } => Owned::Fd(tid, num, fd),
                Item::Event { cpu, flags, bytes, large } => {
                    Owned::Event(Record { cpu, flags, bytes: bytes.to_vec(), large })
                }
            }),
        }
    };
    if let Some(error) = &error {
        assert_eq!(reader.next().err().as_ref(), Some(error), "an error stays");
    }
    Whole { items, error, counters: *reader.counters() }
}

/// Bytes put together from little-endian numbers and counted strings.
#[derive(Clone, Default)]
pub struct Body(pub Vec<u8>);

impl Body {
    pub fn new() -> Body {
        Body::default()
    }
    pub fn u8(self, value: u8) -> Body {
        self.raw(&[value])
    }
    pub fn u16(self, value: u16) -> Body {
        self.raw(&value.to_le_bytes())
    }
    pub fn u32(self, value: u32) -> Body {
        self.raw(&value.to_le_bytes())
    }
    pub fn u64(self, value: u64) -> Body {
        self.raw(&value.to_le_bytes())
    }
    pub fn text(self, text: &str) -> Body {
        self.u16(text.len() as u16).raw(text.as_bytes())
    }
    pub fn raw(mut self, bytes: &[u8]) -> Body {
        self.0.extend_from_slice(bytes);
        self
    }
    /// An entry whose length counts itself.
    pub fn entry(self, entry: Body) -> Body {
        self.u32(entry.0.len() as u32 + 4).raw(&entry.0)
    }
}

/// A file that begins with its section header.
#[derive(Clone)]
pub struct FileBytes(pub Vec<u8>);

impl FileBytes {
    pub fn new() -> FileBytes {
        FileBytes(Vec::new()).section()
    }

    pub fn section(self) -> FileBytes {
        self.block(SECTION, Body::new().u32(0x1A2B_3C4D).u16(1).u16(2).u64(u64::MAX))
    }

    pub fn block(mut self, number: u32, body: Body) -> FileBytes {
        let padding = body.0.len().next_multiple_of(4) - body.0.len();
        let len = (body.0.len() + padding + 12) as u32;
        self.0.extend_from_slice(&number.to_le_bytes());
        self.0.extend_from_slice(&len.to_le_bytes());
        self.0.extend_from_slice(&body.0);
        self.0.extend_from_slice(&[0; 4][..padding]);
        self.0.extend_from_slice(&len.to_le_bytes());
        self
    }

    pub fn event(self, event: &[u8]) -> FileBytes {
        self.block(EVENT, Body::new().u16(3).raw(event))
    }

    pub fn read(&self) -> Whole {
        read(&self.0[..])
    }
}

pub fn event(tid: i64, etype: u16, params: &[&[u8]]) -> Vec<u8> {
    let width = lengths_width(etype);
    let len = 26 + params.iter().map(|param| width + param.len()).sum::<usize>();
    let mut body = Body::new().u64(1_700_000_000_000_000_000).u64(tid as u64).u32(len as u32).u16(etype);
    body = body.u32(params.len() as u32);
    for param in params {
        body = body.raw(&(param.len() as u32).to_le_bytes()[..width]);
    }
    params.iter().for_each(|param| body.0.extend_from_slice(param));
    body.0
}

/// The header of version 1: no number of parameters, and a length that does not count it.
pub fn event_v1(tid: i64, etype: u16, params: &[&[u8]], wrong_by: u32) -> Vec<u8> {
    let mut bytes = event(tid, etype, params);
    let len = bytes.len() as u32 - 4 + wrong_by;
    bytes.drain(22..26);
    bytes[16..20].copy_from_slice(&len.to_le_bytes());
    bytes
}

/// A small event of today.
pub fn close(tid: i64) -> Vec<u8> {
    event(tid, engine::schema::code::SYSCALL_CLOSE_X, &[&0u64.to_le_bytes(), &3u64.to_le_bytes()])
}
