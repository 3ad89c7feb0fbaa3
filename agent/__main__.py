"""Entry point of `python -m agent`; the same program as the `agent` command."""

from agent.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
