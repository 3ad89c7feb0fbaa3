//! Field values of an event: [`extract`] maps a field of the schema to a value.

mod args;
mod context;
mod domains;
mod event;
mod fd;
mod fixed;
mod names;
mod paths;
mod process;
pub mod render;
pub(crate) mod time;
mod user;
mod valueless;

use std::borrow::Cow;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

pub use context::{Context, Env};
pub use domains::Domains;
pub use fixed::{fixed, varies_by_code};
pub use valueless::is_valueless;

use crate::error::{Error, Result};
use crate::schema::{self, ArgKind, FieldId, FieldInfo, ParamType, EVENTS};

/// A value extracted from an event and the state. Text is bytes: it need not be UTF-8.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// The field does not apply or is not known: every comparison is false, output prints `<NA>` / `null`.
    Null,
    Str(Cow<'a, [u8]>),
    Buf(&'a [u8]),
    Uint(u64),
    Int(i64),
    Bool(bool),
    Ip(IpAddr),
    Double(f64),
    List(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    pub fn str(text: &'a [u8]) -> Value<'a> {
        Value::Str(Cow::Borrowed(text))
    }

    /// Text or buffer.
    #[inline]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Str(s) => Some(s),
            Value::Buf(b) => Some(b),
            _ => None,
        }
    }

    /// Whole numbers of either sign.
    #[inline]
    pub fn number(&self) -> Option<i128> {
        match self {
            Value::Uint(n) => Some((*n).into()),
            Value::Int(n) => Some((*n).into()),
            _ => None,
        }
    }

    pub(crate) fn float(&self) -> Option<f64> {
        match self {
            Value::Double(d) => Some(*d),
            v => v.number().map(|n| n as f64),
        }
    }
}

/// What [`extract`] found. Text that had to be put together lies in the caller's buffer, so that the common case
/// allocates nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Extracted<'a> {
    Value(Value<'a>),
    Text(Range<usize>),
}

impl<'a> Extracted<'a> {
    pub const NULL: Extracted<'static> = Extracted::Value(Value::Null);

    /// The value, borrowing text from `buf`.
    pub fn borrowed<'b>(self, buf: &'b [u8]) -> Value<'b>
    where
        'a: 'b,
    {
        match self {
            Extracted::Value(v) => v,
            Extracted::Text(range) => Value::Str(Cow::Borrowed(buf.get(range).unwrap_or_default())),
        }
    }

    /// The value, with its own copy of text from `buf`.
    pub fn into_owned(self, buf: &[u8]) -> Value<'a> {
        match self {
            Extracted::Value(v) => v,
            Extracted::Text(range) => Value::Str(Cow::Owned(buf.get(range).unwrap_or_default().to_vec())),
        }
    }
}

impl<'a> From<Value<'a>> for Extracted<'a> {
    fn from(value: Value<'a>) -> Extracted<'a> {
        Extracted::Value(value)
    }
}

/// What may be compared with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Buffer,
    Number,
    Bool,
    Ip,
    Net,
    /// The type depends on the event.
    Any,
}

impl Kind {
    /// For error messages.
    pub fn text(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Buffer => "a byte buffer",
            Kind::Number => "a number",
            Kind::Bool => "a boolean",
            Kind::Ip => "an address",
            Kind::Net => "a network",
            Kind::Any => "a value of any type",
        }
    }

    pub fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::Buffer)
    }
}

/// A field that stands for several values at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multi {
    Single,
    /// Every ancestor: a comparison holds when it holds for any.
    Ancestors,
    /// Both ends of a connection, or the names of one: any, but `!=` asks for all.
    Ends,
}

/// A field with its argument, resolved once when a plan is compiled.
#[derive(Debug, Clone)]
pub struct Field {
    pub id: FieldId,
    pub index: Option<i64>,
    pub key: Option<Box<str>>,
    /// Index of the named parameter by event code; [`NO_PARAM`] where the event has none of that name.
    params: Option<Box<[u8]>>,
    multi: Multi,
    class: Class,
    /// `util.cnt` alone: how often it has been extracted.
    extractions: Option<Arc<AtomicU64>>,
}

/// Which module extracts a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Event,
    Process,
    Fd,
    Path,
    Identity,
    /// Provided by plugins that are not here.
    Absent,
}

impl Class {
    fn of(name: &str) -> Class {
        match name.split('.').next() {
            Some("evt" | "syscall" | "static" | "util") => Class::Event,
            Some("proc" | "thread") => Class::Process,
            Some("fd" | "fdlist") => Class::Fd,
            Some("fs") => Class::Path,
            Some("user" | "group" | "container") => Class::Identity,
            _ => Class::Absent,
        }
    }
}

const NO_PARAM: u8 = u8::MAX;

impl Field {
    /// Look a field up and check its argument. Errors: [`Error::Plan`] saying what is wrong.
    pub fn resolve(name: &str, index: Option<i64>, key: Option<&str>) -> Result<Field> {
        let info = schema::field_by_name(name).ok_or_else(|| Error::Plan(format!("there is no field \"{name}\"")))?;
        let (takes_index, takes_key, required) = match info.arg {
            ArgKind::None => (false, false, false),
            ArgKind::OptionalIndex => (true, false, false),
            ArgKind::RequiredIndex => (true, false, true),
            ArgKind::OptionalKey => (true, true, false),
            ArgKind::OptionalName => (false, true, false),
            ArgKind::RequiredKey | ArgKind::RequiredName => (false, true, true),
            ArgKind::OptionalIndexOrKey => (true, true, false),
            ArgKind::RequiredIndexOrKey | ArgKind::RequiredIndexOrName => (true, true, true),
        };
        if index.is_some() && !takes_index || key.is_some() && !takes_key {
            return Err(Error::Plan(format!("the field {name} does not take this argument")));
        }
        if required && index.is_none() && key.is_none() {
            return Err(Error::Plan(format!("the field {name} needs an argument")));
        }
        let params = match (info.id, key) {
            (FieldId::EvtArg | FieldId::EvtRawarg, Some(key)) => {
                let find = |e: &schema::EventInfo| e.param_index(key).map_or(NO_PARAM, |i| i as u8);
                Some(EVENTS.iter().map(find).collect())
            }
            _ => None,
        };
        let multi = match info.id {
            FieldId::ProcAname
            | FieldId::ProcAexe
            | FieldId::ProcAexepath
            | FieldId::ProcAcmdline
            | FieldId::ProcApid
                if index.is_none() =>
            {
                Multi::Ancestors
            }
            FieldId::ProcAenv if index.is_none() => Multi::Ancestors,
            FieldId::FdIp | FieldId::FdPort | FieldId::FdProto | FieldId::FdNet => Multi::Ends,
            FieldId::FdCipName | FieldId::FdSipName | FieldId::FdLipName | FieldId::FdRipName => Multi::Ends,
            _ => Multi::Single,
        };
        let extractions = (info.id == FieldId::UtilCnt).then(Arc::default);
        Ok(Field { id: info.id, index, key: key.map(Into::into), params, multi, class: Class::of(name), extractions })
    }

    pub fn info(&self) -> &'static FieldInfo {
        self.id.info()
    }

    pub fn name(&self) -> &'static str {
        self.info().name
    }

    pub fn multi(&self) -> Multi {
        self.multi
    }

    /// Text that lies in the event or the state as it is: [`plain_text`] finds it without further ado.
    pub fn is_plain_text(&self) -> bool {
        use FieldId::*;
        matches!(
            self.id,
            ProcName
                | ProcExe
                | ProcExepath
                | ProcPname
                | ProcPexe
                | ProcPexepath
                | FdName
                | FdNameraw
                | FdDirectory
                | FdFilename
                | FdType
                | FdTypechar
                | ContainerId
                | UserName
        )
    }

    /// A number or truth that is asked often and lies in the event or the state as it is: [`plain_number`] finds it.
    pub fn is_plain_number(&self) -> bool {
        use FieldId::*;
        matches!(
            self.id,
            EvtRawres | EvtFailed | EvtIsOpenRead | EvtIsOpenWrite | EvtNum | FdNum | ProcTty | ProcIsExeFromMemfd
        )
    }

    /// A list of values, not a single one that an index picked.
    pub fn is_list(&self) -> bool {
        self.info().is_list && self.index.is_none()
    }

    pub fn kind(&self) -> Kind {
        match self.info().ftype {
            ParamType::Bytebuf => Kind::Buffer,
            ParamType::Bool => Kind::Bool,
            ParamType::Ipaddr | ParamType::Ipv4addr | ParamType::Ipv6addr => Kind::Ip,
            ParamType::Ipnet | ParamType::Ipv4net | ParamType::Ipv6net => Kind::Net,
            ParamType::Dyn => Kind::Any,
            ParamType::Charbuf
            | ParamType::Fspath
            | ParamType::Fsrelpath
            | ParamType::Charbufarray
            | ParamType::CharbufPairArray
            | ParamType::Sockaddr
            | ParamType::Socktuple
            | ParamType::Fdlist => Kind::Text,
            _ => Kind::Number,
        }
    }

    /// What one extraction costs, in comparisons of a number.
    pub fn cost(&self) -> u32 {
        use FieldId::*;
        match self.id {
            EvtArgs | EvtInfo => 100,
            EvtTime | EvtTimeS | EvtTimeIso8601 | EvtDatetime | EvtDatetimeS | EvtOutputtime => 100,
            EvtArg => 12,
            _ if self.multi == Multi::Ancestors => 20,
            ProcAcmdline | ProcAargs | ProcAenv => 20,
            ProcCmdline | ProcPcmdline | ProcExeline | ProcArgs | ProcEnv => 12,
            ThreadCgroups | ThreadCapEffective | ThreadCapInheritable | ThreadCapPermitted => 20,
            ProcLoginshellid | ProcSname | ProcSidExe | ProcSidExepath => 15,
            FdTypes | FdlistNums | FdlistNames | FdlistCips | FdlistSips | FdlistCports | FdlistSports => 40,
            FdCipName | FdSipName | FdLipName | FdRipName => 20,
            FdUid | FdContainername | FdContainerdirectory => 20,
            FsPathName | FsPathSource | FsPathTarget | EvtAbspath => 15,
            ProcPname | ProcPexe | ProcPexepath | ProcPpid => 4,
            ProcAname | ProcAexe | ProcAexepath | ProcApid => 5,
            _ => 2,
        }
    }

    /// A domain name: what it is compared with has to be resolved.
    pub fn is_domain(&self) -> bool {
        matches!(self.id, FieldId::FdCipName | FieldId::FdSipName | FieldId::FdLipName | FieldId::FdRipName)
    }

    /// Count this extraction.
    fn extraction(&self) -> Option<u64> {
        Some(self.extractions.as_ref()?.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// How often two events have the same value, guessed: 0 never, 1 always.
    pub fn sameness(&self) -> f32 {
        use FieldId::*;
        match self.id {
            FdType | FdTypechar | FdL4proto | FdSockfamily | ContainerId | ContainerType | EvtRes | EvtRawres => 0.6,
            UserName | UserUid | UserLoginuid | UserLoginname | GroupGid | GroupName | ProcTty | FdNum => 0.4,
            EvtArg | EvtRawarg => 0.2,
            _ if matches!(self.class, Class::Process | Class::Identity) => 0.1,
            _ => 0.01,
        }
    }

    /// Index of the parameter that `evt.arg` and `evt.rawarg` mean for this event.
    fn param(&self, code: u16) -> Option<usize> {
        match (&self.params, self.index) {
            (Some(params), _) => params.get(code as usize).filter(|&&i| i != NO_PARAM).map(|&i| i as usize),
            (None, Some(index)) => usize::try_from(index).ok(),
            (None, None) => None,
        }
    }
}

/// The value of a field of which [`Field::is_plain_text`] says so; `None`: absent.
#[inline]
pub fn plain_text<'a>(field: &Field, ctx: &Context<'a>) -> Option<&'a [u8]> {
    match field.class {
        Class::Process => process::plain_text(field.id, ctx),
        Class::Fd => fd::plain_text(field.id, ctx),
        Class::Identity => user::plain_text(field.id, ctx),
        Class::Event | Class::Path | Class::Absent => None,
    }
}

/// The value of a field of which [`Field::is_plain_number`] says so.
#[inline]
pub fn plain_number(field: &Field, ctx: &Context<'_>) -> Value<'static> {
    let value = match field.class {
        Class::Event => event::plain_number(field.id, ctx),
        Class::Process => process::plain_number(field.id, ctx),
        Class::Fd => fd::plain_number(field.id, ctx),
        Class::Path | Class::Identity | Class::Absent => None,
    };
    value.unwrap_or(Value::Null)
}

/// The value of a field for an event in its context. Text that has to be put together is appended to `buf`.
pub fn extract<'a>(field: &Field, ctx: &Context<'a>, buf: &mut Vec<u8>) -> Extracted<'a> {
    match field.class {
        Class::Event => event::extract(field, ctx, buf),
        Class::Process => process::extract(field, ctx, buf),
        Class::Fd => fd::extract(field, ctx, buf),
        Class::Path => paths::extract(field, ctx, buf),
        Class::Identity => user::extract(field, ctx),
        Class::Absent => Extracted::NULL,
    }
}
