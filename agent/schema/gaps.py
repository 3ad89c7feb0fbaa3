"""What a driver does not emit, and why. Whatever is not here, every driver emits alike."""

from __future__ import annotations

_LATER = "its parameters lie in structures that no program reads yet"

_NO_BODY = {
    "SYSCALL_KEYCTL_X": _LATER,
    "SYSCALL_QUOTACTL_X": _LATER,
}
"""What no kernel driver emits: they share the bodies of the system calls."""

GAPS: dict[str, dict[str, str]] = {
    "modern_ebpf": _NO_BODY,
    "kmod": _NO_BODY,
}
"""Driver, then symbol of the event, then the reason."""
