//! The one conversion from the engine's errors to Python exceptions.

use engine::error::Error;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::PyErr;

create_exception!(agent._core, CaptureError, PyException, "A driver could not be opened or read.");

pub fn raise(error: Error) -> PyErr {
    match error {
        Error::Plan(_) => PyValueError::new_err(error.to_string()),
        Error::Capture(_) | Error::Os { .. } | Error::Malformed { .. } => CaptureError::new_err(error.to_string()),
    }
}

pub fn invalid(what: &str, error: &serde_json::Error) -> PyErr {
    PyValueError::new_err(format!("the {what} cannot be read: {error}"))
}
