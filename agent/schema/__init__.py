"""Everything the agent knows of events, parameters, flags, system calls and fields, declared once.

``python -m agent.codegen`` turns it into the decoder's tables, the drivers' C and the reference
pages in ``docs/``.
"""
