"""Tests of the classic eBPF probe (drivers/bpf): what old kernels allow, building, loading, and capturing with it."""
