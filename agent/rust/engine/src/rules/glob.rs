//! Shell patterns as fnmatch(3) with flags 0 or FNM_CASEFOLD understands them: `*` and `?` match "/" too.

/// A compiled pattern. Matching never backtracks further than the last `*`, so it cannot become exponential.
#[derive(Debug, Clone)]
pub struct Glob {
    tokens: Vec<Token>,
    fold: bool,
}

#[derive(Debug, Clone)]
enum Token {
    Byte(u8),
    Any,
    Star,
    /// One bit for each byte of the class.
    Class(Box<[u64; 4]>),
}

impl Glob {
    pub fn new(pattern: &[u8], fold: bool) -> Glob {
        let mut tokens = Vec::with_capacity(pattern.len());
        let mut rest = pattern;
        while let Some((&c, tail)) = rest.split_first() {
            rest = tail;
            match c {
                b'*' => {
                    if !matches!(tokens.last(), Some(Token::Star)) {
                        tokens.push(Token::Star);
                    }
                }
                b'?' => tokens.push(Token::Any),
                b'\\' => match tail.split_first() {
                    Some((&escaped, after)) => {
                        tokens.push(Token::Byte(folded(escaped, fold)));
                        rest = after;
                    }
                    // glibc: a pattern that ends in a backslash matches nothing.
                    None => tokens.push(Token::Class(Box::new([0; 4]))),
                },
                b'[' => match class(tail, fold) {
                    Some((bits, used)) => {
                        tokens.push(Token::Class(bits));
                        rest = &tail[used..];
                    }
                    None => tokens.push(Token::Byte(b'[')),
                },
                c => tokens.push(Token::Byte(folded(c, fold))),
            }
        }
        Glob { tokens, fold }
    }

    /// The longest run of bytes that every matching text holds; of a caseless pattern in lower case. Empty when there is none.
    pub fn literal(&self) -> Vec<u8> {
        let (mut longest, mut run) = (Vec::new(), Vec::new());
        for token in &self.tokens {
            match token {
                Token::Byte(b) => run.push(*b),
                _ => run.clear(),
            }
            if run.len() > longest.len() {
                longest.clone_from(&run);
            }
        }
        longest
    }

    pub fn matches(&self, text: &[u8]) -> bool {
        let (mut t, mut p) = (0, 0);
        // Where to resume when the part after the last star does not fit: (token after the star, text position).
        let mut resume: Option<(usize, usize)> = None;
        loop {
            let fits = match self.tokens.get(p) {
                Some(Token::Star) => {
                    resume = Some((p + 1, t));
                    p += 1;
                    continue;
                }
                Some(token) => match text.get(t) {
                    Some(&c) => self.one(token, c),
                    None => false,
                },
                None if t == text.len() => return true,
                None => false,
            };
            if fits {
                t += 1;
                p += 1;
                continue;
            }
            match resume {
                Some((token, from)) if from < text.len() => {
                    resume = Some((token, from + 1));
                    p = token;
                    t = from + 1;
                }
                _ => return false,
            }
        }
    }

    fn one(&self, token: &Token, c: u8) -> bool {
        match token {
            Token::Byte(b) => *b == folded(c, self.fold),
            Token::Any => true,
            Token::Class(bits) => has(bits, folded(c, self.fold)),
            Token::Star => false,
        }
    }
}

fn folded(c: u8, fold: bool) -> u8 {
    if fold {
        c.to_ascii_lowercase()
    } else {
        c
    }
}

fn has(bits: &[u64; 4], c: u8) -> bool {
    bits[(c >> 6) as usize] & (1 << (c & 63)) != 0
}

/// Parse a bracket expression after its "[": the bytes it holds and how much text it takes; `None` when it is not closed.
fn class(text: &[u8], fold: bool) -> Option<(Box<[u64; 4]>, usize)> {
    let mut bits = Box::new([0u64; 4]);
    let mut add = |c: u8| {
        let c = folded(c, fold);
        bits[(c >> 6) as usize] |= 1 << (c & 63);
    };
    let mut i = 0;
    let negated = matches!(text.first(), Some(b'!' | b'^'));
    if negated {
        i += 1;
    }
    let start = i;
    loop {
        let c = *text.get(i)?;
        if c == b']' && i > start {
            i += 1;
            break;
        }
        if c == b'[' && matches!(text.get(i + 1), Some(b':' | b'.' | b'=')) {
            let kind = text[i + 1];
            let body = &text[i + 2..];
            if let Some(end) = body.windows(2).position(|w| w == [kind, b']']) {
                let name = &body[..end];
                if kind == b':' {
                    let member = posix_class(name)?;
                    (0..=255u8).filter(|&c| member(c)).for_each(&mut add);
                } else if let [only] = name {
                    add(*only);
                }
                i += 2 + end + 2;
                continue;
            }
        }
        let (low, used) = literal(&text[i..])?;
        i += used;
        // "a-z", but a "-" before the closing bracket is itself.
        if text.get(i) == Some(&b'-') && !matches!(text.get(i + 1), None | Some(b']')) {
            let (high, used) = literal(&text[i + 1..])?;
            i += 1 + used;
            (low..=high).for_each(&mut add);
        } else {
            add(low);
        }
    }
    if negated {
        bits.iter_mut().for_each(|word| *word = !*word);
    }
    Some((bits, i))
}

fn literal(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'\\', c, ..] => Some((*c, 2)),
        [c, ..] => Some((*c, 1)),
        [] => None,
    }
}

fn posix_class(name: &[u8]) -> Option<fn(u8) -> bool> {
    Some(match name {
        b"alpha" => |c: u8| c.is_ascii_alphabetic(),
        b"digit" => |c: u8| c.is_ascii_digit(),
        b"alnum" => |c: u8| c.is_ascii_alphanumeric(),
        b"upper" => |c: u8| c.is_ascii_uppercase(),
        b"lower" => |c: u8| c.is_ascii_lowercase(),
        b"space" => |c: u8| c.is_ascii_whitespace() || c == 0x0b,
        b"blank" => |c: u8| c == b' ' || c == b'\t',
        b"punct" => |c: u8| c.is_ascii_punctuation(),
        b"print" => |c: u8| (0x20..0x7f).contains(&c),
        b"graph" => |c: u8| c.is_ascii_graphic(),
        b"cntrl" => |c: u8| c.is_ascii_control(),
        b"xdigit" => |c: u8| c.is_ascii_hexdigit(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Glob;
    use std::ffi::CString;

    fn libc_fnmatch(pattern: &str, text: &str, fold: bool) -> bool {
        let (p, t) = (CString::new(pattern).unwrap(), CString::new(text).unwrap());
        // FNM_CASEFOLD is 1 << 4 in glibc.
        unsafe { libc::fnmatch(p.as_ptr(), t.as_ptr(), if fold { 1 << 4 } else { 0 }) == 0 }
    }

    #[test]
    fn agrees_with_libc_on_a_table() {
        let patterns = [
            "",
            "*",
            "?",
            "a*",
            "*a",
            "*a*b*",
            "/etc/*",
            "[a-c]x",
            "[!a-c]x",
            "[^a]",
            "[]a]",
            "[a",
            "a\\*b",
            "\\[x]",
            "[a-]",
            "[[:digit:]]*",
            "[[:alpha:][:digit:]]",
            "a**b",
            "??",
            "*.conf",
            "[\\]]",
            "x[a-c]*[0-9]?",
        ];
        let texts = [
            "",
            "a",
            "ax",
            "dx",
            "-",
            "]",
            "[a",
            "a*b",
            "a/b",
            "/etc/passwd",
            "9z",
            "x.conf",
            "abcab",
            "[x]",
            "xb77",
            "AX",
        ];
        for p in patterns {
            for t in texts {
                for fold in [false, true] {
                    let want = libc_fnmatch(p, t, fold);
                    assert_eq!(
                        Glob::new(p.as_bytes(), fold).matches(t.as_bytes()),
                        want,
                        "pattern {p:?} text {t:?} fold {fold}"
                    );
                }
            }
        }
    }

    proptest::proptest! {
        // Bracket expressions are complete: behind a star, glibc takes an unterminated one for neither a class nor a bracket.
        #[test]
        fn agrees_with_libc(p in "([ab*?!\\]-]|\\[!?[ab]{1,2}(-[ab])?\\]){0,6}", t in "[ab\\[\\]!-]{0,8}") {
            let ours = Glob::new(p.as_bytes(), false).matches(t.as_bytes());
            proptest::prop_assert_eq!(ours, libc_fnmatch(&p, &t, false), "pattern {:?} text {:?}", p, t);
        }
    }

    #[test]
    fn many_stars_stay_fast() {
        let pattern = "*a".repeat(200);
        let text = "a".repeat(199) + &"b".repeat(60_000);
        let start = std::time::Instant::now();
        assert!(!Glob::new(pattern.as_bytes(), false).matches(text.as_bytes()));
        assert!(start.elapsed().as_secs() < 5);
    }
}
