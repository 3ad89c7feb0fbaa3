"""A runtime security agent for Linux: system calls in, alerts out.

The package holds what a person configures, reads or extends: the command line, the configuration, the rule
language, the event schema and the outputs. Events are captured, decoded and matched by the native module
`agent._core`, whose interface is documented in `_core.pyi`.
"""

from agent.version import __version__

__all__ = ["__version__"]
