"""The sources of values, one file for each kind."""
