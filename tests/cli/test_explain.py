"""`agent explain`, run as a user runs it, on capture files made here."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.capture_file import CaptureFile
from tests.live.agent_process import agent_command

STATE_ONLY = 1
"""The mark of an event that is there for the state alone."""

RULES = """
- list: password_files
  items: [/etc/shadow, /etc/gshadow, /etc/passwd]
- list: trusted
  items: [sshd, login, su, passwd]
- macro: reads_file
  condition: evt.type in (open, openat, openat2) and evt.is_open_read=true and fd.num>=0
- rule: Reads passwords
  desc: d
  condition: reads_file and fd.name in (password_files) and not proc.name in (trusted) and user.uid exists
  exceptions:
    - name: known
      fields: [proc.name, proc.cmdline]
      comps: [=, startswith]
      values:
        - [backup, backup --all]
  output: o
  priority: warning
- rule: Reads anything
  desc: d
  condition: reads_file
  output: o
  priority: notice
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return path


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    file = CaptureFile()
    for tid, name, args in ((10, "cat", "/etc/shadow"), (11, "passwd", ""), (12, "backup", "--all -v")):
        file.process(tid, comm=name, args=args)
    file.event("read", 10, fd=0, res=0, size=10)
    opened(file, 10, "/etc/shadow")
    opened(file, 10, "/tmp/notes")
    opened(file, 10, "/tmp/out", flags=2)
    opened(file, 10, "/etc/missing", fd=-2)
    opened(file, 11, "/etc/shadow")
    file.event("close", 11, fd=3, res=0)
    opened(file, 12, "/etc/shadow")
    file.event("close", 12, fd=3, res=0, marks=STATE_ONLY)
    return file.write(tmp_path / "capture.scap")


def opened(file: CaptureFile, tid: int, name: str, *, fd: int = 3, flags: int = 1) -> None:
    file.event("openat", tid, fd=fd, dirfd=-100, name=name, flags=flags)


def explain(*arguments: str | Path, code: int = 0, **environment: str) -> str:
    """Run the command; return its standard output, or with another exit code than 0 its standard error."""
    done = subprocess.run(
        [*agent_command(), "explain", *map(str, arguments)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "TZ": "UTC", **environment},
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return (done.stderr if code else done.stdout).decode()


def tree(text: str) -> list[str]:
    """The lines of the tree, without the column of values being any number of blanks wide."""
    return ["  ".join(part.strip() for part in line.strip().split("   ") if part.strip()) for line in text.splitlines()]


def test_an_event_is_explained_clause_by_clause(rules: Path, capture: Path) -> None:
    lines = tree(explain("-r", rules, "-e", capture, "Reads passwords", "--event", "3"))
    assert lines == [
        f"Reads passwords  ({rules}:8)",
        "",
        "3 22:13:20.000002000 0 cat (10) < openat fd=3(<f>/tmp/notes) dirfd=-100(AT_FDCWD) name=/tmp/notes "
        "flags=1(O_RDONLY) mode=0 dev=0 ino=0",
        "✘ The rule does not fire: 1 clause is in the way (◀).",
        "✔ macro reads_file  (3 clauses, all hold)",
        "✘ fd.name in (password_files)  /tmp/notes  (3 items)  ◀",
        "✔ user.uid exists  0",
        "✔ … 2 exclusions  (all hold; -v shows them)",
    ]


def test_everything_is_shown_when_asked_for(rules: Path, capture: Path) -> None:
    lines = tree(explain("-r", rules, "-e", capture, "Reads passwords", "--event", "8", "-v"))
    assert lines[3:] == [
        "✘ The rule does not fire: 1 clause is in the way (◀).",
        "✔ macro reads_file: all of",
        "✔ evt.type in (open, openat, openat2)  openat",
        "✔ evt.is_open_read = true  true",
        "✔ fd.num >= 0  3",
        "✔ fd.name in (password_files)  /etc/shadow  (3 items)",
        "✔ not proc.name in (trusted)  backup  (4 items)",
        "✔ user.uid exists  0",
        "✘ not exception known: all of  (one of these would do)",
        "✔ proc.name = backup  backup  ◀",
        '✔ proc.cmdline startswith "backup --all"  backup --all -v',
    ]


def test_without_numbers_what_fired_or_nearly_fired_is_explained_and_counted(rules: Path, capture: Path) -> None:
    text = explain("-r", rules, "-e", capture, "Reads passwords")
    shown = [line.split()[0] for line in text.splitlines() if " < openat " in line]
    assert shown == ["2", "3", "6", "8"], "4 and 5 lack two clauses"
    assert text.count("✔ The rule fires.") == 1
    end = tree(text[text.index("events of") - 2 :])
    assert end == [
        "6 events of the types it looks at (open, openat, openat2): the rule fired on 1, nearly (--near 1) on 3.",
        "What kept it from firing, in how many events. A macro or a group in parentheses is one clause here;",
        "--near counts each comparison inside it:",
        "alone  with others  clause",
        "1  2  fd.name in (password_files)",
        "0  2  reads_file",
        "1  0  not proc.name in (trusted)",
        "1  0  not exception known",
    ]
    assert " < openat " not in explain("-r", rules, "-e", capture, "Reads passwords", "-n", "1").split("\n", 4)[4]


@pytest.mark.parametrize("as_json", [False, True])
def test_of_near_misses_alike_three_are_shown_and_the_rest_is_counted(
    rules: Path, tmp_path: Path, as_json: bool
) -> None:
    file = CaptureFile()
    for tid, name in ((10, "cat"), (11, "passwd")):
        file.process(tid, comm=name)
    for _ in range(5):
        opened(file, 10, "/tmp/notes")
        opened(file, 10, "/etc/shadow")
    for _ in range(4):
        opened(file, 11, "/etc/shadow")
    path = file.write(tmp_path / "many.scap")
    form = ["--json"] if as_json else []
    text = explain("-r", rules, "-e", path, "Reads passwords", *form)
    head = '{"event":' if as_json else "✔ The rule fires."
    assert text.count(head) == (5 + 3 + 3 if as_json else 5)
    if not as_json:
        assert text.count("✘ The rule does not fire: 1 clause is in the way (◀).") == 3 + 3
        end = tree(text[text.index("3 events that nearly fired") :])
        assert end[:3] == [
            "3 events that nearly fired were not shown (--all shows them), with in the way:",
            "2  fd.name in (password_files)",
            "1  proc.name in (trusted)",
        ]
    every = explain("-r", rules, "-e", path, "Reads passwords", "--all", *form)
    assert every.count(" < openat ") == 14
    assert "--all shows them" not in every
    assert explain("-r", rules, "-e", path, "Reads passwords", "--event", "1,3,5,7,9", *form).count(" < openat ") == 5


@pytest.mark.parametrize(("near", "shown"), [(0, [2]), (1, [2, 3, 6, 8]), (2, [2, 3, 4, 5, 6, 8])])
def test_near_is_how_many_clauses_may_be_in_the_way(rules: Path, capture: Path, near: int, shown: list[int]) -> None:
    text = explain("-r", rules, "-e", capture, "Reads passwords", "--near", str(near), "--json")
    found = [json.loads(line) for line in text.splitlines()]
    assert [one["event"] for one in found] == shown
    assert all(one["distance"] <= near for one in found)


def test_json_holds_the_tree(rules: Path, capture: Path) -> None:
    [line] = explain("-r", rules, "-e", capture, "Reads passwords", "--event", "6", "--json").splitlines()
    found: dict[str, Any] = json.loads(line)
    assert {key: found[key] for key in ("event", "time", "thread", "rule", "fired", "distance")} == {
        "event": 6,
        "time": "2023-11-14T22:13:20.000005000Z",
        "thread": 11,
        "rule": "Reads passwords",
        "fired": False,
        "distance": 1,
    }
    assert found["line"].startswith("6 22:13:20.000005000 0 passwd (11) < openat fd=3(<f>/etc/shadow) ")
    parts = found["tree"]["parts"]
    assert [part["kind"] for part in parts] == ["macro", "check", "not", "check", "not"]
    assert parts[2]["parts"] == [
        {
            "kind": "check",
            "text": "proc.name in (trusted)",
            "seen": "passwd",
            "items": 4,
            "truth": True,
            "decisive": True,
        }
    ]
    assert parts[4]["parts"][0]["name"] == "known"


def test_events_the_rule_does_not_look_at_say_so_first(rules: Path, capture: Path) -> None:
    text = explain("-r", rules, "-e", capture, "Reads passwords", "--event", "1,9")
    assert "✘ The rule cannot fire on this type of event, read." in text
    assert "✘ No rule sees this event: it is in the file for the state alone." in text
    assert "◀" not in text


def test_the_rule_that_raises_the_alert_instead_is_named(rules: Path, capture: Path) -> None:
    text = explain("-r", rules, "-e", capture, "Reads anything", "--event", "2,3")
    assert '✔ The rule fires, but the alert is that of "Reads passwords", which comes first.' in text
    assert "✔ The rule fires.\n" in text
    every = explain("-r", rules, "-e", capture, "Reads anything", "--event", "2", "-o", "rule_matching=all")
    assert "✔ The rule fires.\n" in every


def test_symbols_and_text_that_the_terminal_lacks_are_spelt_otherwise(rules: Path, capture: Path) -> None:
    text = explain("-r", rules, "-e", capture, "Reads passwords", "--event", "3", PYTHONIOENCODING="ascii")
    assert text.isascii()
    assert "- The rule does not fire: 1 clause is in the way (<--)." in text
    assert "+ macro reads_file" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Reads password"], "There is no rule 'Reads password': did you mean 'Reads passwords'"),
        (["passwords"], "did you mean 'Reads passwords'?"),
        (["zzz"], "There is no rule 'zzz'"),
        (["Reads passwords", "--event", "10,99"], "There is no event 10, 99: {capture} has 9 events."),
        (["Reads passwords", "--event", "0"], "'0' is not a number of an event"),
        (["Reads passwords", "--event", "x"], "'x' is not a number of an event"),
        (["Reads passwords", "--near", "-1"], "not a whole number"),
    ],
)
def test_errors_are_sentences(rules: Path, capture: Path, arguments: list[str], says: str) -> None:
    text = explain("-r", rules, "-e", capture, *arguments, code=1)
    assert says.format(capture=capture) in text


def test_a_file_that_cannot_be_read_has_no_counts(rules: Path) -> None:
    command = [*agent_command(), "explain", "-r", str(rules), "-e", str(rules), "Reads passwords"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"this is not a capture file" in done.stderr
    assert b"events" not in done.stdout


def test_numbers_are_about_a_file(rules: Path) -> None:
    assert "--event is about the events of a file" in explain(
        "-r", rules, "Reads passwords", "--scope", "pid:1", "--event", "1", code=1
    )
    assert "--static looks at none" in explain("-r", rules, "Reads passwords", "--static", "--event", "1", code=1)
