"""How people start an application: the command of each server, and its exit statuses if the boot is refused."""

from __future__ import annotations

from dataclasses import dataclass

HOST = "127.0.0.1"
_MODULE = "tests.deploy.servers.api"
_APP = f"{_MODULE}:app"


@dataclass(frozen=True, slots=True)
class Server:
    """A command, with `{port}` where the port goes.

    `statuses` are those of a refused boot. `report_alone` says that nothing else is printed then; `serves` that the
    command opens the port.
    """

    command: str
    statuses: tuple[int, ...]
    report_alone: bool = False
    serves: bool = True

    def words(self, port: int) -> list[str]:
        return self.command.format(port=port, host=HOST).split()


_GUNICORN = "gunicorn --no-control-socket --bind {host}:{port} "
_UWSGI = f"uwsgi --need-app --die-on-term --http-socket {{host}}:{{port}} --module {_APP} "

# The status of gunicorn is that of a worker that failed (3), or of its own when it stumbles over several of them (1).
SERVERS = {
    "gunicorn with one worker": Server(_GUNICORN + _APP, (1, 3)),
    "gunicorn with four workers": Server(_GUNICORN + "--workers 4 " + _APP, (1, 3)),
    "gunicorn --preload": Server(_GUNICORN + "--preload --workers 2 " + _APP, (78,)),
    "gunicorn with threads": Server(_GUNICORN + "--threads 4 " + _APP, (1, 3)),
    "gunicorn --check-config": Server(_GUNICORN + "--check-config " + _APP, (1, 3), serves=False),
    "gunicorn -c python:envcors.gunicorn": Server(
        _GUNICORN + "-c python:envcors.gunicorn --workers 4 " + _APP, (78,), report_alone=True
    ),
    "gunicorn -c python:envcors.gunicorn --check-config": Server(
        _GUNICORN + "-c python:envcors.gunicorn --check-config " + _APP, (78,), report_alone=True, serves=False
    ),
    "flask run": Server(f"flask --app {_APP} run --host {{host}} --port {{port}}", (78,), report_alone=True),
    "flask run --debug": Server(
        f"flask --app {_APP} run --debug --host {{host}} --port {{port}}", (78,), report_alone=True
    ),
    "flask routes": Server(f"flask --app {_APP} routes", (78,), report_alone=True, serves=False),
    "waitress": Server(f"waitress-serve --listen={{host}}:{{port}} {_APP}", (78,), report_alone=True),
    "uWSGI --need-app": Server(_UWSGI, (22,)),
    "uWSGI --need-app with workers": Server(_UWSGI + "--master --workers 2", (22,)),
}
