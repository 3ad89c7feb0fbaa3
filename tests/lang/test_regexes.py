"""Patterns of the operator ``regex``."""

from __future__ import annotations

import pytest

from agent.lang.regexes import MAX_PATTERN, PatternError, check_regex, simpler_operator


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "a+",
        "^(a|b)*$",
        "[[:alpha:]_]+",
        r"\d+\.\w*",
        r"a\z",
        r"\p{Greek}+\pL",
        r"\x{1F600}",
        "(?<name>a)",
        "(?i:a)",
        r"\\z",
    ],
)
def test_good_patterns(pattern: str) -> None:
    check_regex(pattern)


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("(", "unterminated"),
        ("a)", "unbalanced"),
        ("[a", "unterminated"),
        ("*a", "nothing to repeat"),
        ("a{3,2}", "min repeat"),
        (r"(a)\1", "back references"),
        ("(?P<n>a)(?P=n)", "back references"),
        ("(?=a)", "look-around"),
        ("(?<!a)", "look-around"),
        ("(?(1)a|b)", "look-around"),
        (r"a\Z", "is not an escape"),
        ("a" * (MAX_PATTERN + 1), "more than"),
    ],
)
def test_bad_patterns(pattern: str, part: str) -> None:
    with pytest.raises(PatternError, match=part.replace("(", r"\(")):
        check_regex(pattern)


@pytest.mark.parametrize(
    ("pattern", "operator"),
    [
        ("abc", "="),
        ("abc.*", "startswith"),
        (".*abc", "endswith"),
        (".*abc.*", "contains"),
        ("a.c", None),
        (".*", None),
        ("", None),
        (r"abc\.*", None),
        ("^abc$", None),
    ],
)
def test_what_a_simpler_operator_could_do(pattern: str, operator: str | None) -> None:
    assert simpler_operator(pattern) == operator
