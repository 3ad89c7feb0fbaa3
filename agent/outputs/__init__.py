"""Where alerts go: one module per output, and the dispatcher that feeds them all from one thread."""

from agent.outputs.base import Output
from agent.outputs.dispatcher import Dispatcher

__all__ = ["Dispatcher", "Output"]
