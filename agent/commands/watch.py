"""`agent watch`: print events as they happen."""

import argparse
from collections.abc import Sequence

from agent.arguments import Parser
from agent.commands import events
from agent.driver_options import scope_of
from agent.errors import AgentError

_EXAMPLES = """\
examples:
  agent watch --pid 1234                            everything that a process and its children do
  agent watch 'evt.type in (execve, execveat)'      programs started anywhere on this host
  agent watch evt.type=openat and evt.failed=true   files that could not be opened
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = Parser(
        prog="agent watch",
        description="Print events as they happen.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    events.add_filter(parser)
    events.add_driver(parser)
    events.add_format(parser)
    events.add_config(parser)
    events.add_hints(parser)
    options = parser.parse_intermixed_args(arguments)
    output = events.shown_format(options)
    plan = events.plan_for(options.filter, output)
    settings, log = events.configured(options, None)
    finished = events.run_events(
        settings,
        log,
        plan,
        scope=scope_of(options),
        limit=options.seconds,
        printer=events.Printer(options.count),
        complete_only=not output.startswith("*"),
        all_syscalls=not options.filter or None,
    )
    for warning in finished.warnings():
        log.warning(warning)
    if finished.failure is not None:
        raise AgentError(finished.failure)
    return 0
