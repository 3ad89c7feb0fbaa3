//! The bytes of one event: header, lengths of the parameters, parameters.

use crate::event::{flags::STATE_ONLY, lengths_width, Event, HEADER_LEN, MAX_PARAMS};
use crate::schema::{self, code, EVENTS};

/// Bytes of the body of an event block, at most.
pub const MAX_EVENT: usize = 64 << 10;
/// The same of a block for large events.
pub const MAX_LARGE_EVENT: usize = 64 << 20;
/// Bytes of the header of version 1, which has no number of parameters.
const V1_HEADER_LEN: usize = HEADER_LEN - 4;

/// Whether an event is there for the state alone and no rule or output shows it. It is counted like any other.
///
/// So it is with what the peer counts and does not show: enter events that are passed on (they say early what the exit
/// event says again), events about users and groups, and what was written for the state only, which has no time where it
/// is about containers.
pub fn is_hidden(event: &Event) -> bool {
    let Some(info) = EVENTS.get(event.etype as usize) else { return true };
    let users =
        matches!(event.etype, code::USER_ADDED_E | code::USER_DELETED_E | code::GROUP_ADDED_E | code::GROUP_DELETED_E);
    event.flags & STATE_ONLY != 0 || event.ts == 0 || users || info.is_enter()
}

/// An event whose lengths were checked: every parameter lies inside.
#[derive(Clone, Copy)]
pub struct Checked<'a> {
    pub bytes: &'a [u8],
    pub tid: i64,
    pub etype: u16,
    pub nparams: usize,
}

impl<'a> Checked<'a> {
    /// Check the event at the front of `bytes`. The type must be one of the schema.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Result<Checked<'a>, String> {
        let Some(header) = bytes.first_chunk::<HEADER_LEN>() else {
            return Err(format!("{} bytes are too few for an event", bytes.len()));
        };
        let tid = i64::from_le_bytes(*header[8..].first_chunk().expect("inside the header"));
        let len = u32::from_le_bytes(*header[16..].first_chunk().expect("inside the header")) as usize;
        let etype = u16::from_le_bytes(*header[20..].first_chunk().expect("inside the header"));
        let nparams = u32::from_le_bytes(*header[22..].first_chunk().expect("inside the header")) as usize;
        if len < HEADER_LEN || len > bytes.len() {
            return Err(format!("the event says it has {len} bytes, and the block has room for {}", bytes.len()));
        }
        if nparams > MAX_PARAMS {
            return Err(format!("the event has {nparams} parameters, and none has more than {MAX_PARAMS}"));
        }
        let event = Checked { bytes: &bytes[..len], tid, etype, nparams };
        match event.params_end() {
            Some(end) if end <= len => Ok(event),
            _ => Err(format!("the {nparams} parameters do not fit the event's {len} bytes")),
        }
    }

    #[inline]
    fn params_end(&self) -> Option<usize> {
        let width = lengths_width(self.etype);
        let start = HEADER_LEN + width * self.nparams;
        let lengths = self.bytes.get(HEADER_LEN..start)?;
        let sum: usize = if width == 2 {
            lengths.chunks_exact(2).map(|len| usize::from(u16::from_le_bytes([len[0], len[1]]))).sum()
        } else {
            // At most 40 lengths of 32 bits: no overflow in 64.
            lengths.chunks_exact(4).map(|len| u32::from_le_bytes([len[0], len[1], len[2], len[3]]) as usize).sum()
        };
        Some(start + sum)
    }

    /// The parameter lengths, in order.
    pub fn lengths(&self) -> impl Iterator<Item = usize> + use<'a> {
        let width = lengths_width(self.etype);
        let lengths = &self.bytes[HEADER_LEN..HEADER_LEN + width * self.nparams];
        lengths.chunks_exact(width).map(|len| len.iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
    }

    /// Bytes of parameter `index`; `None` when there is no such parameter.
    pub fn param(&self, index: usize) -> Option<&'a [u8]> {
        if index >= self.nparams {
            return None;
        }
        let before: usize = self.lengths().take(index).sum();
        let len = self.lengths().nth(index)?;
        let start = HEADER_LEN + lengths_width(self.etype) * self.nparams + before;
        self.bytes.get(start..start + len)
    }
}

/// Rewrite an event of version 1 in `bytes` as one of version 2, into `out`.
pub fn upgrade_v1(bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let Some(header) = bytes.first_chunk::<V1_HEADER_LEN>() else {
        return Err(format!("{} bytes are too few for an event", bytes.len()));
    };
    let stored = u32::from_le_bytes(*header[16..].first_chunk().expect("inside the header")) as usize;
    let etype = u16::from_le_bytes(*header[20..].first_chunk().expect("inside the header"));
    // Writers of that time stored a wrong length for these two.
    let surplus = if matches!(etype, code::NOTIFICATION_E | code::INFRASTRUCTURE_EVENT_E) { 3 } else { 0 };
    let wrong = || format!("the event says it has {stored} bytes, and the block has room for {}", bytes.len());
    let len =
        stored.checked_sub(surplus).filter(|len| (V1_HEADER_LEN..=bytes.len()).contains(len)).ok_or_else(wrong)?;
    let rest = &bytes[V1_HEADER_LEN..len];
    let width = lengths_width(etype);
    let most = schema::event(etype).map_or(0, |info| info.params.len());
    let fits = |count: &usize| {
        let Some(lengths) = rest.get(..width * count) else { return false };
        let each = lengths.chunks_exact(width).map(|len| len.iter().rev().fold(0, |sum, b| sum << 8 | usize::from(*b)));
        width * count + each.sum::<usize>() == rest.len()
    };
    let Some(nparams) = (0..=most).rev().find(fits) else {
        return Err(format!("no number of parameters from {most} down fits the event's {len} bytes"));
    };
    out.clear();
    out.extend_from_slice(&header[..16]);
    out.extend_from_slice(&(len as u32 + 4).to_le_bytes());
    out.extend_from_slice(&header[20..]);
    out.extend_from_slice(&(nparams as u32).to_le_bytes());
    out.extend_from_slice(rest);
    Ok(())
}
