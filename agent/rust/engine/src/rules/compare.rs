//! Comparison of two extracted values, for checks with a field on the right side.

use super::plan::Op;
use super::predicate::ordered;
use super::{glob::Glob, text::CaselessFinder};
use crate::fields::Value;

/// Compare two values for an operator with a field on its right side; false when either is null.
pub(super) fn compare(op: Op, left: &Value<'_>, right: &Value<'_>) -> bool {
    if matches!(left, Value::Null) || matches!(right, Value::Null) {
        return false;
    }
    let bytes = || Some((left.bytes()?, right.bytes()?));
    let one_of = |v: &Value<'_>| match right {
        Value::List(items) => items.iter().any(|i| same(v, i)),
        single => same(v, single),
    };
    match op {
        Op::Eq => same(left, right),
        Op::Ne => !same(left, right),
        Op::Lt | Op::Le | Op::Gt | Op::Ge => ordering(left, right).is_some_and(|o| ordered(op, o)),
        Op::Contains | Op::Bcontains => bytes().is_some_and(|(l, r)| memchr::memmem::find(l, r).is_some()),
        Op::Icontains => bytes().is_some_and(|(l, r)| CaselessFinder::new(r).found_in(l)),
        Op::Startswith | Op::Bstartswith => bytes().is_some_and(|(l, r)| l.starts_with(r)),
        Op::Endswith => bytes().is_some_and(|(l, r)| l.ends_with(r)),
        Op::Glob | Op::Iglob => bytes().is_some_and(|(l, r)| Glob::new(r, op == Op::Iglob).matches(l)),
        Op::In => match left {
            Value::List(items) => items.iter().all(one_of),
            single => one_of(single),
        },
        Op::Intersects => match left {
            Value::List(items) => items.iter().any(one_of),
            single => one_of(single),
        },
        Op::Exists | Op::Regex | Op::Pmatch => false,
    }
}

fn same(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left.bytes(), right.bytes()) {
        (Some(l), Some(r)) => l == r,
        (None, None) => match (left.number(), right.number()) {
            (Some(l), Some(r)) => l == r,
            _ => left == right,
        },
        _ => false,
    }
}

fn ordering(left: &Value<'_>, right: &Value<'_>) -> Option<std::cmp::Ordering> {
    match (left.bytes(), right.bytes()) {
        (Some(l), Some(r)) => Some(l.cmp(r)),
        _ => match (left.number(), right.number()) {
            (Some(l), Some(r)) => Some(l.cmp(&r)),
            _ => left.float()?.partial_cmp(&right.float()?),
        },
    }
}
