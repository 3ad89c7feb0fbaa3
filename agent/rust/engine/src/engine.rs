//! The loop: a source is drained, each event brings the state up to date, the rules look at it, matches become lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::capture::classic::Classic;
use crate::capture::kernel::{self, Backend, KernelSource, Report};
use crate::capture::kmod::Kmod;
use crate::capture::modern_bpf::ModernBpf;
use crate::capture::pdig;
use crate::capture::replay::Replay;
use crate::capture::scope::Scope;
use crate::capture::{selection, Record, Sink, Source, SourceStats};
use crate::error::{Error, Result};
use crate::event::{flags, Event};
use crate::explaining::{Explained, Explaining};
use crate::fields::{Context, Domains, Env};
use crate::format::{FormatOptions, Formatter};
use crate::recorder::Recorder;
use crate::rules::{Plan, RuleSet, Scratch};
use crate::scap::{is_hidden, Item, Machine};
use crate::schema::EVENTS;
use crate::state::{ProcScope, State, StateConfig, StateStats};

/// How long the loop sleeps when the rings are empty: short after an event, longer when nothing happens. The longest bounds how
/// late an alert can be; the rings hold far more than arrives meanwhile.
const IDLE_MIN: Duration = Duration::from_millis(1);
const IDLE_MAX: Duration = Duration::from_millis(16);

/// A rule that matched, or an event to print.
pub struct Alert {
    pub rule: usize,
    pub priority: u8,
    /// UTF-8, no newline.
    pub line: Vec<u8>,
}

/// Options of an engine, whatever the source.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub format: FormatOptions,
    pub state: StateConfig,
    pub snaplen: u32,
    /// Measure what each rule costs.
    pub profile_rules: bool,
}

/// Counters since the capture began.
#[derive(Debug, Serialize)]
pub struct Stats {
    pub events: u64,
    pub alerts: u64,
    pub alerts_by_rule: BTreeMap<String, u64>,
    pub events_by_type: BTreeMap<&'static str, u64>,
    pub lost: Lost,
    pub late: u64,
    pub undecodable: u64,
    pub unreadable: u64,
    pub scope_full: u64,
    pub skipped: u64,
    pub refused_calls: u64,
    pub forbidden: u64,
    pub stalls: u64,
    pub threads: u64,
    pub fds: u64,
    pub state: StateStats,
    /// Events written to a capture file, and texts that were cut in it.
    pub recorded: u64,
    pub recorded_cut: u64,
    /// What was counted while explaining a rule; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained: Option<Explained>,
    /// Facts of the file that the capture was read from; absent for a driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<crate::scap::Counters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_profile: Option<RulesProfile>,
}

/// What the rules cost ([`crate::rules::Profile`]).
#[derive(Debug, Serialize)]
pub struct RulesProfile {
    /// Events for which searches found the rules worth asking, and what that took.
    pub searched: u64,
    pub search_ns: u64,
    /// In load order.
    pub rules: Vec<RuleCost>,
}

#[derive(Debug, Serialize)]
pub struct RuleCost {
    pub rule: String,
    pub evaluated: u64,
    pub matched: u64,
    pub ns: u64,
}

#[derive(Debug, Serialize)]
pub struct Lost {
    pub total: u64,
    pub by_category: BTreeMap<&'static str, u64>,
    pub by_cause: BTreeMap<&'static str, u64>,
}

/// Everything that one event passes through; apart from the source, which lends the event.
struct Pipeline {
    state: State,
    rules: RuleSet,
    scratch: Scratch,
    formatter: Formatter,
    env: Env,
    matches: Vec<usize>,
    alerts: Vec<Alert>,
    events: u64,
    by_type: Vec<u64>,
    by_rule: Vec<u64>,
    undecodable: u64,
    degraded: bool,
    /// What the state is made of anew where a capture file begins another section.
    state_config: StateConfig,
    machine: Option<Machine>,
    recorder: Option<Recorder>,
    explaining: Option<Box<Explaining>>,
    /// Why recording ended early; told by the next call of `run`.
    failure: Option<Error>,
}

pub struct Engine {
    pipeline: Pipeline,
    source: Option<Box<dyn Source>>,
    snaplen: u32,
    idle: Duration,
    stopping: Arc<AtomicBool>,
    stopped: bool,
    /// The source, or writing a capture file, has failed.
    failed: bool,
    last_stats: SourceStats,
}

/// The kernel drivers, as configuration names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Driver {
    ModernEbpf,
    Ebpf,
    Kmod,
}

/// What a kernel driver is to capture, and with how much memory.
pub struct DriverOptions {
    pub scope: Scope,
    /// Bytes of one ring.
    pub buffer_bytes: usize,
    /// CPUs that share a ring, where the driver can do that; at least one.
    pub cpus_per_ring: u32,
    /// Also calls that neither a rule nor the state needs.
    pub all_syscalls: bool,
    /// Where the classic probe is pinned.
    pub probe: Option<PathBuf>,
}

/// What opening a driver found.
#[derive(Debug, Serialize)]
pub struct OpenReport {
    #[serde(flatten)]
    pub driver: Report,
    pub threads: usize,
    pub syscalls: usize,
    pub ms: BTreeMap<&'static str, f64>,
}

/// What opening a capture file found.
#[derive(Debug, Serialize)]
pub struct ReplayReport {
    pub driver: &'static str,
    /// Bytes of the file; `None` where that is not known before its end (standard input, a pipe).
    pub size: Option<u64>,
}

impl Engine {
    /// Compile a plan. Errors name the rule that cannot be executed.
    pub fn new(plan_json: &str, options: Options) -> Result<Engine> {
        let plan = Plan::from_json(plan_json)?;
        let rules = RuleSet::new(&plan)?;
        let count = rules.rules().len();
        let env = Env {
            hostname: options.format.hostname.clone(),
            iso8601: options.format.iso8601,
            domains: Domains::resolve(rules.domains().to_vec()),
            ..Env::default()
        };
        Ok(Engine {
            pipeline: Pipeline {
                state: State::new(options.state.clone()),
                state_config: options.state,
                formatter: Formatter::new(&plan, options.format)?,
                scratch: if options.profile_rules { rules.profiling_scratch() } else { rules.scratch() },
                rules,
                env,
                matches: Vec::new(),
                alerts: Vec::new(),
                events: 0,
                by_type: vec![0; EVENTS.len()],
                by_rule: vec![0; count],
                undecodable: 0,
                degraded: false,
                machine: None,
                recorder: None,
                explaining: None,
                failure: None,
            },
            source: None,
            snaplen: if options.snaplen == 0 { 80 } else { options.snaplen },
            idle: IDLE_MIN,
            stopping: Arc::new(AtomicBool::new(false)),
            stopped: false,
            failed: false,
            last_stats: SourceStats::default(),
        })
    }

    /// A handle that asks the loop to return, from any thread.
    pub fn stopper(&self) -> Arc<AtomicBool> {
        self.stopping.clone()
    }

    /// Open a kernel driver and read the state of what it captures. Events are recorded from before /proc is read, so nothing is missed in
    /// between.
    pub fn open_driver(&mut self, driver: Driver, options: DriverOptions) -> Result<OpenReport> {
        match driver {
            Driver::ModernEbpf => self.open_kernel::<ModernBpf>(options),
            Driver::Ebpf => self.open_kernel::<Classic>(options),
            Driver::Kmod => self.open_kernel::<Kmod>(options),
        }
    }

    fn open_kernel<B: Backend + 'static>(&mut self, options: DriverOptions) -> Result<OpenReport> {
        let codes: BTreeSet<u16> = self.pipeline.rules.event_codes().into_iter().collect();
        let selected = selection::select(&codes, options.all_syscalls);
        let host_wide = options.scope == Scope::Host;
        let options = kernel::Options {
            scope: options.scope,
            buffer_bytes: options.buffer_bytes,
            cpus_per_ring: options.cpus_per_ring,
            snaplen: self.snaplen,
            host_root: self.pipeline.state_config.host_root.clone(),
            probe: options.probe,
        };
        let source = KernelSource::<B>::open(&options, &selected)?;
        let proc_scope = if host_wide {
            ProcScope::All
        } else {
            ProcScope::Pids { processes: source.members.iter().map(|p| i64::from(p.pid)).collect() }
        };
        let scan = self.pipeline.state.scan_proc(&proc_scope);
        let report = source.report.clone();
        self.source = Some(Box::new(source));
        Ok(OpenReport {
            threads: scan.threads,
            syscalls: report.calls,
            ms: BTreeMap::from([
                ("load", report.load_ms as f64),
                ("attach", report.attach_ms as f64),
                ("proc_scan", scan.micros as f64 / 1000.0),
            ]),
            driver: report,
        })
    }

    /// Set up a capture through ptrace; what it is of, and when it begins, is up to whoever runs the tracer.
    pub fn open_pdig(&mut self, buffer_bytes: usize, all_syscalls: bool) -> Result<(OpenReport, pdig::Tracer)> {
        let codes: BTreeSet<u16> = self.pipeline.rules.event_codes().into_iter().collect();
        let (source, tracer) = pdig::open(&selection::select(&codes, all_syscalls), buffer_bytes, self.snaplen)?;
        let driver = source.report.clone();
        self.source = Some(Box::new(source));
        Ok((OpenReport { threads: 0, syscalls: driver.calls, ms: BTreeMap::new(), driver }, tracer))
    }

    /// Read a capture file instead of a driver; "-" is standard input. What the state is comes from the file alone.
    pub fn open_replay(&mut self, path: &Path) -> Result<ReplayReport> {
        let source = Replay::open(path)?;
        let size = source.size();
        let pipeline = &mut self.pipeline;
        let live = std::mem::take(&mut pipeline.state_config);
        pipeline.state_config = StateConfig { max_threads: live.max_threads, ..StateConfig::offline() };
        pipeline.state = State::new(pipeline.state_config.clone());
        self.source = Some(Box::new(source));
        Ok(ReplayReport { driver: "replay", size })
    }

    /// Write the events that match the plan to a capture file instead of raising alerts; without any rule, every event. "-" is standard
    /// output. To be called before the first `run`.
    pub fn record(&mut self, path: &Path, compress: bool) -> Result<()> {
        self.pipeline.recorder = Some(Recorder::create(path, compress)?);
        Ok(())
    }

    /// Explain a rule on these events, or on each where it fires or at most `near` clauses are in the way, instead of raising alerts.
    /// To be called before a source is opened. Errors: [`Error::Plan`] when the plan has no such rule.
    pub fn explain(&mut self, rule: usize, events: Option<BTreeSet<u64>>, near: u32) -> Result<()> {
        let explaining = Explaining::new(&self.pipeline.rules, rule, events, near)?;
        self.pipeline.explaining = Some(Box::new(explaining));
        Ok(())
    }

    /// The source has handed over everything it ever will.
    pub fn ended(&self) -> bool {
        self.source.as_ref().is_some_and(|source| source.ended())
    }

    /// Bytes of the capture file consumed so far.
    pub fn position(&self) -> Option<u64> {
        self.source.as_ref().and_then(|source| source.position())
    }

    /// Complete the capture file being written. Idempotent.
    pub fn finish_recording(&mut self) -> Result<()> {
        match &mut self.pipeline.recorder {
            Some(recorder) => recorder.finish(&self.pipeline.state, self.pipeline.machine.as_ref(), self.failed),
            None => Ok(()),
        }
    }

    /// Drain until there are alerts or the time is up. After a stop: drain what is left, once.
    pub fn run(&mut self, timeout: Duration) -> Result<Vec<Alert>> {
        let deadline = Instant::now() + timeout;
        loop {
            if self.stopping.load(Ordering::Relaxed) && !self.stopped {
                self.stopped = true;
                if let Some(source) = &mut self.source {
                    source.stop();
                }
            }
            let Some(source) = &mut self.source else { return Ok(Vec::new()) };
            let pipeline = &mut self.pipeline;
            let processes = source.newcomers();
            if !processes.is_empty() {
                pipeline.state.scan_proc(&ProcScope::Pids { processes });
            }
            let drained = source.drain(pipeline);
            let count = drained.unwrap_or_else(|failure| {
                pipeline.failure.get_or_insert(failure);
                0
            });
            if !pipeline.alerts.is_empty() {
                self.idle = IDLE_MIN;
                return Ok(std::mem::take(&mut pipeline.alerts));
            }
            // Only now: what was found before it failed is not lost.
            if let Some(failure) = pipeline.failure.take() {
                self.failed = true;
                return Err(failure);
            }
            if let Some(recorder) = &mut pipeline.recorder {
                recorder.flush_in_time()?;
            }
            let now = Instant::now();
            if count > 0 {
                self.idle = IDLE_MIN;
                if now >= deadline && !self.stopped {
                    return Ok(Vec::new());
                }
                continue;
            }
            if self.stopped || now >= deadline || source.ended() {
                return Ok(Vec::new());
            }
            std::thread::sleep(self.idle.min(deadline - now));
            self.idle = (self.idle * 2).min(IDLE_MAX);
        }
    }

    /// Stop the source at once; what it has recorded can still be drained. One that is opened later is stopped by `run`.
    pub fn stop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(source) = self.source.as_mut().filter(|_| !self.stopped) {
            source.stop();
            self.stopped = true;
        }
    }

    pub fn stats(&self) -> Stats {
        let source = self.source.as_ref().map_or_else(|| self.last_stats.clone(), |s| s.stats());
        let pipeline = &self.pipeline;
        let state = pipeline.state.stats();
        let by_rule = pipeline.rules.rules().iter().zip(&pipeline.by_rule);
        let alerts_by_rule: BTreeMap<String, u64> =
            by_rule.filter(|(_, n)| **n > 0).map(|(rule, n)| (rule.name.clone(), *n)).collect();
        let mut events_by_type: BTreeMap<&'static str, u64> = BTreeMap::new();
        for (info, count) in EVENTS.iter().zip(&pipeline.by_type).filter(|(_, n)| **n > 0) {
            *events_by_type.entry(info.name).or_default() += count;
        }
        Stats {
            events: pipeline.events,
            alerts: pipeline.by_rule.iter().sum(),
            alerts_by_rule,
            events_by_type,
            lost: Lost {
                total: source.lost,
                by_category: source.lost_by_category.into_iter().collect(),
                by_cause: source.lost_by_cause.into_iter().collect(),
            },
            late: source.late,
            undecodable: pipeline.undecodable,
            unreadable: source.unreadable,
            scope_full: source.scope_full,
            skipped: source.skipped,
            refused_calls: source.refused_calls,
            forbidden: source.forbidden,
            stalls: source.stalls,
            threads: state.threads,
            fds: state.fds,
            state,
            recorded: pipeline.recorder.as_ref().map_or(0, |r| r.events()),
            recorded_cut: pipeline.recorder.as_ref().map_or(0, |r| r.cut_strings()),
            explained: pipeline.explaining.as_ref().map(|e| e.explained(&pipeline.rules)),
            file: source.file,
            rules_profile: pipeline.rules_profile(),
        }
    }
}

impl Pipeline {
    fn rules_profile(&self) -> Option<RulesProfile> {
        let profile = self.scratch.profile()?;
        let rules = self.rules.rules().iter().zip(&profile.rules).map(|(rule, cost)| RuleCost {
            rule: rule.name.clone(),
            evaluated: cost.evaluated,
            matched: cost.matched,
            ns: cost.ns,
        });
        Some(RulesProfile { searched: profile.search.evaluated, search_ns: profile.search.ns, rules: rules.collect() })
    }
}

impl Sink for Pipeline {
    #[inline]
    fn event(&mut self, record: &Record) {
        let mut event = match Event::parse(record.event, record.cpu, record.flags) {
            Ok(event) => event,
            Err(_) => {
                self.undecodable += 1;
                self.degraded = true;
                return;
            }
        };
        event.ts = event.ts.wrapping_add_signed(record.clock_offset);
        if record.after_gap || self.degraded {
            self.degraded = false;
            event.flags |= flags::DEGRADED;
            self.state.mark_gap();
        }
        self.events += 1;
        event.num = self.events;
        if self.env.start_ts == 0 {
            self.env.start_ts = event.ts;
        }
        let Some(count) = self.by_type.get_mut(event.etype as usize) else {
            self.undecodable += 1;
            return;
        };
        *count += 1;
        if let Some(recorder) = &mut self.recorder {
            // What is known before the first event is what the file begins with.
            recorder.begin(&self.state, self.machine.as_ref());
        }
        let effects = self.state.apply(&event);
        self.matches.clear();
        if self.explaining.is_some() {
            self.explain(&event, &effects);
        } else if self.rules.concerns(event.etype) && !is_hidden(&event) {
            self.evaluate(&event, &effects);
        }
        if let Some(recorder) = &mut self.recorder {
            let wanted = self.rules.rules().is_empty() || !self.matches.is_empty();
            if let Err(error) = recorder.event(&event, record.event, wanted) {
                self.failure.get_or_insert(error);
            }
        }
        self.state.settle(effects);
        self.env.previous_ts = event.ts;
    }

    fn fact(&mut self, fact: Item<'_>) {
        match fact {
            Item::Section => {
                self.state = State::new(self.state_config.clone());
                self.machine = None;
                if let Some(recorder) = &mut self.recorder {
                    recorder.new_section();
                }
            }
            Item::Machine(machine) => {
                self.env.hostname.clone_from(&machine.hostname);
                self.state.set_boot_time(machine.boot_ts);
                self.machine = Some(machine);
            }
            list => {
                list.load(&mut self.state);
            }
        }
    }
}

impl Pipeline {
    #[cold]
    fn explain(&mut self, event: &Event, effects: &crate::state::Effects) {
        let Some(explaining) = self.explaining.as_mut().filter(|e| e.wants(&self.rules, event)) else { return };
        let Some(context) = Context::new(event, &self.state, effects, &self.env) else { return };
        if let Some(line) = explaining.event(&self.rules, &mut self.scratch, &self.formatter, &context) {
            self.alerts.push(Alert { rule: explaining.rule(), priority: 7, line });
        }
    }

    fn evaluate(&mut self, event: &Event, effects: &crate::state::Effects) {
        let Some(context) = Context::new(event, &self.state, effects, &self.env) else { return };
        self.rules.matches(&context, &mut self.scratch, &mut self.matches);
        if self.recorder.is_some() {
            return;
        }
        for &rule in &self.matches {
            let mut line = Vec::with_capacity(512);
            if !self.formatter.line(rule, &context, &mut line) {
                continue;
            }
            let priority = self.rules.rules().get(rule).map_or(7, |r| r.priority);
            self.alerts.push(Alert { rule, priority, line });
            if let Some(count) = self.by_rule.get_mut(rule) {
                *count += 1;
            }
        }
    }
}
