//! Values as text and as JSON.

use std::io::Write;

use super::{FieldId, Value};
use crate::schema::ParamFormat;

/// What stands for an absent value in text.
pub const ABSENT: &[u8] = b"<NA>";

/// How values are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Style {
    /// Byte buffers as base64; otherwise unprintable bytes become dots.
    pub base64: bool,
}

/// Append a value in the format of its field.
pub fn formatted(value: &Value<'_>, format: ParamFormat, style: Style, out: &mut Vec<u8>) {
    match (value, format) {
        (Value::Uint(n), ParamFormat::Hex) => number(out, format_args!("{n:X}")),
        (Value::Int(n), ParamFormat::Hex) => number(out, format_args!("{n:X}")),
        (Value::Uint(n), ParamFormat::Oct) => number(out, format_args!("{n:o}")),
        (Value::Int(n), ParamFormat::Oct) => number(out, format_args!("{n:o}")),
        (Value::Uint(n), ParamFormat::PaddedDec) => number(out, format_args!("{n:09}")),
        (Value::Int(n), ParamFormat::PaddedDec) => number(out, format_args!("{n:09}")),
        (Value::Uint(n), _) => number(out, format_args!("{n}")),
        (Value::Int(n), _) => number(out, format_args!("{n}")),
        (Value::Null, _) => out.extend_from_slice(ABSENT),
        (Value::Str(s), _) => out.extend_from_slice(s),
        (Value::Buf(b), _) if style.base64 => base64(b, out),
        (Value::Buf(b), _) => printable(b, out),
        (Value::Bool(b), _) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
        (Value::Ip(ip), _) => number(out, format_args!("{ip}")),
        (Value::Double(d), _) => number(out, format_args!("{d:.1}")),
        (Value::List(items), _) => {
            out.push(b'(');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                formatted(item, format, style, out);
            }
            out.push(b')');
        }
    }
}

/// Append a value in the plain form of its type.
pub fn value(value: &Value<'_>, out: &mut Vec<u8>) {
    formatted(value, ParamFormat::Na, Style::default(), out);
}

/// Append a value as JSON. Times of the event are its time stamp, hexadecimal numbers text.
pub fn json(field: Option<(FieldId, ParamFormat)>, ts: u64, value: &Value<'_>, style: Style, out: &mut Vec<u8>) {
    use FieldId::*;
    let format = field.map_or(ParamFormat::Na, |(_, f)| f);
    if let Some((EvtTime | EvtTimeS | EvtTimeIso8601 | EvtDatetime | EvtDatetimeS | EvtOutputtime, _)) = field {
        return number(out, format_args!("{ts}"));
    }
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Uint(_) | Value::Int(_) if format == ParamFormat::Hex => {
            let mut text = Vec::new();
            formatted(value, format, style, &mut text);
            json_string(&text, out);
        }
        Value::Uint(n) => number(out, format_args!("{n}")),
        Value::Int(n) => number(out, format_args!("{n}")),
        Value::Double(d) if d.is_finite() => number(out, format_args!("{d}")),
        Value::Double(_) => out.extend_from_slice(b"null"),
        Value::Bool(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
        Value::Str(s) => json_string(s, out),
        Value::Buf(_) | Value::Ip(_) => {
            let mut text = Vec::new();
            formatted(value, format, style, &mut text);
            json_string(&text, out);
        }
        Value::List(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                json(field, ts, item, style, out);
            }
            out.push(b']');
        }
    }
}

pub(super) fn number(out: &mut Vec<u8>, args: std::fmt::Arguments<'_>) {
    // Writing to a Vec cannot fail.
    let _ = out.write_fmt(args);
}

/// Unprintable bytes become dots.
pub fn printable(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(bytes.iter().map(|&b| if (0x20..0x7f).contains(&b) { b } else { b'.' }));
}

/// A JSON string, quotes included; invalid UTF-8 becomes U+FFFD.
pub fn json_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.extend_from_slice(b"\\\""),
                '\\' => out.extend_from_slice(b"\\\\"),
                c if c.is_ascii_control() => escape(c, out),
                c => push(c, out),
            }
        }
        if !chunk.invalid().is_empty() {
            push('\u{fffd}', out);
        }
    }
    out.push(b'"');
}

/// Text for a terminal or a log line: control characters (the C1 ones too, which terminals obey) as JSON writes them, invalid
/// UTF-8 as U+FFFD; everything else as it is.
pub fn line(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() {
                escape(c, out);
            } else {
                push(c, out);
            }
        }
        if !chunk.invalid().is_empty() {
            push('\u{fffd}', out);
        }
    }
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn escape(c: char, out: &mut Vec<u8>) {
    match c {
        '\u{8}' => out.extend_from_slice(b"\\b"),
        '\u{c}' => out.extend_from_slice(b"\\f"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        c => number(out, format_args!("\\u{:04x}", c as u32)),
    }
}

fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for group in bytes.chunks(3) {
        let mut padded = [0u8; 4];
        padded[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(padded);
        for i in 0..4 {
            if i <= group.len() {
                out.push(ALPHABET[(bits >> (18 - 6 * i) & 63) as usize]);
            } else {
                out.push(b'=');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &Value<'_>, format: ParamFormat) -> String {
        let mut out = Vec::new();
        formatted(value, format, Style::default(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers() {
        assert_eq!(text(&Value::Uint(0xfe00), ParamFormat::Hex), "FE00");
        assert_eq!(text(&Value::Uint(7), ParamFormat::PaddedDec), "000000007");
        assert_eq!(text(&Value::Int(-1), ParamFormat::Dec), "-1");
        assert_eq!(text(&Value::Double(1.25), ParamFormat::Na), "1.2");
        assert_eq!(text(&Value::Null, ParamFormat::Dec), "<NA>");
    }

    #[test]
    fn lists_and_buffers() {
        let list = Value::List(vec![Value::str(b"a"), Value::Uint(2)]);
        assert_eq!(text(&list, ParamFormat::Na), "(a,2)");
        assert_eq!(text(&Value::List(vec![]), ParamFormat::Na), "()");
        assert_eq!(text(&Value::Buf(b"a\0\n\xff~"), ParamFormat::Na), "a...~");
        let mut out = Vec::new();
        for (bytes, want) in
            [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"\xff\xfe\xfd\xfc", "//79/A==")]
        {
            out.clear();
            formatted(&Value::Buf(bytes), ParamFormat::Na, Style { base64: true }, &mut out);
            assert_eq!(std::str::from_utf8(&out).unwrap(), want);
        }
    }

    #[test]
    fn lines_escape_what_a_terminal_would_obey() {
        let mut out = Vec::new();
        line("a\n\x1b[31m\u{9b}\"\\\x7f é".as_bytes(), &mut out);
        line(b"\xff\xfe", &mut out);
        assert_eq!(std::str::from_utf8(&out).unwrap(), "a\\n\\u001b[31m\\u009b\"\\\\u007f é\u{fffd}\u{fffd}");
    }

    proptest::proptest! {
        #[test]
        fn json_strings_parse_back(bytes in proptest::collection::vec(0u8.., 0..64)) {
            let mut out = Vec::new();
            json_string(&bytes, &mut out);
            let back: String = serde_json::from_slice(&out).unwrap();
            proptest::prop_assert_eq!(back, String::from_utf8_lossy(&bytes));
        }
    }
}
