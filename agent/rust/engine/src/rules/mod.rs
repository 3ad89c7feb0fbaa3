//! The rule plan: parsed ([`Plan`]), compiled ([`RuleSet`]), evaluated ([`RuleSet::matches`]), explained
//! ([`RuleSet::explainer`]).

mod compare;
mod compile;
mod condition;
mod eval;
mod exact;
mod explain;
mod glob;
mod group;
mod grouping;
mod index;
mod operand;
mod paths;
pub mod plan;
mod predicate;
mod prefixes;
mod profile;
mod ruleset;
mod text;
mod text_cache;

pub use eval::Scratch;
pub use explain::{Clause, Explainer, Explanation, Part, Verdict};
pub use operand::{Operand, Source};
pub use plan::{Plan, Rule, RuleMatching};
pub use profile::{Cost, Profile};
pub use ruleset::RuleSet;
