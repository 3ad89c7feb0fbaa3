//! Which threads and children each traced process has: enough to say who takes over the children of one that ends.

use libc::pid_t;
use rustc_hash::FxHashMap;

use super::facts::{read_parent, read_stat};

const ZOMBIE: u8 = b'Z';
/// Of so many children those that nobody waits for any more are forgotten.
const MANY: usize = 64;

#[derive(Default)]
pub struct Processes(FxHashMap<pid_t, Process>);

#[derive(Default)]
struct Process {
    /// In the order in which they began.
    threads: Vec<pid_t>,
    parent: pid_t,
    children: FxHashMap<pid_t, Child>,
    /// So many children are looked through.
    many: usize,
}

struct Child {
    /// The thread that it is a child of.
    of: pid_t,
    /// It has ended; its parent has perhaps not taken note of it.
    ended: bool,
}

impl Processes {
    /// A thread is there; a process's first one is a child of `maker`, a thread of the process `parent`.
    pub fn add_thread(&mut self, tgid: pid_t, tid: pid_t, (parent, maker): (pid_t, pid_t)) {
        let process = self.0.entry(tgid).or_default();
        process.threads.push(tid);
        if process.threads.len() == 1 {
            process.parent = parent;
            self.add_child(parent, tgid, maker);
        }
    }

    fn add_child(&mut self, parent: pid_t, child: pid_t, of: pid_t) {
        let Some(parent) = self.0.get_mut(&parent) else { return };
        if parent.children.len() >= parent.many.max(MANY) {
            parent.children.retain(|child, entry| !entry.ended || state_of(*child) == Some(ZOMBIE));
            parent.many = 2 * parent.children.len();
        }
        parent.children.insert(child, Child { of, ended: false });
    }

    /// A thread has ended. Returns who has taken over its children: another thread of the process, or another process. `None`: there were
    /// none. (A process's children that had ended themselves are gone by now, and not known to have been there.)
    pub fn end_thread(&mut self, tgid: pid_t, tid: pid_t) -> Option<pid_t> {
        let process = self.0.get_mut(&tgid)?;
        process.threads.retain(|thread| *thread != tid);
        if process.threads.is_empty() {
            return self.end_process(tgid);
        }
        let left =
            |(child, entry): (&pid_t, &Child)| entry.of == tid && (!entry.ended || state_of(*child) == Some(ZOMBIE));
        if !process.children.iter().any(left) {
            return None;
        }
        // The first thread has ended when the tracer does not hear of it before the others have (wait(2)).
        let heir = *process.threads.iter().find(|thread| state_of(**thread) != Some(ZOMBIE))?;
        process.children.values_mut().filter(|child| child.of == tid).for_each(|child| child.of = heir);
        Some(heir)
    }

    fn end_process(&mut self, tgid: pid_t) -> Option<pid_t> {
        let process = self.0.remove(&tgid)?;
        if let Some(entry) = self.0.get_mut(&process.parent).and_then(|parent| parent.children.get_mut(&tgid)) {
            entry.ended = true;
        }
        let mut reaper = None;
        for (child, _) in process.children.iter().filter(|(_, entry)| !entry.ended) {
            // They have their new parent already.
            let Some(parent) = read_parent(*child) else { continue };
            reaper = Some(parent);
            if let Some(orphan) = self.0.get_mut(child) {
                orphan.parent = parent;
                self.add_child(parent, *child, parent);
            }
        }
        reaper
    }

    /// A thread has executed a program: it has its process's number now, and is the only one.
    pub fn become_leader(&mut self, tgid: pid_t, former: pid_t) {
        let Some(process) = self.0.get_mut(&tgid) else { return };
        process.threads.clear();
        process.threads.push(tgid);
        process.children.values_mut().filter(|child| child.of == former).for_each(|child| child.of = tgid);
    }

    /// A thread goes on untraced.
    pub fn leave(&mut self, tgid: pid_t, tid: pid_t) {
        if let Some(process) = self.0.get_mut(&tgid) {
            process.threads.retain(|thread| *thread != tid);
            if process.threads.is_empty() {
                self.0.remove(&tgid);
            }
        }
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

fn state_of(pid: pid_t) -> Option<u8> {
    read_stat(pid).map(|stat| stat.state)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that no process has.
    const NOWHERE: pid_t = 1 << 29;

    #[test]
    fn a_thread_takes_over_the_children_of_another() {
        let mut processes = Processes::default();
        let (leader, second, third) = (NOWHERE, NOWHERE + 1, NOWHERE + 2);
        for thread in [leader, second, third] {
            processes.add_thread(leader, thread, (1, 1));
        }
        let child = NOWHERE + 10;
        processes.add_thread(child, child, (leader, third));
        assert_eq!(processes.end_thread(leader, second), None, "the child is none of its own");
        assert_eq!(processes.end_thread(leader, third), Some(leader));
        assert_eq!(processes.0[&leader].children[&child].of, leader);
    }

    #[test]
    fn children_that_have_been_waited_for_are_forgotten() {
        let mut processes = Processes::default();
        processes.add_thread(NOWHERE, NOWHERE, (1, 1));
        for child in NOWHERE + 1..NOWHERE + 1000 {
            processes.add_thread(child, child, (NOWHERE, NOWHERE));
            assert_eq!(processes.end_thread(child, child), None);
        }
        assert_eq!(processes.0.len(), 1);
        assert!(processes.0[&NOWHERE].children.len() <= MANY);
        assert_eq!(processes.end_thread(NOWHERE, NOWHERE), None);
        assert!(processes.0.is_empty());
    }
}
