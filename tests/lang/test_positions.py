"""Errors point at the line and column of the file, whatever way the text was written in YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.lang import load_rules, render_diagnostic
from agent.lang.diagnostics import LoadError
from agent.lang.source import SourceFile, Text
from agent.lang.yaml_nodes import MAX_DEPTH, Mapping, Scalar, Sequence, parse_yaml
from tests.lang.loading import Load, messages

HEAD = "- rule: R\n  desc: d\n  priority: notice\n  output: o\n"


@pytest.mark.parametrize(
    "condition",
    [
        "  condition: evt.type=open and @x\n",
        "  condition:   evt.type=open and @x\n",
        "  condition: 'evt.type=open and @x'\n",
        "  condition: 'proc.name=''a'' and @x'\n",
        '  condition: "proc.name=\\"a\\" and @x"\n',
        '  condition: "proc.name=\\x61 and @x"\n',
        "  condition: >\n    evt.type=open\n    and @x\n",
        "  condition: >-\n\n    evt.type=open\n\n\n    and @x\n",
        "  condition: |\n    evt.type=open\n      and @x\n",
        "  condition: |2\n      evt.type=open\n      and @x\n",
        "  condition: > # why\n    evt.type=open and\n    @x\n",
        "  condition: evt.type=open\n    and\n      @x\n",
        "  condition: 'evt.type=open\n    and\n\n      @x'\n",
        '  condition: "evt.type=open \\\n    and\n      @x"\n',
        "  condition: &c evt.type=open and @x\n",
        "  condition: !!str evt.type=open and @x\n",
        "  condition: &c >\n    evt.type=open\n    and @x\n",
        "  condition: 'proc.name=\"é𝄞\" and @x'\n",
        "  condition:\n    evt.type=open and\n    @x\n",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_caret_of_a_syntax_error(load: Load, condition: str, newline: str) -> None:
    text = HEAD + condition
    before = text[: text.index("@")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    [(code, found_line, found_column, _)] = messages(load(text.replace("\n", newline)))
    assert code == "LOAD_ERR_COMPILE_CONDITION"
    assert (found_line, found_column) == (line, column)


@pytest.mark.parametrize(
    "condition",
    [
        "  condition: evt.type=open and\n",
        "  condition: 'evt.type=open and'\n",
        "  condition: >\n    evt.type=open and\n\n\n",
        "  condition: |\n    evt.type=open\n      and   \n",
    ],
)
def test_the_caret_of_a_condition_that_ends_too_early(load: Load, condition: str) -> None:
    text = HEAD + condition
    before = text[: text.index("and") + 3]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    [(_, found_line, found_column, message)] = messages(load(text))
    assert "ends where" in message
    assert (found_line, found_column) == (line, column)


def test_text_line_and_caret_are_shown(load: Load) -> None:
    book = load(HEAD + "  condition: >\n    evt.type=open\n    and proc.nmae = x\n")
    [found] = book.diagnostics
    lines = render_diagnostic(found).split("\n")
    assert lines[0].endswith(
        "r0.yaml:7:9: error: unknown field 'proc.nmae' — did you mean 'proc.name'? [LOAD_ERR_COMPILE_CONDITION]"
    )
    assert lines[1:] == ["      and proc.nmae = x", "          ^"]
    assert [(step.item_type, step.item_name) for step in found.locations] == [
        ("rules content", ""),
        ("rule", "R"),
        ("rule condition", ""),
        ("condition expression", ""),
    ]


def test_the_caret_of_a_long_line_stays_in_sight(load: Load) -> None:
    book = load(HEAD + "  condition: " + "proc.name=a or " * 200 + "@\n")
    [found] = book.diagnostics
    _, text, caret = render_diagnostic(found).split("\n")
    assert len(text) < 120
    assert text[caret.index("^")] == "@"


def test_an_error_in_an_appended_part_points_there(load: Load) -> None:
    book = load(
        HEAD + "  condition: evt.type=open\n",
        "- rule: R\n  condition: and\n    proc.nmae = x\n  override: {condition: append}\n",
    )
    [found] = [found for found in book.diagnostics if found.is_error]
    assert (found.file.endswith("r1.yaml"), found.line, found.column) == (True, 3, 5)


def test_an_error_behind_an_expanded_list_points_behind_it(load: Load) -> None:
    # The list stands behind "=", so it is put into the text itself.
    book = load("- list: one\n  items: [a]\n" + HEAD + "  condition: evt.type=open and proc.name=one and proc.nmae=x\n")
    [(_, line, column, message)] = messages(book)
    assert message.startswith("unknown field 'proc.nmae'")
    assert (line, column) == (7, 50)


def test_an_error_inside_an_expanded_list_points_at_its_name(load: Load) -> None:
    book = load("- list: two\n  items: [a, b]\n" + HEAD + "  condition: evt.type=open and proc.name=two and a\n")
    [(_, line, column, _)] = messages(book)
    assert (line, column) == (7, 42)


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("- rule: [a\n", 2, 1, "not valid YAML"),
        ("- rule: 'a\n", 2, 1, "not valid YAML"),
        ("a: b: c\n", 1, 5, "not valid YAML"),
        ("- a\n- *nowhere\n", 2, 3, "has no anchor"),
        ("- &a [*a]\n", 1, 7, "stands inside what it names"),
        ("- a\n- \x07\n", 2, 3, "U+0007"),
        ("- a\n- \ufffe\n", 2, 3, "U+FFFE"),
        ("\t- a\n", 1, 1, "not valid YAML: a tab stands where blanks are needed"),
        ("- rule: x\n\tdesc: y\n", 2, 1, "a tab stands where blanks are needed"),
        ("- rule: x\r\n  condition: >\r\n \ta=b\r\n", 3, 2, "a tab stands where blanks are needed"),
        ("- rule: \t@x\n", 1, 10, "not valid YAML: found character that cannot start any token"),
        ("- " + "[" * 900, 1, 3 + MAX_DEPTH - 1, "nested more than"),
        ("- " + "{a: " * 50_000, 1, 3 + 4 * (MAX_DEPTH - 1), "nested more than"),
        ("- " * 50_000, 1, 1 + 2 * MAX_DEPTH, "nested more than"),
        ("? " * 50_000, 1, 1 + 2 * MAX_DEPTH, "nested more than"),
    ],
)
def test_yaml_errors_have_a_place(load: Load, text: str, line: int, column: int, part: str) -> None:
    [(code, found_line, found_column, message)] = messages(load(text))
    assert code == "LOAD_ERR_YAML_PARSE"
    assert part in message
    assert (found_line, found_column) == (line, column)


def test_brackets_beyond_the_limit_of_the_yaml_library_are_refused(load: Load) -> None:
    # Where is the library's choice: some versions refuse them themselves, before the first of them becomes an event.
    [(code, line, _, message)] = messages(load("- " + "[" * 50_000))
    assert (code, line) == ("LOAD_ERR_YAML_PARSE", 1)
    assert "nested more than" in message


def test_bytes_that_are_not_utf8_have_a_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes("- rule: é\n  x: ".encode() + b"\xff\n")
    [found] = load_rules([path]).diagnostics
    assert (found.line, found.column) == (2, 6)
    assert "0xff" in found.message


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf- lust: x\n")
    [found] = load_rules([path]).diagnostics
    assert (found.code.name_text, found.line, found.column) == ("LOAD_UNKNOWN_ITEM", 1, 3)


def test_aliases_stand_for_what_they_name() -> None:
    file = SourceFile("f", "- &a x\n- *a\n- &b [1, 2]\n- {k: *b}\n")
    [document] = parse_yaml(file)
    assert isinstance(document, Sequence)
    first, second, _, fourth = document.items
    assert second is first
    assert isinstance(fourth, Mapping)
    inner = fourth.pairs[0][1]
    assert isinstance(inner, Sequence)
    assert [item.value for item in inner.items if isinstance(item, Scalar)] == ["1", "2"]


def test_aliases_cannot_blow_a_file_up() -> None:
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(LoadError, match="the aliases of the file stand for too much text"):
        parse_yaml(SourceFile("f", "\n".join(lines)))


def test_text_maps_every_character_back() -> None:
    [document] = parse_yaml(SourceFile("f", "- 'abc'\n- def\n"))
    assert isinstance(document, Sequence)
    first, second = (item for item in document.items if isinstance(item, Scalar))
    text = Text.of(first, second)
    assert text.text == "abc def"
    assert [text.place(at).offset for at in range(7)] == [3, 4, 5, 6, 10, 11, 12]
    replaced = text.replace_all([(1, 2, "XYZ"), (4, 6, "")])
    assert replaced.text == "aXYZc f"
    assert [replaced.place(at).offset for at in range(8)] == [3, 4, 4, 4, 5, 6, 12, 13]
