//! Conditions as a graph: every distinct sub-expression once, cheap and selective parts first.
//!
//! A check never has an effect and is always true or false, so the parts of a condition may be put in any order. There is
//! one kind of inner node, the conjunction; a disjunction is the negated conjunction of the negated parts.

use rustc_hash::FxHashMap;

/// A check or a node, perhaps negated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link(u32);

const NEGATED: u32 = 1 << 31;
const NODE: u32 = 1 << 30;
const INDEX: u32 = NODE - 1;

impl Link {
    /// The empty conjunction.
    pub const TRUE: Link = Link(INDEX);
    pub const FALSE: Link = Link(INDEX | NEGATED);
    /// Checks and nodes of one plan, at most.
    pub const LIMIT: usize = INDEX as usize;

    pub fn check(index: usize) -> Link {
        Link(index as u32)
    }

    fn node(index: usize) -> Link {
        Link(index as u32 | NODE)
    }

    pub fn constant(value: bool) -> Link {
        if value {
            Link::TRUE
        } else {
            Link::FALSE
        }
    }

    #[must_use]
    pub fn not(self) -> Link {
        Link(self.0 ^ NEGATED)
    }

    #[must_use]
    pub fn not_if(self, negate: bool) -> Link {
        if negate {
            self.not()
        } else {
            self
        }
    }

    #[inline]
    pub fn negated(self) -> bool {
        self.0 & NEGATED != 0
    }

    #[inline]
    pub fn is_node(self) -> bool {
        self.0 & NODE != 0
    }

    #[inline]
    pub fn index(self) -> usize {
        (self.0 & INDEX) as usize
    }

    pub fn as_constant(self) -> Option<bool> {
        match self {
            Link::TRUE => Some(true),
            Link::FALSE => Some(false),
            _ => None,
        }
    }
}

/// What is known of a check before any event: what it costs and how often it is true.
#[derive(Debug, Clone, Copy)]
pub struct Estimate {
    pub cost: f32,
    pub truth: f32,
}

/// The conjunctions of a plan.
#[derive(Debug)]
pub struct Conditions {
    nodes: Vec<Box<[Link]>>,
    estimates: Vec<Estimate>,
    /// The node holds a check whose value some event codes decide.
    varies: Vec<bool>,
    seen: FxHashMap<Box<[Link]>, u32>,
    checks: Vec<Estimate>,
    check_varies: Vec<bool>,
}

impl Conditions {
    pub fn new(checks: Vec<Estimate>, check_varies: Vec<bool>) -> Conditions {
        Conditions {
            nodes: Vec::new(),
            estimates: Vec::new(),
            varies: Vec::new(),
            seen: FxHashMap::default(),
            checks,
            check_varies,
        }
    }

    pub fn nodes(&self) -> &[Box<[Link]>] {
        &self.nodes
    }

    pub fn all(&mut self, parts: Vec<Link>) -> Link {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part.as_constant() {
                Some(true) => {}
                Some(false) => return Link::FALSE,
                None => flat.push(part),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        if flat.iter().any(|l| !l.negated() && flat.binary_search(&l.not()).is_ok()) {
            return Link::FALSE;
        }
        match flat.as_slice() {
            [] => return Link::TRUE,
            [only] => return *only,
            _ => {}
        }
        // A conjunction is decided soonest by what fails often for little.
        flat.sort_by(|a, b| self.rank(*a).total_cmp(&self.rank(*b)).then(a.cmp(b)));
        let key: Box<[Link]> = flat.into();
        if let Some(&index) = self.seen.get(&key) {
            return Link::node(index as usize);
        }
        let index = self.nodes.len();
        let (mut cost, mut truth) = (1.0, 1.0);
        for link in key.iter() {
            let e = self.estimate(*link);
            cost += truth * e.cost;
            truth *= e.truth;
        }
        self.estimates.push(Estimate { cost, truth });
        self.varies.push(key.iter().any(|l| self.varies(*l)));
        self.seen.insert(key.clone(), index as u32);
        self.nodes.push(key);
        Link::node(index)
    }

    #[cfg(test)]
    fn any(&mut self, parts: Vec<Link>) -> Link {
        self.all(parts.into_iter().map(Link::not).collect()).not()
    }

    /// The parts of a link when it is a plain conjunction: they may join the conjunction around it.
    pub fn parts(&self, link: Link) -> Option<&[Link]> {
        (link.is_node() && !link.negated()).then(|| &*self.nodes[link.index()])
    }

    /// What a failing conjunction costs to decide by this part, guessed: the lower, the sooner it should be asked.
    pub fn rank(&self, link: Link) -> f32 {
        let e = self.estimate(link);
        e.cost / (1.0 - e.truth).max(0.01)
    }

    fn estimate(&self, link: Link) -> Estimate {
        let e = if link.is_node() { self.estimates[link.index()] } else { self.checks[link.index()] };
        Estimate { cost: e.cost, truth: if link.negated() { 1.0 - e.truth } else { e.truth } }
    }

    /// What evaluating the link costs, guessed.
    pub fn cost(&self, link: Link) -> f32 {
        self.estimate(link).cost
    }

    pub fn varies(&self, link: Link) -> bool {
        if link.as_constant().is_some() {
            false
        } else if link.is_node() {
            self.varies[link.index()]
        } else {
            self.check_varies[link.index()]
        }
    }

    /// The condition as it is for one event code: checks that the code decides are folded away.
    pub fn specialise(
        &mut self,
        link: Link,
        decided: &dyn Fn(usize) -> Option<bool>,
        memo: &mut FxHashMap<usize, Link>,
    ) -> Link {
        if !self.varies(link) {
            return link;
        }
        if !link.is_node() {
            return decided(link.index()).map_or(link, |v| Link::constant(v ^ link.negated()));
        }
        if let Some(&done) = memo.get(&link.index()) {
            return done.not_if(link.negated());
        }
        let parts: Vec<Link> = self.nodes[link.index()].to_vec();
        let parts = parts.into_iter().map(|l| self.specialise(l, decided, memo)).collect();
        let done = self.all(parts);
        memo.insert(link.index(), done);
        done.not_if(link.negated())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(n: usize) -> Conditions {
        let e = (0..n).map(|i| Estimate { cost: 1.0 + i as f32, truth: 0.5 }).collect();
        Conditions::new(e, vec![true; n])
    }

    #[test]
    fn equal_conditions_are_one_node() {
        let mut c = conditions(3);
        let (a, b) = (Link::check(0), Link::check(1));
        assert_eq!(c.all(vec![a, b]), c.all(vec![b, a, b]));
        assert_eq!(c.any(vec![a, b]), c.all(vec![a.not(), b.not()]).not());
    }

    #[test]
    fn constants_and_contradictions_fold() {
        let mut c = conditions(3);
        let a = Link::check(0);
        assert_eq!(c.all(vec![]), Link::TRUE);
        assert_eq!(c.any(vec![]), Link::FALSE);
        assert_eq!(c.all(vec![a, Link::TRUE]), a);
        assert_eq!(c.all(vec![a, Link::FALSE]), Link::FALSE);
        assert_eq!(c.any(vec![a, Link::TRUE]), Link::TRUE);
        assert_eq!(c.all(vec![a, a.not()]), Link::FALSE);
        assert_eq!(c.any(vec![a, a.not()]), Link::TRUE);
    }

    #[test]
    fn specialising_removes_what_the_code_decides() {
        let mut c = conditions(3);
        let (a, b, d) = (Link::check(0), Link::check(1), Link::check(2));
        let either = c.any(vec![a, b]);
        let whole = c.all(vec![either, d]);
        let fixed = |i: usize| (i == 0).then_some(false);
        let want = c.all(vec![b, d]);
        assert_eq!(c.specialise(whole, &fixed, &mut FxHashMap::default()), want);
        let fixed = |i: usize| (i == 0).then_some(true);
        assert_eq!(c.specialise(whole, &fixed, &mut FxHashMap::default()), d);
        let fixed = |i: usize| (i == 2).then_some(false);
        assert_eq!(c.specialise(whole, &fixed, &mut FxHashMap::default()), Link::FALSE);
    }
}
