//! Tables of file descriptors, shared by threads and copied lazily on fork.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::fd::Fd;

/// Descriptors below this are kept in a vector, others in a map.
const DENSE: i64 = 1024;

/// Descriptors of one or more tables. Tables share them after a fork until one side changes something: a child that only
/// execs costs no copy of its own.
#[derive(Debug, Clone, Default)]
struct Slots {
    low: Vec<Option<Arc<Fd>>>,
    high: FxHashMap<i64, Arc<Fd>>,
    len: usize,
}

impl Slots {
    fn get(&self, num: i64) -> Option<&Arc<Fd>> {
        if (0..DENSE).contains(&num) {
            self.low.get(num as usize)?.as_ref()
        } else {
            self.high.get(&num)
        }
    }

    fn set(&mut self, num: i64, fd: Arc<Fd>) {
        let before = if num < DENSE {
            let at = num as usize;
            if self.low.len() <= at {
                self.low.resize((at + 1).next_power_of_two().max(8), None);
            }
            self.low[at].replace(fd)
        } else {
            self.high.insert(num, fd)
        };
        self.len += usize::from(before.is_none());
    }

    fn remove(&mut self, num: i64) -> Option<Arc<Fd>> {
        let gone = if (0..DENSE).contains(&num) {
            self.low.get_mut(num as usize).and_then(Option::take)
        } else {
            self.high.remove(&num)
        };
        self.len -= usize::from(gone.is_some());
        gone
    }

    fn iter(&self) -> impl Iterator<Item = (i64, &Arc<Fd>)> {
        let low = self.low.iter().enumerate().filter_map(|(num, fd)| fd.as_ref().map(|fd| (num as i64, fd)));
        low.chain(self.high.iter().map(|(num, fd)| (*num, fd)))
    }
}

/// Which table of the [`FileTables`] a thread uses: what the kernel calls its `files_struct`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilesId(u32);

#[derive(Debug, Clone, Copy, Default)]
struct Table {
    slots: u32,
    /// Threads that use the table.
    users: u32,
}

/// All tables. Counts of users are plain numbers, not atomic ones: the tables have one owner.
#[derive(Debug, Default)]
pub struct FileTables {
    tables: Vec<Table>,
    free_tables: Vec<u32>,
    /// Descriptors, and the number of tables that share them.
    slots: Vec<(Slots, u32)>,
    free_slots: Vec<u32>,
}

impl FileTables {
    /// An empty table for one user.
    pub fn add(&mut self) -> FilesId {
        let slots = self.new_slots(Slots::default());
        self.new_table(slots)
    }

    /// One more thread uses the table.
    pub fn share(&mut self, id: FilesId) -> FilesId {
        self.tables[id.0 as usize].users += 1;
        id
    }

    /// A table of its own with the same contents.
    pub fn copy(&mut self, id: FilesId) -> FilesId {
        let slots = self.tables[id.0 as usize].slots;
        self.slots[slots as usize].1 += 1;
        self.new_table(slots)
    }

    /// One thread fewer uses the table; the last one frees it.
    pub fn release(&mut self, id: FilesId) {
        let table = &mut self.tables[id.0 as usize];
        table.users -= 1;
        if table.users == 0 {
            let slots = table.slots;
            self.free_tables.push(id.0);
            self.release_slots(slots);
        }
    }

    pub fn users(&self, id: FilesId) -> u32 {
        self.tables[id.0 as usize].users
    }

    #[inline]
    pub fn get(&self, id: FilesId, num: i64) -> Option<&Arc<Fd>> {
        self.slots_of(id).get(num)
    }

    /// Returns false when the table holds `limit` descriptors already and `num` is not among them.
    pub fn set(&mut self, id: FilesId, num: i64, fd: Arc<Fd>, limit: usize) -> bool {
        let slots = self.slots_of(id);
        let valid = (0..=i64::from(i32::MAX)).contains(&num);
        if !valid || (slots.len >= limit && slots.get(num).is_none()) {
            return false;
        }
        self.own_slots(id).set(num, fd);
        true
    }

    pub fn remove(&mut self, id: FilesId, num: i64) -> Option<Arc<Fd>> {
        self.get(id, num)?;
        self.own_slots(id).remove(num)
    }

    /// Remove every descriptor for which `gone` holds. Nothing is copied when there is none.
    pub fn remove_where(&mut self, id: FilesId, mut gone: impl FnMut(i64, &Fd) -> bool) {
        let doomed: Vec<i64> = self.iter(id).filter(|(num, fd)| gone(*num, fd)).map(|(num, _)| num).collect();
        if !doomed.is_empty() {
            let slots = self.own_slots(id);
            for num in doomed {
                slots.remove(num);
            }
        }
    }

    /// Replace descriptors by what `change` makes of them. Nothing is copied when that is `None` for all.
    pub fn change_where(&mut self, id: FilesId, mut change: impl FnMut(i64, &Fd) -> Option<Fd>) {
        let changed: Vec<(i64, Fd)> =
            self.iter(id).filter_map(|(num, fd)| change(num, fd).map(|fresh| (num, fresh))).collect();
        if !changed.is_empty() {
            let slots = self.own_slots(id);
            for (num, fd) in changed {
                slots.set(num, Arc::new(fd));
            }
        }
    }

    pub fn len(&self, id: FilesId) -> usize {
        self.slots_of(id).len
    }

    pub fn iter(&self, id: FilesId) -> impl Iterator<Item = (i64, &Arc<Fd>)> {
        self.slots_of(id).iter()
    }

    /// Descriptors kept; those that tables share count once.
    pub fn total(&self) -> u64 {
        self.slots.iter().map(|(slots, _)| slots.len as u64).sum()
    }

    fn slots_of(&self, id: FilesId) -> &Slots {
        &self.slots[self.tables[id.0 as usize].slots as usize].0
    }

    /// The descriptors of a table for changing them, copied first when other tables share them.
    fn own_slots(&mut self, id: FilesId) -> &mut Slots {
        let mut at = self.tables[id.0 as usize].slots;
        let (slots, shares) = &mut self.slots[at as usize];
        if *shares > 1 {
            *shares -= 1;
            let copy = slots.clone();
            at = self.new_slots(copy);
            self.tables[id.0 as usize].slots = at;
        }
        &mut self.slots[at as usize].0
    }

    fn new_table(&mut self, slots: u32) -> FilesId {
        let table = Table { slots, users: 1 };
        FilesId(put(&mut self.tables, &mut self.free_tables, table))
    }

    fn new_slots(&mut self, slots: Slots) -> u32 {
        put(&mut self.slots, &mut self.free_slots, (slots, 1))
    }

    fn release_slots(&mut self, at: u32) {
        let (slots, shares) = &mut self.slots[at as usize];
        *shares -= 1;
        if *shares == 0 {
            *slots = Slots::default();
            self.free_slots.push(at);
        }
    }
}

/// Put a value into a free place of `all`, or into a new one.
fn put<T>(all: &mut Vec<T>, free: &mut Vec<u32>, value: T) -> u32 {
    match free.pop() {
        Some(at) => {
            all[at as usize] = value;
            at
        }
        None => {
            all.push(value);
            all.len() as u32 - 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fd::FdKind;

    fn fd() -> Arc<Fd> {
        Arc::new(Fd::new(FdKind::File))
    }

    #[test]
    fn a_copy_does_not_see_later_changes() {
        let mut tables = FileTables::default();
        let parent = tables.add();
        tables.set(parent, 3, fd(), 10);
        let child = tables.copy(parent);
        assert_eq!(tables.total(), 1, "shared until one of them changes");
        tables.remove(child, 3);
        tables.set(parent, 2000, fd(), 10);
        assert!(tables.get(child, 3).is_none() && tables.get(parent, 3).is_some());
        assert!(tables.get(child, 2000).is_none());
    }

    #[test]
    fn looking_and_failing_copies_nothing() {
        let mut tables = FileTables::default();
        let parent = tables.add();
        tables.set(parent, 3, fd(), 10);
        let child = tables.copy(parent);
        tables.remove(child, 4);
        tables.remove_where(child, |_, fd| fd.cloexec);
        tables.change_where(child, |_, _| None);
        assert!(!tables.set(child, 4, fd(), 1));
        assert_eq!(tables.total(), 1);
    }

    #[test]
    fn a_table_is_freed_with_its_last_user() {
        let mut tables = FileTables::default();
        let id = tables.add();
        tables.set(id, 0, fd(), 10);
        let copy = tables.copy(id);
        let shared = tables.share(id);
        tables.release(id);
        assert!(tables.get(shared, 0).is_some() && tables.free_tables.is_empty());
        tables.release(shared);
        assert_eq!((tables.free_tables.len(), tables.total()), (1, 1));
        tables.release(copy);
        assert_eq!((tables.free_tables.len(), tables.free_slots.len(), tables.total()), (2, 1, 0));
        let again = tables.add();
        assert!(tables.tables.len() == 2 && tables.get(again, 0).is_none());
    }

    #[test]
    fn the_limit_holds_and_replacing_is_always_allowed() {
        let mut tables = FileTables::default();
        let id = tables.add();
        assert!(tables.set(id, 0, fd(), 2) && tables.set(id, 5000, fd(), 2));
        assert!(!tables.set(id, 1, fd(), 2));
        assert!(tables.set(id, 5000, fd(), 2));
        assert_eq!(tables.len(id), 2);
    }

    #[test]
    fn absurd_numbers_are_refused() {
        let mut tables = FileTables::default();
        let id = tables.add();
        for num in [-1, i64::MIN, i64::MAX, 1 << 40] {
            assert!(!tables.set(id, num, fd(), 10));
            assert!(tables.remove(id, num).is_none());
        }
        assert_eq!(tables.len(id), 0);
    }
}
