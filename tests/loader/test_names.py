"""Names of prebuilt drivers, as the field has them, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader import checksums, names
from loader.acquisition import NotThisWay
from loader.kernel import Target

EXAMPLES = [
    (
        "kmod",
        Target("ubuntu-aws", "6.2.0-1012-aws", "12~22.04.1"),
        "agent_probe_ubuntu-aws_6.2.0-1012-aws_12~22.04.1.ko",
    ),
    ("ebpf", Target("debian", "6.1.147-1-amd64", "1"), "agent_probe_debian_6.1.147-1-amd64_1.o"),
    ("kmod", Target("rhel", "5.14.0-362.el9.x86_64", "1"), "agent_probe_rhel_5.14.0-362.el9.x86_64_1.ko"),
    ("ebpf", Target("minikube", "5.10.57", "1_1.26.0"), "agent_probe_minikube_5.10.57_1_1.26.0.o"),
    ("kmod", Target("bottlerocket", "5.15.59", "1_1.11.0-aws"), "agent_probe_bottlerocket_5.15.59_1_1.11.0-aws.ko"),
]


@pytest.mark.parametrize(("driver", "target", "name"), EXAMPLES)
def test_a_name_says_driver_target_release_and_version(driver: str, target: Target, name: str) -> None:
    assert names.file_name(driver, target) == name
    assert names.read_file_name(name) == names.Prebuilt(driver, target)


def test_a_plus_is_escaped_in_a_url() -> None:
    found = names.url("https://drivers.example/base/", "0.2.0+driver", "x86_64", "a~b+c.ko")
    assert found == "https://drivers.example/base/0.2.0%2Bdriver/x86_64/a~b%2Bc.ko"


@pytest.mark.parametrize("release", ["../6.1", "6.1/x", "6.1 x", "6.1\n", "6.1%2f", "", "x" * 300])
def test_what_would_be_a_path_is_refused(release: str) -> None:
    if release == "":
        assert names.read_file_name("agent_probe_debian__1.ko") is None
        return
    with pytest.raises(NotThisWay, match="no file can be called"):
        names.file_name("kmod", Target("debian", release, "1"))


@given(st.text(max_size=80))
def test_any_name_is_read_or_not(name: str) -> None:
    for text in (name, f"agent_probe_{name}.ko"):
        found = names.read_file_name(text)
        assert found is None or names.file_name(found.driver, found.target) == text


@given(st.binary(max_size=300))
def test_any_list_is_read_or_refused_with_its_line(text: bytes) -> None:
    try:
        found = checksums.parse(text)
    except checksums.ChecksumError as error:
        assert "list of checksums" in str(error)
    else:
        assert checksums.parse(checksums.render(found)) == found
