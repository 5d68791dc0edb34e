"""What ``make demo`` shows: real requests to the lighthouse log, and what it refuses to boot with."""
