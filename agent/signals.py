"""Signals of a run: what ends it in order, and what has files opened anew."""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType


class Stopping:
    """Set by a signal; looked at between two waits for events."""

    requested = False


SignalScope = Callable[[Callable[[], None] | None, Callable[[], None] | None], AbstractContextManager[Stopping]]
"""What signals do during a run: takes what `stop_on_signals` takes."""


@contextmanager
def stop_on_signals(
    reopen: Callable[[], None] | None = None, on_stop: Callable[[], None] | None = None
) -> Iterator[Stopping]:
    """SIGINT, SIGTERM and SIGHUP ask the run to stop, and call `on_stop`; SIGUSR1 calls `reopen`."""
    stopping = Stopping()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.requested = True
        if on_stop is not None:
            on_stop()

    handlers = {signal.SIGINT: stop, signal.SIGTERM: stop}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup stays in force
        handlers[signal.SIGHUP] = stop
    if reopen is not None:
        open_anew = reopen
        handlers[signal.SIGUSR1] = lambda _number, _frame: open_anew()
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield stopping
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
