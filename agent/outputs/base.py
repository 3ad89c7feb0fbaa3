"""What every output is: something that takes formatted alert lines."""

from collections.abc import Sequence
from typing import Protocol


class Output(Protocol):
    """A destination of alerts. Methods raise OSError when the destination is gone; the dispatcher then drops it."""

    name: str
    """The output's name in configuration and messages."""

    @property
    def pending(self) -> int:
        """Lines that were taken and not written yet."""

    def write(self, lines: Sequence[bytes]) -> None:
        """Deliver a batch of lines, each without its newline."""

    def flush(self) -> None:
        """Hand over what is still buffered."""

    def reopen(self) -> None:
        """Open the destination anew, after a log rotation."""

    def close(self) -> None:
        """Flush and release the destination."""
