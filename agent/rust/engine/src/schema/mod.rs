//! What the engine knows of events, parameters, flags, system calls and fields.
//!
//! The tables are generated from `agent/schema` by `python -m agent.codegen`; this file has their types and the
//! look-ups. All look-ups take untrusted numbers and names and return `None` for unknown ones.

mod generated;
#[cfg(test)]
mod tests;

pub use generated::codes as code;
pub use generated::converter::CONVERTER;
pub use generated::events::EVENTS;
pub use generated::fields::{FieldId, FIELDS};
pub use generated::fillers::FILLERS;
pub use generated::flags as flag_tables;
pub use generated::flags::FLAG_TABLES;
pub use generated::syscalls::SYSCALLS;
pub use generated::types::{ec, ef, ff, uf, ArgKind, Loss, ParamFormat, ParamType, LOSS_NAMES};

/// A named list of values, in the order in which names are printed.
#[derive(Debug, PartialEq, Eq)]
pub struct FlagTable {
    pub name: &'static str,
    pub entries: &'static [(&'static str, u32)],
}

/// One type a dynamic parameter can take; its index is the selector byte before the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DynVariant {
    pub ptype: ParamType,
    pub format: ParamFormat,
}

/// One parameter of an event.
#[derive(Debug)]
pub struct ParamInfo {
    pub name: &'static str,
    pub ptype: ParamType,
    pub format: ParamFormat,
    pub flags: Option<&'static FlagTable>,
    /// Index of the parameter that a relative path is relative to.
    pub dirfd: Option<u8>,
    pub dynamic: &'static [DynVariant],
}

/// Whether drivers of today emit an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Current,
    Old,
    Unused,
}

/// One event type.
#[derive(Debug)]
pub struct EventInfo {
    pub code: u16,
    /// The field's own name without the `PPME_` prefix.
    pub symbol: &'static str,
    pub name: &'static str,
    pub exit: bool,
    /// Bits of [`ec`].
    pub category: u32,
    /// Bits of [`ef`].
    pub flags: u32,
    pub status: Status,
    pub params: &'static [ParamInfo],
}

impl EventInfo {
    /// Index of the parameter called `name`.
    pub fn param_index(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }

    /// Whether every bit of `flags` (see [`ef`]) is set.
    #[inline]
    pub fn has(&self, flags: u32) -> bool {
        self.flags & flags == flags
    }

    /// The beginning of a system call. Drivers report the end alone; files of older writers have both, and what a beginning says is used
    /// for its end, or counted and left out.
    #[inline]
    pub fn is_enter(&self) -> bool {
        !self.exit && self.category & ec::SYSCALL != 0
    }

    /// Whether the event's class (its category without the origin bits) is `class`, one of [`ec`].
    #[inline]
    pub fn is_class(&self, class: u32) -> bool {
        self.category & !ORIGIN_BITS == class
    }
}

const ORIGIN_BITS: u32 = ec::SYSCALL | ec::TRACEPOINT | ec::PLUGIN | ec::METAEVENT | ec::ITER;

/// One system call. A number is -1 where the architecture does not have the call.
#[derive(Debug)]
pub struct SyscallInfo {
    pub ppm_sc: u16,
    pub name: &'static str,
    /// Bits of [`uf`].
    pub flags: u32,
    pub enter_event: u16,
    pub exit_event: u16,
    pub x86_64: i32,
    pub aarch64: i32,
    pub ia32: i32,
}

/// One field of the rule language.
#[derive(Debug)]
pub struct FieldInfo {
    pub id: FieldId,
    pub name: &'static str,
    pub ftype: ParamType,
    pub format: ParamFormat,
    pub is_list: bool,
    pub arg: ArgKind,
    /// Bits of [`ff`].
    pub flags: u32,
    pub provider: &'static str,
    /// False: accepted, and never has a value.
    pub implemented: bool,
}

/// Ring an event travels in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Lane {
    Critical = 0,
    Bulk = 1,
}

/// The program of a kernel driver that fills one event.
#[derive(Debug)]
pub struct Filler {
    pub code: u16,
    pub program: &'static str,
    /// Whether it is there; otherwise its event is a declared gap of every driver.
    pub written: bool,
    pub loss: Loss,
    pub lane: Lane,
}

/// What the converter does with an event of an older writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvertAction {
    Pass,
    /// Remembered for the exit event of the same thread, and not handed on.
    Store,
    StoreAndPass,
    /// The type stays, parameters are appended.
    AddParams,
    /// The event becomes one of another type, with all parameters given.
    ChangeType,
}

/// A value that the file does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// No bytes: absent.
    Empty,
    /// Zero in the width of the parameter's type; all ones for user and group ids; no bytes where the width varies.
    Default,
}

/// Where the value of a new parameter comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvertValue {
    /// A parameter of the event itself.
    Old(u8),
    /// A parameter of the remembered enter event of the same thread.
    Enter(u8, Fallback),
    Fallback(Fallback),
    /// The JSON text of a container, made of the four parameters of the oldest container event.
    ContainerJson,
}

/// One step of the converter.
#[derive(Debug)]
pub struct ConvertStep {
    pub code: u16,
    /// Number of parameters in the file.
    pub nparams: u8,
    pub action: ConvertAction,
    /// Type of the new event.
    pub into: u16,
    /// The appended parameters, or all of the new type.
    pub values: &'static [ConvertValue],
}

/// The numbering a native system call number belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Abi {
    X86_64,
    Aarch64,
    /// 32-bit x86 programs, on x86-64 too.
    Ia32,
}

impl Abi {
    /// Native numbers of the ABI, each with its number in the scap format (0: no such call).
    pub fn table(self) -> &'static [u16] {
        match self {
            Abi::X86_64 => &generated::syscalls::X86_64_TO_SC,
            Abi::Aarch64 => &generated::syscalls::AARCH64_TO_SC,
            Abi::Ia32 => &generated::syscalls::IA32_TO_SC,
        }
    }
}

impl Abi {
    /// Every native number with its call. A call may have several: ia32 has variants that the format has one number for.
    pub fn calls(self) -> impl Iterator<Item = (u32, &'static SyscallInfo)> {
        self.table().iter().zip(0u32..).filter(|(sc, _)| **sc != 0).filter_map(|(sc, nr)| Some((nr, syscall(*sc)?)))
    }
}

/// The event with this code.
#[inline]
pub fn event(code: u16) -> Option<&'static EventInfo> {
    EVENTS.get(code as usize)
}

/// The system call with this number in the scap format.
#[inline]
pub fn syscall(ppm_sc: u16) -> Option<&'static SyscallInfo> {
    SYSCALLS.get(ppm_sc as usize)
}

/// The system call behind a native number.
#[inline]
pub fn syscall_by_native(abi: Abi, number: u32) -> Option<&'static SyscallInfo> {
    match abi.table().get(number as usize) {
        None | Some(0) => None,
        Some(sc) => syscall(*sc),
    }
}

/// The system call of this name.
pub fn syscall_by_name(name: &str) -> Option<&'static SyscallInfo> {
    SYSCALLS.iter().find(|call| call.name == name)
}

/// The field of this name (without index or key).
pub fn field_by_name(name: &str) -> Option<&'static FieldInfo> {
    let order = &generated::fields::FIELDS_BY_NAME;
    let at = order.binary_search_by(|i| FIELDS[*i as usize].name.cmp(name)).ok()?;
    FIELDS.get(order[at] as usize)
}

impl FieldId {
    /// Everything known of the field.
    #[inline]
    pub fn info(self) -> &'static FieldInfo {
        &FIELDS[self as usize]
    }
}

/// The step for events of type `code` with `nparams` parameters.
pub fn convert_step(code: u16, nparams: u8) -> Option<&'static ConvertStep> {
    let at = CONVERTER.binary_search_by_key(&(code, nparams), |step| (step.code, step.nparams)).ok()?;
    CONVERTER.get(at)
}

/// The program that fills an event.
pub fn filler(code: u16) -> Option<&'static Filler> {
    FILLERS.binary_search_by_key(&code, |filler| filler.code).ok().and_then(|at| FILLERS.get(at))
}
