"""The options that name a driver: the same for `agent`, `agent capture`, `agent watch` and `agent explain`."""

import argparse

from agent.capture import Scope, parse_scope
from agent.errors import AgentError, ScopeError

_FLAGS = (
    ("--modern-bpf", "modern_ebpf", "capture with the modern eBPF driver (engine.kind)"),
    ("--bpf", "ebpf", "capture with the classic eBPF driver, once it is loaded"),
    ("--kmod", "kmod", "capture with the kernel module, once it is loaded"),
    ("--pdig", "pdig", "watch one process tree (--pid PID) through ptrace, where nothing else is allowed"),
)
_ATTRIBUTE = "drivers_named"


def add_driver_flags(parser: argparse._ActionsContainer) -> None:
    """Add `--modern-bpf`, `--bpf`, `--kmod` and `--pdig`."""
    for flag, kind, text in _FLAGS:
        parser.add_argument(flag, dest=_ATTRIBUTE, action="append_const", const=(flag, kind), help=text)


def scope_of(options: argparse.Namespace) -> Scope | None:
    """Return the scope that --scope or --pid names. Raises ScopeError for one that cannot be."""
    pid = getattr(options, "pid", None)
    if pid is not None and options.scope is not None:
        raise ScopeError(f"--pid {pid} means --scope pid:{pid}: give one of --pid and --scope.")
    if pid is not None:
        return parse_scope(f"pid:{pid}", option=f"--pid {pid}")
    return parse_scope(options.scope) if options.scope is not None else None


def driver_overrides(options: argparse.Namespace) -> list[str]:
    """Return the setting that the options stand for, if any. Raises AgentError when they contradict each other."""
    named = dict.fromkeys(getattr(options, _ATTRIBUTE, None) or ())
    if len(named) > 1:
        raise AgentError(
            "--modern-bpf, --bpf, --kmod and --pdig each name the one driver to capture with: give one of them."
        )
    for flag, _kind in named:
        if getattr(options, "file", None) is not None:
            raise AgentError(f"{flag} watches this host and -e reads a file: give one of them.")
    return [f"engine.kind={kind}" for _flag, kind in named]
