"""`agent read`: print the events of a capture file."""

import argparse
from collections.abc import Sequence

from agent.arguments import Parser
from agent.commands import events
from agent.errors import AgentError

_EXAMPLES = """\
examples:
  agent read incident.scap                                     every event
  agent read incident.scap evt.type=execve                     those for which a condition holds
  agent read incident.scap -p '%proc.name %fd.name' fd.num=0   in a form of your own
  zcat old.scap.gz | agent read - --json | jq .                from standard input, as JSON
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = Parser(
        prog="agent read",
        description="Print the events of a capture file (.scap, plain or gzip, also by older writers).",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="capture file; - is standard input")
    events.add_filter(parser)
    events.add_format(parser)
    events.add_config(parser)
    events.add_hints(parser)
    options = parser.parse_intermixed_args(arguments)
    output = options.format or events.DEFAULT_FORMAT
    plan = events.plan_for(options.filter, output)
    settings, log = events.configured(options, options.file)
    finished = events.run_events(
        settings,
        log,
        plan,
        printer=events.Printer(options.count),
        complete_only=not output.startswith("*"),
    )
    for warning in finished.warnings():
        log.warning(warning)
    if finished.failure is not None:
        raise AgentError(finished.failure)
    return 0
