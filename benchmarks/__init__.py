"""Benchmarks: ours beside the peers that are installed, in one process, interleaved. Run with `make bench`."""
