//! Reading one scap event in place.

use crate::error::{Error, Result};
use crate::schema::code;

/// Bytes of the event header: ts, tid, len, type, nparams.
pub const HEADER_LEN: usize = 26;
/// The most parameters an event of the schema has (execve: 31, task iterator: 32), with room for newer writers.
pub const MAX_PARAMS: usize = 40;

/// Flag bits of an event record. Bits below 16 are the file format's; ours start at 16.
pub mod flags {
    /// Used to update state, hidden from the user (file format).
    pub const STATE_ONLY: u32 = 1 << 0;
    /// A path or address in the event was copied from user memory after the call.
    pub const USER_COPY: u32 = 1 << 16;
    /// Records were lost or late before this event; what state says may be incomplete.
    pub const DEGRADED: u32 = 1 << 17;
    /// A parameter was cut at its size limit.
    pub const TRUNCATED: u32 = 1 << 18;
}

/// One event, borrowed from the ring or the file it came in.
///
/// `lengths` are checked on construction: every parameter lies inside the event.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    pub cpu: u16,
    pub flags: u32,
    /// Nanoseconds since the epoch.
    pub ts: u64,
    pub tid: i64,
    pub etype: u16,
    /// Number of parameters stored (may be fewer or more than the schema's).
    pub nparams: usize,
    /// Sequence number given by the engine, from 1.
    pub num: u64,
    ends: [u16; MAX_PARAMS],
    payload: &'a [u8],
}

impl<'a> Event<'a> {
    /// Parse the event part of a record (header, lengths, payloads).
    ///
    /// Lengths are 16 bits wide, but for the few event types with large payloads: 32 bits. Those are read when they have
    /// 64 KiB at most. Errors: [`Error::Malformed`] with the offset inside `bytes`.
    pub fn parse(bytes: &'a [u8], cpu: u16, flags: u32) -> Result<Event<'a>> {
        if bytes.len() < HEADER_LEN {
            return Err(malformed(0, "shorter than an event header"));
        }
        let ts = u64::from_le_bytes(bytes[0..8].try_into().unwrap());
        let tid = i64::from_le_bytes(bytes[8..16].try_into().unwrap());
        let len = u32::from_le_bytes(bytes[16..20].try_into().unwrap()) as usize;
        let etype = u16::from_le_bytes(bytes[20..22].try_into().unwrap());
        let nparams = u32::from_le_bytes(bytes[22..26].try_into().unwrap()) as usize;
        if len < HEADER_LEN || len > bytes.len() {
            return Err(malformed(16, "length does not fit the record"));
        }
        if nparams > MAX_PARAMS {
            return Err(malformed(22, "more parameters than any event has"));
        }
        if is_large(etype) {
            return Event::parse_large(&bytes[..len], cpu, flags, nparams);
        }
        let start = HEADER_LEN + 2 * nparams;
        if start > len {
            return Err(malformed(22, "parameter lengths do not fit the event"));
        }
        let mut ends = [0u16; MAX_PARAMS];
        let mut end = 0usize;
        for (i, slot) in ends.iter_mut().enumerate().take(nparams) {
            let at = HEADER_LEN + 2 * i;
            end += u16::from_le_bytes([bytes[at], bytes[at + 1]]) as usize;
            if start + end > len || end > u16::MAX as usize {
                return Err(malformed(at, "a parameter does not fit the event"));
            }
            *slot = end as u16;
        }
        Ok(Event { cpu, flags, ts, tid, etype, nparams, num: 0, ends, payload: &bytes[start..len] })
    }

    /// The rest of [`Event::parse`] for an event with lengths of 32 bits.
    #[cold]
    fn parse_large(bytes: &'a [u8], cpu: u16, flags: u32, nparams: usize) -> Result<Event<'a>> {
        let start = HEADER_LEN + 4 * nparams;
        let Some(lengths) = bytes.get(HEADER_LEN..start) else {
            return Err(malformed(22, "parameter lengths do not fit the event"));
        };
        let mut ends = [0u16; MAX_PARAMS];
        let mut end = 0u64;
        for (i, length) in lengths.chunks_exact(4).enumerate() {
            let at = HEADER_LEN + 4 * i;
            end += u64::from(u32::from_le_bytes([length[0], length[1], length[2], length[3]]));
            if start as u64 + end > bytes.len() as u64 {
                return Err(malformed(at, "a parameter does not fit the event"));
            }
            ends[i] = u16::try_from(end).map_err(|_| malformed(at, "the parameters have more than 64 KiB"))?;
        }
        let ts = u64::from_le_bytes(bytes[0..8].try_into().unwrap());
        let tid = i64::from_le_bytes(bytes[8..16].try_into().unwrap());
        let etype = u16::from_le_bytes(bytes[20..22].try_into().unwrap());
        Ok(Event { cpu, flags, ts, tid, etype, nparams, num: 0, ends, payload: &bytes[start..] })
    }

    /// Bytes of parameter `i`; `None` when the event has no such parameter. An empty slice is "absent or empty".
    #[inline]
    pub fn param(&self, i: usize) -> Option<&'a [u8]> {
        if i >= self.nparams {
            return None;
        }
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        Some(&self.payload[start..self.ends[i] as usize])
    }

    /// Parameter `i` as a signed number of whatever width it was stored in (1, 2, 4 or 8 bytes).
    #[inline]
    pub fn int(&self, i: usize) -> Option<i64> {
        match self.param(i)? {
            [a] => Some(*a as i8 as i64),
            [a, b] => Some(i16::from_le_bytes([*a, *b]) as i64),
            p if p.len() == 4 => Some(i32::from_le_bytes(p.try_into().unwrap()) as i64),
            p if p.len() == 8 => Some(i64::from_le_bytes(p.try_into().unwrap())),
            _ => None,
        }
    }

    /// Parameter `i` as an unsigned number of whatever width it was stored in.
    #[inline]
    pub fn uint(&self, i: usize) -> Option<u64> {
        match self.param(i)? {
            [a] => Some(*a as u64),
            [a, b] => Some(u16::from_le_bytes([*a, *b]) as u64),
            p if p.len() == 4 => Some(u32::from_le_bytes(p.try_into().unwrap()) as u64),
            p if p.len() == 8 => Some(u64::from_le_bytes(p.try_into().unwrap())),
            _ => None,
        }
    }

    /// Parameter `i` as a string without its terminating NUL; `None` when absent (length 0).
    #[inline]
    pub fn str(&self, i: usize) -> Option<&'a [u8]> {
        let p = self.param(i)?;
        if p.is_empty() {
            return None;
        }
        Some(&p[..memchr::memchr(0, p).unwrap_or(p.len())])
    }
}

/// Whether the lengths of the parameters are 32 bits wide.
#[inline]
pub fn is_large(etype: u16) -> bool {
    matches!(etype, code::PLUGINEVENT_E | code::CONTAINER_JSON_2_E | code::ASYNCEVENT_E)
}

fn malformed(offset: usize, what: &str) -> Error {
    Error::Malformed { offset, what: what.to_string() }
}
