//! The Python face of the engine. It only converts; `agent/_core.pyi` is its documentation.

mod error;
mod tracer;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use engine::capture::classic_probe;
use engine::capture::scope::Scope;
use engine::engine::{Driver, DriverOptions, Engine as Core, Options};
use engine::fields::is_valueless;
use engine::format::FormatOptions;
use engine::rules::{Plan, RuleSet};
use engine::schema::FIELDS;
use engine::state::StateConfig;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::Deserialize;

use error::{guarded, invalid, raise, CaptureError};
use tracer::Tracer;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OutputOptions {
    json: bool,
    include_output: bool,
    include_message: bool,
    include_output_fields: bool,
    include_tags: bool,
    time_iso_8601: bool,
    base64: bool,
    hostname: String,
    bare: bool,
    complete_only: bool,
}

impl Default for OutputOptions {
    fn default() -> OutputOptions {
        OutputOptions {
            json: false,
            include_output: true,
            include_message: false,
            include_output_fields: true,
            include_tags: true,
            time_iso_8601: false,
            base64: false,
            hostname: String::new(),
            bare: false,
            complete_only: false,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct EngineOptions {
    output: OutputOptions,
    host_root: Option<PathBuf>,
    max_threads: Option<usize>,
    snaplen: Option<u32>,
    profile_rules: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ScopeOption {
    Pid(i64),
    Cgroup(PathBuf),
    Container(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenOptions {
    driver: Driver,
    scope: Option<ScopeOption>,
    buffer_bytes: usize,
    cpus_for_each_buffer: u32,
    #[serde(default)]
    all_syscalls: bool,
    #[serde(default)]
    probe: Option<PathBuf>,
}

#[pyclass(module = "agent._core")]
struct Engine {
    core: Mutex<Core>,
    stopping: Arc<AtomicBool>,
}

impl Engine {
    fn lock(&self) -> MutexGuard<'_, Core> {
        // A panic in the engine is a bug that was reported as an error; its counters are still good to read.
        self.core.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[pymethods]
impl Engine {
    #[new]
    fn new(plan_json: &str, options_json: &str) -> PyResult<Engine> {
        let options: EngineOptions = serde_json::from_str(options_json).map_err(|e| invalid("engine options", &e))?;
        let output = options.output;
        let mut state = StateConfig::default();
        if let Some(root) = options.host_root {
            state.host_root = root;
        }
        if let Some(threads) = options.max_threads {
            state.max_threads = threads;
        }
        let core = Core::new(
            plan_json,
            Options {
                format: FormatOptions {
                    json: output.json,
                    include_output: output.include_output,
                    include_message: output.include_message,
                    include_output_fields: output.include_output_fields,
                    include_tags: output.include_tags,
                    iso8601: output.time_iso_8601,
                    base64_buffers: output.base64,
                    hostname: output.hostname,
                    bare: output.bare,
                    complete_only: output.complete_only,
                    ..FormatOptions::default()
                },
                state,
                snaplen: options.snaplen.unwrap_or(0),
                profile_rules: options.profile_rules,
            },
        )
        .map_err(raise)?;
        Ok(Engine { stopping: core.stopper(), core: Mutex::new(core) })
    }

    fn open_driver(&self, py: Python<'_>, options_json: &str) -> PyResult<String> {
        let options: OpenOptions = serde_json::from_str(options_json).map_err(|e| invalid("capture options", &e))?;
        let wanted = DriverOptions {
            scope: match options.scope {
                None => Scope::Host,
                Some(ScopeOption::Pid(pid)) => Scope::Pid(pid),
                Some(ScopeOption::Cgroup(path)) => Scope::Cgroup(path),
                Some(ScopeOption::Container(id)) => Scope::Container(id),
            },
            buffer_bytes: options.buffer_bytes,
            // 0: one ring for all.
            cpus_per_ring: if options.cpus_for_each_buffer == 0 { u32::MAX } else { options.cpus_for_each_buffer },
            all_syscalls: options.all_syscalls,
            probe: options.probe,
        };
        let report = py.detach(|| guarded(|| self.lock().open_driver(options.driver, wanted))).map_err(raise)?;
        serde_json::to_string(&report).map_err(|e| invalid("report", &e))
    }

    fn open_pdig(&self, py: Python<'_>, buffer_bytes: usize, all_syscalls: bool) -> PyResult<(Tracer, String)> {
        let opened = py.detach(|| guarded(|| self.lock().open_pdig(buffer_bytes, all_syscalls))).map_err(raise)?;
        let report = serde_json::to_string(&opened.0).map_err(|e| invalid("report", &e))?;
        Ok((Tracer::new(opened.1), report))
    }

    fn open_replay(&self, py: Python<'_>, path: PathBuf) -> PyResult<String> {
        let report = py.detach(|| guarded(|| self.lock().open_replay(&path))).map_err(raise)?;
        serde_json::to_string(&report).map_err(|e| invalid("report", &e))
    }

    fn record(&self, py: Python<'_>, path: PathBuf, compress: bool) -> PyResult<()> {
        py.detach(|| guarded(|| self.lock().record(&path, compress))).map_err(raise)
    }

    fn finish_recording(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| guarded(|| self.lock().finish_recording())).map_err(raise)
    }

    fn explain(&self, py: Python<'_>, rule: usize, events: Option<BTreeSet<u64>>, near: u32) -> PyResult<()> {
        py.detach(|| guarded(|| self.lock().explain(rule, events, near))).map_err(raise)
    }

    fn ended(&self, py: Python<'_>) -> PyResult<bool> {
        py.detach(|| guarded(|| Ok(self.lock().ended()))).map_err(raise)
    }

    fn position(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        py.detach(|| guarded(|| Ok(self.lock().position()))).map_err(raise)
    }

    fn run<'py>(&self, py: Python<'py>, timeout_ms: u64) -> PyResult<Vec<(usize, u8, Bound<'py, PyBytes>)>> {
        let alerts = py.detach(|| guarded(|| self.lock().run(Duration::from_millis(timeout_ms)))).map_err(raise)?;
        Ok(alerts.into_iter().map(|a| (a.rule, a.priority, PyBytes::new(py, &a.line))).collect())
    }

    /// From a signal handler the lock may be held by `run`, which then stops the source itself.
    fn stop(&self, py: Python<'_>) {
        self.stopping.store(true, Ordering::Relaxed);
        py.detach(|| {
            if let Ok(mut core) = self.core.try_lock() {
                core.stop();
            }
        });
    }

    fn stats(&self, py: Python<'_>) -> PyResult<String> {
        let stats = py.detach(|| guarded(|| Ok(self.lock().stats()))).map_err(raise)?;
        serde_json::to_string(&stats).map_err(|e| invalid("statistics", &e))
    }
}

#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

#[pyfunction]
fn check_plan(py: Python<'_>, plan_json: &str) -> PyResult<()> {
    py.detach(|| guarded(|| Plan::from_json(plan_json).and_then(|plan| RuleSet::new(&plan)).map(|_| ()))).map_err(raise)
}

#[pyfunction]
fn load_classic_probe(py: Python<'_>, object: PathBuf, pins: PathBuf) -> PyResult<String> {
    let report = py.detach(|| guarded(|| classic_probe::load(&object, &pins))).map_err(raise)?;
    serde_json::to_string(&report).map_err(|e| invalid("report", &e))
}

#[pyfunction]
fn valueless_fields() -> Vec<&'static str> {
    FIELDS.iter().map(|field| field.name).filter(|name| is_valueless(name)).collect()
}

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::keep_panics_quiet();
    module.add_class::<Engine>()?;
    module.add_class::<Tracer>()?;
    module.add("CaptureError", module.py().get_type::<CaptureError>())?;
    module.add_function(wrap_pyfunction!(version, module)?)?;
    module.add_function(wrap_pyfunction!(valueless_fields, module)?)?;
    module.add_function(wrap_pyfunction!(load_classic_probe, module)?)?;
    module.add_function(wrap_pyfunction!(check_plan, module)?)
}
