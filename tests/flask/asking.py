"""Which policy governs: policies are numbered, and requests over raw WSGI tell the number.

A numbered policy shows its number as the age of a preflight's answer and in the header that it exposes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from werkzeug.test import EnvironBuilder, run_wsgi_app

from envcors.flask.options import PolicyOptions

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ORIGIN = "https://app.example.com"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Governs(NamedTuple):
    """The number of the policy of a preflight and that of the request itself; None where no policy governs."""

    preflight: int | None
    actual: int | None


class Numbered(TypedDict):
    """The options by which a policy tells its number."""

    max_age: int
    expose_headers: list[str]


def numbered(number: int) -> Numbered:
    """The options of a policy that tells its number."""
    return {"max_age": number, "expose_headers": [f"X-Policy-{number}"]}


def resource(number: int) -> PolicyOptions:
    """The same, for a resource."""
    return {"max_age": number, "expose_headers": [f"X-Policy-{number}"]}


def send(
    app: WSGIApplication,
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    *,
    base_url: str = "https://api.example.com",
    environ: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request; `path` is `PATH_INFO` as it stands. A header that is sent twice fails."""
    builder = EnvironBuilder("/", base_url, method=method, headers=list((headers or {}).items()))
    built = builder.get_environ()
    builder.close()
    built["PATH_INFO"] = path.encode().decode("latin-1")
    built.update(environ or {})
    body, status, fields = run_wsgi_app(app, built, buffered=True)
    names = [name.lower() for name, _ in fields if name.lower() != "set-cookie"]
    assert len(names) == len(set(names)), fields
    return Answer(int(status.split()[0]), dict(fields), b"".join(body))


def preflight(
    app: WSGIApplication,
    path: str,
    method: str = "PUT",
    *,
    origin: str = ORIGIN,
    names: Iterable[str] = (),
    base_url: str = "https://api.example.com",
) -> Answer:
    """Send a preflight for `method` and the header names."""
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if joined := ",".join(names):
        headers["Access-Control-Request-Headers"] = joined
    return send(app, path, "OPTIONS", headers, base_url=base_url)


def governs(
    app: WSGIApplication, path: str, method: str = "GET", *, base_url: str = "https://api.example.com"
) -> Governs:
    """The policies of a preflight and of a request."""
    asked = preflight(app, path, method, base_url=base_url).headers.get("Access-Control-Max-Age")
    exposed = send(app, path, method, {"Origin": ORIGIN}, base_url=base_url).headers.get(
        "Access-Control-Expose-Headers"
    )
    return Governs(
        None if asked is None else int(asked), None if exposed is None else int(exposed.removeprefix("X-Policy-"))
    )


def both(number: int | None) -> Governs:
    return Governs(number, number)
