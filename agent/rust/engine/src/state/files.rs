//! Tables of file descriptors, shared by threads and copied lazily on fork.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::fd::Fd;

/// Descriptors below this are kept in a vector, others in a map.
const DENSE: i64 = 1024;

/// The descriptors of one `files_struct` of the kernel.
///
/// Cloning shares the contents until one side changes them: a child that only execs costs no copy of its own.
#[derive(Debug, Clone, Default)]
pub struct FdTable {
    slots: Arc<Slots>,
}

#[derive(Debug, Clone, Default)]
struct Slots {
    low: Vec<Option<Arc<Fd>>>,
    high: FxHashMap<i64, Arc<Fd>>,
    len: usize,
}

impl FdTable {
    pub fn get(&self, num: i64) -> Option<&Arc<Fd>> {
        if (0..DENSE).contains(&num) {
            self.slots.low.get(num as usize)?.as_ref()
        } else {
            self.slots.high.get(&num)
        }
    }

    /// Returns false when the table holds `limit` descriptors already and `num` is not among them.
    pub fn set(&mut self, num: i64, fd: Arc<Fd>, limit: usize) -> bool {
        if num < 0 || num > i64::from(i32::MAX) {
            return false;
        }
        if self.slots.len >= limit && self.get(num).is_none() {
            return false;
        }
        let slots = Arc::make_mut(&mut self.slots);
        let before = if num < DENSE {
            let at = num as usize;
            if slots.low.len() <= at {
                slots.low.resize((at + 1).next_power_of_two().max(8), None);
            }
            slots.low[at].replace(fd)
        } else {
            slots.high.insert(num, fd)
        };
        slots.len += usize::from(before.is_none());
        true
    }

    pub fn remove(&mut self, num: i64) -> Option<Arc<Fd>> {
        self.get(num)?;
        let slots = Arc::make_mut(&mut self.slots);
        let gone =
            if num < DENSE { slots.low.get_mut(num as usize).and_then(Option::take) } else { slots.high.remove(&num) };
        slots.len -= usize::from(gone.is_some());
        gone
    }

    /// Remove every descriptor for which `gone` holds. Nothing is copied when there is none.
    pub fn remove_where(&mut self, mut gone: impl FnMut(i64, &Fd) -> bool) {
        let doomed: Vec<i64> = self.iter().filter(|(num, fd)| gone(*num, fd)).map(|(num, _)| num).collect();
        for num in doomed {
            self.remove(num);
        }
    }

    /// Replace descriptors by what `change` makes of them.
    pub fn change_where(&mut self, mut change: impl FnMut(i64, &Fd) -> Option<Fd>) {
        let changed: Vec<(i64, Fd)> =
            self.iter().filter_map(|(num, fd)| change(num, fd).map(|fresh| (num, fresh))).collect();
        for (num, fd) in changed {
            self.set(num, Arc::new(fd), usize::MAX);
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len
    }

    pub fn iter(&self) -> impl Iterator<Item = (i64, &Arc<Fd>)> {
        let low = self.slots.low.iter().enumerate().filter_map(|(num, fd)| fd.as_ref().map(|fd| (num as i64, fd)));
        low.chain(self.slots.high.iter().map(|(num, fd)| (*num, fd)))
    }
}

/// Which table of the [`FileTables`] a thread uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilesId(u32);

/// All tables, each with the number of threads that use it.
#[derive(Debug, Default)]
pub struct FileTables {
    tables: Vec<(FdTable, u32)>,
    free: Vec<u32>,
}

impl FileTables {
    /// A table for one user.
    pub fn add(&mut self, table: FdTable) -> FilesId {
        match self.free.pop() {
            Some(at) => {
                self.tables[at as usize] = (table, 1);
                FilesId(at)
            }
            None => {
                self.tables.push((table, 1));
                FilesId(self.tables.len() as u32 - 1)
            }
        }
    }

    /// One more thread uses the table.
    pub fn share(&mut self, id: FilesId) -> FilesId {
        self.tables[id.0 as usize].1 += 1;
        id
    }

    /// A table of its own with the same contents.
    pub fn copy(&mut self, id: FilesId) -> FilesId {
        let table = self.get(id).clone();
        self.add(table)
    }

    /// One thread fewer uses the table; the last one frees it.
    pub fn release(&mut self, id: FilesId) {
        let (table, users) = &mut self.tables[id.0 as usize];
        *users -= 1;
        if *users == 0 {
            *table = FdTable::default();
            self.free.push(id.0);
        }
    }

    pub fn users(&self, id: FilesId) -> u32 {
        self.tables[id.0 as usize].1
    }

    pub fn get(&self, id: FilesId) -> &FdTable {
        &self.tables[id.0 as usize].0
    }

    pub fn get_mut(&mut self, id: FilesId) -> &mut FdTable {
        &mut self.tables[id.0 as usize].0
    }

    /// Descriptors in all tables; what tables share on fork counts once a table.
    pub fn total(&self) -> u64 {
        self.tables.iter().map(|(table, _)| table.len() as u64).sum()
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
        let parent = tables.add(FdTable::default());
        tables.get_mut(parent).set(3, fd(), 10);
        let child = tables.copy(parent);
        assert!(Arc::ptr_eq(&tables.get(child).slots, &tables.get(parent).slots));
        tables.get_mut(child).remove(3);
        tables.get_mut(parent).set(2000, fd(), 10);
        assert!(tables.get(child).get(3).is_none() && tables.get(parent).get(3).is_some());
        assert!(tables.get(child).get(2000).is_none());
    }

    #[test]
    fn a_table_is_freed_with_its_last_user() {
        let mut tables = FileTables::default();
        let id = tables.add(FdTable::default());
        let shared = tables.share(id);
        tables.release(id);
        assert!(tables.free.is_empty());
        tables.release(shared);
        assert_eq!(tables.free, [id.0]);
        assert_eq!(tables.add(FdTable::default()), id);
    }

    #[test]
    fn the_limit_holds_and_replacing_is_always_allowed() {
        let mut table = FdTable::default();
        assert!(table.set(0, fd(), 2) && table.set(5000, fd(), 2));
        assert!(!table.set(1, fd(), 2));
        assert!(table.set(5000, fd(), 2));
        assert_eq!(table.len(), 2);
    }

    #[test]
    fn absurd_numbers_are_refused() {
        let mut table = FdTable::default();
        for num in [-1, i64::MIN, i64::MAX, 1 << 40] {
            assert!(!table.set(num, fd(), 10));
            assert!(table.remove(num).is_none());
        }
        assert_eq!(table.len(), 0);
    }
}
