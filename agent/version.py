"""Versions: of the agent, and of the parts that must fit together."""

from __future__ import annotations

__version__ = "0.1.0"
"""The version in Python; `pyproject.toml` and the Rust workspace state the same, and a test compares them."""


def versions() -> dict[str, str]:
    """Return every version a person reporting a problem should name."""
    import platform

    from agent import _core

    return {
        "agent_version": __version__,
        "core_version": _core.version(),
        "python_version": platform.python_version(),
        "kernel_release": platform.release(),
        "architecture": platform.machine(),
    }


def version_text(*, as_json: bool) -> str:
    """Return the versions as text lines, or as one JSON object."""
    found = versions()
    if as_json:
        import json

        return json.dumps(found)
    return "\n".join(
        [
            f"agent {found['agent_version']}",
            f"core {found['core_version']}",
            f"Python {found['python_version']}",
            f"Linux {found['kernel_release']} {found['architecture']}",
        ]
    )
