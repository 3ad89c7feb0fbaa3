"""The classic eBPF probe: building it for one kernel, loading and pinning it. Its programs are the C files here.

Nothing here imports what is not in Python's own library, and what `load --bcc` imports works with Python 3.8: it runs
under the distribution's interpreter.
"""
