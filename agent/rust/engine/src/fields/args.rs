//! Event parameters as text (`evt.args`, `evt.arg.*`) and in their own types (`evt.rawarg.*`).

use super::fd::{fdlist, kind_char, protocol, sockaddr, socktuple};
use super::render::number;
use super::{names, paths, render, Context, Extracted, Value};
use crate::schema::{FlagTable, ParamFormat, ParamInfo, ParamType, ParamType as T};

/// Every parameter as `name=text`, separated by blanks.
pub(super) fn all(ctx: &Context<'_>, out: &mut Vec<u8>) {
    if ctx.info.code <= crate::schema::code::GENERIC_X {
        return;
    }
    for (index, param) in ctx.info.params.iter().enumerate().take(ctx.event.nparams) {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(param.name.as_bytes());
        out.push(b'=');
        raw_text(ctx, index, param, out);
        let open = out.len();
        out.push(b'(');
        resolved_text(ctx, index, param, out);
        if out.len() == open + 1 {
            out.truncate(open);
        } else {
            out.push(b')');
        }
    }
}

/// One parameter as text: what it resolves to, else the parameter itself.
pub(super) fn one<'a>(ctx: &Context<'a>, index: usize, buf: &mut Vec<u8>) -> Extracted<'a> {
    let (Some(param), Some(bytes)) = (ctx.info.params.get(index), ctx.event.param(index)) else {
        return Extracted::NULL;
    };
    let start = buf.len();
    resolved_text(ctx, index, param, buf);
    if buf.len() == start {
        // Text that is as it stands needs no copy.
        if param.ptype == ParamType::Charbuf && !bytes.is_empty() {
            return Value::str(to_nul(bytes)).into();
        }
        raw_text(ctx, index, param, buf);
    }
    Extracted::Text(start..buf.len())
}

/// One parameter in its own type; absent when empty or malformed.
pub(super) fn raw<'a>(ctx: &Context<'a>, index: usize) -> Option<Value<'a>> {
    let param = ctx.info.params.get(index)?;
    let bytes = ctx.event.param(index)?;
    if bytes.is_empty() {
        return None;
    }
    Some(match param.ptype {
        T::Charbuf | T::Fspath | T::Fsrelpath => Value::str(to_nul(bytes)),
        T::Bytebuf | T::Charbufarray | T::CharbufPairArray | T::Sockaddr | T::Socktuple | T::Fdlist | T::Dyn => {
            Value::Buf(bytes)
        }
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::Errno | T::Fd | T::Pid | T::Fd32 | T::Pid32 => {
            Value::Int(ctx.event.int(index)?)
        }
        T::Bool => Value::Bool(ctx.event.uint(index)? != 0),
        T::Double => Value::Double(f64::from_le_bytes(bytes.try_into().ok()?)),
        T::Ipv4addr | T::Ipv6addr | T::Ipaddr => Value::Ip(match bytes.len() {
            4 => std::net::Ipv4Addr::from(*bytes.first_chunk::<4>()?).into(),
            16 => std::net::Ipv6Addr::from(*bytes.first_chunk::<16>()?).into(),
            _ => return None,
        }),
        _ => Value::Uint(ctx.event.uint(index)?),
    })
}

/// Empty parameters of these types read "NULL", the others "<NA>".
fn absent(ptype: ParamType) -> &'static [u8] {
    match ptype {
        ParamType::Bytebuf
        | ParamType::Socktuple
        | ParamType::Fdlist
        | ParamType::Charbufarray
        | ParamType::CharbufPairArray
        | ParamType::Dyn => b"NULL",
        _ => render::ABSENT,
    }
}

fn raw_text(ctx: &Context<'_>, index: usize, param: &ParamInfo, out: &mut Vec<u8>) {
    let bytes = ctx.event.param(index).unwrap_or_default();
    let start = out.len();
    if bytes.is_empty() || plain(ctx, bytes, param.ptype, param.format, param, out).is_none() {
        out.truncate(start);
        out.extend_from_slice(absent(param.ptype));
    }
}

/// The parameter without look-ups. `None` when its bytes do not fit its type.
fn plain(
    ctx: &Context<'_>,
    bytes: &[u8],
    ptype: ParamType,
    format: ParamFormat,
    param: &ParamInfo,
    out: &mut Vec<u8>,
) -> Option<()> {
    match ptype {
        T::Charbuf | T::Fspath | T::Fsrelpath => {
            let text = to_nul(bytes);
            // Old captures wrote a null pointer as text.
            out.extend_from_slice(if bytes == b"(NULL)\0" { render::ABSENT } else { text });
        }
        T::Bytebuf | T::Charbufarray | T::CharbufPairArray => render::printable(bytes, out),
        T::Sockaddr => sockaddr(bytes, out)?,
        T::Socktuple => socktuple(bytes, out)?,
        T::Fdlist => {
            for (i, (num, flags)) in fdlist(bytes).enumerate() {
                let kind = ctx.state.fd(ctx.event.tid, num).map_or(&b"o"[..], |fd| kind_char(fd.kind));
                number(out, format_args!("{}{num}:", if i > 0 { " " } else { "" }));
                out.extend_from_slice(kind);
                number(out, format_args!("{flags:x}"));
            }
        }
        T::Dyn => {
            let (&selector, value) = bytes.split_first()?;
            let variant = param.dynamic.get(selector as usize)?;
            if variant.ptype == T::Dyn || value.is_empty() {
                return None;
            }
            plain(ctx, value, variant.ptype, variant.format, param, out)?;
        }
        T::Bool => out.extend_from_slice(if unsigned(bytes)? != 0 { b"true" } else { b"false" }),
        T::Double => number(out, format_args!("{:.1}", f64::from_le_bytes(bytes.try_into().ok()?))),
        T::Ipv4addr => number(out, format_args!("{}", std::net::Ipv4Addr::from(*bytes.first_chunk::<4>()?))),
        T::Ipv6addr => number(out, format_args!("{}", std::net::Ipv6Addr::from(*bytes.first_chunk::<16>()?))),
        // Always decimal, whatever the table says.
        T::Errno | T::Fd | T::Pid | T::Fd32 | T::Pid32 => number(out, format_args!("{}", signed(bytes)?)),
        T::Uid | T::Gid => number(out, format_args!("{}", signed(bytes)?)),
        T::Flags8 | T::Flags16 | T::Flags32 | T::Enumflags8 | T::Enumflags16 | T::Enumflags32 => {
            number(out, format_args!("{}", unsigned(bytes)?));
        }
        T::Mode => octal(unsigned(bytes)?, out),
        T::Int8 | T::Int16 | T::Int32 | T::Int64 => match format {
            ParamFormat::Hex => number(out, format_args!("{:X}", unsigned(bytes)?)),
            ParamFormat::Oct => octal(unsigned(bytes)?, out),
            _ => number(out, format_args!("{}", signed(bytes)?)),
        },
        T::Reltime => number(out, format_args!("{}", unsigned(bytes)?)),
        T::Abstime => super::time::write(unsigned(bytes)?, super::time::Style::Date, out),
        // Offsets are negative at times; those who read these texts expect them so.
        T::Uint64 if format == ParamFormat::Dec => number(out, format_args!("{}", signed(bytes)?)),
        _ => match format {
            ParamFormat::Hex => number(out, format_args!("{:X}", unsigned(bytes)?)),
            ParamFormat::Oct => octal(unsigned(bytes)?, out),
            ParamFormat::PaddedDec => number(out, format_args!("{:09}", unsigned(bytes)?)),
            _ => number(out, format_args!("{}", unsigned(bytes)?)),
        },
    }
    Some(())
}

fn octal(n: u64, out: &mut Vec<u8>) {
    if n == 0 {
        out.push(b'0');
    } else {
        number(out, format_args!("0{n:o}"));
    }
}

/// What a parameter stands for; nothing when it stands for itself.
fn resolved_text(ctx: &Context<'_>, index: usize, param: &ParamInfo, out: &mut Vec<u8>) {
    let bytes = ctx.event.param(index).unwrap_or_default();
    if bytes.is_empty() {
        return;
    }
    let start = out.len();
    if meaning(ctx, index, bytes, param.ptype, param, out).is_none() {
        out.truncate(start);
    }
}

fn meaning(
    ctx: &Context<'_>,
    index: usize,
    bytes: &[u8],
    ptype: ParamType,
    param: &ParamInfo,
    out: &mut Vec<u8>,
) -> Option<()> {
    match ptype {
        T::Fd | T::Fd32 => descriptor(ctx, signed(bytes)?, out)?,
        T::Errno => {
            let number = signed(bytes)?;
            if number < 0 {
                out.extend_from_slice(names::errno(number.unsigned_abs())?.as_bytes());
            }
        }
        T::Pid | T::Pid32 => out.extend_from_slice(&ctx.state.thread(signed(bytes)?)?.comm),
        T::Uid => match unsigned(bytes)? as u32 {
            u32::MAX => out.extend_from_slice(b"<NONE>"),
            uid => out.extend_from_slice(user(ctx, uid)?.name.as_bytes()),
        },
        T::Gid => match unsigned(bytes)? as u32 {
            u32::MAX => out.extend_from_slice(b"<NONE>"),
            gid => out.extend_from_slice(group(ctx, gid)?.as_bytes()),
        },
        T::Fspath | T::Fsrelpath => {
            let text = to_nul(bytes);
            if text.is_empty() || text.starts_with(b"/") || bytes == b"(NULL)\0" {
                return None;
            }
            paths::resolve(ctx, index, text, out)?;
        }
        T::Flags8 | T::Flags16 | T::Flags32 | T::Mode => flags(unsigned(bytes)?, param.flags?, out),
        T::Enumflags8 | T::Enumflags16 | T::Enumflags32 => {
            let value = unsigned(bytes)?;
            let start = out.len();
            // A value may have several names (AF_LOCAL, AF_UNIX).
            for (name, _) in param.flags?.entries.iter().filter(|(_, v)| u64::from(*v) == value) {
                if out.len() > start {
                    out.push(b'|');
                }
                out.extend_from_slice(name.as_bytes());
            }
        }
        T::Sigtype => out.extend_from_slice(names::signal(unsigned(bytes)?)?.as_bytes()),
        T::Sigset => {
            let set = unsigned(bytes)?;
            let start = out.len();
            for bit in (0..64u64).filter(|bit| set & (1 << bit) != 0) {
                if out.len() > start {
                    out.push(b',');
                }
                match names::signal(bit + 1) {
                    Some(name) => out.extend_from_slice(name.as_bytes()),
                    None => number(out, format_args!("{}", bit + 1)),
                }
            }
        }
        T::Syscallid => {
            let call = crate::schema::syscall(u16::try_from(unsigned(bytes)?).ok()?)?;
            out.extend_from_slice(call.name.as_bytes());
        }
        T::Reltime => match unsigned(bytes)? {
            u64::MAX => out.extend_from_slice(b"none"),
            ns => {
                general(ns as f64 / 1e9, out);
                out.push(b's');
            }
        },
        T::Dyn => {
            let (&selector, value) = bytes.split_first()?;
            let variant = param.dynamic.get(selector as usize)?;
            if variant.ptype != T::Dyn && !value.is_empty() {
                meaning(ctx, index, value, variant.ptype, param, out)?;
            }
        }
        _ => return None,
    }
    Some(())
}

fn user<'a>(ctx: &Context<'a>, uid: u32) -> Option<&'a crate::state::User> {
    match ctx.thread() {
        Some(thread) => ctx.state.user_of(thread, uid),
        None => ctx.state.user(uid),
    }
}

fn group<'a>(ctx: &Context<'a>, gid: u32) -> Option<&'a str> {
    match ctx.thread() {
        Some(thread) => ctx.state.group_of(thread, gid),
        None => ctx.state.group(gid),
    }
}

/// `<f>/etc/passwd`, `<4t>1.2.3.4:5->6.7.8.9:10`, `AT_FDCWD`, or the error in place of a descriptor.
fn descriptor(ctx: &Context<'_>, num: i64, out: &mut Vec<u8>) -> Option<()> {
    const AT_FDCWD: i64 = -100;
    if num == AT_FDCWD {
        out.extend_from_slice(b"AT_FDCWD");
        return Some(());
    }
    if num < 0 {
        out.extend_from_slice(names::errno(num.unsigned_abs())?.as_bytes());
        return Some(());
    }
    let own = (ctx.effects.fd == Some(num)).then_some(ctx.effects.fd_info.as_deref()).flatten();
    let fd = own.or_else(|| ctx.state.fd(ctx.event.tid, num))?;
    out.push(b'<');
    out.extend_from_slice(kind_char(fd.kind));
    if let Some(protocol) = protocol(fd) {
        // t, u, i, r
        out.extend(protocol.bytes().next());
    }
    out.push(b'>');
    out.extend_from_slice(&fd.name);
    Some(())
}

/// Names of the flags set, in the order of the table; a name that covers several bits takes them.
fn flags(value: u64, table: &FlagTable, out: &mut Vec<u8>) {
    let mut left = value;
    let start = out.len();
    for &(name, bits) in table.entries {
        let bits = u64::from(bits);
        let set = if bits == 0 { value == 0 } else { left & bits == bits };
        if set {
            if out.len() > start {
                out.push(b'|');
            }
            out.extend_from_slice(name.as_bytes());
            left &= !bits;
        }
    }
}

/// printf's "%g": six significant digits, no trailing zeros.
fn general(n: f64, out: &mut Vec<u8>) {
    if n == 0.0 {
        return out.push(b'0');
    }
    let scientific = format!("{n:.5e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if (-4..6).contains(&exponent) {
        let places = (5 - exponent).max(0) as usize;
        number(out, format_args!("{}", trim(&format!("{n:.places$}"))));
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        number(out, format_args!("{}e{sign}{:02}", trim(digits), exponent.abs()));
    }
}

fn to_nul(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

fn signed(bytes: &[u8]) -> Option<i64> {
    Some(match bytes.len() {
        1 => i8::from_le_bytes(bytes.try_into().ok()?).into(),
        2 => i16::from_le_bytes(bytes.try_into().ok()?).into(),
        4 => i32::from_le_bytes(bytes.try_into().ok()?).into(),
        8 => i64::from_le_bytes(bytes.try_into().ok()?),
        _ => return None,
    })
}

fn unsigned(bytes: &[u8]) -> Option<u64> {
    Some(match bytes.len() {
        1 => bytes[0].into(),
        2 => u16::from_le_bytes(bytes.try_into().ok()?).into(),
        4 => u32::from_le_bytes(bytes.try_into().ok()?).into(),
        8 => u64::from_le_bytes(bytes.try_into().ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::flag_tables;

    #[test]
    fn flag_names() {
        let text = |value| {
            let mut out = Vec::new();
            flags(value, &flag_tables::FILE_FLAGS, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(4097), "O_RDONLY|O_CLOEXEC");
        assert_eq!(text(13377), "O_DIRECTORY|O_NONBLOCK|O_RDONLY|O_CLOEXEC|O_TMPFILE");
        assert_eq!(text(3), "O_RDWR");
        assert_eq!(text(0), "O_NONE");
    }

    #[test]
    fn short_numbers() {
        let text = |n| {
            let mut out = Vec::new();
            general(n, &mut out);
            String::from_utf8(out).unwrap()
        };
        for (n, want) in [
            (0.0, "0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (0.001, "0.001"),
            (1e-5, "1e-05"),
            (123456.0, "123456"),
            (1234567.0, "1.23457e+06"),
            (100.0, "100"),
            (0.5e-3, "0.0005"),
        ] {
            assert_eq!(text(n), want);
        }
    }
}
