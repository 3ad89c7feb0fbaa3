//! One event together with what is known when it happens.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{extract, fd, plain_number, plain_text, process, Domains, Extracted, Field, FieldId, Multi, Value};
use crate::event::Event;
use crate::rules::Source;
use crate::schema::{ef, EventInfo, EVENTS};
use crate::state::{Effects, Fd, State, Thread};

/// What does not change, or changes only by the clock, from one event to the next.
#[derive(Debug, Clone, Default)]
pub struct Env {
    pub hostname: String,
    /// Time of the first event (ns since the epoch); `evt.reltime` counts from it.
    pub start_ts: u64,
    /// Time of the event before this one; 0: there was none.
    pub previous_ts: u64,
    /// Constants of the configuration, by key: `static.KEY`.
    pub static_fields: BTreeMap<String, String>,
    /// Names that rules compare addresses with.
    pub domains: Option<Arc<Domains>>,
    /// `evt.outputtime` and the prefix of text lines are ISO 8601.
    pub iso8601: bool,
}

/// An event, the state as it is after the event, and what the event did. Look-ups are made once, when first needed.
pub struct Context<'a> {
    pub event: &'a Event<'a>,
    pub info: &'static EventInfo,
    pub state: &'a State,
    pub effects: &'a Effects,
    pub env: &'a Env,
    thread: Cell<Lookup<'a>>,
    process: Cell<Lookup<'a>>,
    parent: Cell<Lookup<'a>>,
}

type Lookup<'a> = Option<Option<&'a Thread>>;

impl<'a> Context<'a> {
    /// `None` for an event type the schema does not know; no rule can ask anything of it.
    pub fn new(event: &'a Event<'a>, state: &'a State, effects: &'a Effects, env: &'a Env) -> Option<Context<'a>> {
        let info = EVENTS.get(event.etype as usize)?;
        Some(Context {
            event,
            info,
            state,
            effects,
            env,
            thread: Cell::new(None),
            process: Cell::new(None),
            parent: Cell::new(None),
        })
    }

    #[inline]
    fn lookup(slot: &Cell<Lookup<'a>>, find: impl FnOnce() -> Option<&'a Thread>) -> Option<&'a Thread> {
        if let Some(known) = slot.get() {
            return known;
        }
        let found = find();
        slot.set(Some(found));
        found
    }

    /// The thread of the event.
    #[inline]
    pub fn thread(&self) -> Option<&'a Thread> {
        Self::lookup(&self.thread, || self.state.thread(self.event.tid))
    }

    /// Its process's main thread.
    #[inline]
    pub fn process(&self) -> Option<&'a Thread> {
        Self::lookup(&self.process, || self.thread().and_then(|t| self.state.process(t)))
    }

    /// The parent process's main thread.
    #[inline]
    pub fn parent(&self) -> Option<&'a Thread> {
        Self::lookup(&self.parent, || self.thread().and_then(|t| self.state.parent(t)))
    }

    /// The descriptor the event is about.
    #[inline]
    pub fn fd(&self) -> Option<&'a Fd> {
        if !self.about_fd() {
            return None;
        }
        self.effects.fd_info.as_deref()
    }

    /// The event makes, uses or closes a descriptor, and its thread is known.
    #[inline]
    pub fn about_fd(&self) -> bool {
        self.info.flags & (ef::CREATES_FD | ef::USES_FD | ef::DESTROYS_FD) != 0 && self.thread().is_some()
    }
}

impl Source for Context<'_> {
    fn code(&self) -> u16 {
        self.info.code
    }

    fn extract<'s>(&'s self, field: &Field, buf: &mut Vec<u8>) -> Extracted<'s> {
        extract(field, self, buf)
    }

    #[inline]
    fn plain_text(&self, field: &Field) -> Option<&[u8]> {
        plain_text(field, self)
    }

    #[inline]
    fn plain_number(&self, field: &Field) -> Value<'static> {
        plain_number(field, self)
    }

    fn each(&self, field: &Field, buf: &mut Vec<u8>, visit: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        match field.multi() {
            Multi::Ancestors => process::each_ancestor(field, self, buf, visit),
            Multi::Ends => fd::each_end(field, self, visit),
            Multi::Single => {
                let value = extract(field, self, buf);
                let value = value.borrowed(buf);
                if value == Value::Null {
                    return false;
                }
                visit(&value);
                true
            }
        }
    }

    fn items<'s>(&'s self, field: &Field, buf: &mut Vec<u8>) -> Option<Vec<Value<'s>>> {
        match field.id {
            FieldId::ProcArgs | FieldId::ProcAargs if field.id == FieldId::ProcAargs || field.index.is_none() => {
                process::arguments(field, self)
            }
            _ => self.single(field, buf),
        }
    }
}

impl<'a> Context<'a> {
    fn single(&self, field: &Field, buf: &mut Vec<u8>) -> Option<Vec<Value<'a>>> {
        match extract(field, self, buf).into_owned(buf) {
            Value::Null => None,
            Value::List(items) => Some(items),
            value => Some(vec![value]),
        }
    }
}
