//! An explanation as a tree: every clause with its truth and the value it saw.

use serde::Serialize;

/// One part of a condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    #[serde(flatten)]
    pub part: Part,
    pub truth: bool,
    /// One of the clauses that, all of them otherwise, would make the rule fire.
    #[serde(skip_serializing_if = "is_false")]
    pub decisive: bool,
    #[serde(rename = "parts", skip_serializing_if = "Vec::is_empty")]
    pub inner: Vec<Explanation>,
    /// Parts that are not in `inner`: those of a macro that was opened before, or of a tree that would be too large.
    #[serde(skip_serializing_if = "is_false")]
    pub closed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Part {
    And,
    Or,
    Not,
    Macro {
        name: String,
    },
    Exception {
        name: String,
    },
    Const,
    Check {
        /// As a rule would write it.
        text: String,
        /// What the left side was; `None`: absent.
        seen: Option<String>,
        /// What a field on the right side was.
        #[serde(skip_serializing_if = "Option::is_none")]
        compared: Option<String>,
        /// Values of the list it is compared with; 0 where there is none.
        #[serde(skip_serializing_if = "is_zero")]
        items: usize,
        /// The item of the list that it matched, where that is not what was seen.
        #[serde(skip_serializing_if = "Option::is_none")]
        matched: Option<String>,
    },
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &usize) -> bool {
    *value == 0
}
