"""Draining a capture until it is time to stop."""

import time
from collections.abc import Callable

from agent.capture import Capture
from agent.progress import FileProgress
from agent.signals import Stopping

POLL_MS = 100
"""How long one wait for lines lasts: the bound on how late a signal is acted on. Lines themselves do not wait."""

Taker = Callable[[list[bytes]], str | None]
"""Takes a batch of lines; returns why the run must end, when it must."""


def drain(
    capture: Capture,
    take: Taker,
    stopping: Stopping,
    seconds: float | None,
    progress: FileProgress,
    on_failure: Callable[[str], None] | None = None,
) -> str | None:
    """Hand over lines until a signal, the time limit, the end of a file or the taker's word; then stop the capture.

    `seconds` counts from now. `on_failure` is told at once why it ends early, since stopping may take long. Returns why
    the run ended early, as a sentence, when that is a failure.
    """
    from agent._core import CaptureError

    deadline = None if seconds is None else time.monotonic() + seconds
    failure = None
    while failure is None and not stopping.requested and not capture.ended:
        wait_ms = POLL_MS
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            wait_ms = min(POLL_MS, max(1, int(left * 1000)))
        try:
            batch = capture.next_batch(wait_ms)
        except CaptureError as error:
            failure = _why(capture, error)
            break
        if batch:
            progress.make_way()
        failure = take(batch)
        progress.update(capture.position)
    progress.close()
    if failure is not None and on_failure is not None:
        on_failure(failure)
    capture.stop()
    try:
        # What was captured before the stop.
        while batch := capture.next_batch(0):
            failure = take(batch) or failure
    except CaptureError as error:
        failure = failure or _why(capture, error)
    return failure


def _why(capture: Capture, error: Exception) -> str:
    # A file's errors begin with its name.
    return str(error) if capture.position is not None else f"The capture ended: {error}"
