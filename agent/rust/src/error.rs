//! The one conversion from the engine's errors to Python exceptions.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Mutex;

use engine::error::{Error, Result};
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::PyErr;

create_exception!(agent._core, CaptureError, PyException, "A driver could not be opened or read.");

pub fn raise(error: Error) -> PyErr {
    match error {
        Error::Plan(_) => PyValueError::new_err(error.to_string()),
        Error::Capture(_) | Error::CaptureFile { .. } | Error::Os { .. } | Error::Malformed { .. } => {
            CaptureError::new_err(error.to_string())
        }
    }
}

pub fn invalid(what: &str, error: &serde_json::Error) -> PyErr {
    PyValueError::new_err(format!("the {what} cannot be read: {error}"))
}

/// What the last panic said, and where.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Keep the words of a panic for the error that is made of it, instead of printing them.
pub fn keep_panics_quiet() {
    std::panic::set_hook(Box::new(|info| {
        if let Ok(mut kept) = PANIC.lock() {
            *kept = info.to_string().replace('\n', " ");
        }
    }));
}

/// No panic crosses into Python: it becomes an error that asks for a report.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let what = PANIC.lock().map(|kept| kept.clone()).unwrap_or_default();
        Err(Error::Capture(format!("the engine stopped because of a bug in it ({what}); please report this")))
    })
}
