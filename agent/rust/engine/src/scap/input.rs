//! The bytes of a file, uncompressed on the way, in a window that grows only as bytes really arrive.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::GzDecoder;

/// Bytes of the window to begin with; a block that needs more makes it grow.
const WINDOW: usize = 512 << 10;
/// Compressed bytes read at once.
const COMPRESSED: usize = 128 << 10;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The file from its start; what was read to see whether it is compressed comes first again.
type Raw<R> = Chain<Cursor<Vec<u8>>, BufReader<Counted<R>>>;

enum Source<R> {
    /// Too little has come to say whether the file is compressed. `None` only while it gives way to the next.
    New(Option<Box<BufReader<Counted<R>>>>, Vec<u8>),
    Plain(Raw<R>),
    /// `None` only while one gzip member gives way to the next.
    Gzip(Option<Box<GzDecoder<Raw<R>>>>),
}

pub struct Input<R> {
    source: Source<R>,
    window: Vec<u8>,
    /// The bytes not consumed yet are `window[at..end]`.
    at: usize,
    end: usize,
    /// Offset in the uncompressed stream of the window's first byte.
    base: u64,
    /// Why no more bytes come: `Ok` at the end of the file.
    ended: Option<Result<(), String>>,
    /// Not all that was asked for last has come yet; the input says that asking again later may help.
    pub waiting: bool,
    pub trailing_garbage: bool,
}

/// Why a read gave nothing.
enum Nothing {
    /// The input would have to be waited for.
    NotYet,
    Failed(String),
}

impl<R: Read> Input<R> {
    pub fn new(input: R) -> Input<R> {
        let file = BufReader::with_capacity(COMPRESSED, Counted { inner: input, count: 0 });
        Input {
            source: Source::New(Some(Box::new(file)), Vec::with_capacity(2)),
            window: vec![0; WINDOW],
            at: 0,
            end: 0,
            base: 0,
            ended: None,
            waiting: false,
            trailing_garbage: false,
        }
    }

    /// Uncompressed bytes consumed.
    pub fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Bytes of the file taken in.
    pub fn file_offset(&self) -> u64 {
        let raw = match &self.source {
            Source::Plain(raw) => raw,
            Source::Gzip(Some(decoder)) => decoder.get_ref(),
            Source::New(..) | Source::Gzip(None) => return 0,
        };
        let file = raw.get_ref().1;
        file.get_ref().count - file.buffer().len() as u64
    }

    /// What is at hand and not consumed.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.window[self.at..self.end]
    }

    /// The `len` bytes that were consumed `back` bytes ago.
    #[inline]
    pub fn consumed(&self, back: usize, len: usize) -> &[u8] {
        let start = self.at - back;
        &self.window[start..start + len]
    }

    /// See that `len` bytes are at hand; false when the stream ends before, or has to be waited for.
    #[inline]
    pub fn fill(&mut self, len: usize) -> bool {
        self.end - self.at >= len || self.read_more(len)
    }

    /// Take bytes that are at hand off the front.
    #[inline]
    pub fn consume(&mut self, len: usize) {
        debug_assert!(len <= self.end - self.at);
        self.at += len;
    }

    /// Take `len` bytes off the front, at hand or not, and count `len` down; false when the stream ends before, or has to be waited for.
    pub fn skip(&mut self, len: &mut u64) -> bool {
        loop {
            let at_hand = (self.end - self.at).min(usize::try_from(*len).unwrap_or(usize::MAX));
            self.consume(at_hand);
            *len -= at_hand as u64;
            if *len == 0 {
                return true;
            }
            if !self.fill(1) {
                return false;
            }
        }
    }

    /// Why there are no more bytes, as a half sentence.
    pub fn why_ended(&self) -> String {
        match &self.ended {
            Some(Err(why)) => why.clone(),
            _ => "the file ends".into(),
        }
    }

    /// Whether the stream ended as it should, not by an error.
    pub fn ended_well(&self) -> bool {
        matches!(self.ended, Some(Ok(())))
    }

    #[cold]
    fn read_more(&mut self, len: usize) -> bool {
        self.waiting = false;
        while self.end - self.at < len {
            if self.ended.is_some() {
                return false;
            }
            if self.end == self.window.len() {
                self.make_room();
            }
            match self.source.read(&mut self.window[self.end..], &mut self.trailing_garbage) {
                Ok(0) => self.ended = Some(Ok(())),
                Ok(count) => self.end += count,
                Err(Nothing::NotYet) => {
                    self.waiting = true;
                    return false;
                }
                Err(Nothing::Failed(error)) => self.ended = Some(Err(error)),
            }
        }
        true
    }

    fn make_room(&mut self) {
        if self.at > 0 {
            self.window.copy_within(self.at..self.end, 0);
            self.base += self.at as u64;
            self.end -= self.at;
            self.at = 0;
        } else {
            // Full of bytes that really came: the most that a wrong length can cost is twice what the file has.
            self.window.resize(self.window.len() * 2, 0);
        }
    }
}

impl<R: Read> Source<R> {
    fn read(&mut self, into: &mut [u8], garbage: &mut bool) -> Result<usize, Nothing> {
        loop {
            let result = match self {
                Source::New(..) => match self.open() {
                    Ok(()) => continue,
                    Err(error) => Err((error, "reading fails")),
                },
                Source::Plain(raw) => raw.read(into).map_err(|error| (error, "reading fails")),
                Source::Gzip(None) => Ok(0),
                Source::Gzip(Some(decoder)) => match decoder.read(into) {
                    Ok(0) => match self.next_member(garbage) {
                        Ok(true) => continue,
                        Ok(false) => return Ok(0),
                        Err(error) => Err((error, "reading fails")),
                    },
                    result => result.map_err(|error| (error, "the compressed data is damaged")),
                },
            };
            return match result {
                Ok(count) => Ok(count),
                Err((error, _)) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err((error, _)) if error.kind() == io::ErrorKind::WouldBlock => Err(Nothing::NotYet),
                Err((error, _)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    Err(Nothing::Failed("the compressed data ends".into()))
                }
                Err((error, what)) => Err(Nothing::Failed(format!("{what} ({error})"))),
            };
        }
    }

    /// See by the first bytes whether the file is compressed.
    fn open(&mut self) -> io::Result<()> {
        let Source::New(slot, magic) = self else { return Ok(()) };
        let Some(file) = slot else { return Ok(()) };
        while magic.len() < GZIP_MAGIC.len() {
            let Some(&byte) = file.fill_buf()?.first() else { break };
            file.consume(1);
            magic.push(byte);
        }
        let compressed = *magic == GZIP_MAGIC;
        let magic = Cursor::new(std::mem::take(magic));
        if let Some(file) = slot.take() {
            let raw = magic.chain(*file);
            *self = if compressed { Source::Gzip(Some(Box::new(GzDecoder::new(raw)))) } else { Source::Plain(raw) };
        }
        Ok(())
    }

    /// Go on with the gzip member after the one that has ended. False at the end of the file, and where what follows is
    /// not compressed data: it is left unread, as zlib leaves it.
    fn next_member(&mut self, garbage: &mut bool) -> io::Result<bool> {
        let Source::Gzip(slot) = self else { return Ok(false) };
        let Some(decoder) = slot else { return Ok(false) };
        let next = decoder.get_mut().fill_buf()?.first().copied();
        if next != Some(GZIP_MAGIC[0]) {
            *garbage |= next.is_some();
            return Ok(false);
        }
        let raw = slot.take().map(|decoder| decoder.into_inner());
        *slot = raw.map(|raw| Box::new(GzDecoder::new(raw)));
        Ok(true)
    }
}

/// Counts the bytes that come through.
struct Counted<R> {
    inner: R,
    count: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.count += count as u64;
        Ok(count)
    }
}
