"""The commands beside watching: `agent COMMAND …`. Each is a module with a function `run`."""

import importlib
from collections.abc import Sequence

COMMANDS = {
    "read": "print the events of a capture file",
    "watch": "print events as they happen",
    "capture": "write events to a capture file",
    "explain": "say why a rule fires on an event, or why it does not",
}
"""What each command does, in the words of `agent --help`."""


def run_command(name: str, arguments: Sequence[str]) -> int:
    """Run a command of COMMANDS and return its exit code. Raises AgentError for what the person can put right."""
    module = importlib.import_module(f"agent.commands.{name}")
    code: int = module.run(arguments)
    return code
