"""What envcors costs, beside others that do the same: ``python -m benchmarks``."""
