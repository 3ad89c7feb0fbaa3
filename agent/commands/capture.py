"""`agent capture`: write events to a capture file."""

import argparse
import os
import stat
from collections.abc import Sequence

from agent.arguments import Once, Parser
from agent.commands import events
from agent.driver_options import scope_of
from agent.errors import AgentError
from agent.lang.expression import NO_RULES
from agent.report import counted

_EXAMPLES = """\
examples:
  agent capture -w out.scap --pid 1234                   what a process and its children do, until Ctrl-C
  agent capture -z -w out.scap -M 10                     ten seconds of this host, compressed
  agent capture -w small.scap -e big.scap --filter proc.name=sshd
  agent capture -w - --scope container:3ad7b26ded6d | ssh desk 'cat > out.scap'

`agent read` and `agent -e` read the file, and so do other tools that know the format. It holds what was known of
processes, descriptors and users before the first event. Events that the filter leaves out are kept where that state
would otherwise be wrong; they are marked, and not shown when the file is read.
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command."""
    parser = Parser(
        prog="agent capture",
        description="Write events to a capture file (.scap).",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-w", dest="write", metavar="FILE", required=True, action=Once, help="- is standard output")
    parser.add_argument("-z", dest="compress", action="store_true", help="compress with gzip")
    parser.add_argument("--filter", metavar="EXPR", action=Once, help=events.FILTER_HELP)
    parser.add_argument(
        "-e", dest="file", metavar="FILE", action=Once, help="take the events of another capture file, not of this host"
    )
    events.add_driver(parser)
    events.add_config(parser)
    parser.instead(p="--pid PID captures one process and its descendants; `agent read -p FORMAT` prints")
    options = parser.parse_args(arguments)
    events.forbid_terminal(options.write)
    plan = events.plan_for([options.filter], "") if options.filter else NO_RULES
    settings, log = events.configured(options, options.file)
    if settings.engine.kind == "replay" and _same_file(settings.engine.replay.capture_file, options.write):
        raise AgentError(
            f"What is read and -w are the same file, {options.write}: it would be emptied before it is read."
        )
    finished = events.run_events(
        settings,
        log,
        plan,
        scope=scope_of(options),
        limit=options.seconds,
        record=(options.write, options.compress),
        all_syscalls=None if options.filter else True,
    )
    written = counted(finished.stats.recorded, "event")
    if finished.failure is None:
        log.report(f"agent capture: {written} written to {options.write}.")
    for warning in finished.warnings():
        log.warning(warning)
    if finished.failure is not None:
        # Events that were taken may not have left the buffer.
        failure = finished.failure.rstrip(".")
        raise AgentError(f"{failure}. Before that, {written} at most went to {options.write}.")
    return 0


def _same_file(source: str, target: str) -> bool:
    try:
        read = os.fstat(0) if source == "-" else os.stat(source)
        written = os.fstat(1) if target == "-" else os.stat(target)
    except OSError:
        return False
    # A device or a pipe is not emptied.
    return stat.S_ISREG(read.st_mode) and os.path.samestat(read, written)
