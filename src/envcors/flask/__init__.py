"""The Flask extension."""

from envcors.flask.decorator import cross_origin
from envcors.flask.extension import CORS

__all__ = ["CORS", "cross_origin"]
