//! Explanations of events as they pass: which are wanted, how each is written, and what was counted.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::event::{flags, Event};
use crate::fields::{time, Context};
use crate::format::Formatter;
use crate::rules::{Clause, Explainer, Explanation, RuleSet, Scratch};

/// What a run explains.
#[derive(Debug)]
pub struct Explaining {
    explainer: Explainer,
    /// Numbers of the events that are wanted; `None`: those that fired or nearly did.
    events: Option<BTreeSet<u64>>,
    /// How many clauses may be in the way of an event that nearly fired.
    near: u32,
    /// Another rule may raise the alert instead.
    first_only: bool,
    seen: u64,
    fired: u64,
    nearly: u64,
    matches: Vec<usize>,
}

/// What was counted, over all events.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// Events of the types the rule looks at.
    pub events: u64,
    pub fired: u64,
    /// Events that are near enough, and did not fire.
    pub nearly: u64,
    /// What kept the rule from firing, most frequent first.
    pub clauses: Vec<Clause>,
}

#[derive(Serialize)]
struct Line<'a> {
    event: u64,
    time: String,
    thread: i64,
    #[serde(rename = "type")]
    kind: &'static str,
    rule: &'a str,
    /// The event in the form of the rule's output.
    line: String,
    /// The rule looks at events of this type.
    concerned: bool,
    /// Why no rule sees the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    unseen: Option<&'static str>,
    fired: bool,
    /// The rule that raises the alert instead, because it comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    shadowed_by: Option<&'a str>,
    distance: Option<u32>,
    tree: Explanation,
}

impl Explaining {
    /// Errors: [`Error::Plan`] when the plan has no such rule.
    pub fn new(rules: &RuleSet, rule: usize, events: Option<BTreeSet<u64>>, near: u32) -> Result<Explaining> {
        let explainer = rules.explainer(rule).ok_or_else(|| Error::Plan(format!("the plan has no rule {rule}")))?;
        Ok(Explaining {
            explainer,
            events,
            near,
            first_only: rules.raises_first_only(),
            seen: 0,
            fired: 0,
            nearly: 0,
            matches: Vec::new(),
        })
    }

    pub fn rule(&self) -> usize {
        self.explainer.rule()
    }

    /// Can the event be of interest? Whatever this says no to is counted nowhere.
    pub fn wants(&self, rules: &RuleSet, event: &Event<'_>) -> bool {
        self.named(event) || rules.rule_concerns(self.rule(), event.etype)
    }

    fn named(&self, event: &Event<'_>) -> bool {
        self.events.as_ref().is_some_and(|events| events.contains(&event.num))
    }

    /// Judge an event, count it, and write its explanation as a line of JSON when it is wanted.
    pub fn event(
        &mut self,
        rules: &RuleSet,
        scratch: &mut Scratch,
        formatter: &Formatter,
        ctx: &Context<'_>,
    ) -> Option<Vec<u8>> {
        let rule = self.rule();
        let event = ctx.event;
        let unseen = if ctx.info.is_enter() {
            Some("it is the beginning of a system call; rules see the end")
        } else if event.flags & flags::STATE_ONLY != 0 {
            Some("it is in the file for the state alone")
        } else {
            None
        };
        let named = self.named(event);
        if unseen.is_some() && !named {
            return None;
        }
        let concerned = unseen.is_none() && rules.rule_concerns(rule, event.etype);
        let verdict = self.explainer.judge(rules, ctx);
        let fired = verdict.fires && concerned;
        let nearly = !fired && concerned && verdict.distance.is_some_and(|d| d <= self.near);
        if concerned {
            self.seen += 1;
            self.fired += u64::from(fired);
            self.nearly += u64::from(nearly);
            self.explainer.count();
        }
        if !(named || self.events.is_none() && (fired || nearly)) {
            return None;
        }
        let mut shadowed_by = None;
        if fired && self.first_only {
            self.matches.clear();
            rules.matches(ctx, scratch, &mut self.matches);
            shadowed_by =
                self.matches.first().filter(|&&first| first != rule).map(|&first| &*rules.rules()[first].name);
        }
        let mut line = Vec::new();
        formatter.line(rule, ctx, &mut line);
        let mut when = Vec::new();
        time::write(event.ts, time::Style::Zulu, &mut when);
        let line = Line {
            event: event.num,
            time: String::from_utf8_lossy(&when).into_owned(),
            thread: event.tid,
            kind: ctx.info.name,
            rule: &rules.rules()[rule].name,
            line: String::from_utf8_lossy(&line).into_owned(),
            concerned,
            unseen,
            fired,
            shadowed_by,
            distance: if concerned { verdict.distance } else { None },
            tree: self.explainer.explain(rules, ctx, &verdict),
        };
        serde_json::to_vec(&line).ok()
    }

    /// What was counted so far.
    pub fn explained(&self, rules: &RuleSet) -> Explained {
        Explained { events: self.seen, fired: self.fired, nearly: self.nearly, clauses: self.explainer.clauses(rules) }
    }
}
