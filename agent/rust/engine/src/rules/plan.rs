//! The rule plan as the front end hands it over: parsing and the checks that need no schema.

use serde::Deserialize;

use crate::error::{Error, Result};

/// The plan version this engine executes.
pub const VERSION: u32 = 1;

/// How many matching rules one event may raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleMatching {
    #[default]
    First,
    All,
}

/// Everything the engine needs of the loaded rules; `docs/architecture.md` describes the JSON form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub version: u32,
    #[serde(default)]
    pub rule_matching: RuleMatching,
    #[serde(default)]
    pub checks: Vec<Check>,
    #[serde(default)]
    pub shared: Vec<Expr>,
    /// What the shared conditions are called, where the plan is made for explaining: by index, empty otherwise.
    #[serde(default)]
    pub shared_names: Vec<Option<Name>>,
    pub rules: Vec<Rule>,
}

/// What a shared condition stands for in the rule file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Name {
    Macro(String),
    Exception(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub name: String,
    #[serde(default)]
    pub desc: String,
    /// 0 (emergency) to 7 (debug).
    pub priority: u8,
    #[serde(default = "syscall_source")]
    pub source: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// Event codes the rule can match; `None`: any.
    #[serde(default)]
    pub event_types: Option<Vec<u16>>,
    pub condition: Expr,
    #[serde(default)]
    pub output: Vec<Segment>,
}

fn syscall_source() -> String {
    "syscall".to_string()
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expr {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    /// Index into [`Plan::checks`].
    Check(usize),
    /// Index into [`Plan::shared`].
    Shared(usize),
    Const(bool),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub lhs: Operand,
    pub op: Op,
    #[serde(default)]
    pub modifier: Option<Modifier>,
    #[serde(default)]
    pub rhs: Rhs,
    /// As the rule file has it, where the plan is made for explaining.
    #[serde(default)]
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Rhs {
    Values(Vec<Literal>),
    Operand { operand: Operand },
}

impl Default for Rhs {
    fn default() -> Rhs {
        Rhs::Values(Vec::new())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    Exists,
    #[serde(rename = "=", alias = "==")]
    Eq,
    #[serde(rename = "!=")]
    Ne,
    #[serde(rename = "<")]
    Lt,
    #[serde(rename = "<=")]
    Le,
    #[serde(rename = ">")]
    Gt,
    #[serde(rename = ">=")]
    Ge,
    Contains,
    Icontains,
    Bcontains,
    Startswith,
    Bstartswith,
    Endswith,
    Glob,
    Iglob,
    Regex,
    In,
    Intersects,
    Pmatch,
}

impl Op {
    /// As written in a rule.
    pub fn text(self) -> &'static str {
        match self {
            Op::Exists => "exists",
            Op::Eq => "=",
            Op::Ne => "!=",
            Op::Lt => "<",
            Op::Le => "<=",
            Op::Gt => ">",
            Op::Ge => ">=",
            Op::Contains => "contains",
            Op::Icontains => "icontains",
            Op::Bcontains => "bcontains",
            Op::Startswith => "startswith",
            Op::Bstartswith => "bstartswith",
            Op::Endswith => "endswith",
            Op::Glob => "glob",
            Op::Iglob => "iglob",
            Op::Regex => "regex",
            Op::In => "in",
            Op::Intersects => "intersects",
            Op::Pmatch => "pmatch",
        }
    }

    /// Takes a list on its right side.
    pub fn is_list(self) -> bool {
        matches!(self, Op::In | Op::Intersects | Op::Pmatch)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Modifier {
    Oneof,
    Anyof,
    Allof,
}

/// A field or a transformer over fields and values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
pub enum Operand {
    Field {
        field: String,
        #[serde(default)]
        index: Option<i64>,
        #[serde(default)]
        key: Option<String>,
    },
    Transform {
        transform: Transform,
        args: Vec<Arg>,
        #[serde(default)]
        index: Option<i64>,
        #[serde(default)]
        key: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
pub enum Arg {
    Operand(Operand),
    List { list: Vec<Arg> },
    Literal(Literal),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transform {
    Tolower,
    Toupper,
    B64,
    Basename,
    Len,
    Join,
    Concat,
    Getopt,
}

/// A typed constant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Literal {
    S(String),
    Hex(String),
    U(u64),
    I(i64),
    /// A number with a fraction, as text: it is compared with fields that have one.
    F(String),
    B(bool),
    Ip(std::net::IpAddr),
    Net(String),
}

/// A piece of an output: plain text or a field.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Segment {
    Text {
        text: String,
    },
    Field {
        operand: Operand,
        /// The field as written in the rule; the name in JSON `output_fields`.
        key: String,
        #[serde(default)]
        width: Option<usize>,
    },
}

impl Plan {
    /// What a shared condition is called.
    pub fn name_of(&self, shared: usize) -> Option<&Name> {
        self.shared_names.get(shared)?.as_ref()
    }

    /// Parse the JSON form. Errors: [`Error::Plan`] saying what does not fit and where in the text.
    pub fn from_json(text: &str) -> Result<Plan> {
        let plan: Plan = serde_json::from_str(text).map_err(|e| {
            Error::Plan(format!("the rule plan cannot be read: {e}; the rule front end wrote it wrongly"))
        })?;
        if plan.version != VERSION {
            return Err(Error::Plan(format!(
                "the rule plan has version {}, this engine executes version {VERSION}; install matching parts",
                plan.version
            )));
        }
        Ok(plan)
    }
}
