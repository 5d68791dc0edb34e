"""What envcors reports about itself while it serves."""

from envcors.observe.decisions import cors_decided
from envcors.observe.json_lines import JSONFormatter
from envcors.observe.record import Record
from envcors.observe.reloads import policy_reloaded

__all__ = ["JSONFormatter", "Record", "cors_decided", "policy_reloaded"]
