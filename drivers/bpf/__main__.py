"""`python -m drivers.bpf`: build, load, unload and status of the classic eBPF probe."""

from drivers.bpf.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
