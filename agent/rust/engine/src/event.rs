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
/// Small, because it is made for every event and few of its parameters are looked at: where one begins is summed up when it
/// is asked for. The lengths are checked on construction: every parameter lies inside the event.
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
    /// The lengths have 32 bits, not 16.
    large: bool,
    /// Lengths, then payloads.
    body: &'a [u8],
}

impl<'a> Event<'a> {
    /// Parse the event part of a record (header, lengths, payloads).
    ///
    /// Errors: [`Error::Malformed`] with the offset inside `bytes`.
    #[inline]
    pub fn parse(bytes: &'a [u8], cpu: u16, flags: u32) -> Result<Event<'a>> {
        let Some(header) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(malformed(0, "shorter than an event header"));
        };
        let len = u32::from_le_bytes([header[16], header[17], header[18], header[19]]) as usize;
        let etype = u16::from_le_bytes([header[20], header[21]]);
        let nparams = u32::from_le_bytes([header[22], header[23], header[24], header[25]]) as usize;
        let Some(body) = bytes.get(HEADER_LEN..len) else {
            return Err(malformed(16, "length does not fit the record"));
        };
        if nparams > MAX_PARAMS {
            return Err(malformed(22, "more parameters than any event has"));
        }
        let event = Event {
            cpu,
            flags,
            ts: u64::from_le_bytes(bytes[0..8].try_into().unwrap()),
            tid: i64::from_le_bytes(bytes[8..16].try_into().unwrap()),
            etype,
            nparams,
            num: 0,
            large: lengths_width(etype) == 4,
            body,
        };
        match event.payload_at().checked_add(event.sum(nparams)) {
            Some(end) if end <= body.len() => Ok(event),
            _ => Err(event.misfit()),
        }
    }

    /// Where in the body the payloads begin.
    #[inline]
    fn payload_at(&self) -> usize {
        self.nparams * if self.large { 4 } else { 2 }
    }

    /// Bytes of the first `count` parameters; `usize::MAX` when even their lengths are not all there.
    #[inline]
    fn sum(&self, count: usize) -> usize {
        if self.large {
            return self.sum_large(count);
        }
        let Some(lengths) = self.body.get(..2 * count) else { return usize::MAX };
        lengths.chunks_exact(2).map(|length| u16::from_le_bytes([length[0], length[1]]) as usize).sum()
    }

    #[cold]
    fn sum_large(&self, count: usize) -> usize {
        let Some(lengths) = self.body.get(..4 * count) else { return usize::MAX };
        let lengths = lengths.chunks_exact(4).map(|l| u32::from_le_bytes([l[0], l[1], l[2], l[3]]) as usize);
        lengths.fold(0, usize::saturating_add)
    }

    /// What is wrong with an event whose parameters do not fit.
    #[cold]
    fn misfit(&self) -> Error {
        let room = self.body.len().saturating_sub(self.payload_at());
        if self.payload_at() > self.body.len() {
            return malformed(22, "parameter lengths do not fit the event");
        }
        let first = (1..=self.nparams).find(|count| self.sum(*count) > room).unwrap_or(self.nparams);
        let width = if self.large { 4 } else { 2 };
        malformed(HEADER_LEN + width * first.saturating_sub(1), "a parameter does not fit the event")
    }

    /// Bytes of parameter `i`; `None` when the event has no such parameter. An empty slice is "absent or empty".
    #[inline]
    pub fn param(&self, i: usize) -> Option<&'a [u8]> {
        if i >= self.nparams {
            return None;
        }
        let start = self.payload_at() + self.sum(i);
        let length = if self.large {
            u32::from_le_bytes(*self.body.get(4 * i..)?.first_chunk()?) as usize
        } else {
            u16::from_le_bytes(*self.body.get(2 * i..)?.first_chunk()?) as usize
        };
        self.body.get(start..start + length)
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

/// Bytes of the length of each parameter: 2, or 4 for the few event types with large payloads.
#[inline]
pub fn lengths_width(etype: u16) -> usize {
    match etype {
        code::PLUGINEVENT_E | code::CONTAINER_JSON_2_E | code::ASYNCEVENT_E => 4,
        _ => 2,
    }
}

fn malformed(offset: usize, what: &str) -> Error {
    Error::Malformed { offset, what: what.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ef, EVENTS};

    fn bytes(etype: u16, params: &[&[u8]]) -> Vec<u8> {
        let width = lengths_width(etype);
        let len = HEADER_LEN + params.iter().map(|p| p.len() + width).sum::<usize>();
        let mut out = [5u64.to_le_bytes(), 7u64.to_le_bytes()].concat();
        out.extend((len as u32).to_le_bytes());
        out.extend(etype.to_le_bytes());
        out.extend((params.len() as u32).to_le_bytes());
        for param in params {
            out.extend_from_slice(&(param.len() as u32).to_le_bytes()[..width]);
        }
        params.iter().for_each(|p| out.extend_from_slice(p));
        out
    }

    #[test]
    fn parameters_are_where_the_lengths_say() {
        let big = vec![b'x'; 100_000];
        for (etype, last) in [(code::SYSCALL_OPEN_X, &b"end"[..]), (code::ASYNCEVENT_E, &big[..])] {
            let params = [&b"ab"[..], b"", b"cde\0", last];
            let record = bytes(etype, &params);
            let event = Event::parse(&record, 3, 0).unwrap();
            assert_eq!((event.ts, event.tid, event.etype, event.nparams), (5, 7, etype, 4));
            for (i, param) in params.iter().enumerate() {
                assert_eq!(event.param(i), Some(*param));
            }
            assert_eq!((event.param(4), event.str(1), event.str(2)), (None, None, Some(&b"cde"[..])));
        }
    }

    #[test]
    fn what_does_not_fit_is_an_error_with_its_offset() {
        for etype in [code::SYSCALL_OPEN_X, code::ASYNCEVENT_E] {
            let width = lengths_width(etype);
            let good = bytes(etype, &[b"ab", b"cd"]);
            let offset = |bytes: &[u8]| match Event::parse(bytes, 0, 0) {
                Err(Error::Malformed { offset, .. }) => Some(offset),
                _ => None,
            };
            assert_eq!(offset(&good), None);
            for cut in 0..good.len() {
                assert!(offset(&good[..cut]).is_some(), "cut to {cut} bytes");
            }
            let mut long = good.clone();
            long[HEADER_LEN + width..][..width].fill(0xff);
            assert_eq!(offset(&long), Some(HEADER_LEN + width));
            let mut many = good.clone();
            many[22] = 40;
            assert_eq!(offset(&many), Some(22));
            many[22] = 41;
            assert_eq!(offset(&many), Some(22));
            let mut short = good;
            short[16] = HEADER_LEN as u8 - 1;
            assert_eq!(offset(&short), Some(16));
        }
    }

    #[test]
    fn large_events_are_those_of_the_schema() {
        for event in EVENTS.iter() {
            assert_eq!(lengths_width(event.code) == 4, event.has(ef::LARGE_PAYLOAD), "{}", event.symbol);
        }
    }
}
