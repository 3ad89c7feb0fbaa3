//! What /proc says of traced processes.

use libc::pid_t;

use crate::state::procfs::{Dir, Stat, Status, STATUS_LIMIT};

pub fn read_status(tid: pid_t) -> Option<Status> {
    Some(Status::parse(&Dir::open(format!("/proc/{tid}").as_ref())?.read(c"status", STATUS_LIMIT)?))
}

pub fn read_stat(tid: pid_t) -> Option<Stat> {
    Stat::parse(&Dir::open(format!("/proc/{tid}").as_ref())?.read(c"stat", 4096)?)
}

pub fn read_parent(pid: pid_t) -> Option<pid_t> {
    read_stat(pid).map(|stat| stat.ppid as pid_t)
}

/// The child's number in the pid namespace of the thread that made it.
pub fn number_in(child: Option<&Status>, tid: pid_t, parent: pid_t) -> pid_t {
    let Some(numbers) = child.map(|status| &status.numbers).filter(|numbers| numbers.len() > 1) else { return tid };
    let level = read_status(parent).map_or(1, |status| status.numbers.len());
    numbers.get(level.saturating_sub(1)).copied().unwrap_or(tid)
}
