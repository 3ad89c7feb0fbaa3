"""The classic eBPF probe: building it for one kernel, loading and pinning it. Its programs are the C files of this folder.

Nothing here imports what is not in Python's own library: `load --bcc` runs under the distribution's interpreter.
"""
