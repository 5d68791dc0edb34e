"""`envcors probe`: real requests to a real server behind proxies that change responses."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from envcors.cli.probe_requests import FOREIGN
from envcors.protocol.policy import Policy
from envcors.wsgi import CORSMiddleware
from tests.cli.command import Shell
from tests.processes import free_port

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

APP = "https://app.example.com"
TEXT = f"CORS_ORIGINS={APP},https://*.example.org\nCORS_METHODS=GET,PUT\nCORS_EXPOSE_HEADERS=X-Total-Count\n"
POLICY = Policy(origins=[APP, "https://*.example.org"], methods=["GET", "PUT"], expose_headers=["X-Total-Count"])
Headers = list[tuple[str, str]]
Proxy = Callable[["WSGIApplication"], "WSGIApplication"]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


def view(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


@contextmanager
def serving(app: WSGIApplication) -> Iterator[str]:
    """The address of a server that runs `app`, in a thread of this process."""
    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def rewriting(change: Callable[[Headers], Headers]) -> Proxy:
    """A proxy that changes the headers of every response."""

    def proxy(app: WSGIApplication) -> WSGIApplication:
        def proxied(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return app(environ, lambda status, headers, *rest: start_response(status, change(headers), *rest))

        return proxied

    return proxy


def answering_options(status: str, headers: Headers) -> Proxy:
    """A proxy that responds to every OPTIONS itself."""

    def proxy(app: WSGIApplication) -> WSGIApplication:
        def proxied(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] != "OPTIONS":
                return app(environ, start_response)
            start_response(status, [*headers, ("Content-Length", "0")])
            return []

        return proxied

    return proxy


def without(name: str) -> Proxy:
    return rewriting(lambda headers: [header for header in headers if header[0] != name])


def probe(shell: Shell, proxy: Proxy, *arguments: str, status: int) -> dict[str, Any]:
    shell.write(".env", TEXT)
    with serving(proxy(CORSMiddleware(view, POLICY))) as address:
        ended = shell.envcors("probe", f"{address}/items", "--format", "json", *arguments)
    assert ended.status == status, ended.output
    content: dict[str, Any] = ended.json
    assert content["ok"] is (status == 0)
    return content


def codes(content: dict[str, Any], **where: object) -> set[str]:
    return {
        fault["code"]
        for request in content["requests"]
        if all(request[key] == value for key, value in where.items())
        for fault in request["mismatches"]
    }


def test_responses_that_match_the_policy_are_ok(shell: Shell) -> None:
    content = probe(shell, lambda app: app, status=0)
    assert [(request["preflight"], request["method"], request["origin"]) for request in content["requests"]] == [
        (True, "PUT", APP),
        (False, "GET", APP),
        (True, "PUT", "https://envcors-probe.example.org"),
        (False, "GET", "https://envcors-probe.example.org"),
        (True, "PUT", FOREIGN),
        (False, "GET", FOREIGN),
        (False, "GET", None),
    ]


@pytest.mark.parametrize(
    ("proxy", "where", "code"),
    [
        pytest.param(
            rewriting(lambda headers: [*headers, ("Access-Control-Allow-Origin", "*")]),
            {"origin": APP},
            "header-doubled",
            id="a-proxy-adds-cors-too",
        ),
        pytest.param(
            rewriting(lambda headers: [*headers, ("Access-Control-Allow-Origin", "*")]),
            {"origin": FOREIGN},
            "header-unexpected",
            id="a-proxy-allows-any-origin",
        ),
        pytest.param(without("Vary"), {"origin": None}, "vary-missing", id="a-proxy-strips-vary"),
        pytest.param(
            without("Access-Control-Expose-Headers"),
            {"origin": APP, "preflight": False},
            "header-missing",
            id="a-proxy-strips-a-header",
        ),
        pytest.param(
            rewriting(lambda headers: [(name, value.replace("600", "60")) for name, value in headers]),
            {"origin": APP, "preflight": True},
            "header-different",
            id="a-proxy-changes-a-value",
        ),
        pytest.param(
            answering_options("302 Found", [("Location", "https://login.example.com/?token=hunter2")]),
            {"origin": APP, "preflight": True},
            "preflight-redirected",
            id="a-login-redirects-preflights",
        ),
        *(
            pytest.param(
                answering_options(status, []), {"origin": APP, "preflight": True}, "preflight-refused", id=status
            )
            for status in ("401 Unauthorized", "403 Forbidden", "404 Not Found", "405 Method Not Allowed", "500 Oops")
        ),
    ],
)
def test_what_a_proxy_changes_is_reported(shell: Shell, proxy: Proxy, where: dict[str, object], code: str) -> None:
    content = probe(shell, proxy, status=1)
    assert codes(content, **where) == {code}
    assert "hunter2" not in str(content)


@pytest.mark.parametrize(
    "proxy",
    [
        pytest.param(rewriting(lambda headers: [*headers, ("Vary", "Accept-Encoding")]), id="more-vary"),
        pytest.param(rewriting(lambda headers: [(name.lower(), value) for name, value in headers]), id="lower-case"),
        pytest.param(
            rewriting(lambda headers: [(name, "*" if name == "Vary" else value) for name, value in headers]),
            id="vary-*",
        ),
        pytest.param(
            rewriting(lambda headers: [(name, value.replace(", ", ",")) for name, value in headers]), id="no-spaces"
        ),
    ],
)
def test_what_means_the_same_is_no_mismatch(shell: Shell, proxy: Proxy) -> None:
    probe(shell, proxy, status=0)


def test_nothing_but_options_and_get_is_sent(shell: Shell) -> None:
    sent: set[str] = set()

    def noting(app: WSGIApplication) -> WSGIApplication:
        def proxied(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            sent.add(environ["REQUEST_METHOD"])
            return app(environ, start_response)

        return proxied

    probe(shell, noting, "--method", "DELETE", status=0)
    assert sent == {"OPTIONS", "GET"}


def test_requested_origins_and_methods_are_sent(shell: Shell) -> None:
    content = probe(shell, lambda app: app, "--origin", "https://x.example.org", "--method", "patch", status=0)
    asked = {(request["origin"], request["method"]) for request in content["requests"] if request["preflight"]}
    assert asked == {("https://x.example.org", "patch"), (FOREIGN, "patch")}


def test_another_policy_in_force_is_reported(shell: Shell) -> None:
    other = CORSMiddleware(view, Policy(origins=["https://b.example.com"]))
    content = probe(shell, lambda _: other, status=1)
    assert codes(content, origin=APP, preflight=True) == {"preflight-refused"}
    assert codes(content, origin=APP, preflight=False) == {"header-missing"}


def test_the_path_of_the_application_may_differ_from_that_of_the_url(shell: Shell) -> None:
    shell.write("r.env", TEXT + "CORS_RESOURCES__API__PATHS=/api/*\n")
    with serving(CORSMiddleware(view, POLICY)) as address:
        url = f"{address}/shop/api/items"
        assert shell.envcors("probe", url, "--env-file", "r.env", "--path", "/api/items").status == 0
        assert shell.envcors("probe", url, "--env-file", "r.env").status == 2


def test_text_lists_each_request_and_its_mismatches(shell: Shell) -> None:
    shell.write(".env", TEXT)
    with serving(without("Vary")(CORSMiddleware(view, POLICY))) as address:
        url = address.replace("//", "//user:hunter2@")
        ended = shell.envcors("probe", url, "--origin", APP, "--verbose")
    assert ended.status == 1
    lines = ended.stdout.splitlines()
    assert lines[0] == f"5 of 5 responses different from {address}, policy application"
    at = lines.index(f"  different  204  preflight PUT from {APP}")
    assert lines[at + 1].startswith("             Vary does not contain Origin, Access-Control-Request-Method")
    assert max(map(len, lines[at:])) <= 100


def test_an_unreachable_server_has_exit_status_3(shell: Shell) -> None:
    shell.write(".env", TEXT)
    url = f"http://127.0.0.1:{free_port()}/"
    text = shell.envcors("probe", url)
    assert (text.status, text.stdout) == (3, "")
    assert text.stderr.startswith(f"unreachable: {url}: ")
    ended = shell.envcors("probe", url, "--format", "json")
    assert (ended.status, ended.json["ok"]) == (3, False)


def test_for_a_refused_configuration_no_request_is_sent(shell: Shell) -> None:
    shell.write(".env", "CORS_ORIGINS=*")
    ended = shell.envcors("probe", f"http://127.0.0.1:{free_port()}/")
    assert ended.status == 1
    assert ended.stderr.startswith("invalid configuration")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["api.example.com"],
        ["ftp://api.example.com/"],
        ["https://"],
        ["https://[::1/"],
        ["https://api.example.com:99999/"],
        ["https://api.example.com/", "--timeout", "0"],
        ["https://api.example.com/", "--method", "TRACE"],
    ],
)
def test_a_usage_error_has_exit_status_2(shell: Shell, arguments: list[str]) -> None:
    shell.write(".env", TEXT)
    assert shell.envcors("probe", *arguments).status == 2


def test_without_its_extra_the_command_names_what_to_install(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    shell.write(".env", TEXT)
    ended = shell.envcors("probe", "https://api.example.com/")
    assert ended.status == 2
    assert "pip install 'envcors[probe]'" in ended.stderr


def rewritten_environ(change: Callable[[WSGIEnvironment], object]) -> Proxy:
    """A proxy that changes every request."""

    def proxy(app: WSGIApplication) -> WSGIApplication:
        def proxied(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            change(environ)
            return app(environ, start_response)

        return proxied

    return proxy


def answering_all(status: str, headers: Headers) -> Proxy:
    """A proxy that responds to everything itself."""

    def proxy(_app: WSGIApplication) -> WSGIApplication:
        def proxied(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            start_response(status, [*headers, ("Content-Length", "0")])
            return []

        return proxied

    return proxy


def caching(app: WSGIApplication) -> WSGIApplication:
    """A cache that keeps the first response to GET for all."""
    kept: list[tuple[str, Headers]] = []

    def proxied(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            return app(environ, start_response)
        if not kept:

            def keep(status: str, headers: Headers, *_: object) -> Callable[[bytes], object]:
                kept.append((status, [*headers, ("Age", "5")]))
                return lambda _: None

            list(app(environ, keep))
        start_response(*kept[0])
        return [b"ok"]

    return proxied


FAULTS = [
    ("redirect-to-https", answering_all("301 Moved", [("Location", "https://127.0.0.1/items")])),
    ("redirect-of-slash", answering_all("308 Moved", [("Location", "/items/")])),
    ("redirect-to-login", answering_options("302 Found", [("Location", "https://sso.example.com/login?x=1")])),
    ("redirect", answering_options("302 Found", [("Location", "https://other.example.com/elsewhere")])),
    ("login-before-options", answering_options("401 Unauthorized", [("WWW-Authenticate", "Basic")])),
    *(("gateway-error", answering_all(f"{status} Oops", [])) for status in (413, 429, 502, 503, 504)),
    ("header-added-twice", rewriting(lambda headers: [*headers, ("Access-Control-Allow-Origin", "*")])),
    ("cached-without-vary", caching),
    ("options-not-allowed", answering_options("405 Method Not Allowed", [("Allow", "GET")])),
    ("options-not-allowed", answering_options("404 Not Found", [])),
    ("options-answered", answering_options("204 No Content", [])),
    ("options-answered", answering_options("200 OK", [("Access-Control-Allow-Methods", "GET")])),
    ("origin-removed", rewritten_environ(lambda environ: environ.pop("HTTP_ORIGIN", None))),
    ("vary-removed", without("Vary")),
    ("headers-removed", rewriting(lambda headers: [h for h in headers if not h[0].startswith("Access-Control")])),
    ("headers-removed", without("Access-Control-Allow-Origin")),
    ("another-policy", lambda _: CORSMiddleware(view, Policy(origins=["https://b.example.com"]))),
    ("another-policy", lambda _: CORSMiddleware(view, Policy(origins=[APP], development=True))),
    ("another-policy", rewriting(lambda headers: [(name, value.replace("600", "60")) for name, value in headers])),
]


@pytest.mark.parametrize(
    ("cause", "proxy"), FAULTS, ids=[f"{number}-{cause}" for number, (cause, _) in enumerate(FAULTS)]
)
def test_the_one_cause_is_named_with_evidence_and_directives(shell: Shell, cause: str, proxy: Proxy) -> None:
    shell.write(".env", TEXT)
    with serving(proxy(CORSMiddleware(view, POLICY))) as address:
        content = shell.envcors("probe", f"{address}/items", "--format", "json").json["diagnosis"]
        text = shell.envcors("probe", f"{address}/items")
    assert content["cause"] == cause
    assert content["evidence"]
    assert content["directives"]
    assert text.status == 1
    assert len(text.stdout.splitlines()) <= 15
    assert content["sentence"] in text.stdout


@pytest.mark.parametrize(
    ("header", "value", "name"),
    [
        ("Server", "nginx/1.27", "nginx"),
        ("Server", "Apache/2.4", "Apache"),
        ("Via", "1.1 varnish (Varnish/7.1)", "Varnish"),
        ("X-Varnish", "5", "Varnish"),
        ("Via", "1.1 Caddy", "Caddy"),
    ],
)
def test_a_server_that_names_itself_gets_its_own_directive(shell: Shell, header: str, value: str, name: str) -> None:
    shell.write(".env", TEXT)

    def change(headers: Headers) -> Headers:
        return [*(kept for kept in headers if kept[0] != "Vary"), (header, value)]

    with serving(rewriting(change)(CORSMiddleware(view, POLICY))) as address:
        content = shell.envcors("probe", f"{address}/items", "--format", "json").json
    assert list(content["diagnosis"]["directives"]) == [name]


def test_a_sound_server_passes_the_audit(shell: Shell) -> None:
    shell.write(".env", TEXT)
    with serving(CORSMiddleware(view, POLICY)) as address:
        ended = shell.envcors("probe", "--audit", f"{address}/items")
        assert shell.envcors("probe", "--audit", address, "--no-environ", "--env-file", "absent.env").status == 0
    assert ended.status == 0
    assert "13 origins that attackers try" in ended.stdout


def reflecting(allows: Callable[[str], bool], *, credentials: bool = True) -> WSGIApplication:
    """A server that sends the origins back that it allows."""

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN", "")
        headers = [("Content-Type", "text/plain"), ("Content-Length", "2")]
        if origin and allows(origin):
            headers.append(("Access-Control-Allow-Origin", origin))
            headers += [("Access-Control-Allow-Credentials", "true")] if credentials else []
        start_response("200 OK", headers)
        return [b"ok"]

    return app


@pytest.mark.parametrize(
    ("allows", "rule"),
    [
        (lambda _: True, "origin-any-with-credentials"),
        (lambda origin: origin == "null", "origin-null"),
        (lambda origin: origin.startswith(APP), "origin-regex"),
        (lambda origin: origin.endswith("app.example.com"), "origin-regex"),
        (lambda origin: origin.endswith(".app.example.com"), "origin-any-subdomain-with-credentials"),
        (lambda origin: origin == "http://app.example.com", "origin-plain-http"),
        (lambda origin: origin == f"{APP}:8443", "origin-any-port"),
        (lambda origin: origin == "https://appxexample.com", "origin-regex"),
        (lambda origin: "@" in origin, "origin-malformed"),
        (lambda origin: origin == f"{APP}.", "origin-regex"),
    ],
)
def test_an_audit_finds_what_a_server_allows(shell: Shell, allows: Callable[[str], bool], rule: str) -> None:
    shell.write(".env", TEXT)
    with serving(reflecting(allows)) as address:
        ended = shell.envcors("probe", "--audit", address, "--format", "json")
        sarif = shell.envcors("probe", "--audit", address, "--format", "sarif")
    assert ended.status == 1
    assert rule in {problem["rule"] for problem in ended.json["problems"]}
    assert rule in {result["ruleId"] for result in sarif.json["runs"][0]["results"]}


@pytest.mark.parametrize(("status", "expected"), [("403 Forbidden", 0), ("200 OK", 1), ("405 Method Not Allowed", 1)])
def test_an_audit_tries_a_foreign_write_where_the_configuration_enforces(
    shell: Shell, status: str, expected: int
) -> None:
    methods: list[str] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        methods.append(environ["REQUEST_METHOD"])
        start_response(status, [("Content-Length", "0")])
        return []

    shell.write(".env", TEXT)
    with serving(app) as address:
        assert shell.envcors("probe", "--audit", address, CORS_CSRF_PROTECTION="enforce").status == expected
        assert methods[-1] == "ENVCORS-PROBE"
        methods.clear()
        assert shell.envcors("probe", "--audit", address).status == 0
    assert set(methods) == {"OPTIONS", "GET"}


def test_an_audit_of_an_unreachable_server_has_exit_status_3(shell: Shell) -> None:
    assert shell.envcors("probe", "--audit", f"http://127.0.0.1:{free_port()}/").status == 3


def test_a_response_without_end_is_not_read(shell: Shell) -> None:
    def endless(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield from (b"x" * 65_536 for _ in range(2_000))

    shell.write(".env", TEXT)
    with serving(CORSMiddleware(endless, POLICY)) as address:
        assert shell.envcors("probe", f"{address}/items").status == 0
