"""The lighthouse log: an API that keeps the ships which passed a lighthouse."""
