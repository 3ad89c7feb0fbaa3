//! Merging rings by time, exactly.
//!
//! The clock is read first, the producer positions after it. The kernel stamps a record after it has reserved its place, so what is
//! not yet visible has a later time than that clock value: everything up to it can be put in order for good.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::ring::{RingBuffer, Slot};
use super::sys;
use super::wire::RECORD_EVENT;

/// How long a record that is being written may hold up the merge.
const STALL_LIMIT: Duration = Duration::from_millis(10);
/// Records looked at in one ring before the oldest are handed over: bounds memory, and gives space back in time.
const BATCH: usize = 4096;
/// Records handed over before a ring's space is given back.
const RELEASE_EVERY: u32 = 128;
const TS: usize = RECORD_EVENT;

struct Lane<R> {
    ring: R,
    /// Found and not yet handed over, oldest first: time, position, length.
    pending: VecDeque<(u64, u64, u32)>,
    scan: u64,
    /// A record that was still being written when the wait for it ran out.
    given_up: Option<u64>,
    since_release: u32,
    /// Some pending record does not lie behind the one before it: a program was preempted between reserving and stamping.
    disordered: bool,
    /// Running loss counts last seen, one a cpu that writes into this ring.
    lost: Vec<(u16, u32)>,
}

pub struct Merger<R> {
    lanes: Vec<Lane<R>>,
    last_ts: u64,
    pub late: u64,
    pub stalls: u64,
    pub delivered: u64,
    /// Records shorter than a record can be: never seen from our programs, counted all the same.
    pub malformed: u64,
}

/// A record in time order: its bytes, and whether something is missing before it.
pub struct Merged<'a> {
    pub bytes: &'a [u8],
    pub after_gap: bool,
}

impl<R: RingBuffer> Merger<R> {
    pub fn new(rings: Vec<R>) -> Merger<R> {
        let lanes = rings
            .into_iter()
            .map(|ring| Lane {
                scan: ring.consumer(),
                ring,
                pending: VecDeque::with_capacity(BATCH),
                given_up: None,
                since_release: 0,
                disordered: false,
                lost: Vec::new(),
            })
            .collect();
        Merger { lanes, last_ts: 0, late: 0, stalls: 0, delivered: 0, malformed: 0 }
    }

    /// Hand over, in order of time, what is certain to be complete. Returns how many records that were. `complete_up_to` is asked behind
    /// the clock and before the producers: records up to its time are visible in the rings.
    pub fn drain(&mut self, complete_up_to: &mut dyn FnMut() -> u64, handle: &mut dyn FnMut(Merged)) -> usize {
        let mut horizon = sys::boottime_ns();
        horizon = horizon.min(complete_up_to());
        for i in 0..self.lanes.len() {
            let producer = self.lanes[i].ring.producer();
            horizon = horizon.min(self.scan(i, producer));
        }
        self.emit(horizon, handle)
    }

    /// Find records up to `producer`; returns the time up to which this ring is completely known.
    fn scan(&mut self, index: usize, producer: u64) -> u64 {
        let lane = &mut self.lanes[index];
        let mut deadline: Option<Instant> = None;
        while lane.scan < producer {
            if lane.pending.len() >= BATCH {
                return lane.pending.back().map_or(u64::MAX, |p| p.0);
            }
            match lane.ring.slot(lane.scan) {
                Slot::Skip(next) => lane.scan = next,
                Slot::Data { len, next } => {
                    let bytes = lane.ring.bytes(lane.scan, len);
                    match bytes.get(TS..TS + 8).and_then(|b| b.try_into().ok()) {
                        Some(ts) => lane.insert(u64::from_le_bytes(ts), lane.scan, len),
                        None => self.malformed += 1,
                    }
                    lane.scan = next;
                }
                Slot::Busy => {
                    if lane.given_up == Some(lane.scan) {
                        break;
                    }
                    let now = Instant::now();
                    let limit = *deadline.get_or_insert_with(|| {
                        self.stalls += 1;
                        now + STALL_LIMIT
                    });
                    if now >= limit {
                        lane.given_up = Some(lane.scan);
                        break;
                    }
                    std::thread::yield_now();
                }
            }
        }
        u64::MAX
    }

    fn emit(&mut self, horizon: u64, handle: &mut dyn FnMut(Merged)) -> usize {
        let mut count = 0;
        loop {
            // The ring with the oldest record, and the time up to which it stays the oldest.
            let (mut best, mut best_ts, mut second_ts) = (usize::MAX, u64::MAX, u64::MAX);
            for (i, lane) in self.lanes.iter().enumerate() {
                if let Some(&(ts, _, _)) = lane.pending.front() {
                    if ts < best_ts || best == usize::MAX {
                        second_ts = best_ts;
                        (best, best_ts) = (i, ts);
                    } else {
                        second_ts = second_ts.min(ts);
                    }
                }
            }
            if best == usize::MAX || best_ts > horizon {
                break;
            }
            let limit = second_ts.min(horizon);
            let lane = &mut self.lanes[best];
            while let Some(&(ts, position, len)) = lane.pending.front() {
                if ts > limit {
                    break;
                }
                let bytes = lane.ring.bytes(position, len);
                let mut after_gap = note_losses(&mut lane.lost, bytes);
                if ts < self.last_ts {
                    self.late += 1;
                    after_gap = true;
                } else {
                    self.last_ts = ts;
                }
                handle(Merged { bytes, after_gap });
                count += 1;
                lane.pending.pop_front();
                lane.since_release += 1;
                if lane.since_release >= RELEASE_EVERY {
                    lane.release();
                }
            }
        }
        for lane in &mut self.lanes {
            lane.release();
        }
        self.delivered += count as u64;
        count
    }
}

impl<R: RingBuffer> Lane<R> {
    /// Records of one ring are in order but where a program was preempted between reserving and stamping.
    fn insert(&mut self, ts: u64, position: u64, len: u32) {
        let mut at = self.pending.len();
        while at > 0 && self.pending[at - 1].0 > ts {
            at -= 1;
        }
        if at == self.pending.len() {
            self.pending.push_back((ts, position, len));
        } else {
            self.disordered = true;
            self.pending.insert(at, (ts, position, len));
        }
    }

    fn release(&mut self) {
        self.since_release = 0;
        if self.pending.is_empty() {
            self.disordered = false;
        }
        // In order of time is not always in order of position: keep everything from the lowest one still pending.
        let first =
            if self.disordered { self.pending.iter().map(|p| p.1).min() } else { self.pending.front().map(|p| p.1) };
        let lowest = first.unwrap_or(self.scan);
        if lowest > self.ring.consumer() {
            self.ring.release(lowest);
        }
    }
}

/// Whether the ring lost records on this cpu since the last one of it.
fn note_losses(seen: &mut Vec<(u16, u32)>, bytes: &[u8]) -> bool {
    let (Some(lost), Some(cpu)) = (bytes.get(4..8), bytes.get(8..10)) else { return false };
    let lost = u32::from_le_bytes([lost[0], lost[1], lost[2], lost[3]]);
    let cpu = u16::from_le_bytes([cpu[0], cpu[1]]);
    match seen.iter_mut().find(|s| s.0 == cpu) {
        Some(slot) => std::mem::replace(&mut slot.1, lost) != lost,
        None => {
            seen.push((cpu, lost));
            lost != 0
        }
    }
}
