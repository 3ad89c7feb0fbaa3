//! What a reader hands out.

use crate::state::{Fd, State, Thread, User};

use super::{Interface, Machine};

/// One piece of a capture file, in the order of the file.
#[derive(Debug)]
pub enum Item<'a> {
    /// A section begins. After events: another capture was appended, and nothing known before holds any more.
    Section,
    Machine(Machine),
    Interface(Interface),
    User(User),
    Group {
        gid: u32,
        name: String,
    },
    Thread(Box<Thread>),
    /// A descriptor of the process of thread `tid`.
    Fd {
        tid: i64,
        num: i64,
        fd: Box<Fd>,
    },
    /// An event of the newest version.
    Event {
        cpu: u16,
        /// Bits of [`crate::event::flags`].
        flags: u32,
        /// Header, lengths and payload, as [`crate::event::Event::parse`] reads them. The lengths are 16 bits wide but
        /// for a few event types: see [`super::lengths_width`].
        bytes: &'a [u8],
        /// The block was one of those that may be longer than 64 KiB.
        large: bool,
    },
}

impl Item<'_> {
    /// Put what the lists say into `state`; true when that was done, false for items that are no part of it.
    ///
    /// A new section does not empty the state: that is the caller's, who knows its configuration.
    pub fn load(self, state: &mut State) -> bool {
        match self {
            Item::User(user) => state.insert_user(user),
            Item::Group { gid, name } => state.insert_group(gid, &name),
            Item::Thread(thread) => state.insert_thread(*thread),
            Item::Fd { tid, num, fd } => state.insert_fd(tid, num, *fd),
            Item::Section | Item::Machine(_) | Item::Interface(_) | Item::Event { .. } => return false,
        }
        true
    }
}
