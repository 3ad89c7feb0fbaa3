"""On a kernel without BTF modern eBPF says so and does not start; run in the guest that has none."""

import subprocess
from pathlib import Path

from tests.live.agent_process import agent_command


def test_modern_ebpf_refuses_with_the_reason() -> None:
    assert not Path("/sys/kernel/btf/vmlinux").exists()
    done = subprocess.run([*agent_command(), "--modern-bpf"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "BTF" in done.stderr
    assert "Traceback" not in done.stderr
