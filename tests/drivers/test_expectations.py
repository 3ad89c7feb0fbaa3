"""The comparison of the driver tests can tell right from wrong."""

from tests.drivers.expectations import Expectation, arguments_of, unmet

OPENAT = "fd=3(<f>/tmp/a b) dirfd=-100(AT_FDCWD) name=/tmp/a b flags=4097(O_RDONLY|O_CLOEXEC) mode=0 dev=FE00 ino=4"


def test_arguments_are_split_at_the_names_of_the_schema() -> None:
    assert arguments_of("openat", OPENAT) == {
        "fd": "3(<f>/tmp/a b)",
        "dirfd": "-100(AT_FDCWD)",
        "name": "/tmp/a b",
        "flags": "4097(O_RDONLY|O_CLOEXEC)",
        "mode": "0",
        "dev": "FE00",
        "ino": "4",
    }


def test_a_number_matches_with_and_without_its_meaning() -> None:
    assert unmet([Expectation.parse("openat\tfd=3\tflags=4097(O_RDONLY|O_CLOEXEC)")], [("openat", OPENAT)]) == []


def test_a_wrong_value_a_missing_parameter_and_a_missing_event_are_told() -> None:
    [wrong] = unmet([Expectation.parse("openat\tfd=4")], [("openat", OPENAT)])
    assert "fd is '3(<f>/tmp/a b)' instead of '4'" in wrong
    [missing] = unmet([Expectation.parse("openat\tsize=4")], [("openat", OPENAT)])
    assert "size is missing" in missing
    assert unmet([Expectation.parse("close\tfd=3")], [("openat", OPENAT)]) == ["close: there is no such event"]


def test_one_event_does_not_meet_two_expectations() -> None:
    wanted = Expectation.parse("openat\tfd=3")
    assert unmet([wanted, wanted], [("openat", OPENAT)]) == ["openat: there is no such event"]
    assert unmet([wanted, wanted], [("openat", OPENAT)] * 2) == []
