"""Benchmarks: ours beside the peers that are installed. Run with `make bench`."""
