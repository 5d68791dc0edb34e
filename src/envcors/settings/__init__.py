"""Settings: the typed model, its sources, and where each value came from."""
