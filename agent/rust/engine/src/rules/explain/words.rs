//! Conditions in words.

use super::graph::{Graph, Id, Node};
use crate::rules::plan::{self, Plan, Rhs};

/// Items of a list that are written out.
const SPELLED: usize = 6;

/// Characters of a clause's title.
const TITLE: usize = 120;

/// The check as it was written.
pub fn check(check: &plan::Check) -> String {
    check.text.clone().unwrap_or_else(|| spelled(check))
}

/// The values of the check's list; 0 where there is none.
pub fn items(check: &plan::Check) -> usize {
    match &check.rhs {
        Rhs::Values(values) if check.op.is_list() || check.modifier.is_some() => values.len(),
        _ => 0,
    }
}

/// A part of a condition on one line, cut where it gets long. Macros stand as their names; `negated`: behind "not".
pub fn title(plan: &Plan, graph: &Graph, id: Id, negated: bool) -> String {
    let mut text = if negated { "not ".to_string() } else { String::new() };
    write(plan, graph, id, if negated { 2 } else { 0 }, &mut text);
    match text.char_indices().nth(TITLE) {
        Some((end, _)) => text[..end].to_string() + "…",
        None => text,
    }
}

/// `level`: 0 where "or" needs no parentheses, 1 where "and" needs none, 2 behind "not".
fn write(plan: &Plan, graph: &Graph, id: Id, level: u8, text: &mut String) {
    if text.len() > 4 * TITLE {
        return;
    }
    let (parts, word, own) = match &graph.nodes[id as usize] {
        Node::Check(index) => {
            *text += &plan.checks.get(*index).map(check).unwrap_or_default();
            return;
        }
        Node::Const(value) => {
            *text += if *value { "true" } else { "false" };
            return;
        }
        Node::Not(inner) => {
            *text += "not ";
            return write(plan, graph, *inner, 2, text);
        }
        Node::Shared(index, inner) => {
            match plan.name_of(*index) {
                Some(plan::Name::Macro(name)) => *text += name,
                Some(plan::Name::Exception(name)) => *text += &format!("exception {name}"),
                None => write(plan, graph, *inner, level, text),
            }
            return;
        }
        Node::And(parts) => (parts, " and ", 1),
        Node::Or(parts) => (parts, " or ", 0),
    };
    let open = level > own;
    if open {
        text.push('(');
    }
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            *text += word;
        }
        write(plan, graph, *part, own + 1, text);
    }
    if open {
        text.push(')');
    }
}

/// The check as a rule would write it, where the plan does not say.
fn spelled(check: &plan::Check) -> String {
    let mut text = format!("{} {}", operand_text(&check.lhs), check.op.text());
    if let Some(modifier) = check.modifier {
        text += match modifier {
            plan::Modifier::Oneof => " oneof",
            plan::Modifier::Anyof => " anyof",
            plan::Modifier::Allof => " allof",
        };
    }
    match &check.rhs {
        Rhs::Operand { operand } => text + " val(" + &operand_text(operand) + ")",
        Rhs::Values(values) => {
            let list: Vec<String> = values.iter().map(literal).collect();
            match list.as_slice() {
                [] if !check.op.is_list() => text,
                [one] if !check.op.is_list() && check.modifier.is_none() => text + " " + one,
                many if many.len() > SPELLED => format!("{text} (…{} items)", many.len()),
                many => text + " (" + &many.join(", ") + ")",
            }
        }
    }
}

fn operand_text(operand: &plan::Operand) -> String {
    let (mut text, index, key) = match operand {
        plan::Operand::Field { field, index, key } => (field.clone(), index, key),
        plan::Operand::Transform { transform, args, index, key } => {
            let args: Vec<String> = args.iter().map(arg_text).collect();
            (format!("{}({})", format!("{transform:?}").to_lowercase(), args.join(", ")), index, key)
        }
    };
    if let Some(index) = index {
        text += &format!("[{index}]");
    }
    if let Some(key) = key {
        let dotted = ["evt.arg", "evt.rawarg", "evt.type.is", "evt.abspath", "thread.cgroup", "static"];
        text += &if dotted.contains(&text.as_str()) { format!(".{key}") } else { format!("[{key}]") };
    }
    text
}

fn arg_text(arg: &plan::Arg) -> String {
    match arg {
        plan::Arg::Operand(o) => operand_text(o),
        plan::Arg::Literal(l) => literal(l),
        plan::Arg::List { list } => format!("({})", list.iter().map(arg_text).collect::<Vec<_>>().join(", ")),
    }
}

/// A constant as a rule would write it.
pub fn literal(literal: &plan::Literal) -> String {
    match literal {
        plan::Literal::S(s) => s.clone(),
        plan::Literal::Hex(h) => format!("0x{h}"),
        plan::Literal::U(n) => n.to_string(),
        plan::Literal::I(n) => n.to_string(),
        plan::Literal::F(n) => n.clone(),
        plan::Literal::B(b) => b.to_string(),
        plan::Literal::Ip(ip) => ip.to_string(),
        plan::Literal::Net(n) => n.clone(),
    }
}
