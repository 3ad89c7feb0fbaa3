"""The classic eBPF probe: building it for one kernel, loading and pinning it. Its programs are the C files here.

Nothing here imports what is not in Python's own library: `load --bcc` runs under the distribution's interpreter.
"""
