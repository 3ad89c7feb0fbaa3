// Generated from agent/schema/types.py by `python -m agent.codegen`. Do not edit: change the source and run the command.

/// Type of an event parameter or of a field. Numbers are those of the scap format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ParamType {
    None = 0,
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    Uint8 = 5,
    Uint16 = 6,
    Uint32 = 7,
    Uint64 = 8,
    Charbuf = 9,
    Bytebuf = 10,
    Errno = 11,
    Sockaddr = 12,
    Socktuple = 13,
    Fd = 14,
    Pid = 15,
    Fdlist = 16,
    Fspath = 17,
    Syscallid = 18,
    Sigtype = 19,
    Reltime = 20,
    Abstime = 21,
    Port = 22,
    L4proto = 23,
    Sockfamily = 24,
    Bool = 25,
    Ipv4addr = 26,
    Dyn = 27,
    Flags8 = 28,
    Flags16 = 29,
    Flags32 = 30,
    Uid = 31,
    Gid = 32,
    Double = 33,
    Sigset = 34,
    Charbufarray = 35,
    CharbufPairArray = 36,
    Ipv4net = 37,
    Ipv6addr = 38,
    Ipv6net = 39,
    Ipaddr = 40,
    Ipnet = 41,
    Mode = 42,
    Fsrelpath = 43,
    Enumflags8 = 44,
    Enumflags16 = 45,
    Enumflags32 = 46,
    Fd32 = 47,
    Pid32 = 48,
}

/// How a number is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParamFormat {
    Na,
    Dec,
    Hex,
    PaddedDec,
    Id,
    Dir,
    Oct,
}

/// What may follow a field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArgKind {
    /// none
    None,
    /// optional index
    OptionalIndex,
    /// index
    RequiredIndex,
    /// optional key
    OptionalKey,
    /// key
    RequiredKey,
    /// optional index or key
    OptionalIndexOrKey,
    /// index or key
    RequiredIndexOrKey,
    /// optional .name
    OptionalName,
    /// .name
    RequiredName,
    /// index or .name
    RequiredIndexOrName,
}

/// Category under which a ring counts an event it could not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Loss {
    CloneFork = 0,
    Execve = 1,
    Connect = 2,
    Open = 3,
    DirFile = 4,
    OtherInterest = 5,
    Close = 6,
    ProcExit = 7,
}

/// Names of the loss categories, by number.
pub static LOSS_NAMES: [&str; 8] = ["clone_fork", "execve", "connect", "open", "dir_file", "other_interest", "close", "proc_exit"];

/// Event categories: a class in the low bits, the origin in the high ones.
pub mod ec {
    pub const UNKNOWN: u32 = 0x0;
    pub const OTHER: u32 = 0x1;
    pub const FILE: u32 = 0x2;
    pub const NET: u32 = 0x3;
    pub const IPC: u32 = 0x4;
    pub const MEMORY: u32 = 0x5;
    pub const PROCESS: u32 = 0x6;
    pub const SLEEP: u32 = 0x7;
    pub const SYSTEM: u32 = 0x8;
    pub const SIGNAL: u32 = 0x9;
    pub const USER: u32 = 0xa;
    pub const TIME: u32 = 0xb;
    pub const PROCESSING: u32 = 0xc;
    pub const IO_READ: u32 = 0x21;
    pub const IO_WRITE: u32 = 0x22;
    pub const IO_OTHER: u32 = 0x23;
    pub const WAIT: u32 = 0x40;
    pub const SCHEDULER: u32 = 0x80;
    pub const INTERNAL: u32 = 0x100;
    pub const SYSCALL: u32 = 0x80000000;
    pub const TRACEPOINT: u32 = 0x40000000;
    pub const PLUGIN: u32 = 0x20000000;
    pub const METAEVENT: u32 = 0x10000000;
    pub const ITER: u32 = 0x8000000;
}

/// Event flags.
pub mod ef {
    pub const NONE: u32 = 0x0;
    pub const CREATES_FD: u32 = 0x1;
    pub const DESTROYS_FD: u32 = 0x2;
    pub const USES_FD: u32 = 0x4;
    pub const READS_FROM_FD: u32 = 0x8;
    pub const WRITES_TO_FD: u32 = 0x10;
    pub const MODIFIES_STATE: u32 = 0x20;
    pub const UNUSED: u32 = 0x40;
    pub const WAITS: u32 = 0x80;
    pub const SKIPPARSERESET: u32 = 0x100;
    pub const OLD_VERSION: u32 = 0x200;
    pub const LARGE_PAYLOAD: u32 = 0x400;
    pub const CONVERTER_MANAGED: u32 = 0x800;
}

/// System call flags.
pub mod uf {
    pub const NONE: u32 = 0x0;
    pub const USED: u32 = 0x1;
    pub const NEVER_DROP: u32 = 0x2;
    pub const ALWAYS_DROP: u32 = 0x4;
}

/// Field flags.
pub mod ff {
    pub const NONE: u32 = 0x0;
    pub const TABLE_ONLY: u32 = 0x1;
    pub const FILTER_ONLY: u32 = 0x2;
    pub const PRINT_ONLY: u32 = 0x4;
    pub const NO_RHS: u32 = 0x8;
    pub const NO_TRANSFORMER: u32 = 0x10;
    pub const NO_PTR_STABILITY: u32 = 0x20;
    pub const FORMAT_SUGGESTED: u32 = 0x40;
}
