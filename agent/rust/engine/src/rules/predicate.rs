//! One comparison against constants: what a check asks of a value.

use std::net::IpAddr;

use rustc_hash::FxHashSet;

use super::glob::Glob;
use super::paths::PathTrie;
use super::plan::{Check, Literal, Modifier, Op, Rhs};
use super::text::{finder, regex, regex_matches, CaselessFinder};
use crate::error::{Error, Result};
use crate::fields::{Kind, Value};

/// The compiled right side of a check. A null value passes no test.
#[derive(Debug)]
pub enum Predicate {
    Exists,
    One(Atom),
    Any(Box<[Atom]>),
    All(Box<[Atom]>),
    ExactlyOne(Box<[Atom]>),
    /// Every element of a list value is in the set; a single value is a list of one.
    EachIn(Set),
    /// Some element of a list value is in the set.
    SomeIn(Set),
}

#[derive(Debug)]
pub enum Atom {
    Equal(Constant),
    Differs(Constant),
    Order(Op, Constant),
    Contains(Box<memchr::memmem::Finder<'static>>),
    ContainsCaseless(CaselessFinder),
    Starts(Box<[u8]>),
    Ends(Box<[u8]>),
    Glob(Glob),
    Regex(Box<regex::bytes::Regex>),
}

#[derive(Debug, Clone)]
pub enum Constant {
    Text(Box<[u8]>),
    Number(i128),
    /// A number with a fraction; only a double can equal it.
    Fraction(f64),
    Bool(bool),
    Ip(IpAddr),
    Net(Net),
}

#[derive(Debug, Default)]
pub struct Set {
    text: FxHashSet<Box<[u8]>>,
    /// Sorted.
    numbers: Vec<i128>,
    fractions: Vec<f64>,
    bools: Vec<bool>,
    ips: FxHashSet<IpAddr>,
    nets: Vec<Net>,
    paths: Option<PathTrie>,
}

/// A network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Net {
    address: u128,
    mask: u128,
    v6: bool,
}

impl Net {
    pub fn parse(text: &str) -> Option<Net> {
        let (address, bits) = text.split_once('/')?;
        let bits: u32 = bits.parse().ok()?;
        let (address, width, v6) = match address.parse().ok()? {
            IpAddr::V4(a) => (u128::from(u32::from(a)), 32, false),
            IpAddr::V6(a) => (u128::from(a), 128, true),
        };
        if bits > width {
            return None;
        }
        let host = width - bits;
        let mask = if host >= 128 { 0 } else { u128::MAX << host };
        Some(Net { address: address & mask, mask, v6 })
    }

    pub fn contains(&self, ip: &IpAddr) -> bool {
        match ip {
            IpAddr::V4(a) => !self.v6 && u128::from(u32::from(*a)) & self.mask == self.address,
            IpAddr::V6(a) => self.v6 && u128::from(*a) & self.mask == self.address,
        }
    }
}

impl Constant {
    /// Error: the text of an odd hexadecimal string or a bad network, for the message.
    pub fn new(literal: &Literal) -> Result<Constant> {
        Ok(match literal {
            Literal::S(s) => Constant::Text(s.as_bytes().into()),
            Literal::Hex(h) => Constant::Text(unhex(h)?.into()),
            Literal::U(n) => Constant::Number((*n).into()),
            Literal::I(n) => Constant::Number((*n).into()),
            Literal::F(n) => Constant::Fraction(
                n.parse()
                    .ok()
                    .filter(|n: &f64| n.is_finite())
                    .ok_or_else(|| Error::Plan(format!("\"{n}\" is not a number with a fraction")))?,
            ),
            Literal::B(b) => Constant::Bool(*b),
            Literal::Ip(ip) => Constant::Ip(*ip),
            Literal::Net(n) => Constant::Net(Net::parse(n).ok_or_else(|| {
                Error::Plan(format!("\"{n}\" is not a network; write it as address/bits, such as 10.0.0.0/8"))
            })?),
        })
    }

    fn equals(&self, value: &Value<'_>) -> bool {
        match (self, value) {
            (Constant::Text(t), v) => v.bytes() == Some(t),
            (Constant::Number(n), Value::Double(d)) => *d == *n as f64,
            (Constant::Number(n), v) => v.number() == Some(*n),
            (Constant::Fraction(n), v) => v.float() == Some(*n),
            (Constant::Bool(b), Value::Bool(v)) => b == v,
            (Constant::Ip(a), Value::Ip(b)) => a == b,
            (Constant::Net(n), Value::Ip(ip)) => n.contains(ip),
            _ => false,
        }
    }

    fn order(&self, value: &Value<'_>) -> Option<std::cmp::Ordering> {
        match (self, value) {
            (Constant::Number(n), Value::Double(d)) => d.partial_cmp(&(*n as f64)),
            (Constant::Number(n), v) => Some(v.number()?.cmp(n)),
            (Constant::Fraction(n), v) => v.float()?.partial_cmp(n),
            (Constant::Text(t), v) => Some(v.bytes()?.cmp(t)),
            _ => None,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Constant::Text(_) => Kind::Text,
            Constant::Number(_) | Constant::Fraction(_) => Kind::Number,
            Constant::Bool(_) => Kind::Bool,
            Constant::Ip(_) => Kind::Ip,
            Constant::Net(_) => Kind::Net,
        }
    }
}

pub(super) fn unhex(text: &str) -> Result<Vec<u8>> {
    let bad = || Error::Plan(format!("\"{text}\" is not a string of hexadecimal digits of even length"));
    if !text.is_ascii() || text.len() % 2 != 0 {
        return Err(bad());
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).map_err(|_| bad())).collect()
}

/// Does `ordering` (of the value to the constant) satisfy the operator?
pub(super) fn ordered(op: Op, ordering: std::cmp::Ordering) -> bool {
    match op {
        Op::Lt => ordering.is_lt(),
        Op::Le => ordering.is_le(),
        Op::Gt => ordering.is_gt(),
        Op::Ge => ordering.is_ge(),
        _ => false,
    }
}

impl Atom {
    fn new(op: Op, literal: &Literal) -> Result<Atom> {
        let constant = Constant::new(literal)?;
        let text = match &constant {
            Constant::Text(t) => Some(t.clone()),
            _ => None,
        };
        let needs_text = || {
            text.clone().ok_or_else(|| Error::Plan(format!("the operator {} takes text on its right side", op.text())))
        };
        Ok(match op {
            Op::Eq => Atom::Equal(constant),
            Op::Ne => Atom::Differs(constant),
            Op::Lt | Op::Le | Op::Gt | Op::Ge => Atom::Order(op, constant),
            Op::Contains | Op::Bcontains => Atom::Contains(finder(&needs_text()?)),
            Op::Icontains => Atom::ContainsCaseless(CaselessFinder::new(&needs_text()?)),
            Op::Startswith | Op::Bstartswith => Atom::Starts(needs_text()?),
            Op::Endswith => Atom::Ends(needs_text()?),
            Op::Glob | Op::Iglob => Atom::Glob(Glob::new(&needs_text()?, op == Op::Iglob)),
            Op::Regex => match literal {
                Literal::S(pattern) => Atom::Regex(regex(pattern)?),
                _ => return Err(Error::Plan("the operator regex takes a pattern on its right side".into())),
            },
            Op::Exists | Op::In | Op::Intersects | Op::Pmatch => {
                return Err(Error::Plan(format!("the operator {} takes no single value", op.text())))
            }
        })
    }

    #[inline]
    fn passes_text(&self, text: &[u8]) -> bool {
        match self {
            Atom::Equal(Constant::Text(t)) => **t == *text,
            Atom::Differs(Constant::Text(t)) => **t != *text,
            Atom::Contains(f) => f.find(text).is_some(),
            Atom::ContainsCaseless(f) => f.found_in(text),
            Atom::Starts(p) => text.starts_with(p),
            Atom::Ends(p) => text.ends_with(p),
            Atom::Glob(g) => g.matches(text),
            Atom::Regex(r) => regex_matches(r, text),
            Atom::Equal(_) | Atom::Differs(_) | Atom::Order(..) => self.passes(&Value::str(text)),
        }
    }

    fn passes(&self, value: &Value<'_>) -> bool {
        match (self, value.bytes()) {
            (Atom::Equal(_) | Atom::Differs(_) | Atom::Order(..), _) => {}
            (_, Some(text)) => return self.passes_text(text),
            (_, None) => return false,
        }
        match self {
            Atom::Equal(c) => c.equals(value),
            Atom::Differs(c) => !c.equals(value),
            Atom::Order(op, c) => c.order(value).is_some_and(|o| ordered(*op, o)),
            _ => false,
        }
    }
}

impl Set {
    fn new(literals: &[Literal], paths: bool) -> Result<Set> {
        let mut set = Set::default();
        if paths {
            let mut trie = PathTrie::new();
            for literal in literals {
                match Constant::new(literal)? {
                    Constant::Text(t) => trie.insert(&t, 0),
                    _ => return Err(Error::Plan("the operator pmatch takes paths on its right side".into())),
                }
            }
            set.paths = Some(trie);
            return Ok(set);
        }
        for literal in literals {
            match Constant::new(literal)? {
                Constant::Text(t) => {
                    set.text.insert(t);
                }
                Constant::Number(n) => set.numbers.push(n),
                Constant::Fraction(n) => set.fractions.push(n),
                Constant::Bool(b) => set.bools.push(b),
                Constant::Ip(ip) => {
                    set.ips.insert(ip);
                }
                Constant::Net(n) => set.nets.push(n),
            }
        }
        set.numbers.sort_unstable();
        set.numbers.dedup();
        Ok(set)
    }

    fn has(&self, value: &Value<'_>) -> bool {
        if let Some(paths) = &self.paths {
            let mut hit = false;
            if let Some(path) = value.bytes() {
                paths.search(path, &mut |_| hit = true);
            }
            return hit;
        }
        match value {
            Value::Str(s) => self.text.contains(s.as_ref()),
            Value::Buf(b) => self.text.contains(*b),
            Value::Ip(ip) => self.ips.contains(ip) || self.nets.iter().any(|n| n.contains(ip)),
            Value::Bool(b) => self.bools.contains(b),
            Value::Double(d) => self.numbers.iter().any(|n| *n as f64 == *d) || self.fractions.contains(d),
            v => v.number().is_some_and(|n| self.numbers.binary_search(&n).is_ok()),
        }
    }
}

impl Predicate {
    /// Compile the constant right side of `check`. `kind` and `list` describe the left side.
    pub fn new(check: &Check, kind: Kind, list: bool) -> Result<Predicate> {
        let Rhs::Values(values) = &check.rhs else {
            return Err(Error::Plan("a comparison of two fields has no constants".into()));
        };
        allowed(check.op, kind, list, check.modifier.is_some())?;
        for literal in values {
            fits(check.op, kind, &Constant::new(literal)?)?;
        }
        if check.op == Op::Exists {
            return Ok(Predicate::Exists);
        }
        match check.op {
            Op::In => return Ok(Predicate::EachIn(Set::new(values, false)?)),
            Op::Intersects => return Ok(Predicate::SomeIn(Set::new(values, false)?)),
            Op::Pmatch => return Ok(Predicate::SomeIn(Set::new(values, true)?)),
            _ => {}
        }
        let mut atoms = values.iter().map(|v| Atom::new(check.op, v)).collect::<Result<Vec<_>>>()?;
        match check.modifier {
            Some(Modifier::Anyof) => Ok(Predicate::Any(atoms.into())),
            Some(Modifier::Allof) => Ok(Predicate::All(atoms.into())),
            Some(Modifier::Oneof) => Ok(Predicate::ExactlyOne(atoms.into())),
            None => match (atoms.pop(), atoms.is_empty()) {
                (Some(atom), true) => Ok(Predicate::One(atom)),
                _ => Err(Error::Plan(format!("the operator {} takes exactly one value", check.op.text()))),
            },
        }
    }

    /// A plain `!=`.
    pub fn is_differs(&self) -> bool {
        matches!(self, Predicate::One(Atom::Differs(_)))
    }

    /// [`Predicate::passes`] for text.
    #[inline]
    pub fn passes_text(&self, text: &[u8]) -> bool {
        match self {
            Predicate::One(atom) => atom.passes_text(text),
            Predicate::EachIn(set) | Predicate::SomeIn(set) if set.paths.is_none() => set.text.contains(text),
            Predicate::Exists => true,
            _ => self.passes(&Value::str(text)),
        }
    }

    pub fn passes(&self, value: &Value<'_>) -> bool {
        if matches!(value, Value::Null) {
            return false;
        }
        match self {
            Predicate::Exists => true,
            Predicate::One(atom) => atom.passes(value),
            Predicate::Any(atoms) => atoms.iter().any(|a| a.passes(value)),
            Predicate::All(atoms) => atoms.iter().all(|a| a.passes(value)),
            Predicate::ExactlyOne(atoms) => atoms.iter().filter(|a| a.passes(value)).take(2).count() == 1,
            Predicate::EachIn(set) => match value {
                Value::List(items) => items.iter().all(|v| set.has(v)),
                v => set.has(v),
            },
            Predicate::SomeIn(set) => match value {
                Value::List(items) => items.iter().any(|v| set.has(v)),
                v => set.has(v),
            },
        }
    }
}

/// Which operators a kind of field knows (the language reference, "Allowed per type").
pub(super) fn allowed(op: Op, kind: Kind, list: bool, modifier: bool) -> Result<()> {
    let fine = if list {
        matches!(op, Op::In | Op::Intersects | Op::Exists)
    } else {
        match kind {
            Kind::Any => true,
            Kind::Number => {
                matches!(op, Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::In | Op::Intersects | Op::Exists)
            }
            Kind::Bool | Kind::Ip | Kind::Net => {
                matches!(op, Op::Eq | Op::Ne | Op::In | Op::Intersects | Op::Exists)
            }
            Kind::Text => !matches!(op, Op::Bcontains | Op::Bstartswith),
            Kind::Buffer => matches!(
                op,
                Op::Eq
                    | Op::Ne
                    | Op::Contains
                    | Op::In
                    | Op::Exists
                    | Op::Startswith
                    | Op::Endswith
                    | Op::Intersects
                    | Op::Bcontains
                    | Op::Bstartswith
            ),
        }
    };
    if !fine {
        let what = if list { "a list" } else { kind.text() };
        return Err(Error::Plan(format!("the operator {} does not apply to {what}", op.text())));
    }
    if modifier && (op.is_list() || op == Op::Exists) {
        return Err(Error::Plan(format!("the operator {} takes no modifier", op.text())));
    }
    Ok(())
}

fn fits(op: Op, kind: Kind, constant: &Constant) -> Result<()> {
    let given = constant.kind();
    let fine = match kind {
        Kind::Any => true,
        Kind::Text | Kind::Buffer => given == Kind::Text,
        Kind::Ip | Kind::Net => matches!(given, Kind::Ip | Kind::Net),
        kind => given == kind,
    };
    if fine {
        return Ok(());
    }
    Err(Error::Plan(format!("the operator {} cannot compare {} with {}", op.text(), kind.text(), given.text())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let contains = |net: &str, ip: &str| Net::parse(net).unwrap().contains(&ip.parse().unwrap());
        assert!(contains("10.0.0.0/8", "10.1.2.3"));
        assert!(!contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("0.0.0.0/0", "1.2.3.4"));
        assert!(!contains("0.0.0.0/0", "::1"));
        assert!(contains("2001:db8::/32", "2001:db8::5"));
        assert!(contains("::/0", "fe80::1"));
        assert!(contains("1.2.3.4/32", "1.2.3.4"));
        assert!(Net::parse("1.2.3.4").is_none());
        assert!(Net::parse("1.2.3.4/33").is_none());
        assert!(Net::parse("::1/129").is_none());
        assert!(Net::parse("1.2.3.4/-1").is_none());
    }

    #[test]
    fn hexadecimal_needs_pairs_of_digits() {
        assert_eq!(unhex("00ffA0").unwrap(), [0, 255, 160]);
        assert!(unhex("0").is_err());
        assert!(unhex("0x").is_err());
        assert!(unhex("é").is_err());
    }
}
