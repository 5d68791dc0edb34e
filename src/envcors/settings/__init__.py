"""Environment to typed settings: the model, the sources, where each value came from."""
