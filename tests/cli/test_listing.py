"""`agent --list` in its three forms."""

import json

import pytest

from agent.errors import AgentError
from agent.listing import FORMATS, field_operators, list_fields
from agent.schema.fields import FIELDS


def as_json() -> dict[str, dict[str, object]]:
    fields = json.loads(list_fields(None, names_only=False, form="json"))["fields"]
    return {field["name"]: field for field in fields}


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_has_the_same_fields(form: str) -> None:
    listing = list_fields("syscall", names_only=False, form=form)
    names = list_fields(None, names_only=True).split()
    assert len(names) > 250
    assert all(name in listing for name in names)
    assert "thread.vmsize.b" not in listing, "kept for compatibility, not listed"
    assert "krsi.fd" not in listing, "provided by nothing here"


def test_json_says_all_of_a_field() -> None:
    fields = as_json()
    assert fields["proc.aname"] == {
        "class": "process",
        "name": "proc.aname",
        "type": "CHARBUF",
        "list": False,
        "argument": {"form": "[n]", "required": False},
        "description": FIELDS["proc.aname"].description,
        "flags": ["left side only", "no transformers"],
        "deprecated": False,
        "operators": [
            *("exists", "=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "startswith", "endswith"),
            *("glob", "iglob", "regex", "in", "intersects", "pmatch"),
        ],
    }
    assert fields["thread.cgroup"]["argument"] == {"form": ".name", "required": True}
    assert fields["fd.types"]["list"] is True
    assert fields["fd.types"]["operators"] == ["exists", "in", "intersects"]
    assert fields["evt.latency"]["deprecated"] is True
    assert fields["evt.outputtime"]["flags"] == ["outputs only"]
    assert fields["fd.ip"]["flags"] == ["conditions only", "left side only", "no transformers"]
    assert fields["fd.sip"]["operators"] == ["exists", "=", "!=", "in", "intersects"]


def test_every_listed_field_has_operators() -> None:
    for field in FIELDS.values():
        assert field_operators(field), field.name
    assert field_operators(FIELDS["evt.around"]) == ("=",)


def test_markdown_is_one_table_a_class() -> None:
    lines = list_fields(None, names_only=False, form="markdown").splitlines()
    assert lines[:4] == ["## evt", "", "| field | type and use | meaning |", "|---|---|---|"]
    rows = [line for line in lines if line.startswith("| `")]
    # A cell never breaks its row.
    assert all(row.replace("\\|", "").count("|") == 4 for row in rows)
    assert "| IPADDR | `exists` `=` `!=` `in` `intersects` |" in lines


def test_text_ends_with_the_operators() -> None:
    text = list_fields(None, names_only=False)
    assert "  proc.aname[n]  (CHARBUF, argument optional, left side only, no transformers)" in text
    assert "operators by type" in text
    assert "  fd.types[n]  (CHARBUF, list, argument optional, left side only)" in text
    assert "  IPADDR: exists = != in intersects" in text


def test_names_only_in_every_form() -> None:
    names = list_fields(None, names_only=True).split()
    assert json.loads(list_fields(None, names_only=True, form="json")) == names
    assert list_fields(None, names_only=True, form="markdown").splitlines()[0] == f"- `{names[0]}`"


def test_a_source_that_does_not_exist() -> None:
    with pytest.raises(AgentError, match="no such event source"):
        list_fields("k8s_audit", names_only=False, form="json")
