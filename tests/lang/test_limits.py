"""Hostile files: answered in time, without a crash, whatever they hold."""

from __future__ import annotations

import gc
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
    "aliases of items": "- list: a\n  items: &a ["
    + ",".join(["x"] * 5000)
    + "]\n"
    + "".join(f"- list: l{n}\n  items: *a\n" for n in range(SIZE // 25)),
    "aliases of conditions": "- macro: m\n  condition: &c "
    + " or ".join(["proc.name=a"] * (SIZE // 32))
    + "\n"
    + "".join(f"- macro: m{n}\n  condition: *c\n" for n in range(SIZE // 60)),
    "aliases of exceptions": RULE
    + "evt.type=open\n  exceptions: &e\n"
    + "".join(f"  - {{name: e{n}, fields: proc.name, values: [a]}}\n" for n in range(2000))
    + "".join(RULE.replace("R", f"R{n}", 1) + "evt.type=open\n  exceptions: *e\n" for n in range(SIZE // 120)),
    "exceptions of several fields": RULE
    + "evt.type=open\n  exceptions:\n"
    + "".join(
        f"  - name: e{n}\n    fields: [proc.name, fd.name, proc.exe]\n    comps: [in, in, in]\n    values:\n"
        + "    - [[a,b,c,d],[e,f,g,h],[i,j,k,l]]\n" * 20
        for n in range(SIZE // 900)
    ),
    "exceptions appended": RULE
    + "evt.type=open\n  exceptions:\n  - {name: e, fields: proc.name, values: [a]}\n"
    + "- rule: R\n  override: {exceptions: append}\n  exceptions: [{name: e, values: [b]}]\n" * (SIZE // 90),
    "exceptions appended under new names": RULE
    + "evt.type=open\n"
    + "".join(
        "- rule: R\n  override: {exceptions: append}\n"
        f"  exceptions: [{{name: e{n}, fields: proc.name, values: [b]}}]\n"
        for n in range(SIZE // 105)
    ),
    "exceptions of unknown fields": RULE
    + "evt.type=open\n  exceptions:\n"
    + "".join(f"  - {{name: e{n}, fields: [prox.name{n}]}}\n" for n in range(SIZE // 42)),
    "lists appended": "- list: m\n  items: [a]\n"
    + "- list: m\n  override: {items: append}\n  items: [b]\n" * (SIZE // 55)
    + RULE
    + "proc.name in (m)\n",
    "macros appended": "- macro: m\n  condition: evt.type=open\n"
    + "- macro: m\n  override: {condition: append}\n  condition: or fd.num=1\n" * (SIZE // 75)
    + RULE
    + "m\n",
    "tags appended": RULE
    + "evt.type=open\n"
    + "".join(f"- rule: R\n  override: {{tags: append}}\n  tags: [t{n}]\n" for n in range(SIZE // 55)),
    "outputs appended": RULE
    + "evt.type=open\n"
    + "- rule: R\n  override: {output: append}\n  output: '%proc.name'\n" * (SIZE // 70),
    "fields of an output": RULE.replace("output: o", "output: '" + "%evt.num" * (SIZE // 8) + "'") + "evt.type=open",
    "calls of an output": RULE.replace("output: o", "output: '" + "%tolower(proc.name)" * (SIZE // 19) + "'")
    + "evt.type=open",
    "macros of all before": "- macro: m0\n  condition: evt.type=open\n"
    + "".join(
        f"- macro: m{n}\n  condition: " + " or ".join(f"m{i}" for i in range(max(0, n - 200), n)) + "\n"
        for n in range(1, SIZE // 1600)
    ),
    "lists that hold each other": "".join(
        f"- list: l{n}\n  items: [" + ",".join(f"l{i}" for i in range(n + 1, n + 60)) + "]\n"
        for n in range(SIZE // 400)
    ),
    "lists in a loop": "".join(
        f"- list: l{n}\n  items: [l{n + 1}, l{n - 1 if n else 5}, x]\n" for n in range(SIZE // 40)
    ),
    "names behind equals signs": "- list: l\n  items: [x]\n" + RULE + " or ".join(["proc.name = l"] * (SIZE // 18)),
    "quotes without end": "- list: l\n  items: [x]\n" + RULE + '|\n    proc.name = l or a.b="' + '\\"' * (SIZE // 2),
    "items with parentheses": "- list: l\n  items: ["
    + ",".join(["'a(b'"] * (SIZE // 6))
    + "]\n"
    + RULE
    + "proc.name in (l)",
    "nested transformers": RULE + " or ".join(["tolower(" * 90 + "proc.name" + ")" * 90 + " = x"] * (SIZE // 820)),
    "long patterns": RULE
    + "|\n    "
    + " or ".join("proc.name regex '" + "(a|b)*" * 1300 + f"{n}'" for n in range(SIZE // 7850)),
    "warnings of one condition": RULE + "|\n    " + " or ".join(["evt.dir = '<'"] * (SIZE // 17)),
    "errors of one condition": RULE + " or ".join(f"fd.num = x{n}" for n in range(SIZE // 20)),
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


def test_errors_leave_no_cycles_behind(tmp_path: Path) -> None:
    # The collector is paused while rules are loaded: what errors leave in cycles would add up to gigabytes.
    path = tmp_path / "r.yaml"
    path.write_text("- list: l\n  items: [a, b]\n" + rules(20, "proc.name = l") + rules(20, "proc.name in (a"))
    load_rules([path])
    gc.collect()
    gc.disable()
    try:
        assert not load_rules([path]).ok
        assert gc.collect() == 0
    finally:
        gc.enable()


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
