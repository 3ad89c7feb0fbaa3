"""The two things the agent says of its own accord: one line when it is ready, one block when it stops."""

import os
import re
import time

from agent.capture import Capture, CaptureStats, OpenReport, RulesProfile, Scope
from agent.capture.automatic import in_short
from agent.version import __version__

_CALL = re.compile(r"fill_(\w+)_x")
"""Programs that fill the events of one system call."""


def seconds_since_start() -> float:
    """Return the time since this process was started, the interpreter's own start-up included."""
    with open("/proc/self/stat", "rb") as stream:
        # The command name is in parentheses and may hold anything; starttime is field 22 of proc(5).
        fields = stream.read().rpartition(b")")[2].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def start_line(opened: OpenReport, rules: int | None, scope: Scope | None, ready_seconds: float) -> str:
    """Say what is running: driver and kernel or file, rules (None: there are none), scope, and the time it took."""
    if opened.file is not None:
        source = f"replay of {'standard input' if opened.file == '-' else opened.file}"
    else:
        source = f"{opened.driver} on Linux {opened.kernel}"
    parts = [] if rules is None else [counted(rules, "rule")]
    if opened.file is None:
        if opened.syscalls is not None:
            calls = counted(opened.syscalls, "system call")
            parts = [f"{parts[0]} ({calls} selected)"] if parts else [f"{calls} selected"]
        if scope is not None:
            parts.append(f"scope {scope}")
        elif opened.driver != "pdig":  # which sees what it was told to trace
            parts.append("the whole host")
    return f"agent {__version__}: {', '.join([source, *parts])}, ready in {ready_seconds:.2f} s"


def skipped_line(opened: OpenReport) -> str | None:
    """Say which driver was taken in the place of which others; None when it was the first choice, or named."""
    if not opened.skipped:
        return None
    others = "; ".join(f"{driver}, because: {in_short(reason)}" for driver, reason in opened.skipped)
    return f"agent: the driver is {opened.driver}; skipped {others}"


def refusal_lines(opened: OpenReport, *, absent: bool = True) -> list[str]:
    """Say which optional programs are not loaded: each costs its events, not the capture.

    Without `absent` what no driver captures is left out: where nobody has asked for it.
    """
    lines = []
    unwritten = []
    for program, reason in opened.refused:
        call = _CALL.fullmatch(program)
        if call is not None and "does not have it yet" in reason:
            unwritten.append(call.group(1))
        else:
            lines.append(f"Program {program} is not loaded: {reason}. Its events are not seen; all others are.")
    if unwritten and absent:
        *others, last = sorted(set(unwritten))
        calls = f"{', '.join(others)} and {last}" if others else last
        lines.append(f"This driver does not capture {calls} yet; all other selected calls are.")
    return lines


SKIPPED = "calls, at most and of any process, that the kernel ran no program for: another task was preempted in it"


def stop_block(stats: CaptureStats, seconds: float, undelivered: int) -> str:
    """Sum up a run: events, alerts by rule, and losses by category and cause."""
    rate = stats.events / seconds if seconds > 0 else 0.0
    lines = [
        f"agent: stopped after {seconds:.1f} s",
        f"  events  {stats.events:>10,}  ({rate:,.0f} a second)",
        f"  alerts  {stats.alerts:>10,}",
    ]
    ranked = sorted(stats.alerts_by_rule.items(), key=lambda entry: (-entry[1], entry[0]))
    lines += [f"          {number:>10,}  {name}" for name, number in ranked if number]
    lines.append(f"  lost    {stats.lost:>10,}")
    for title, counters in (("category", stats.lost_by_category), ("cause", stats.lost_by_cause)):
        lines += [f"          {number:>10,}  by {title}: {name}" for name, number in sorted(counters.items()) if number]
    if stats.late:
        lines.append(f"  late    {stats.late:>10,}  came out of order, after later events had been evaluated")
    if stats.skipped:
        lines.append(f"  skipped {stats.skipped:>10,}  {SKIPPED}")
    if stats.undecodable:
        lines.append(f"  invalid {stats.undecodable:>10,}  records that could not be decoded")
    lines += [f"  missing {number:>10,}  {what}" for number, what in shortfalls(stats)]
    if undelivered:
        lines.append(f"  missed  {undelivered:>10,}  alerts that the outputs did not take")
    return "\n".join(lines)


_OF_FILE = {
    "skipped_events": "events of types that this version does not know",
    "skipped_blocks": "blocks of types that this version does not know",
    "skipped_entries": "entries of lists of types that this version does not know",
    "evicted": "enter events that were forgotten because too many waited for their exit events",
    "unpaired": "facts of enter events whose exit events came without them",
    "trailing_garbage": "part of the file: what follows the compressed data is not compressed data",
}
_OF_STATE = {
    "threads_dropped": "threads that there was no room for in the table (falco_libs.thread_table_size)",
    "fds_dropped": "descriptors that there was no room for in the table of their process",
}


_OF_DRIVER = {
    "forbidden": "reads of a traced process's memory that the kernel forbids to a tracer without CAP_SYS_PTRACE: it "
    "has changed its user, or its program may not be read; names and paths in its events are empty",
    "refused_calls": "selected calls that are not told of: there is no program for them, or their number is not known",
    "scope_full": "children that did not fit the table of the scope, and are not seen",
}


def shortfalls(stats: CaptureStats) -> list[tuple[int, str]]:
    """Return what else is missing, with its number.

    That is what of a file was not read, what did not fit the state, and what did not fit the file that was written.
    """
    found = [(int(stats.file.get(key, 0)), what) for key, what in _OF_FILE.items()]
    state = stats.raw.get("state", {})
    found += [(state.get(key, 0), what) for key, what in _OF_STATE.items()]
    found += [(stats.raw.get(key, 0), what) for key, what in _OF_DRIVER.items()]
    cut = "ends of texts that are longer than the format allows (paths, arguments, environments)"
    found.append((stats.raw.get("recorded_cut", 0), cut))
    return [(number, what) for number, what in found if number]


def losses_line(stats: CaptureStats) -> str | None:
    """Say what is missing from what was shown or written; None when nothing is."""
    missing = {"lost": stats.lost, "late": stats.late, "not decodable": stats.undecodable}
    parts = [f"{number:,} {what}" for what, number in missing.items() if number]
    sentences = [f"Events that are missing or out of place: {', '.join(parts)}."] if parts else []
    if stats.skipped:
        sentences.append(f"Perhaps missing: {stats.skipped:,} {SKIPPED}.")
    others = [f"{number:,} {what}" for number, what in shortfalls(stats)]
    sentences += [f"Missing: {'; '.join(others)}."] if others else []
    return " ".join(sentences) or None


def missed_sentence(undelivered: int) -> str | None:
    """Say that alerts did not reach an output; None when all did."""
    return f"{counted(undelivered, 'alert')} did not reach an output." if undelivered else None


def cut_short_line(capture: Capture) -> str | None:
    """Say that a capture file was stopped before its end; None when it was not, or when there is no file."""
    if not capture.cut_short:
        return None
    return f"{'Standard input' if capture.file == '-' else capture.file} was not read to its end."


def profile_table(profile: RulesProfile) -> str:
    """List the rules by what they cost, the dearest first; then what finding the rules worth asking cost for all."""
    total = (profile.search_ns + sum(rule.ns for rule in profile.rules)) or 1
    rows = [("asked", "matched", "ms", "share", "ns each", "rule")]
    for rule in sorted(profile.rules, key=lambda rule: (-rule.ns, rule.rule)):
        if rule.evaluated:
            rows.append((f"{rule.evaluated:,}", f"{rule.matched:,}", *_cost(rule.ns, rule.evaluated, total), rule.rule))
    if profile.searched:
        cost = _cost(profile.search_ns, profile.searched, total)
        rows.append((f"{profile.searched:,}", "", *cost, "(finding the rules that can match, for all of them)"))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = ["agent: what the rules cost"]
    for row in rows:
        numbers = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=False))
        lines.append(f"  {numbers}  {row[5]}")
    if unasked := sum(not rule.evaluated for rule in profile.rules):
        lines.append(f"  {counted(unasked, 'rule')} never had to be asked")
    return "\n".join(lines)


def _cost(ns: int, times: int, total: int) -> tuple[str, str, str]:
    return f"{ns / 1e6:,.1f}", f"{ns / total:.1%}", f"{ns / times:,.0f}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 rule`, `2 rules`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
