//! Substring search, with and without ASCII case, and patterns translated for the `regex` crate.

use memchr::memmem::Finder;

use crate::error::{Error, Result};

/// One needle, ASCII case ignored.
#[derive(Debug, Clone)]
pub struct CaselessFinder {
    needle: Box<[u8]>,
}

impl CaselessFinder {
    pub fn new(needle: &[u8]) -> CaselessFinder {
        CaselessFinder { needle: needle.to_ascii_lowercase().into() }
    }

    pub fn found_in(&self, text: &[u8]) -> bool {
        let Some(&first) = self.needle.first() else { return true };
        let Some(last_start) = text.len().checked_sub(self.needle.len()) else {
            return false;
        };
        let starts = &text[..=last_start];
        memchr::memchr2_iter(first, first.to_ascii_uppercase(), starts)
            .any(|at| text[at..at + self.needle.len()].eq_ignore_ascii_case(&self.needle))
    }
}

/// One needle, exact bytes.
pub fn finder(needle: &[u8]) -> Box<Finder<'static>> {
    Box::new(Finder::new(needle).into_owned())
}

/// Memory a pattern may compile to, and its lazily built automaton may grow to.
const REGEX_LIMIT: usize = 1 << 20;

/// Compile a pattern of the rule language: anchored on both ends, "^" and "$" inside match at line ends, invalid UTF-8 is
/// replaced before matching (by the caller, see [`regex_matches`]).
pub fn regex(pattern: &str) -> Result<Box<regex::bytes::Regex>> {
    let inner = egrep_to_regex(pattern);
    let build = |text: &str| {
        regex::bytes::RegexBuilder::new(text)
            .multi_line(true)
            .size_limit(REGEX_LIMIT)
            .dfa_size_limit(REGEX_LIMIT)
            .build()
            .map_err(|e| Error::Plan(format!("the pattern \"{pattern}\" does not compile: {e}")))
    };
    // Alone first: "a)|(b" must not become valid by the brackets around it.
    build(&inner)?;
    build(&format!(r"\A(?:{inner})\z")).map(Box::new)
}

/// Invalid UTF-8 counts as U+FFFD.
pub fn regex_matches(regex: &regex::bytes::Regex, text: &[u8]) -> bool {
    match std::str::from_utf8(text) {
        Ok(_) => regex.is_match(text),
        Err(_) => regex.is_match(String::from_utf8_lossy(text).as_bytes()),
    }
}

/// The `regex` crate gives a meaning to "[", "&&", "~~" inside brackets and refuses a "{" that starts no repetition; POSIX
/// takes them literally.
fn egrep_to_regex(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let bytes: Vec<char> = pattern.chars().collect();
    let mut i = 0;
    // Position just after "[" or "[^" of the open bracket expression.
    let mut class_start: Option<usize> = None;
    while i < bytes.len() {
        let c = bytes[i];
        match (c, class_start) {
            ('\\', _) => {
                out.push(c);
                if let Some(&next) = bytes.get(i + 1) {
                    out.push(next);
                    i += 1;
                }
            }
            ('[', None) => {
                out.push(c);
                if bytes.get(i + 1) == Some(&'^') {
                    out.push('^');
                    i += 1;
                }
                class_start = Some(i + 1);
            }
            ('[', Some(_)) if bytes.get(i + 1) == Some(&':') => {
                let end = (i + 2..bytes.len()).find(|&j| bytes[j] == ']' && bytes[j - 1] == ':');
                let end = end.unwrap_or(i);
                out.extend(&bytes[i..=end]);
                i = end;
            }
            (']', Some(start)) if i > start => {
                out.push(c);
                class_start = None;
            }
            ('[' | ']' | '&' | '~', Some(_)) => {
                out.push('\\');
                out.push(c);
            }
            ('{', None) if !is_repetition(&bytes[i + 1..]) => out.push_str("\\{"),
            _ => out.push(c),
        }
        i += 1;
    }
    out
}

fn is_repetition(rest: &[char]) -> bool {
    let Some(end) = rest.iter().position(|&c| c == '}') else {
        return false;
    };
    let body = &rest[..end];
    body.first().is_some_and(char::is_ascii_digit)
        && body.iter().all(|c| c.is_ascii_digit() || *c == ',')
        && body.iter().filter(|&&c| c == ',').count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caseless_search() {
        let finder = CaselessFinder::new(b"PassWd");
        assert!(finder.found_in(b"/etc/PASSWD"));
        assert!(finder.found_in(b"passwd"));
        assert!(!finder.found_in(b"passw"));
        assert!(CaselessFinder::new(b"").found_in(b""));
    }

    #[test]
    fn patterns_are_anchored_and_literal_where_posix_is() {
        let table = [
            ("a.c", "abc", true),
            ("a.c", "xabc", false),
            ("a.c", "abcd", false),
            ("a|bc", "bc", true),
            ("[[:digit:]]+x", "123x", true),
            ("[]a]+", "]a", true),
            ("[^]a]+", "bc", true),
            ("[a&&b]+", "&ab", true),
            ("[[a]+", "[a", true),
            ("a{x", "a{x", true),
            ("a{2}", "aa", true),
            ("a{2,}", "aaaa", true),
            ("a\\{2}", "a{2}", true),
            (".*", "a\nb", false),
            ("^a$", "a", true),
        ];
        for (pattern, text, want) in table {
            assert_eq!(regex_matches(&regex(pattern).unwrap(), text.as_bytes()), want, "{pattern} on {text:?}");
        }
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        assert!(regex_matches(&regex("a.b").unwrap(), b"a\xffb"));
        assert!(regex_matches(&regex("a\u{fffd}b").unwrap(), b"a\xffb"));
    }

    #[test]
    fn a_bad_or_huge_pattern_is_an_error() {
        assert!(regex("(").is_err());
        assert!(regex("a)|(b").is_err());
        assert!(regex("a\\").is_err());
        assert!(regex("((a{1000}){1000}){1000}").is_err());
    }
}
