//! Kinds of blocks, and the numbers that say so in a file.

/// What a block holds. Lists carry the version of their entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    Section,
    Machine,
    Interfaces(u8),
    Users(u8),
    Processes(u8),
    Descriptors(u8),
    Event(EventBlock),
    Unknown(u32),
}

/// Which of the event blocks it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventBlock {
    /// The event's header has no number of parameters.
    pub v1: bool,
    /// Flags precede the event.
    pub flags: bool,
    /// The block may be longer than 64 KiB.
    pub large: bool,
}

pub mod number {
    pub const SECTION: u32 = 0x0A0D_0D0A;
    pub const MACHINE: u32 = 0x201;
    pub const PROCESSES: u32 = 0x215;
    pub const EVENT: u32 = 0x216;
    pub const EVENT_FLAGS: u32 = 0x217;
    pub const DESCRIPTORS: u32 = 0x218;
    pub const INTERFACES: u32 = 0x219;
    pub const USERS: u32 = 0x220;
    pub const EVENT_LARGE: u32 = 0x221;
    pub const EVENT_FLAGS_LARGE: u32 = 0x222;
}

/// Type and length at the front, the length again at the end.
pub const HEADER: usize = 8;
pub const TRAILER: usize = 4;

impl Block {
    /// The block with this type number; numbers from before the format was settled count too.
    #[inline]
    pub fn of(number: u32) -> Block {
        let event = |v1, flags, large| Block::Event(EventBlock { v1, flags, large });
        match number {
            number::EVENT => event(false, false, false),
            number::EVENT_FLAGS => event(false, true, false),
            number::EVENT_LARGE => event(false, false, true),
            number::EVENT_FLAGS_LARGE => event(false, true, true),
            0x204 | 0x8010_ABCD => event(true, false, false),
            0x208 => event(true, true, false),
            number::SECTION => Block::Section,
            number::MACHINE | 0x8002_ABCD => Block::Machine,
            0x205 | 0x8011_ABCD => Block::Interfaces(1),
            number::INTERFACES => Block::Interfaces(2),
            0x206 | 0x8012_ABCD => Block::Users(1),
            number::USERS => Block::Users(2),
            0x203 | 0x8001_ABCD => Block::Descriptors(1),
            number::DESCRIPTORS => Block::Descriptors(2),
            0x202 | 0x8000_ABCD => Block::Processes(1),
            0x207 | 0x8013_ABCD => Block::Processes(2),
            0x209 | 0x8014_ABCD => Block::Processes(3),
            0x210..=number::PROCESSES => Block::Processes((number - 0x210) as u8 + 4),
            _ => Block::Unknown(number),
        }
    }

    /// What an error calls the block.
    pub fn name(self) -> &'static str {
        match self {
            Block::Section => "section header",
            Block::Machine => "machine",
            Block::Interfaces(_) => "interface list",
            Block::Users(_) => "user list",
            Block::Processes(_) => "process list",
            Block::Descriptors(_) => "descriptor list",
            Block::Event(_) => "event",
            Block::Unknown(_) => "unknown type",
        }
    }
}
