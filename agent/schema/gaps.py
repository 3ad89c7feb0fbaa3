"""What a driver does not emit, and why. Whatever is not here, every driver emits alike."""

from __future__ import annotations

_LATER = "its parameters lie in structures that no program reads yet"

GAPS: dict[str, dict[str, str]] = {
    "modern_ebpf": {
        "SYSCALL_KEYCTL_X": _LATER,
        "SYSCALL_QUOTACTL_X": _LATER,
    },
}
"""Driver, then symbol of the event, then the reason."""
