"""Origins in Redis: written by commands and by applications, held in memory by every worker."""
