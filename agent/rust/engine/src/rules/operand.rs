//! The sides of a check: a field, or a transformer over fields and constants.

use std::borrow::Cow;

use super::plan;
use super::plan::{Literal, Transform};
use super::predicate::unhex;
use crate::error::{Error, Result};
use crate::fields::{Extracted, Field, Kind, Multi, Value};
use crate::schema::FieldId;

/// Where field values come from: an event in its context, or a table in a test.
pub trait Source {
    /// Event code of the schema.
    fn code(&self) -> u16;

    /// The field's value. Text that has to be put together is appended to `buf` and given as a range of it.
    fn extract<'s>(&'s self, field: &Field, buf: &mut Vec<u8>) -> Extracted<'s>;

    /// The value of a field of which [`Field::is_plain_text`] says so: the same as [`Source::extract`], sooner.
    fn plain_text(&self, field: &Field) -> Option<&[u8]>;

    /// The value of a field of which [`Field::is_plain_number`] says so: the same as [`Source::extract`], sooner.
    fn plain_number(&self, field: &Field) -> Value<'static>;

    /// Each value of a field that has several (ancestors, both ends of a connection), until `visit` returns false.
    /// False when there is none.
    fn each(&self, field: &Field, buf: &mut Vec<u8>, visit: &mut dyn FnMut(&Value<'_>) -> bool) -> bool;

    /// The parts of a field that is a sequence by nature (the arguments of a process), else its value alone.
    fn items<'s>(&'s self, field: &Field, buf: &mut Vec<u8>) -> Option<Vec<Value<'s>>>;
}

/// A compiled operand.
#[derive(Debug)]
pub enum Operand {
    Field(Field),
    Transform { transform: Transform, args: Box<[Arg]>, selector: Option<Box<[u8]>> },
}

#[derive(Debug)]
pub enum Arg {
    Operand(Operand),
    List(Box<[Arg]>),
    Constant(Box<[u8]>),
}

impl Operand {
    /// Resolve names. Errors: [`Error::Plan`] naming the field, or what is wrong with a transformer's arguments.
    pub fn new(operand: &plan::Operand) -> Result<Operand> {
        match operand {
            plan::Operand::Field { field, index, key } => {
                Ok(Operand::Field(Field::resolve(field, *index, key.as_deref())?))
            }
            plan::Operand::Transform { transform, args, index, key } => {
                let args = args.iter().map(Arg::new).collect::<Result<Box<[_]>>>()?;
                let counts = match transform {
                    Transform::Concat => 2..=usize::MAX,
                    Transform::Join | Transform::Getopt => 2..=2,
                    _ => 1..=1,
                };
                if !counts.contains(&args.len()) {
                    return Err(Error::Plan(format!(
                        "the transformer {transform:?} does not take {} arguments",
                        args.len()
                    )));
                }
                for arg in &args {
                    arg.no_multi()?;
                }
                let selector = match (key, index) {
                    (Some(k), _) => Some(k.as_bytes().into()),
                    (None, Some(i)) => Some(i.to_string().into_bytes().into()),
                    (None, None) => None,
                };
                Ok(Operand::Transform { transform: *transform, args, selector })
            }
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Operand::Field(f) => f.kind(),
            Operand::Transform { transform: Transform::Len, .. } => Kind::Number,
            Operand::Transform { .. } => Kind::Text,
        }
    }

    pub fn is_field(&self, id: FieldId) -> bool {
        matches!(self, Operand::Field(field) if field.id == id)
    }

    pub fn is_list(&self) -> bool {
        match self {
            Operand::Field(f) => f.is_list(),
            Operand::Transform { transform: Transform::Getopt, selector, .. } => selector.is_none(),
            Operand::Transform { transform: Transform::Join | Transform::Concat | Transform::Len, .. } => false,
            Operand::Transform { args, .. } => matches!(args.first(), Some(Arg::Operand(o)) if o.is_list()),
        }
    }

    pub fn multi(&self) -> Multi {
        match self {
            Operand::Field(f) => f.multi(),
            Operand::Transform { .. } => Multi::Single,
        }
    }

    /// What one evaluation costs, in comparisons of a number; orders the checks of a condition.
    pub fn cost(&self) -> u32 {
        match self {
            Operand::Field(f) => f.cost(),
            Operand::Transform { args, .. } => 20 + args.iter().map(Arg::cost).sum::<u32>(),
        }
    }

    /// How often two events give the same value, guessed.
    pub fn sameness(&self) -> f32 {
        match self {
            Operand::Field(f) => f.sameness(),
            Operand::Transform { .. } => 0.1,
        }
    }

    pub fn eval<'s, S: Source>(&'s self, src: &'s S, buf: &mut Vec<u8>) -> Extracted<'s> {
        match self {
            Operand::Field(f) => src.extract(f, buf),
            Operand::Transform { transform, args, selector } => {
                let first = args.first();
                match transform {
                    Transform::Tolower => map(first, src, buf, &|t| t.make_ascii_lowercase()),
                    Transform::Toupper => map(first, src, buf, &|t| t.make_ascii_uppercase()),
                    Transform::Basename => basename(first, src, buf),
                    Transform::B64 => b64(first, src, buf),
                    Transform::Len => len(first, src, buf),
                    Transform::Concat => join(&[], parts(args, src, buf), buf),
                    Transform::Join => {
                        let Some(separator) = first.and_then(|a| a.text(src, buf)) else {
                            return Extracted::NULL;
                        };
                        join(&separator, args.get(1).and_then(|a| a.list(src, buf)), buf)
                    }
                    Transform::Getopt => getopt(args, selector.as_deref(), src, buf),
                }
            }
        }
    }

    fn list<'s, S: Source>(&'s self, src: &'s S, buf: &mut Vec<u8>) -> Option<Vec<Value<'s>>> {
        match self {
            Operand::Field(f) => src.items(f, buf),
            Operand::Transform { .. } => match self.eval(src, buf).into_owned(buf) {
                Value::Null => None,
                Value::List(items) => Some(items),
                single => Some(vec![single]),
            },
        }
    }
}

impl Arg {
    fn new(arg: &plan::Arg) -> Result<Arg> {
        Ok(match arg {
            plan::Arg::Operand(o) => Arg::Operand(Operand::new(o)?),
            plan::Arg::List { list } => Arg::List(list.iter().map(Arg::new).collect::<Result<_>>()?),
            plan::Arg::Literal(Literal::S(s)) => Arg::Constant(s.as_bytes().into()),
            plan::Arg::Literal(Literal::Hex(h)) => Arg::Constant(unhex(h)?.into()),
            plan::Arg::Literal(Literal::U(n)) => Arg::Constant(n.to_string().into_bytes().into()),
            plan::Arg::Literal(Literal::I(n)) => Arg::Constant(n.to_string().into_bytes().into()),
            plan::Arg::Literal(Literal::F(n)) => Arg::Constant(n.clone().into_bytes().into()),
            plan::Arg::Literal(Literal::B(b)) => Arg::Constant(b.to_string().into_bytes().into()),
            plan::Arg::Literal(Literal::Ip(ip)) => Arg::Constant(ip.to_string().into_bytes().into()),
            plan::Arg::Literal(Literal::Net(n)) => Arg::Constant(n.clone().into_bytes().into()),
        })
    }

    fn no_multi(&self) -> Result<()> {
        match self {
            Arg::Operand(Operand::Field(f)) if f.multi() != Multi::Single => {
                Err(Error::Plan(format!("the field {} has several values and takes no transformer", f.name())))
            }
            Arg::List(items) => items.iter().try_for_each(Arg::no_multi),
            _ => Ok(()),
        }
    }

    fn cost(&self) -> u32 {
        match self {
            Arg::Operand(o) => o.cost(),
            Arg::List(items) => items.iter().map(Arg::cost).sum(),
            Arg::Constant(_) => 0,
        }
    }

    fn eval<'s, S: Source>(&'s self, src: &'s S, buf: &mut Vec<u8>) -> Extracted<'s> {
        match self {
            Arg::Operand(o) => o.eval(src, buf),
            Arg::Constant(c) => Extracted::Value(Value::Str(Cow::Borrowed(c))),
            Arg::List(_) => match self.list(src, buf) {
                Some(items) => Extracted::Value(Value::List(items)),
                None => Extracted::NULL,
            },
        }
    }

    fn list<'s, S: Source>(&'s self, src: &'s S, buf: &mut Vec<u8>) -> Option<Vec<Value<'s>>> {
        match self {
            Arg::Operand(o) => o.list(src, buf),
            Arg::Constant(c) => Some(vec![Value::Str(Cow::Borrowed(c))]),
            Arg::List(items) => parts(items, src, buf),
        }
    }

    fn text<S: Source>(&self, src: &S, buf: &mut Vec<u8>) -> Option<Vec<u8>> {
        self.eval(src, buf).into_owned(buf).bytes().map(<[u8]>::to_vec)
    }
}

/// The values of several arguments; `None` when one is absent.
fn parts<'s, S: Source>(args: &'s [Arg], src: &'s S, buf: &mut Vec<u8>) -> Option<Vec<Value<'s>>> {
    args.iter()
        .map(|a| match a.eval(src, buf).into_owned(buf) {
            Value::Null => None,
            v => Some(v),
        })
        .collect()
}

/// Change text in a copy of it; other kinds have no such form and are absent.
fn map<'s, S: Source>(
    arg: Option<&'s Arg>,
    src: &'s S,
    buf: &mut Vec<u8>,
    change: &dyn Fn(&mut [u8]),
) -> Extracted<'s> {
    let range = match arg.map_or(Extracted::NULL, |a| a.eval(src, buf)) {
        Extracted::Text(range) => range,
        Extracted::Value(Value::List(items)) => {
            let changed = items.into_iter().map(|v| {
                let mut text = v.bytes().unwrap_or_default().to_vec();
                change(&mut text);
                Value::Str(Cow::Owned(text))
            });
            return Extracted::Value(Value::List(changed.collect()));
        }
        Extracted::Value(v) => {
            let Some(text) = v.bytes() else { return Extracted::NULL };
            let start = buf.len();
            buf.extend_from_slice(text);
            start..buf.len()
        }
    };
    change(&mut buf[range.clone()]);
    Extracted::Text(range)
}

fn basename<'s, S: Source>(arg: Option<&'s Arg>, src: &'s S, buf: &mut Vec<u8>) -> Extracted<'s> {
    let after_slash = |text: &[u8]| memchr::memrchr(b'/', text).map_or(0, |at| at + 1);
    match arg.map_or(Extracted::NULL, |a| a.eval(src, buf)) {
        Extracted::Text(range) => Extracted::Text(range.start + after_slash(&buf[range.clone()])..range.end),
        Extracted::Value(Value::Str(Cow::Borrowed(s))) => {
            Extracted::Value(Value::Str(Cow::Borrowed(&s[after_slash(s)..])))
        }
        Extracted::Value(Value::Str(Cow::Owned(s))) => {
            Extracted::Value(Value::Str(Cow::Owned(s[after_slash(&s)..].to_vec())))
        }
        _ => Extracted::NULL,
    }
}

fn len<'s, S: Source>(arg: Option<&'s Arg>, src: &'s S, buf: &mut Vec<u8>) -> Extracted<'s> {
    let to_nul = |text: &[u8]| memchr::memchr(0, text).unwrap_or(text.len());
    let n = match arg.map_or(Extracted::NULL, |a| a.eval(src, buf)) {
        Extracted::Text(range) => to_nul(&buf[range]),
        Extracted::Value(Value::Str(s)) => to_nul(&s),
        Extracted::Value(Value::Buf(b)) => b.len(),
        Extracted::Value(Value::List(items)) => items.len(),
        Extracted::Value(_) => return Extracted::NULL,
    };
    Extracted::Value(Value::Uint(n as u64))
}

fn join<'s>(separator: &[u8], parts: Option<Vec<Value<'s>>>, buf: &mut Vec<u8>) -> Extracted<'s> {
    let Some(parts) = parts else { return Extracted::NULL };
    let start = buf.len();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            buf.extend_from_slice(separator);
        }
        crate::fields::render::value(part, buf);
    }
    Extracted::Text(start..buf.len())
}

fn b64<'s, S: Source>(arg: Option<&'s Arg>, src: &'s S, buf: &mut Vec<u8>) -> Extracted<'s> {
    let Some(text) = arg.and_then(|a| a.text(src, buf)) else {
        return Extracted::NULL;
    };
    let start = buf.len();
    match decode_b64(&text, buf) {
        Some(()) => Extracted::Text(start..buf.len()),
        None => {
            buf.truncate(start);
            Extracted::NULL
        }
    }
}

/// Standard alphabet, padding optional.
fn decode_b64(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let body = match text {
        [body @ .., b'=', b'='] | [body @ .., b'='] => body,
        body => body,
    };
    if body.len() % 4 == 1 {
        return None;
    }
    for group in body.chunks(4) {
        let mut bits = 0u32;
        for &c in group {
            let six = match c {
                b'A'..=b'Z' => c - b'A',
                b'a'..=b'z' => c - b'a' + 26,
                b'0'..=b'9' => c - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(six);
        }
        bits <<= 6 * (4 - group.len());
        out.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(())
}

/// Short options as getopt(3) reads them: a list of letters and their values, or the last value of one letter.
fn getopt<'s, S: Source>(args: &'s [Arg], selector: Option<&[u8]>, src: &'s S, buf: &mut Vec<u8>) -> Extracted<'s> {
    let [list, options] = args else { return Extracted::NULL };
    let (Some(words), Some(options)) = (list.list(src, buf), options.text(src, buf)) else {
        return Extracted::NULL;
    };
    let mut found: Vec<(u8, Option<Vec<u8>>)> = Vec::new();
    let mut words = words.iter().filter_map(Value::bytes);
    while let Some(word) = words.next() {
        if word == b"--" {
            break;
        }
        // Operands between options are skipped, as getopt(3) permutes them.
        let [b'-', letters @ ..] = word else { continue };
        let mut rest = letters;
        while let Some((&letter, tail)) = rest.split_first() {
            let known = options.iter().position(|&o| o == letter && letter != b':');
            match known {
                None => {
                    found.push((b'?', None));
                    rest = tail;
                }
                Some(at) if options.get(at + 1) != Some(&b':') => {
                    found.push((letter, None));
                    rest = tail;
                }
                Some(at) => {
                    let optional = options.get(at + 2) == Some(&b':');
                    let value = match (tail.is_empty(), optional) {
                        (false, _) => Some(tail.to_vec()),
                        (true, true) => None,
                        (true, false) => words.next().map(<[u8]>::to_vec),
                    };
                    // A missing required value is an error of the option.
                    let name = if value.is_none() && !optional { b'?' } else { letter };
                    found.push((name, value));
                    rest = &[];
                }
            }
        }
    }
    match selector {
        Some([letter]) => match found.into_iter().rev().find(|(l, _)| l == letter) {
            Some((_, value)) => Extracted::Value(Value::Str(Cow::Owned(value.unwrap_or_default()))),
            None => Extracted::NULL,
        },
        Some(_) => Extracted::NULL,
        None => {
            let flat = found.into_iter().flat_map(|(letter, value)| std::iter::once(vec![letter]).chain(value));
            Extracted::Value(Value::List(flat.map(|t| Value::Str(Cow::Owned(t))).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::decode_b64;

    #[test]
    fn base64() {
        let decode = |text: &str| {
            let mut out = Vec::new();
            decode_b64(text.as_bytes(), &mut out).map(|()| out)
        };
        assert_eq!(decode("aGVsbG8=").unwrap(), b"hello");
        assert_eq!(decode("aGVsbG8").unwrap(), b"hello");
        assert_eq!(decode("aGk=").unwrap(), b"hi");
        assert_eq!(decode("aA==").unwrap(), b"h");
        assert_eq!(decode("").unwrap(), b"");
        assert_eq!(decode("+/+/").unwrap(), [0xfb, 0xff, 0xbf]);
        assert!(decode("a").is_none());
        assert!(decode("a b=").is_none());
        assert!(decode("=").unwrap().is_empty());
    }
}
