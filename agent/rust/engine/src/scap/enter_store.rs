//! Enter events that wait for the exit event of the same thread.

use rustc_hash::FxHashMap;

/// At most one event a thread. What is kept is bounded, whatever the file says: when there is too much, all is forgotten.
#[derive(Default)]
pub struct EnterStore {
    events: FxHashMap<i64, Vec<u8>>,
    /// Memory of the events, used or not.
    bytes: usize,
}

impl EnterStore {
    /// More than a kernel has threads by default on any machine but the largest.
    pub const MAX_THREADS: usize = 262_144;
    pub const MAX_BYTES: usize = 64 << 20;

    /// Remember an event in place of the thread's former one; returns how many were forgotten to make room.
    pub fn put(&mut self, tid: i64, event: &[u8]) -> u64 {
        let mut forgotten = 0;
        if self.bytes + event.len() > Self::MAX_BYTES || self.events.len() >= Self::MAX_THREADS {
            forgotten = self.events.values().filter(|event| !event.is_empty()).count() as u64;
            *self = EnterStore::default();
        }
        let slot = self.events.entry(tid).or_default();
        self.bytes -= slot.capacity();
        slot.clear();
        slot.extend_from_slice(event);
        self.bytes += slot.capacity();
        forgotten
    }

    pub fn get(&self, tid: i64) -> Option<&[u8]> {
        self.events.get(&tid).map(Vec::as_slice).filter(|event| !event.is_empty())
    }

    /// Forget the event of a thread but keep the memory: the thread's next one is about to come.
    pub fn clear(&mut self, tid: i64) {
        if let Some(slot) = self.events.get_mut(&tid) {
            slot.clear();
        }
    }

    /// Forget a thread.
    pub fn remove(&mut self, tid: i64) {
        if let Some(slot) = self.events.remove(&tid) {
            self.bytes -= slot.capacity();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_in_number_and_in_bytes() {
        let mut store = EnterStore::default();
        let forgotten: u64 = (0..600_000).map(|tid| store.put(tid, b"event")).sum();
        assert!(store.events.len() <= EnterStore::MAX_THREADS);
        assert_eq!(forgotten + store.events.len() as u64, 600_000);
        let large = vec![1; 65_000];
        for tid in 0..5000 {
            store.put(tid, &large);
            assert!(store.bytes <= EnterStore::MAX_BYTES + large.len());
        }
        let held: usize = store.events.values().map(Vec::capacity).sum();
        assert_eq!(held, store.bytes);
    }

    #[test]
    fn a_cleared_event_is_gone() {
        let mut store = EnterStore::default();
        store.put(7, b"a");
        store.put(7, b"bc");
        assert_eq!(store.get(7), Some(&b"bc"[..]));
        store.clear(7);
        assert_eq!(store.get(7), None);
        store.put(7, b"d");
        store.remove(7);
        assert_eq!((store.get(7), store.bytes), (None, 0));
    }
}
