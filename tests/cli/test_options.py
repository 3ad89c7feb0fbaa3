"""`-o key=value`: how the key is read, and what it changes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config.document import Document, parse_document
from agent.config.options import APPEND, apply_option, split_option
from agent.errors import ConfigError


@pytest.mark.parametrize(
    ("option", "path", "text"),
    [
        ("json_output=true", ("json_output",), "true"),
        ("engine.modern_ebpf.buf_size_preset=6", ("engine", "modern_ebpf", "buf_size_preset"), "6"),
        ("rules_files[0]=a.yaml", ("rules_files", 0), "a.yaml"),
        ("rules_files[]=a.yaml", ("rules_files", APPEND), "a.yaml"),
        ("rules[2].disable.tag=x", ("rules", 2, "disable", "tag"), "x"),
        (r"a\.b\[0\]\=c\\=v", (r"a.b[0]=c\ ".strip(),), "v"),
        ("file_output.filename=/a=b.c[1]", ("file_output", "filename"), "/a=b.c[1]"),
        ("key=", ("key",), ""),
    ],
)
def test_key_is_split(option: str, path: tuple[str | int, ...], text: str) -> None:
    assert split_option(option) == (path, text)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("json_output", "key=value"),
        ("", "key=value"),
        ("=x", "no key"),
        ("a..b=x", "empty part"),
        (".a=x", "empty part"),
        ("a.=x", "no key"),
        ("[0]=x", "must follow a name"),
        ("a.[0]=x", "must follow a name"),
        ("a[x]=1", "[number]"),
        ("a[-1]=1", "[number]"),
        ("a[0=1", "[number]"),
        ("a[0]b=1", "after ]"),
        (".".join("a" * 40) + "=1", "parts"),
    ],
)
def test_faulty_key_is_a_sentence_that_repeats_the_option(option: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        split_option(option)
    assert str(caught.value).startswith(f"-o {option}")
    assert says in str(caught.value)
    assert str(caught.value).endswith(".")


def document(text: str) -> Document:
    return parse_document(text, "file")


def test_value_is_replaced() -> None:
    config = document("json_output: false\nengine: {kind: kmod, other: 1}\n")
    apply_option(config, "json_output=true")
    apply_option(config, "engine.kind=modern_ebpf")
    assert config.data == {"json_output": "true", "engine": {"kind": "modern_ebpf", "other": "1"}}
    assert config.origins[("engine", "kind")] == "-o engine.kind=modern_ebpf"


def test_list_entries_are_replaced_and_added() -> None:
    config = document("rules_files: [a, b]\n")
    apply_option(config, "rules_files[1]=B")
    apply_option(config, "rules_files[]=c")
    apply_option(config, "rules_files[3]=d")
    assert config.data == {"rules_files": ["a", "B", "c", "d"]}


def test_lists_and_mappings_come_into_being() -> None:
    config = Document()
    apply_option(config, "rules[].disable.tag=network")
    apply_option(config, "rules[]={enable: {rule: 'A *'}}")
    assert config.data == {"rules": [{"disable": {"tag": "network"}}, {"enable": {"rule": "A *"}}]}


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("rules_files[5]=x", "has 1 entries, so [5] does not exist"),
        ("json_output[0]=x", "json_output is not a list"),
        ("json_output.x=y", "json_output is not a mapping"),
        ("rules_files.x=y", "rules_files is not a mapping"),
        ("x={a: [}", "not valid YAML"),
    ],
)
def test_key_that_does_not_fit_is_a_sentence(option: str, says: str) -> None:
    config = document("rules_files: [a]\njson_output: true\n")
    with pytest.raises(ConfigError, match=r"^-o ") as caught:
        apply_option(config, option)
    assert says in str(caught.value)


def test_variables_are_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHERE", "/var/log")
    config = Document()
    apply_option(config, "file_output.filename=${WHERE}/alerts")
    assert config.data == {"file_output": {"filename": "/var/log/alerts"}}


@given(st.text(alphabet="ab.[]=\\0 {}:,", max_size=30))
def test_no_option_text_fails_but_with_a_sentence(option: str) -> None:
    config = document("a: [x]\nb: {a: 1}\n")
    # Anything but a ConfigError fails the test.
    with contextlib.suppress(ConfigError):
        apply_option(config, option)
