"""The cost of envcors, compared with similar libraries: ``python -m benchmarks``."""
