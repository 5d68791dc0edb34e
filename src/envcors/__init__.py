"""CORS for Flask from the environment, refused at boot when a production policy is permissive."""

from envcors.flask import CORS, cross_origin
from envcors.problems import BootRefused
from envcors.protocol.policy import Policy
from envcors.settings.model import CORSSettings

__all__ = ["CORS", "BootRefused", "CORSSettings", "Policy", "cross_origin"]
