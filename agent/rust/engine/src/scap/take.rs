//! Little-endian numbers and counted strings off the front of some bytes.

/// Why an entry could not be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes end inside it.
    Short,
    Invalid(String),
}

pub type Taken<T> = Result<T, Fault>;

#[derive(Clone)]
pub struct Take<'a> {
    pub rest: &'a [u8],
}

impl<'a> Take<'a> {
    pub fn new(bytes: &'a [u8]) -> Take<'a> {
        Take { rest: bytes }
    }

    pub fn bytes(&mut self, len: usize) -> Taken<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(len).ok_or(Fault::Short)?;
        self.rest = tail;
        Ok(head)
    }

    pub fn array<const N: usize>(&mut self) -> Taken<[u8; N]> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(Fault::Short)?;
        self.rest = tail;
        Ok(*head)
    }

    pub fn u8(&mut self) -> Taken<u8> {
        self.array().map(|[byte]| byte)
    }

    pub fn u16(&mut self) -> Taken<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Taken<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Taken<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn i64(&mut self) -> Taken<i64> {
        self.array().map(i64::from_le_bytes)
    }

    /// A string of at most `max` bytes, after its 16-bit length.
    pub fn string(&mut self, max: usize, what: &str) -> Taken<&'a [u8]> {
        let len = usize::from(self.u16()?);
        if len > max {
            return Err(Fault::Invalid(format!("the {what} has {len} bytes where {max} are the most")));
        }
        self.bytes(len)
    }

    /// An address of `len` bytes, at the front of sixteen.
    pub fn address(&mut self, len: usize) -> Taken<[u8; 16]> {
        let mut address = [0; 16];
        address[..len].copy_from_slice(self.bytes(len)?);
        Ok(address)
    }
}
