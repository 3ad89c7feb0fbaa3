"""`agent explain`: why a rule fires on an event, or why it does not."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.arguments import Once, Parser, count
from agent.commands import events
from agent.driver_options import scope_of
from agent.errors import AgentError, ConfigError
from agent.explanation import Line, Piece, explained_lines, summary_lines, symbols_for
from agent.near_misses import SHOWN_ALIKE, NearMisses
from agent.outputs.writer import LineWriter
from agent.report import counted
from agent.rule_files import configured_book, named_rule
from agent.rule_reasons import outlook, rules_before

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.rule_reasons import Outlook

_MAX_EVENTS = 10_000
"""Numbers of events that --event takes."""
_MAX_NEAR = 1_000

_EXAMPLES = """\
examples:
  agent explain -e incident.scap 'Password file read'            each event on which it fired or nearly fired
  agent explain -e incident.scap 'Password file read' --event 57 that event, whatever it is
  agent explain --pid 1234 -r my_rules.yaml 'My rule'            live, until Ctrl-C
  agent explain --static 'Password file read'                    whether it can fire at all; needs no events

A rule nearly fires when no more than K of its clauses are in the way (--near). What a clause saw stands beside it.
"""


def run(arguments: Sequence[str]) -> int:
    """Run the command."""
    options = _parser().parse_args(arguments)
    settings, log = events.configured(options, options.file)
    _check(options, settings.engine.kind)
    book = configured_book(options.rules, settings, log)
    rule = named_rule(book, options.rule)
    look = outlook(book, rule, settings)
    screen = _Screen()
    if options.static:
        screen.static(look, as_json=options.json)
        return 0
    if options.json:
        for reason in look.never:
            log.warning(f'The rule "{rule.name}" can never fire: {reason}.')
    else:
        screen.head(look)
    before = rules_before(book, rule, settings) if settings.rule_matching == "first" else []
    plan, index = book.explaining_plan(rule, before, events.DEFAULT_FORMAT, settings.rule_matching)
    wanted = _event_numbers(options.events) if options.events is not None else None
    few = None if options.all or wanted is not None else NearMisses()
    printer = _Printer(screen, options.count, wanted, few, as_json=options.json, everything=options.verbose)
    finished = events.run_events(
        # The event's own line is text, in JSON too.
        replace(settings, json_output=False),
        log,
        plan,
        scope=scope_of(options),
        limit=options.seconds,
        printer=printer,
        explaining=events.Explaining(index, wanted, options.near),
    )
    stats = finished.stats
    for warning in finished.warnings():
        log.warning(warning)
    unreadable = finished.failure is not None and stats.events == 0
    if wanted is None and stats.explained is not None and not unreadable:
        types = "" if look.event_names is None else _few(look.event_names)
        summary = [] if few is None else few.left_out()
        summary += summary_lines(stats.explained, types, options.near)
        if printer.stopped:
            summary.append(f"Stopped after {counted(printer.shown, 'explanation')} (-n): later events are not counted.")
        if options.json:
            log.report("\n".join(summary))
        else:
            screen.show([[Piece(text)] for text in ([""] if printer.shown else []) + summary])
    if finished.failure is not None:
        raise AgentError(finished.failure)
    if printer.missing and finished.cut_short is None:
        raise AgentError(_missing(printer.missing, finished.opened.file, stats.events))
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="agent explain",
        description="Say why a rule fires on an event, or why it does not: the truth of every clause and what it saw.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("rule", metavar="RULE", help="the rule's name")
    parser.add_argument(
        "-r",
        dest="rules",
        metavar="PATH",
        action="append",
        type=Path,
        default=[],
        help="rule file, or folder of .yaml files; repeatable; instead of the configured rules",
    )
    parser.add_argument(
        "-e", dest="file", metavar="FILE", action=Once, help="take the events of a capture file; - is standard input"
    )
    parser.add_argument(
        "--event",
        dest="events",
        metavar="N[,M…]",
        action=Once,
        help="explain the events of these numbers (evt.num), whether the rule looks at them or not; with -e",
    )
    parser.add_argument(
        "--near",
        metavar="K",
        type=_near,
        default=1,
        help="explain where the rule fires or would if K clauses or fewer were otherwise (default: 1)",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help=f"show every event that nearly fired, not {SHOWN_ALIKE} of those with the same clauses in the way",
    )
    parser.add_argument("-n", dest="count", metavar="COUNT", type=count, help="stop after this many explanations")
    parser.add_argument("--json", action="store_true", help="print a JSON object for each event")
    parser.add_argument("--static", action="store_true", help="say only whether the rule can fire; needs no events")
    events.add_driver(parser)
    events.add_config(parser)
    return parser


def _near(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:18]) <= _MAX_NEAR):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {_MAX_NEAR:,}")
    return int(text)


def _check(options: argparse.Namespace, kind: str) -> None:
    if options.events is not None and kind != "replay" and not options.static:
        raise ConfigError("--event is about the events of a file: give it with -e FILE.")
    if options.static:
        for name, given in (
            ("--event", options.events),
            ("--scope", options.scope),
            ("--pid", options.pid),
            ("-n", options.count),
        ):
            if given is not None:
                raise ConfigError(f"{name} is about events, and --static looks at none: leave one of them out.")


def _event_numbers(text: str) -> set[int]:
    numbers: set[int] = set()
    for word in text.split(","):
        word = word.strip()
        if not (word.isascii() and word.isdigit() and 0 < int(word[:18]) < 10**15):
            raise ConfigError(f"--event {text}: {word!r} is not a number of an event; they count from 1.")
        numbers.add(int(word))
    if len(numbers) > _MAX_EVENTS:
        raise ConfigError(f"--event takes {_MAX_EVENTS:,} numbers at most.")
    return numbers


def _missing(missing: set[int], file: str | None, total: int) -> str:
    beyond = sorted(number for number in missing if number > total)
    where = "standard input" if file == "-" else file
    if beyond:
        numbers = ", ".join(map(str, beyond[:5])) + (" …" if len(beyond) > 5 else "")
        return f"There is no event {numbers}: {where} has {counted(total, 'event')}."
    return f"The event {min(missing)} of {where} cannot be decoded, so there is nothing to explain."


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


class _Screen:
    """Standard output: in colour on a terminal, with symbols that its encoding has."""

    def __init__(self) -> None:
        self._encoding = sys.stdout.encoding or "ascii"
        self.symbols = symbols_for(self._encoding)
        self._writer = LineWriter(sys.stdout.fileno(), buffered=False)
        self._coloured = sys.stdout.isatty()

    def show(self, lines: Sequence[Line]) -> None:
        """Print lines."""
        if self._coloured:
            self._show_coloured(lines)
            return
        texts = ["".join(piece.text for piece in line) for line in lines]
        self.raw([text.encode(self._encoding, "backslashreplace") for text in texts])

    def raw(self, lines: list[bytes]) -> None:
        """Print lines as they are."""
        self._writer.write(lines)

    def _show_coloured(self, lines: Sequence[Line]) -> None:
        from rich.console import Console
        from rich.text import Text

        styles = {"": "", "good": "green", "bad": "red", "strong": "bold", "quiet": "dim"}
        console = Console(highlight=False, soft_wrap=True)
        for line in lines:
            console.print(Text.assemble(*((piece.text, styles[piece.style]) for piece in line)))

    def head(self, look: Outlook) -> None:
        """Say what is certain of the rule before any event."""
        rule = look.rule
        lines: list[Line] = [[Piece(rule.name, "strong"), Piece(f"  ({rule.file}:{rule.line})", "quiet")]]
        lines += [[Piece(f"{self.symbols.false} can never fire: {reason}", "bad")] for reason in look.never]
        lines += [[Piece(f"  {note}")] for note in look.notes]
        self.show(lines)

    def static(self, look: Outlook, *, as_json: bool) -> None:
        """Say only that."""
        if as_json:
            found = {
                "rule": look.rule.name,
                "never": look.never,
                "notes": look.notes,
                "event_types": look.event_names,
            }
            self.raw([json.dumps(found).encode()])
            return
        self.head(look)
        if not look.never:
            types = "every type of event" if look.event_names is None else _few(look.event_names)
            self.show([[Piece(f"  looks at {types}; nothing certain speaks against its firing")]])


class _Printer:
    """Prints explanations until there were enough."""

    def __init__(
        self,
        screen: _Screen,
        limit: int | None,
        wanted: set[int] | None,
        few: NearMisses | None,
        *,
        as_json: bool,
        everything: bool,
    ) -> None:
        self._screen = screen
        self._few = few
        self._limit = limit
        self.missing = set(wanted or ())
        self._named = wanted is not None
        self._as_json = as_json
        self._everything = everything
        self.shown = 0

    @property
    def stopped(self) -> bool:
        """Whether the limit is reached."""
        return self._limit is not None and self.shown >= self._limit

    @property
    def done(self) -> bool:
        """Whether no more explanations are wanted."""
        return self.stopped or (self._named and not self.missing)

    def write(self, lines: list[bytes]) -> None:
        """Print a batch of explanations."""
        for line in lines:
            if self.stopped:
                return
            explained = json.loads(line)
            if self._few is not None and not explained["fired"] and not self._few.wanted(explained):
                continue
            self.shown += 1
            self.missing.discard(explained["event"])
            if self._as_json:
                self._screen.raw([line])
            else:
                shown = explained_lines(explained, self._screen.symbols, everything=self._everything)
                self._screen.show([[Piece("")], *shown])
