//! The Python face of the ptrace tracer. It only converts; `agent/_core.pyi` is its documentation.

use std::ffi::CString;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use engine::capture::pdig::child::Program;
use engine::capture::pdig::signals::Arrivals;
use engine::capture::pdig::{filter_program, ptrace, Tracer as Core};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::error::{guarded, invalid, raise};

#[pyclass(module = "agent._core")]
pub struct Tracer {
    core: Mutex<Core>,
    arrivals: Arc<Arrivals>,
}

impl Tracer {
    pub fn new(core: Core) -> Tracer {
        Tracer { arrivals: core.arrivals(), core: Mutex::new(core) }
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[pymethods]
impl Tracer {
    #[classattr]
    const OPTIONS: i32 = ptrace::OPTIONS;

    #[classattr]
    const FILTERED_OPTIONS: i32 = ptrace::FILTERED_OPTIONS;

    #[pyo3(signature = (path, arguments, environment, *, filtered, no_new_privileges, blocked, ignored, default))]
    #[allow(clippy::too_many_arguments)] // keywords, in Python
    fn hold(
        &self,
        py: Python<'_>,
        path: Vec<u8>,
        arguments: Vec<Vec<u8>>,
        environment: Vec<Vec<u8>>,
        filtered: bool,
        no_new_privileges: bool,
        blocked: Vec<i32>,
        ignored: Vec<i32>,
        default: Vec<i32>,
    ) -> PyResult<i32> {
        let text = |bytes| CString::new(bytes).map_err(|_| PyValueError::new_err("an argument holds a NUL"));
        let texts = |list: Vec<Vec<u8>>| list.into_iter().map(text).collect::<PyResult<Vec<CString>>>();
        let mut mask = ptrace::empty_signal_set();
        for signal in blocked {
            ptrace::add_signal(&mut mask, signal);
        }
        let mut program = Program {
            path: text(path)?,
            arguments: texts(arguments)?,
            environment: texts(environment)?,
            ignored_signals: ignored,
            default_signals: default,
            mask,
            filter: None,
            no_new_privileges,
        };
        py.detach(|| {
            guarded(|| {
                let mut core = self.lock();
                if filtered {
                    let (native, ia32) = core.selected();
                    program.filter = Some(filter_program(&native, &ia32));
                }
                core.hold(&program)
            })
        })
        .map_err(raise)
    }

    fn adopt(&self, py: Python<'_>, tid: i32, filtered: bool) -> PyResult<()> {
        py.detach(|| {
            guarded(|| {
                self.lock().adopt(tid, filtered);
                Ok(())
            })
        })
        .map_err(raise)
    }

    fn release(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| guarded(|| self.lock().release())).map_err(raise)
    }

    fn run(&self, py: Python<'_>, timeout_ms: u64) -> PyResult<String> {
        let progress = py.detach(|| guarded(|| self.lock().run(Duration::from_millis(timeout_ms)))).map_err(raise)?;
        serde_json::to_string(&progress).map_err(|e| invalid("progress", &e))
    }

    fn detach(&self, py: Python<'_>, timeout_ms: u64) -> PyResult<String> {
        let progress =
            py.detach(|| guarded(|| self.lock().detach(Duration::from_millis(timeout_ms)))).map_err(raise)?;
        serde_json::to_string(&progress).map_err(|e| invalid("progress", &e))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| {
            guarded(|| {
                self.lock().close();
                Ok(())
            })
        })
        .map_err(raise)
    }

    fn arrived(&self, signal: i32, sender: i32, within_ms: u64) -> bool {
        self.arrivals.take(signal, sender, Duration::from_millis(within_ms))
    }

    fn failure(&self, py: Python<'_>) -> PyResult<Option<(String, i32)>> {
        py.detach(|| guarded(|| Ok(self.lock().failure()))).map_err(raise)
    }
}
