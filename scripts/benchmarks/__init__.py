"""The benchmarks behind `scripts/bench.py`, one module for each subject."""
