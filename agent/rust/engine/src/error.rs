//! One error type for the engine; the shim converts it to Python exceptions in one place.

use std::fmt;

/// Why the engine could not do what was asked. Every message is a sentence a person can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Bytes that are not a valid event: what is wrong, and the offset in the record.
    Malformed { offset: usize, what: String },
    /// A plan that the engine cannot execute.
    Plan(String),
    /// A driver could not be opened: what was refused, why, and what to try.
    Capture(String),
    /// A capture file that cannot be read (further): where in the uncompressed stream the block begins, its number from
    /// 1 and what it holds, and what is wrong.
    CaptureFile { offset: u64, block: u64, kind: &'static str, what: String },
    /// The operating system refused something.
    Os { what: String, errno: i32 },
}

pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Malformed { offset, what } => write!(f, "malformed event at offset {offset}: {what}"),
            Error::Plan(what) | Error::Capture(what) => f.write_str(what),
            Error::CaptureFile { offset, block, kind, what } => {
                write!(f, "block {block} ({kind}) at offset {offset}: {what}")
            }
            Error::Os { what, errno } => {
                let reason = std::io::Error::from_raw_os_error(*errno).to_string();
                write!(f, "{what}: {}", reason.split(" (os error").next().unwrap_or_default())
            }
        }
    }
}

impl std::error::Error for Error {}
