"""What envcors reports about itself while it serves."""

from envcors.observe.reloads import policy_reloaded

__all__ = ["policy_reloaded"]
