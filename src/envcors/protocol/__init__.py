"""The CORS protocol as the Fetch standard has it: origins, names, policies, decisions. It does no I/O."""
