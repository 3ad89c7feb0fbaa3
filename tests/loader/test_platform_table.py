"""The platform table: the shipped one, one's own beside it, and files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import ConfigError
from loader.platform_table import load_table, shipped_table
from tests.loader.test_choice import facts_of


def test_every_rule_has_a_reason_and_a_source() -> None:
    for rule in shipped_table().rules:
        assert rule.reason, rule.name
        assert "https://" in rule.source, rule.name


def test_a_rule_of_the_same_name_replaces(tmp_path: Path) -> None:
    own = tmp_path / "platforms.yaml"
    own.write_text("rules:\n  - name: lockdown\n    when: {lockdown: confidentiality}\n    never: [module]\n")
    facts = facts_of("ubuntu with Secure Boot", tmp_path)
    assert "kmod" not in shipped_table().order_for(facts).drivers
    assert "kmod" in load_table(own).order_for(facts).drivers


def test_another_order_and_a_rule_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "platforms.yaml"
    own.write_text(
        "order: [kmod, bpf]\nrules:\n"
        "  - name: ours\n    when: {platform: vm, distribution: debian}\n    never: [ebpf]\n    reason: we say so\n"
    )
    table = load_table(own)
    assert table.order_for(facts_of("debian 12", tmp_path / "a")).drivers == ("kmod", "ebpf")
    order = table.order_for(facts_of("VM of QEMU", tmp_path / "b"))
    assert order.drivers == ("kmod",)
    assert order.avoided[0].rule.reason == "we say so"
    assert "sys_vendor is QEMU" in order.avoided[0].evidence


def test_the_first_order_wins(tmp_path: Path) -> None:
    own = tmp_path / "platforms.yaml"
    own.write_text("rules:\n  - name: ours\n    when: {platform: fargate}\n    order: [modern_ebpf, pdig]\n")
    assert load_table(own).order_for(facts_of("Fargate, of ECS", tmp_path)).drivers == ("modern_ebpf", "pdig")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "keys order and rules"),
        ("order: kmod", "takes a list of drivers"),
        ("order: [best]", "there is no driver 'best'"),
        ("order: []", "names no driver"),
        ("rules: 1", "rules takes a list"),
        ("rules: [{when: {platform: vm}}]", "rule 1 has no name"),
        ("rules: [{name: a, when: {}}]", "when takes conditions"),
        ("rules: [{name: a, when: {platform: vm}, nver: []}]", "there is no key 'nver'"),
        ("rules: [{name: a, when: {platform: vm}, reason: [1]}]", "reason takes text"),
        ("a: &a [1]\nb: *a", "no aliases"),
        ("order: [kmod", "cannot be read"),
        ("[" * 5000, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_sentence_with_its_name(text: str, said: str, tmp_path: Path) -> None:
    own = tmp_path / "platforms.yaml"
    own.write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        load_table(own)
    assert str(own) in str(caught.value)


def test_a_file_that_is_not_there_or_too_large(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_table(tmp_path / "none")
    (tmp_path / "large").write_text("# " + "x" * 300_000)
    with pytest.raises(ConfigError, match="256 KiB"):
        load_table(tmp_path / "large")
