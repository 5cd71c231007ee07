"""Benchmarks: ours beside the peers that are installed. Run with `make bench`."""

import sys
from pathlib import Path

# What benchmarks share with the tests, which find it there too.
sys.path.append(str(Path(__file__).parents[1] / "tools"))
