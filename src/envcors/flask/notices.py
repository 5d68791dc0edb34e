"""What is logged about an application besides its decisions: each thing once."""

from __future__ import annotations

import logging

from flask import Flask

from envcors.flask.flask_cors import warn_of_flask_cors
from envcors.flask.late_config import late_entries
from envcors.flask.neighbours import warn_of_overrides
from envcors.observe.reloads import overridden_lines, tell_overridden, tell_refused, tell_taken, tell_waiting
from envcors.problems import Problem
from envcors.refusal import BootRefused, is_unread
from envcors.settings.model import CORSSettings

_logger = logging.getLogger("envcors")


class Notices:
    """The notices of one application.

    Args:
        app: The application.
        config: Its ``config`` when ``CORS(app)`` was called.
        settings: The settings at boot.
    """

    def __init__(self, app: Flask, config: dict[str, object], settings: CORSSettings) -> None:
        self._app = app
        self._config = config
        self._held = overridden_lines(settings)
        self._told_overrides: set[str] = set()

    def late_entries(self, settings: CORSSettings) -> list[Problem]:
        """Return the problems of entries of ``app.config`` that came after ``CORS(app)``."""
        return list(late_entries(self._config, self._app.config, settings.reading.names))

    def before_first_request(self, settings: CORSSettings) -> None:
        """Log what only a complete application shows."""
        warn_of_flask_cors(self._app)
        for late in self.late_entries(settings):
            _logger.error("%s", late.message)

    def overrides(self) -> None:
        """Log middlewares that change the method: at boot those in front, at the first request all others."""
        self._told_overrides.update(warn_of_overrides(self._app, self._told_overrides))

    def reload(
        self, refusal: BootRefused | None, latest: CORSSettings, settings: CORSSettings, digest: str, files: str
    ) -> None:
        """Log a change of what is followed, and send the signal.

        Args:
            refusal: Why it is refused; None if it is in force.
            latest: The settings that were read.
            settings: The settings in force.
            digest: The digest of the policies in force.
            files: The names of the ``.env`` files, one of which changed; empty if the mounted directory did.
        """
        if refusal is None or not is_unread(refusal):
            tell_waiting(latest, settings)
            self._held = tell_overridden(latest, self._held)
        with self._app.app_context():  # a large change is read in a thread, and a receiver may use current_app
            if refusal is None:
                tell_taken(self._app, digest, settings, files)
            else:
                tell_refused(self._app, digest, refusal)
