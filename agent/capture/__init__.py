"""The capture interface: a source of events is opened, drained by the engine, asked for its counters, and stopped."""

from agent.capture.automatic import AUTO, Automatic
from agent.capture.capture import Capture
from agent.capture.ebpf import Ebpf
from agent.capture.kmod import Kmod
from agent.capture.modern_ebpf import ModernEbpf
from agent.capture.replay import Replay
from agent.capture.reports import CaptureStats, OpenReport, RuleCost, RulesProfile
from agent.capture.scope import Scope, parse_scope
from agent.capture.source import Source

__all__ = [
    "AUTO",
    "Automatic",
    "Capture",
    "CaptureStats",
    "Ebpf",
    "Kmod",
    "ModernEbpf",
    "OpenReport",
    "Replay",
    "RuleCost",
    "RulesProfile",
    "Scope",
    "Source",
    "parse_scope",
]
