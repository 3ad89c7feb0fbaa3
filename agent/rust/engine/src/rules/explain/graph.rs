//! A rule's condition as a list of nodes in which every check and every shared condition stands once, parts before wholes:
//! one pass from the front evaluates it, however often its parts are named.

use rustc_hash::FxHashMap;

use crate::rules::plan::{Expr, Plan};

/// Index of a node.
pub type Id = u32;

#[derive(Debug)]
pub enum Node {
    And(Vec<Id>),
    Or(Vec<Id>),
    Not(Id),
    /// Index into the plan's shared conditions, and the body.
    Shared(usize, Id),
    /// Index into the plan's checks.
    Check(usize),
    Const(bool),
}

/// How many clauses would have to be otherwise for a node to be true, and to be false; one of them is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub to_true: u32,
    pub to_false: u32,
}

/// No clause that could be otherwise would do.
pub const NEVER: u32 = u32::MAX;

impl Cost {
    /// A clause, which may be `fixed`.
    pub fn of(truth: bool, fixed: bool) -> Cost {
        let other = if fixed { NEVER } else { 1 };
        match truth {
            true => Cost { to_true: 0, to_false: other },
            false => Cost { to_true: other, to_false: 0 },
        }
    }

    pub fn truth(self) -> bool {
        self.to_true == 0
    }

    /// For what it takes to be `wanted`.
    pub fn to(self, wanted: bool) -> u32 {
        if wanted {
            self.to_true
        } else {
            self.to_false
        }
    }
}

#[derive(Debug)]
pub struct Graph {
    /// The last one is the condition.
    pub nodes: Vec<Node>,
    /// Checks that the condition reaches in several ways.
    pub repeated: Vec<Id>,
}

impl Graph {
    /// The graph of a condition of a plan that [`RuleSet::new`](crate::rules::RuleSet::new) has taken: its depth is bounded and
    /// nothing refers to itself.
    pub fn new(plan: &Plan, condition: &Expr) -> Graph {
        let mut builder =
            Builder { plan, nodes: Vec::new(), checks: FxHashMap::default(), shared: FxHashMap::default() };
        let root = builder.node(condition);
        let mut nodes = builder.nodes;
        // Every other node is made before its wholes; a condition that is one known node has no wholes.
        nodes.truncate(root as usize + 1);
        let mut ways = vec![0u32; nodes.len()];
        if let Some(root) = ways.last_mut() {
            *root = 1;
        }
        for index in (0..nodes.len()).rev() {
            let own = ways[index];
            for &part in nodes[index].parts() {
                ways[part as usize] = ways[part as usize].saturating_add(own);
            }
        }
        let several = |id: &Id| ways[*id as usize] > 1 && matches!(nodes[*id as usize], Node::Check(_));
        Graph { repeated: (0..nodes.len() as Id).filter(several).collect(), nodes }
    }

    pub fn checks(&self) -> impl Iterator<Item = Id> + '_ {
        (0..).zip(&self.nodes).filter(|(_, node)| matches!(node, Node::Check(_))).map(|(id, _)| id)
    }

    pub fn root(&self) -> Id {
        (self.nodes.len() - 1) as Id
    }

    /// The costs of all nodes when those of the checks are known.
    pub fn costs(&self, check: &mut dyn FnMut(Id, usize) -> Cost, costs: &mut Vec<Cost>) {
        costs.clear();
        for (id, node) in (0..).zip(&self.nodes) {
            let of = |id: &Id| costs[*id as usize];
            let sum = |parts: &[Id], to: bool| parts.iter().map(|p| of(p).to(to)).fold(0, u32::saturating_add);
            let least = |parts: &[Id], to: bool| parts.iter().map(|p| of(p).to(to)).min().unwrap_or(NEVER);
            let cost = match node {
                Node::And(parts) => Cost { to_true: sum(parts, true), to_false: least(parts, false) },
                Node::Or(parts) => Cost { to_true: least(parts, true), to_false: sum(parts, false) },
                Node::Not(inner) => Cost { to_true: of(inner).to_false, to_false: of(inner).to_true },
                Node::Shared(_, inner) => of(inner),
                Node::Check(index) => check(id, *index),
                Node::Const(value) => Cost::of(*value, true),
            };
            costs.push(cost);
        }
    }

    /// Would the condition hold if these checks were otherwise? `costs` are those of the event.
    pub fn holds_with(&self, otherwise: &[Id], costs: &[Cost], truths: &mut Vec<bool>) -> bool {
        truths.clear();
        for (id, node) in (0..).zip(&self.nodes) {
            let of = |id: &Id| truths[*id as usize];
            let truth = match node {
                Node::And(parts) => parts.iter().all(of),
                Node::Or(parts) => parts.iter().any(of),
                Node::Not(inner) => !of(inner),
                Node::Shared(_, inner) => of(inner),
                Node::Check(_) => costs[id as usize].truth() ^ otherwise.contains(&id),
                Node::Const(value) => *value,
            };
            truths.push(truth);
        }
        truths.last().copied().unwrap_or(false)
    }
}

impl Node {
    pub fn parts(&self) -> &[Id] {
        match self {
            Node::And(parts) | Node::Or(parts) => parts,
            Node::Not(inner) | Node::Shared(_, inner) => std::slice::from_ref(inner),
            Node::Check(_) | Node::Const(_) => &[],
        }
    }
}

struct Builder<'a> {
    plan: &'a Plan,
    nodes: Vec<Node>,
    checks: FxHashMap<usize, Id>,
    shared: FxHashMap<usize, Id>,
}

impl Builder<'_> {
    fn add(&mut self, node: Node) -> Id {
        self.nodes.push(node);
        (self.nodes.len() - 1) as Id
    }

    fn node(&mut self, expr: &Expr) -> Id {
        match expr {
            Expr::And(parts) => {
                let parts = parts.iter().map(|p| self.node(p)).collect();
                self.add(Node::And(parts))
            }
            Expr::Or(parts) => {
                let parts = parts.iter().map(|p| self.node(p)).collect();
                self.add(Node::Or(parts))
            }
            Expr::Not(inner) => {
                let inner = self.node(inner);
                self.add(Node::Not(inner))
            }
            Expr::Const(value) => self.add(Node::Const(*value)),
            Expr::Check(index) => match self.checks.get(index) {
                Some(&known) => known,
                None => {
                    let id = self.add(Node::Check(*index));
                    self.checks.insert(*index, id);
                    id
                }
            },
            Expr::Shared(index) => match (self.shared.get(index), self.plan.shared.get(*index)) {
                (Some(&known), _) => known,
                (None, None) => self.add(Node::Const(false)),
                (None, Some(body)) => {
                    let body = self.node(body);
                    let id = self.add(Node::Shared(*index, body));
                    self.shared.insert(*index, id);
                    id
                }
            },
        }
    }
}
