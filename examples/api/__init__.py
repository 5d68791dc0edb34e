"""The lighthouse log: an API that stores the ships that passed a lighthouse."""
