"""The ptrace driver as a source: processes that run already are attached to. (`pdig-agent` starts commands, too.)"""

from agent.capture.scope import Scope
from agent.capture.source import Source
from agent.errors import DriverUnavailableError, ScopeError
from agent.log import Log

BUFFER_BYTES = 8 << 20
"""Of the buffer between tracer and engine.

A full one holds the traced processes up, for a second if the engine takes nothing; then events are lost, and counted.
"""


def attached(scope: Scope | None, all_syscalls: bool) -> Source:
    """Return the source for a process and its descendants. Raises AgentError where that cannot be had."""
    if scope is None or scope.kind != "pid":
        raise ScopeError(
            "The pdig driver watches processes that it is told of: name one with --pid PID, or start the program with "
            "`pdig-agent -- COMMAND`."
        )
    try:
        from drivers.pdig.tracing import Pdig, Targets
    except ImportError as error:
        raise DriverUnavailableError(
            f"The pdig driver needs python-ptrace, which is not installed ({error}): pip install 'agent[pdig]'"
        ) from None
    from drivers.pdig.command import SignalState

    signals = SignalState.of_this_process()
    log = Log()
    targets = Targets(pids=(int(scope.value),))
    return Pdig(targets, BUFFER_BYTES, all_syscalls, signals, log.warning, tell=log.report)
