"""Hostile files: answered in time, without a crash, whatever they hold."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.lang import load_rules, results_text

RULE = "- rule: R\n  desc: d\n  priority: info\n  output: o\n  condition: "
SIZE = 300_000
SECONDS_PER_MEGABYTE = 10.0


def rules(number: int, condition: str) -> str:
    return "".join(RULE.replace("R", f"R{n}", 1) + condition.replace("#", str(n)) + "\n" for n in range(number))


def macros(number: int, condition: str) -> str:
    first = "- macro: m0\n  condition: evt.type=open or evt.dir=x\n"
    return first + "".join(
        f"- macro: m{n}\n  condition: {condition.replace('#', str(n - 1))}\n" for n in range(1, number)
    )


HOSTILE = {
    "long conjunction": RULE + " and ".join(["proc.name=a"] * (SIZE // 16)),
    "long list": RULE + "proc.name in (" + ",".join(["xy"] * (SIZE // 3)) + ")",
    "parentheses": RULE + "(" * SIZE,
    "negations": RULE + "not " * (SIZE // 4) + "evt.type=open",
    "negated parentheses": RULE + "not (" * (SIZE // 5),
    "open quote": RULE + "|\n    proc.name='" + "a" * SIZE,
    "escaped quotes": RULE + '|\n    proc.name="' + '\\"' * (SIZE // 2),
    "long field": RULE + "a" + ".b" * (SIZE // 2) + " = x",
    "long name": RULE + "a" * SIZE,
    "long number": RULE + "fd.num = " + "9" * SIZE,
    "blanks": RULE + "|\n    a" + " " * SIZE + "b",
    "brackets of fields": RULE + "|\n    " + "proc.env[" * (SIZE // 9),
    "many rules": rules(SIZE // 110, "evt.type=open and proc.name=x#"),
    "many bad rules": rules(SIZE // 90, "evt.type=open and @"),
    "many unknown macros": "".join(f"- macro: m{n}\n  condition: zz{n}\n" for n in range(SIZE // 40)),
    "many unknown keys": "- rule: R\n" + "".join(f"  desk{n}: d\n" for n in range(SIZE // 14)),
    "many unknown items": "- a: b\n" * (SIZE // 7),
    "many words in one line": "[" + ",".join(["a"] * (SIZE // 2)) + "]",
    "yaml brackets": "[" * SIZE,
    "yaml braces": "{" * SIZE,
    "yaml dashes": "- " * (SIZE // 2),
    "yaml questions": "? " * (SIZE // 2),
    "yaml anchors": "- &a x\n" * (SIZE // 7),
    "yaml aliases": "- &a [x]\n" + "- *a\n" * (SIZE // 5),
    "percent signs": RULE.replace("output: o", "output: '" + "%" * SIZE + "'") + "evt.type=open",
    "percent calls": RULE.replace("output: o", "output: '" + "%tolower(" * (SIZE // 9) + "'") + "evt.type=open",
    "percent field": RULE.replace("output: o", "output: '%" + "a.b" * (SIZE // 3) + "'") + "evt.type=open",
    "exceptions": RULE
    + "evt.type=open\n  exceptions:\n  - name: e\n    fields: [proc.name, fd.name]\n    values:\n"
    + "    - [aaa, bbb]\n" * (SIZE // 17),
    "a large list in many rules": "- list: l\n  items: ["
    + ",".join(["x"] * (SIZE // 6))
    + "]\n"
    + rules(SIZE // 200, "evt.type=open and proc.name in (a#, l)"),
    "a large list in many lists": "- list: l\n  items: ["
    + ",".join(["x"] * (SIZE // 8))
    + "]\n"
    + "".join(f"- list: k{n}\n  items: [{', '.join(['l'] * 100)}]\n" for n in range(SIZE // 900)),
    "doubling lists": "".join(f"- list: l{n}\n  items: [l{n + 1}, l{n + 1}]\n" for n in range(2000)),
    "a chain of macros": macros(170, "fd.num=# or m#") + RULE + "m169",
    "a wide chain of macros": macros(170, "fd.num=# and m#").replace("evt.type=open", " or ".join(["fd.num=1"] * 9000))
    + RULE
    + "m169",
    "macros used twice": macros(80, "m# and not m#") + RULE + "m79",
    "one warning in many rules": macros(80, "m# and fd.num=#") + rules(1500, "m79"),
    "redefinitions": (RULE + "evt.type=open\n") * (SIZE // 80),
    "appends": RULE + "evt.type=open\n" + "- rule: R\n  append: true\n  condition: and a\n" * (SIZE // 50),
    "patterns": RULE + "|\n    proc.name regex '" + "(" * 8000 + "a" + ")" * 8000 + "'",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_answered_in_time(tmp_path: Path, name: str) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(HOSTILE[name], encoding="utf-8")
    start = time.process_time()
    book = load_rules([path])
    assert results_text(book.files)
    if book.ok:
        book.plan()
    spent = time.process_time() - start
    # A constant for what does not depend on the size: suggestions, the parser's tables.
    assert spent < 3 + SECONDS_PER_MEGABYTE * path.stat().st_size / 1e6


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    with path.open("wb") as stream:
        stream.truncate(17 * 1024 * 1024)
    [found] = load_rules([path]).diagnostics
    assert "larger than 16 MiB" in found.message


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    loop = tmp_path / "loop.yaml"
    loop.symlink_to(loop)
    [found] = load_rules([loop]).diagnostics
    assert str(found).startswith(f"{loop}: error: it cannot be read: ")


def test_start_is_quick(shared: Path) -> None:
    # Processor time with all imports; about 0.2 s on an idle machine, and the limit leaves room for a busy one.
    program = "import sys, time; from pathlib import Path; from agent.lang import load_rules; "
    program += "assert load_rules([Path(sys.argv[1])]).ok; print(time.process_time())"
    path = shared / "compat" / "falco_rules.yaml"
    command = [sys.executable, "-c", program, str(path)]
    seconds = [
        float(subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(seconds) < 0.8
