"""Code generator: writes C, Rust and reference pages from :mod:`agent.schema`. Run ``python -m agent.codegen``."""
