"""The configuration: who wins, what is refused, and what a person is told."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import Settings, load_config
from agent.config.document import expand_variables, parse_document
from agent.errors import ConfigError


@pytest.fixture
def write(tmp_path: Path):  # type: ignore[no-untyped-def]
    def make(text: str, name: str = "agent.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return make


def refused(path: Path | None, *options: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path, list(options))
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_defaults_without_any_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("agent.config.loading.DEFAULT_CONFIG_PATH", tmp_path / "absent.yaml")
    loaded = load_config(None, [])
    assert loaded.settings == Settings()
    assert loaded.files == ()
    assert loaded.warnings == ()


def test_default_file_is_read_when_it_is_there(monkeypatch: pytest.MonkeyPatch, write) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("agent.config.loading.DEFAULT_CONFIG_PATH", write("priority: warning\n"))
    assert load_config(None, []).settings.priority == "warning"


def test_file_then_included_files_then_options(tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    write("priority: error\nrules_files: [two]\nengine: {modern_ebpf: {cpus_for_each_buffer: 3}}\n", "second.yaml")
    main = write(
        f"config_files: [{tmp_path}/second.yaml, {tmp_path}/absent.yaml]\n"
        "priority: debug\njson_output: true\nrules_files: [one]\nengine: {modern_ebpf: {buf_size_preset: 2}}\n"
    )
    settings = load_config(main, ["json_output=false"]).settings
    assert settings.priority == "error"
    assert settings.json_output is False
    assert settings.rules_files == ("one", "two")
    assert settings.engine.modern_ebpf.buf_size_preset == 2
    assert settings.engine.modern_ebpf.cpus_for_each_buffer == 3


@pytest.mark.parametrize(
    ("strategy", "files", "priority"),
    [("append", ("one", "two"), "error"), ("override", ("two",), "error"), ("add-only", ("one",), "debug")],
)
def test_strategies_of_included_files(
    tmp_path: Path, write, strategy: str, files: tuple[str, ...], priority: str
) -> None:  # type: ignore[no-untyped-def]
    write("rules_files: [two]\npriority: error\n", "second.yaml")
    main = write(
        f"config_files: [{{path: {tmp_path}/second.yaml, strategy: {strategy}}}]\nrules_files: [one]\npriority: debug\n"
    )
    settings = load_config(main, []).settings
    assert settings.rules_files == files
    assert settings.priority == priority


def test_included_folder_stands_for_its_files_in_order(tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "config.d"
    folder.mkdir()
    (folder / "b.yaml").write_text("priority: error\n")
    (folder / "a.yaml").write_text("priority: alert\n")
    assert load_config(write(f"config_files: [{folder}]\n"), []).settings.priority == "error"


def test_included_file_may_not_include(tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    inner = write("config_files: []\n", "inner.yaml")
    message = refused(write(f"config_files: [{inner}]\n"))
    assert message.startswith(f"{inner}:1:")


def test_file_may_not_include_itself(tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    assert "includes itself" in refused(write(f"config_files: [{tmp_path}/agent.yaml]\n"))


def test_wrong_value_names_line_and_column(write) -> None:  # type: ignore[no-untyped-def]
    path = write("json_output: true\nengine:\n  modern_ebpf:\n    buf_size_preset: 11\n")
    assert (
        refused(path) == f"{path}:4:22: engine.modern_ebpf.buf_size_preset takes a whole number from 1 to 10, not '11'."
    )


def test_wrong_value_in_an_included_file_names_that_file(tmp_path: Path, write) -> None:  # type: ignore[no-untyped-def]
    inner = write("rules:\n  - disable: {tag: x}\n  - {}\n", "inner.yaml")
    main = write(f"rules:\n  - enable: {{rule: a}}\nconfig_files: [{inner}]\n")
    assert refused(main) == f"{inner}:3:5: rules[2] takes either enable or disable."


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("json_output=maybe", "json_output takes true or false, not 'maybe'"),
        ("priority=loud", "priority takes emergency, alert, critical"),
        ("rule_matching=some", "rule_matching takes first or all, not 'some'"),
        ("engine=x", "engine takes a mapping, not 'x'"),
        ("rules_files=x", "rules_files takes a list, not 'x'"),
        ("output_timeout=-1", "takes a whole number from 0 to 3600000, not '-1'"),
        ("file_output.enabled=true", "no filename"),
    ],
)
def test_wrong_option_value_repeats_the_option(option: str, says: str) -> None:
    message = refused(None, option)
    assert says in message
    assert message.startswith("-o ")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "not valid YAML"),
        ("a:\n\tb: 1", ":2:1: this is not valid YAML: a tab stands where blanks are needed"),
        ("- a\n", "a configuration is a mapping"),
        ("a: 1\n---\nb: 2\n", "one YAML document"),
        ("a: 1\na: 2\n", "given twice"),
        ("[a]: 1\n", "a key must be plain text"),
        ("a: *x\n", "no anchor"),
        ("a: &x [*x]\n", "no anchor"),
        ("a: " + "[" * 40 + "]" * 40, "nested deeper"),
        ("\x00", "not valid YAML"),
    ],
)
def test_unreadable_text_is_a_sentence_with_its_place(write, text: str, says: str) -> None:  # type: ignore[no-untyped-def]
    path = write(text)
    message = refused(path)
    assert message.startswith(str(path))
    assert says in message


def test_aliases_of_aliases_do_not_explode(write) -> None:  # type: ignore[no-untyped-def]
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than 100,000 values" in refused(write("\n".join(lines)))


def test_absent_and_unreadable_files(tmp_path: Path) -> None:
    assert (
        refused(tmp_path / "no.yaml")
        == f"The configuration {tmp_path}/no.yaml cannot be read: No such file or directory."
    )
    assert "Is a directory" in refused(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9\n")
    assert "not UTF-8" in refused(tmp_path / "latin.yaml")


def test_unknown_key_is_a_warning_with_a_suggestion(write) -> None:  # type: ignore[no-untyped-def]
    path = write("json_ouptut: true\nengine: {modern_ebpf: {bufsize_preset: 3}}\nzzz: 1\n")
    assert load_config(path, []).warnings == (
        f"{path}:1:14: unknown key 'json_ouptut' has no effect (did you mean 'json_output'?).",
        f"{path}:2:40: unknown key 'engine.modern_ebpf.bufsize_preset' has no effect "
        "(did you mean 'engine.modern_ebpf.buf_size_preset'?).",
        f"{path}:3:6: unknown key 'zzz' has no effect.",
    )


def test_keys_of_falco_that_do_nothing_yet_are_named_once(write) -> None:  # type: ignore[no-untyped-def]
    path = write("webserver: {enabled: true, listen_port: 1}\nsyslog_output: {enabled: false}\nplugins: []\n")
    (warning,) = load_config(path, ["metrics.enabled=true"]).warnings
    assert warning.endswith("have no effect: webserver, metrics.")


def test_old_name_of_rules_files(write) -> None:  # type: ignore[no-untyped-def]
    assert load_config(write("rules_file: a.yaml\n"), []).settings.rules_files == ("a.yaml",)
    assert "old name" in refused(write("rules_file: a\nrules_files: [b]\n"))


def test_key_without_value_means_its_default(write) -> None:  # type: ignore[no-untyped-def]
    assert load_config(write("rules_files:\npriority: ~\n"), []).settings == Settings()


def test_ring_size_preset() -> None:
    sizes = [
        load_config(None, [f"engine.modern_ebpf.buf_size_preset={n}"]).settings.engine.modern_ebpf.buffer_bytes
        for n in (1, 4, 10)
    ]
    assert sizes == [1 << 20, 8 << 20, 512 << 20]


def test_variables() -> None:
    environment = {"A": "x"}
    assert expand_variables("${A}-${B}-$${A}-$A", environment) == "x--${A}-$A"


def test_variables_in_a_file_take_the_type_of_their_key(write, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("JSON", "yes")
    assert load_config(write("json_output: ${JSON}\n"), []).settings.json_output is True


@given(st.text(alphabet="ab:-[]{}&*!|>'\"\n \t#%@,?~\\0", max_size=60))
def test_no_text_fails_but_with_a_sentence(text: str) -> None:
    # Anything but a ConfigError fails the test.
    with contextlib.suppress(ConfigError):
        parse_document(text, "file")


def test_appending_to_rules_files_keeps_the_shipped_rules() -> None:
    from agent.config.settings import default_rules_files

    settings = load_config(None, ["rules_files[]=/tmp/mine.yaml"]).settings
    assert settings.rules_files == (*default_rules_files(), "/tmp/mine.yaml")
