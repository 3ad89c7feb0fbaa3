//! Alerts as lines of text or JSON.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::event::flags;
use crate::fields::render::{self, json, json_string, Style};
use crate::fields::{time, Context, Extracted, Value};
use crate::rules::{plan, Operand, Plan};
use crate::schema::{FieldId, ParamFormat};

/// What an alert shows; the names are those of the configuration.
#[derive(Debug, Clone)]
pub struct FormatOptions {
    pub json: bool,
    /// JSON: `output`, the text with time and priority.
    pub include_output: bool,
    /// JSON: `message`, the text alone.
    pub include_message: bool,
    pub include_output_fields: bool,
    pub include_tags: bool,
    /// ISO 8601 UTC times in text instead of local clock times.
    pub iso8601: bool,
    pub hostname: String,
    /// Byte buffers as base64 instead of text with dots.
    pub base64_buffers: bool,
    /// Say so when events before this one were lost, or facts about its thread are missing.
    pub include_evidence: bool,
    /// The message alone or, as JSON, the fields of the output alone: for listing events instead of raising alerts.
    pub bare: bool,
    /// Nothing is written where a field of the output has no value, instead of `<NA>`.
    pub complete_only: bool,
}

impl Default for FormatOptions {
    fn default() -> FormatOptions {
        FormatOptions {
            json: false,
            include_output: true,
            include_message: false,
            include_output_fields: true,
            include_tags: true,
            iso8601: false,
            hostname: String::new(),
            base64_buffers: false,
            include_evidence: true,
            bare: false,
            complete_only: false,
        }
    }
}

/// Names of the priorities, by number.
pub const PRIORITIES: [&str; 8] =
    ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"];

/// Writes the alerts of one plan.
#[derive(Debug)]
pub struct Formatter {
    options: FormatOptions,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    name: String,
    priority: &'static str,
    source: String,
    tags: Vec<String>,
    segments: Vec<Segment>,
    /// Segments that are fields, by their name in JSON; a transformer has no name there.
    fields: BTreeMap<String, usize>,
}

#[derive(Debug)]
enum Segment {
    Text(Box<str>),
    Field { operand: Operand, shown: Option<(FieldId, ParamFormat)>, width: Option<usize> },
}

/// Most characters a field may be padded to.
const MAX_WIDTH: usize = 4096;

impl Formatter {
    /// Compile the outputs of a plan. Errors: [`Error::Plan`] naming the rule and what its output cannot show.
    pub fn new(plan: &Plan, options: FormatOptions) -> Result<Formatter> {
        let rules = plan
            .rules
            .iter()
            .map(|rule| Rule::new(rule).map_err(|e| Error::Plan(format!("rule \"{}\": output: {e}", rule.name))));
        Ok(Formatter { options, rules: rules.collect::<Result<_>>()? })
    }

    pub fn options(&self) -> &FormatOptions {
        &self.options
    }

    /// Append the alert of a rule, without a newline, and say whether there is one: not for a rule the plan does not have, nor where
    /// `complete_only` forbids it.
    pub fn line(&self, rule: usize, ctx: &Context<'_>, out: &mut Vec<u8>) -> bool {
        let Some(rule) = self.rules.get(rule) else { return false };
        if self.options.complete_only && !rule.is_complete(ctx) {
            return false;
        }
        if self.options.json {
            match self.options.bare {
                true => self.output_fields(rule, ctx, None, out),
                false => self.json_line(rule, ctx, out),
            }
        } else {
            let mut text = Vec::with_capacity(256);
            if self.options.bare {
                self.write_bare(rule, ctx, &mut text, out);
            } else {
                self.output(rule, ctx, &mut text);
                render::line(&text, out);
            }
        }
        true
    }

    /// The message alone: no time, no priority, nothing escaped.
    pub fn message(&self, rule: usize, ctx: &Context<'_>, out: &mut Vec<u8>) {
        if let Some(rule) = self.rules.get(rule) {
            self.write_message(rule, ctx, out);
        }
    }

    fn style(&self) -> Style {
        Style { base64: self.options.base64_buffers }
    }

    fn output(&self, rule: &Rule, ctx: &Context<'_>, out: &mut Vec<u8>) {
        let style = if self.options.iso8601 { time::Style::Iso8601 } else { time::Style::Clock };
        time::write(ctx.event.ts, style, out);
        out.extend_from_slice(b": ");
        out.extend_from_slice(rule.priority.as_bytes());
        out.push(b' ');
        self.write_message(rule, ctx, out);
        if self.options.include_evidence && is_degraded(ctx) {
            out.extend_from_slice(b" (evidence incomplete)");
        }
    }

    fn write_message(&self, rule: &Rule, ctx: &Context<'_>, out: &mut Vec<u8>) {
        let mut buf = Vec::new();
        for segment in &rule.segments {
            self.write_segment(segment, ctx, &mut buf, out);
        }
    }

    /// The message for whoever typed its format: tabs and newlines of theirs stay, those in values are escaped.
    fn write_bare(&self, rule: &Rule, ctx: &Context<'_>, text: &mut Vec<u8>, out: &mut Vec<u8>) {
        let mut buf = Vec::new();
        for segment in &rule.segments {
            if let Segment::Text(own) = segment {
                out.extend_from_slice(own.as_bytes());
            } else {
                text.clear();
                self.write_segment(segment, ctx, &mut buf, text);
                render::line(text, out);
            }
        }
    }

    fn write_segment(&self, segment: &Segment, ctx: &Context<'_>, buf: &mut Vec<u8>, out: &mut Vec<u8>) {
        match segment {
            Segment::Text(text) => out.extend_from_slice(text.as_bytes()),
            Segment::Field { operand, shown, width } => {
                buf.clear();
                let value = operand.eval(ctx, buf);
                let value = value.borrowed(buf);
                let start = out.len();
                let format = shown.map_or(ParamFormat::Na, |(_, format)| format);
                render::formatted(&value, format, self.style(), out);
                if let Some(width) = *width {
                    out.resize(start + width, b' ');
                }
            }
        }
    }

    fn json_line(&self, rule: &Rule, ctx: &Context<'_>, out: &mut Vec<u8>) {
        let options = &self.options;
        let mut text = Vec::with_capacity(256);
        out.push(b'{');
        if options.include_evidence && is_degraded(ctx) {
            out.extend_from_slice(b"\"evidence\":\"incomplete\",");
        }
        out.extend_from_slice(b"\"hostname\":");
        json_string(options.hostname.as_bytes(), out);
        if options.include_message {
            out.extend_from_slice(b",\"message\":");
            self.write_message(rule, ctx, &mut text);
            json_string(&text, out);
        }
        if options.include_output {
            out.extend_from_slice(b",\"output\":");
            text.clear();
            self.output(rule, ctx, &mut text);
            json_string(&text, out);
        }
        if options.include_output_fields {
            out.extend_from_slice(b",\"output_fields\":");
            // The time in front of the text counts as one of its fields.
            let time = if self.options.iso8601 { "evt.time.iso8601" } else { "evt.time" };
            self.output_fields(rule, ctx, Some(time), out);
        }
        out.extend_from_slice(b",\"priority\":");
        json_string(rule.priority.as_bytes(), out);
        out.extend_from_slice(b",\"rule\":");
        json_string(rule.name.as_bytes(), out);
        out.extend_from_slice(b",\"source\":");
        json_string(rule.source.as_bytes(), out);
        if options.include_tags {
            out.extend_from_slice(b",\"tags\":[");
            for (i, tag) in rule.tags.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                json_string(tag.as_bytes(), out);
            }
            out.push(b']');
        }
        out.extend_from_slice(b",\"time\":\"");
        time::write(ctx.event.ts, time::Style::Zulu, out);
        out.extend_from_slice(b"\"}");
    }

    /// The fields of an output as an object, in the order of their names; `prefix` is one more, with the time as its value.
    fn output_fields(&self, rule: &Rule, ctx: &Context<'_>, prefix: Option<&str>, out: &mut Vec<u8>) {
        let mut prefix = prefix.filter(|name| !rule.fields.contains_key(*name));
        let mut buf = Vec::new();
        out.push(b'{');
        let mut first = true;
        let mut name = |key: &str, out: &mut Vec<u8>| {
            if !std::mem::take(&mut first) {
                out.push(b',');
            }
            json_string(key.as_bytes(), out);
            out.push(b':');
        };
        let stamp = Value::Uint(ctx.event.ts);
        for (key, segment) in &rule.fields {
            if let Some(before) = prefix.take_if(|p| *p < key.as_str()) {
                name(before, out);
                json(None, ctx.event.ts, &stamp, self.style(), out);
            }
            let Segment::Field { operand, shown, .. } = &rule.segments[*segment] else {
                continue;
            };
            name(key, out);
            buf.clear();
            let value = operand.eval(ctx, &mut buf);
            json(*shown, ctx.event.ts, &value.borrowed(&buf), self.style(), out);
        }
        if let Some(last) = prefix {
            name(last, out);
            json(None, ctx.event.ts, &stamp, self.style(), out);
        }
        out.push(b'}');
    }
}

impl Rule {
    /// Every field of the output has a value.
    fn is_complete(&self, ctx: &Context<'_>) -> bool {
        let mut buf = Vec::new();
        self.segments.iter().all(|segment| match segment {
            Segment::Text(_) => true,
            Segment::Field { operand, .. } => {
                buf.clear();
                operand.eval(ctx, &mut buf) != Extracted::NULL
            }
        })
    }

    fn new(rule: &plan::Rule) -> Result<Rule> {
        let priority = PRIORITIES.get(usize::from(rule.priority)).ok_or_else(|| {
            Error::Plan(format!("the priority {} is not one of 0 (emergency) to 7 (debug)", rule.priority))
        })?;
        let mut segments = Vec::with_capacity(rule.output.len());
        let mut fields = BTreeMap::new();
        for segment in &rule.output {
            segments.push(match segment {
                plan::Segment::Text { text } => Segment::Text(text.as_str().into()),
                plan::Segment::Field { operand, key, width } => {
                    if width.is_some_and(|w| w > MAX_WIDTH) {
                        return Err(Error::Plan(format!("%{key}: a width is {MAX_WIDTH} at most")));
                    }
                    let operand = Operand::new(operand)?;
                    let shown = match &operand {
                        Operand::Field(field) => {
                            fields.entry(key.clone()).or_insert(segments.len());
                            Some((field.id, field.info().format))
                        }
                        Operand::Transform { .. } => None,
                    };
                    Segment::Field { operand, shown, width: *width }
                }
            });
        }
        let mut tags = rule.tags.clone();
        tags.sort();
        tags.dedup();
        Ok(Rule { name: rule.name.clone(), priority, source: rule.source.clone(), tags, segments, fields })
    }
}

/// Something before this event was lost, so what is known of its thread may be wrong.
fn is_degraded(ctx: &Context<'_>) -> bool {
    ctx.event.flags & flags::DEGRADED != 0 || ctx.thread().is_some_and(|t| t.degraded)
}
