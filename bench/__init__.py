"""Benchmarks: what the program costs, measured beside its peers in one run. `make bench-poll`; docs/benchmarks.md."""
