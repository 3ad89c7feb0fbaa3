"""Entry point of `python -m drivers.pdig`; the same program as `pdig-agent`."""

from drivers.pdig.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
