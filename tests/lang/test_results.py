"""Results of loading as text and as JSON data."""

from __future__ import annotations

import json

from agent.lang import results_json, results_text
from tests.lang.loading import Load

GOOD = "- rule: R\n  desc: d\n  priority: info\n  output: o\n  condition: evt.type=open\n"


def test_text_of_all_verdicts(load: Load) -> None:
    book = load(
        GOOD, "- lust: x\n", GOOD.replace("evt.type=open", "evt.type=open and\n    proc.nmae=x") + "- rule: S\n"
    )
    text = results_text(book.files)
    names = [file.name for file in book.files]
    assert text == "\n".join(
        [
            f"{names[0]}: Ok",
            f"{names[1]}: Ok, with warnings",
            "1 Warning:",
            f"{names[1]}:1:3: warning: unknown item; it is ignored (an item starts with one of: "
            "required_engine_version, required_plugin_versions, list, macro, rule) [LOAD_UNKNOWN_ITEM]",
            "  - lust: x",
            "    ^",
            f"{names[2]}: Invalid",
            "2 Errors:",
            f"{names[2]}:6:5: error: unknown field 'proc.nmae' — did you mean 'proc.name'? "
            "[LOAD_ERR_COMPILE_CONDITION]",
            "      proc.nmae=x",
            "      ^",
            f"{names[2]}:7:3: error: a rule needs the keys 'condition', 'output', 'desc', 'priority' (or 'override', "
            "or 'enabled' for a rule defined before) [LOAD_ERR_VALIDATE]",
            "  - rule: S",
            "    ^",
        ]
    )
    assert "unknown item" not in results_text(book.files, verbose=False)


def test_json_has_the_keys_that_tools_read(load: Load) -> None:
    book = load(GOOD.replace("evt.type=open", "evt.type=open and evt.dir = x and nothing"))
    data = json.loads(json.dumps(results_json(book.files)))
    [result] = data["agent_load_results"]
    assert set(result) == {"name", "successful", "schema_valid", "schema_warnings", "errors", "warnings"}
    assert (result["schema_valid"], result["schema_warnings"]) == (True, [])
    assert result["name"] == book.files[0].name
    assert result["successful"] is False
    [error] = result["errors"]
    assert set(error) == {"code", "codedesc", "message", "context"}
    assert error["code"] == "LOAD_ERR_VALIDATE"
    assert error["context"]["snippet"].split("\n")[0] == "  condition: evt.type=open and evt.dir = x and nothing"
    assert error["context"]["locations"][-1] == {
        "item_type": "condition expression",
        "item_name": "",
        "position": {"name": result["name"], "line": 5, "column": 48, "offset": 96},
    }
    assert error["context"]["locations"][1]["item_name"] == "R"
    [warning] = result["warnings"]
    assert warning["deprecated_field"] == "evt.dir"


def test_text_of_hostile_names_can_be_printed(load: Load) -> None:
    book = load('- rule: "a\\e[31m\\nb"\n  descr: x\n- "\\x1b": y\n')
    text = results_text(book.files)
    assert "\x1b" not in text
    assert text.encode("utf-8")
