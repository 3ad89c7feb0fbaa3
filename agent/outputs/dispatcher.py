"""Feeding the outputs from a thread of their own, so that a slow reader never stops the capture."""

import errno
import threading
from collections import deque
from collections.abc import Sequence

from agent.log import Log
from agent.outputs.base import Output

PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EAGAIN})
"""Errors after which an output may work again: a disk that is full now need not stay so."""


class Dispatcher:
    """Hands batches of alert lines to every output, in order.

    The queue holds `capacity` alerts (0: no bound); what comes to a full queue is dropped, counted, and said once. A
    `patient` dispatcher has `submit` wait for room instead, and waits at the end until everything is delivered. An
    output whose disk is full loses the batch, which is counted, and is tried again with the next; one that fails for
    good is dropped with a message and its alerts are counted, and the others go on. `alive` is False when none is left.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        log: Log,
        *,
        capacity: int = 0,
        timeout: float = 2.0,
        patient: bool = False,
    ) -> None:
        self._outputs = list(outputs)
        self._given = len(self._outputs)
        self._log = log
        self._capacity = capacity
        self._timeout = timeout
        self._patient = patient
        self._queue: deque[Sequence[bytes]] = deque()
        self._queued = 0
        self._reopen = False
        self._closing = False
        self._failing: set[Output] = set()
        self._changed = threading.Condition()
        self.dropped = 0
        """Alerts that an output did not get: it failed, a queue or disk was full, the end came too soon."""
        # A daemon: a write that hangs for ever must not keep the process alive.
        self._thread = threading.Thread(target=self._work, name="outputs", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether at least one output still takes alerts."""
        return bool(self._outputs) and self._thread.is_alive()

    def submit(self, lines: Sequence[bytes]) -> None:
        """Queue a batch; returns at once, or when there is room if the dispatcher is patient."""
        with self._changed:
            while self._patient and 0 < self._capacity < self._queued + len(lines) and self._queued and self.alive:
                self._changed.wait(0.1)
            unbounded = self._capacity == 0 or self._patient
            room = len(lines) if unbounded else max(0, self._capacity - self._queued)
            taken = lines[:room]
            if len(taken) < len(lines):
                if self.dropped == 0:
                    self._log.error(
                        f"The outputs are too slow: the queue of {self._capacity} alerts is full and alerts are being "
                        "dropped. The number is printed at the end; outputs_queue.capacity sets the size."
                    )
                self.dropped += len(lines) - len(taken)
            if taken:
                self._queue.append(taken)
                self._queued += len(taken)
                self._changed.notify()

    def reopen(self) -> None:
        """Ask the outputs to open their destinations anew."""
        with self._changed:
            self._reopen = True
            self._changed.notify()

    def hurry(self) -> None:
        """Be patient no longer: somebody wants the end. May be called from a signal handler."""
        self._patient = False

    def close(self) -> None:
        """Deliver what is queued, for at most the timeout, then close the outputs; the rest is counted as dropped.

        The timeout of a patient dispatcher counts from when it is told to hurry.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
        while self._patient and self._thread.is_alive() and self._outputs:
            self._thread.join(0.1)
        self._thread.join(self._timeout)
        with self._changed:
            left = self._queued
            self._queue.clear()
            self._queued = 0
        if left:
            self.dropped += left
            self._log.error(f"{left} alerts were not delivered: the outputs did not take them within the time allowed.")

    def _work(self) -> None:
        while True:
            with self._changed:
                while not (self._queue or self._reopen or self._closing):
                    self._changed.wait()
                reopen, self._reopen = self._reopen, False
                batch = self._queue.popleft() if self._queue else None
                closing = self._closing
            if reopen:
                self._each("reopen", None)
            if batch is not None:
                self._each("write", batch)
                with self._changed:
                    self._queued = max(0, self._queued - len(batch))
                    self._changed.notify_all()
            elif closing:
                self._each("close", None)
                return

    def _each(self, action: str, batch: Sequence[bytes] | None) -> None:
        if batch is not None:
            self.dropped += len(batch) * (self._given - len(self._outputs))
        for output in list(self._outputs):
            # What failed before was counted then.
            waiting = 0 if output in self._failing else output.pending
            try:
                if batch is not None:
                    output.write(batch)
                    self._failing.discard(output)
                else:
                    getattr(output, action)()
            except OSError as error:
                lost = self._unwritten(output, batch, waiting)
                if isinstance(error, BrokenPipeError):
                    why = "its reader has gone away, so no alerts can be delivered there."
                    self._drop(output, lost, f"{output.name}: {why}")
                elif batch is not None and error.errno in PASSING:
                    self._miss(output, lost, error)
                else:
                    self._drop(output, lost, f"{output.name}: {error.strerror or error}; it gets no more alerts.")
            except Exception as error:
                # A bug in one output must not end the thread that feeds them all.
                lost = self._unwritten(output, batch, waiting)
                self._drop(output, lost, f"{output.name}: {type(error).__name__}: {error}; it gets no more alerts.")

    def _unwritten(self, output: Output, batch: Sequence[bytes] | None, waiting: int) -> int:
        """Return how many lines an output has lost with an error; `waiting` is how many it had not written before."""
        if batch is None:
            return waiting
        return output.pending or len(batch)  # none is pending where the batch was not even taken

    def _miss(self, output: Output, alerts: int, error: OSError) -> None:
        """Count a batch that could not be written now; say so once until the output works again."""
        self.dropped += alerts
        if output not in self._failing:
            self._failing.add(output)
            self._log.error(
                f"{output.name}: {error.strerror or error}; alerts for it are being lost until that is mended. "
                "The number is printed at the end."
            )

    def _drop(self, output: Output, lines: int, message: str) -> None:
        """Give an output up with the lines it did not write; what comes later is counted for it, too."""
        self.dropped += lines
        self._outputs.remove(output)
        self._log.error(message)
