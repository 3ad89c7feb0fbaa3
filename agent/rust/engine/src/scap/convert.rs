//! Events of older writers become events of today; `agent/schema/converter` says how, this file does it.

use crate::event::{lengths_width, HEADER_LEN, MAX_PARAMS};
use crate::schema::{code, convert_step, ef, ConvertAction, ConvertStep, ConvertValue, Fallback, ParamType, EVENTS};

use super::enter_store::EnterStore;
use super::event::{upgrade_v1, Checked, MAX_EVENT};
use super::Counters;

/// More steps than any event needs.
const MAX_STEPS: usize = 50;
/// The most that a 16-bit length can say.
const MAX_PARAM: usize = 65_535;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is of the newest version as it is.
    AsIs,
    /// It is in [`Converter::event`].
    Converted,
    /// It is not handed out.
    Dropped,
}

/// How an event type is treated, by its flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Pass,
    Drop,
    /// An old exit event that no step knows: there is none in the schema.
    Refuse,
    /// A step says what to do.
    Step,
    /// An exit event that is of the newest version when it has this many parameters.
    Newest(u8),
}

static RULES: [Rule; EVENTS.len()] = RULE_TABLE;
const RULE_TABLE: [Rule; EVENTS.len()] = rules();

const fn rules() -> [Rule; EVENTS.len()] {
    let mut rules = [Rule::Pass; EVENTS.len()];
    let mut etype = 0;
    while etype < EVENTS.len() {
        let info = &EVENTS[etype];
        let old = info.flags & ef::OLD_VERSION != 0;
        rules[etype] = if info.flags & ef::UNUSED != 0 {
            Rule::Drop
        } else if info.flags & ef::CONVERTER_MANAGED == 0 {
            match (old, info.exit) {
                (false, _) => Rule::Pass,
                (true, false) => Rule::Drop,
                (true, true) => Rule::Refuse,
            }
        } else if old || !info.exit {
            Rule::Step
        } else {
            Rule::Newest(info.params.len() as u8)
        };
        etype += 1;
    }
    rules
}

/// Number of parameters that makes an event of each type one of the newest version.
static NEWEST: [u8; EVENTS.len()] = newest();
const ANY: u8 = 255;
/// No event of the type can be told by its number of parameters alone.
const NONE: u8 = 254;

const fn newest() -> [u8; EVENTS.len()] {
    let mut newest = [NONE; EVENTS.len()];
    let mut etype = 0;
    while etype < EVENTS.len() {
        newest[etype] = match RULE_TABLE[etype] {
            // The end of a thread is news for the converter, and lengths of 32 bits are rare.
            _ if etype == code::PROCEXIT_1_E as usize || EVENTS[etype].flags & ef::LARGE_PAYLOAD != 0 => NONE,
            Rule::Pass => ANY,
            Rule::Newest(count) => count,
            _ => NONE,
        };
        etype += 1;
    }
    newest
}

/// Length of the event at the front of `bytes` when it is plainly one of the newest version, and sound; `None` when that
/// takes a closer look.
#[inline]
pub fn newest_len(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<HEADER_LEN>()?;
    let len = u32::from_le_bytes([header[16], header[17], header[18], header[19]]) as usize;
    let etype = u16::from_le_bytes([header[20], header[21]]);
    let nparams = u32::from_le_bytes([header[22], header[23], header[24], header[25]]) as usize;
    let due = *NEWEST.get(usize::from(etype))?;
    if nparams > MAX_PARAMS || (due != ANY && nparams != usize::from(due)) {
        return None;
    }
    let start = HEADER_LEN + 2 * nparams;
    let lengths = bytes.get(..len)?.get(HEADER_LEN..start)?;
    let sum: usize = lengths.chunks_exact(2).map(|len| usize::from(u16::from_le_bytes([len[0], len[1]]))).sum();
    (start + sum <= len).then_some(len)
}

#[derive(Default)]
pub struct Converter {
    store: EnterStore,
    /// The event as it is after the last step.
    current: Vec<u8>,
    next: Vec<u8>,
}

impl Converter {
    /// The event that the last call made.
    pub fn event(&self) -> &[u8] {
        &self.current
    }

    /// Forget what waits for exit events: another section begins.
    pub fn reset(&mut self) {
        self.store = EnterStore::default();
    }

    /// Forget a thread that is gone.
    pub fn forget(&mut self, tid: i64) {
        self.store.remove(tid);
    }

    /// Whether an event is of the newest version: one look at a table.
    #[inline]
    pub fn is_newest(etype: u16, nparams: usize) -> bool {
        match RULES[etype as usize] {
            Rule::Pass => true,
            Rule::Newest(count) => nparams == usize::from(count),
            _ => false,
        }
    }

    /// Bring an event that is not of the newest version up to it.
    pub fn convert(&mut self, event: Checked, counters: &mut Counters) -> Result<Outcome, String> {
        self.current.clear();
        self.current.extend_from_slice(event.bytes);
        self.convert_current(event.tid, counters)
    }

    /// The same for an event whose header has no number of parameters: what is handed out is always converted.
    pub fn convert_v1(&mut self, bytes: &[u8], counters: &mut Counters) -> Result<Outcome, String> {
        upgrade_v1(bytes, &mut self.current)?;
        let (tid, etype) = Checked::new(&self.current).map(|event| (event.tid, event.etype))?;
        let outcome = self.convert_current(tid, counters)?;
        if etype == code::PROCEXIT_E {
            self.forget(tid);
        }
        Ok(if outcome == Outcome::AsIs { Outcome::Converted } else { outcome })
    }

    fn convert_current(&mut self, tid: i64, counters: &mut Counters) -> Result<Outcome, String> {
        let mut enter = Enter::Unused;
        let mut changed = false;
        let mut outcome = None;
        for _ in 0..MAX_STEPS {
            let event = Checked::new(&self.current)?;
            let step = match plan(&event)? {
                Plan::Pass => {
                    outcome = Some(if changed { Outcome::Converted } else { Outcome::AsIs });
                    break;
                }
                Plan::Drop => {
                    outcome = Some(Outcome::Dropped);
                    break;
                }
                Plan::Step(step) => step,
            };
            match step.action {
                ConvertAction::Pass | ConvertAction::Store | ConvertAction::StoreAndPass => {
                    if step.action != ConvertAction::Pass {
                        counters.evicted += self.store.put(event.tid, event.bytes);
                    }
                    outcome = Some(match step.action {
                        ConvertAction::Store => Outcome::Dropped,
                        _ if changed => Outcome::Converted,
                        _ => Outcome::AsIs,
                    });
                    break;
                }
                ConvertAction::AddParams | ConvertAction::ChangeType => {
                    apply(step, &event, &self.store, &mut enter, &mut self.next)?;
                    std::mem::swap(&mut self.current, &mut self.next);
                    changed = true;
                }
            }
        }
        match enter {
            Enter::Unused => {}
            Enter::Used => self.store.clear(tid),
            Enter::Missing => {
                counters.unpaired += 1;
                // What waits belongs to a call whose exit event was lost.
                self.store.clear(tid);
            }
        }
        outcome.ok_or_else(|| format!("the event is still not of the newest version after {MAX_STEPS} steps"))
    }
}

/// Whether a conversion looked for the enter event, and found it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Enter {
    Unused,
    Used,
    Missing,
}

enum Plan {
    Pass,
    Drop,
    Step(&'static ConvertStep),
}

fn plan(event: &Checked) -> Result<Plan, String> {
    match RULES[event.etype as usize] {
        Rule::Pass => return Ok(Plan::Pass),
        Rule::Drop => return Ok(Plan::Drop),
        Rule::Refuse => return Err(format!("there is no way to convert an old {} event", name(event.etype))),
        Rule::Newest(count) if usize::from(count) == event.nparams => return Ok(Plan::Pass),
        Rule::Newest(count) if usize::from(count) < event.nparams => {
            let (name, has) = (name(event.etype), event.nparams);
            return Err(format!("the {name} event has {has} parameters, and this version knows {count}"));
        }
        Rule::Newest(_) | Rule::Step => {}
    }
    let step = u8::try_from(event.nparams).ok().and_then(|nparams| convert_step(event.etype, nparams));
    let unknown = || format!("no version of the {} event had {} parameters", name(event.etype), event.nparams);
    step.map(Plan::Step).ok_or_else(unknown)
}

fn name(etype: u16) -> &'static str {
    EVENTS.get(etype as usize).map_or("unknown", |info| info.symbol)
}

/// Carry out one step: the new event is written to `out`.
fn apply(
    step: &ConvertStep,
    event: &Checked,
    store: &EnterStore,
    enter: &mut Enter,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let info = &EVENTS[step.into as usize];
    let kept = if step.action == ConvertAction::AddParams { event.nparams } else { 0 };
    let nparams = kept + step.values.len();
    let width = lengths_width(step.into);
    out.clear();
    out.extend_from_slice(&event.bytes[..16]);
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&step.into.to_le_bytes());
    out.extend_from_slice(&(nparams as u32).to_le_bytes());
    out.resize(HEADER_LEN + width * nparams, 0);
    let entered = stored_enter(step, event, store, enter);
    for at in 0..nparams {
        let before = out.len();
        let ptype = info.params.get(at).map_or(ParamType::None, |param| param.ptype);
        let value = match at.checked_sub(kept).map(|index| step.values[index]) {
            None => ConvertValue::Old(at as u8),
            Some(value) => value,
        };
        match value {
            ConvertValue::Old(index) => copy(event, index, ptype, out),
            ConvertValue::Enter(index, fallback) => match entered.and_then(|enter| enter.param(usize::from(index))) {
                Some(value) => out.extend_from_slice(&value[..value.len().min(widest(ptype))]),
                None => out.extend_from_slice(default(fallback, ptype)),
            },
            ConvertValue::Fallback(fallback) => out.extend_from_slice(default(fallback, ptype)),
            ConvertValue::ContainerJson => container_json(event, out),
        }
        let len = out.len() - before;
        let slot = HEADER_LEN + width * at;
        out[slot..slot + width].copy_from_slice(&(len as u32).to_le_bytes()[..width]);
    }
    if out.len() > MAX_EVENT {
        return Err(format!(
            "the converted {} event has {} bytes where {MAX_EVENT} are the most",
            info.symbol,
            out.len()
        ));
    }
    let len = (out.len() as u32).to_le_bytes();
    out[16..20].copy_from_slice(&len);
    Ok(())
}

/// The enter event of the same call, when the step needs one.
fn stored_enter<'s>(
    step: &ConvertStep,
    event: &Checked,
    store: &'s EnterStore,
    enter: &mut Enter,
) -> Option<Checked<'s>> {
    if !step.values.iter().any(|value| matches!(value, ConvertValue::Enter(..))) {
        return None;
    }
    let found = store
        .get(event.tid)
        .and_then(|bytes| Checked::new(bytes).ok())
        .filter(|stored| stored.etype.checked_add(1) == Some(event.etype));
    *enter = match (found, *enter) {
        (None, _) | (_, Enter::Missing) => Enter::Missing,
        (Some(_), _) => Enter::Used,
    };
    found
}

fn copy(event: &Checked, index: u8, ptype: ParamType, out: &mut Vec<u8>) {
    if let Some(value) = event.param(usize::from(index)) {
        out.extend_from_slice(&value[..value.len().min(widest(ptype))]);
    }
}

fn default(fallback: Fallback, ptype: ParamType) -> &'static [u8] {
    match (fallback, width_of(ptype)) {
        (Fallback::Empty, _) | (_, None) => &[],
        (Fallback::Default, Some(_)) if matches!(ptype, ParamType::Uid | ParamType::Gid) => &[0xff; 4],
        (Fallback::Default, Some(width)) => &[0; 16][..width],
    }
}

fn widest(ptype: ParamType) -> usize {
    width_of(ptype).unwrap_or(MAX_PARAM)
}

/// Bytes of a value of this type; `None` where they vary.
pub fn width_of(ptype: ParamType) -> Option<usize> {
    use ParamType::*;
    Some(match ptype {
        Int8 | Uint8 | Flags8 | Enumflags8 | Sigtype | L4proto | Sockfamily => 1,
        Int16 | Uint16 | Flags16 | Enumflags16 | Syscallid | Port => 2,
        Int32 | Uint32 | Flags32 | Enumflags32 | Mode | Uid | Gid | Sigset | Bool | Ipv4addr | Fd32 | Pid32 => 4,
        Int64 | Uint64 | Errno | Fd | Pid | Reltime | Abstime | Double => 8,
        Ipv6addr => 16,
        None | Charbuf | Bytebuf | Sockaddr | Socktuple | Fdlist | Fspath | Fsrelpath | Dyn | Charbufarray
        | CharbufPairArray | Ipv4net | Ipv6net | Ipaddr | Ipnet => return Option::None,
    })
}

/// The container event of today, from id, type, name and image.
fn container_json(event: &Checked, out: &mut Vec<u8>) {
    let text = |at: usize| {
        let bytes = event.param(at).unwrap_or_default();
        String::from_utf8_lossy(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
    };
    let number =
        event.param(1).unwrap_or_default().iter().take(4).rev().fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
    let container = serde_json::json!({
        "container": {"id": text(0), "type": number, "name": text(2), "image": text(3)}
    });
    out.extend_from_slice(container.to_string().as_bytes());
    out.push(0);
}
