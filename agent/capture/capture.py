"""One running capture: a source, opened in an engine."""

from typing import TYPE_CHECKING

from agent.capture.reports import CaptureStats, OpenReport
from agent.capture.source import Source

if TYPE_CHECKING:
    from agent._core import Engine


class Capture:
    """Opens a source in an engine, yields its alerts in batches, and stops it."""

    def __init__(self, engine: "Engine", source: Source) -> None:
        self._engine = engine
        self._source = source
        self.file: str | None = None
        """The capture file that is read, once it is open."""
        self.cut_short = False
        """Of a file: whether `stop` came before its end."""

    def open(self) -> OpenReport:
        """Check the source, then open and start it."""
        self._source.check()
        opened = self._source.open(self._engine)
        self.file = opened.file
        return opened

    def next_batch(self, timeout_ms: int) -> list[bytes]:
        """Return the next alerts as formatted lines; an empty list when there were none within the time."""
        return [line for _rule, _priority, line in self._engine.run(timeout_ms)]

    @property
    def ended(self) -> bool:
        """Whether everything there ever will be has been returned: the end of a capture file."""
        return self._engine.ended()

    @property
    def position(self) -> int | None:
        """Bytes of the capture file consumed; None for a driver."""
        return self._engine.position()

    def stop(self) -> None:
        """Stop capturing. Alerts of events already captured are still returned by `next_batch`."""
        # A stopped source says that it has ended, too.
        self.cut_short = self.cut_short or (self.file is not None and not self.ended)
        self._engine.stop()
        self._source.close()

    def stats(self) -> CaptureStats:
        """Return the counters so far."""
        return CaptureStats.from_json(self._engine.stats())
