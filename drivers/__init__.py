"""The drivers: four ways from a system call to the same event. `modern_bpf` is C; this package holds their Python."""
