"""The shipped configurations of real proxies are sound, and each usual mistake in them is named by its cause."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.processes import run
from tests.proxies.proxy import PROXIES, VARIABLES, proxied

pytestmark = pytest.mark.proxies


def probe(address: str, directory: Path, *arguments: str, path: str = "/items") -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "envcors.cli", "probe", f"{address}{path}", "--format", "json", *arguments]
    ended = run(command, VARIABLES, cwd=directory)
    return ended.status, json.loads(ended.stdout)


@pytest.mark.parametrize("name", PROXIES)
def test_a_shipped_configuration_changes_nothing(name: str, tmp_path: Path) -> None:
    with proxied(name, tmp_path) as address:
        for path in ("/items", "/broken", "/missing"):
            status, content = probe(address, tmp_path, path=path)
            assert (status, content["diagnosis"]) == (0, None), content
        assert probe(address, tmp_path, "--audit")[0] == 0


NGINX = [
    ("header-added-twice", "add_header Access-Control-Allow-Origin * always;"),
    ("origin-removed", 'proxy_set_header Origin "";'),
    ("headers-removed", "proxy_hide_header Access-Control-Allow-Origin;"),
    ("vary-removed", "proxy_hide_header Vary;"),
    ("options-answered", "if ($request_method = OPTIONS) { return 204; }"),
    ("options-not-allowed", "if ($request_method = OPTIONS) { return 405; }"),
    ("login-before-options", 'auth_basic "x"; auth_basic_user_file /dev/null;'),
    ("redirect-to-https", "return 301 https://$http_host$request_uri;"),
    ("redirect-of-slash", "rewrite ^(/items)$ $1/ permanent;"),
    ("redirect-to-login", "return 302 https://sso.example.com/login;"),
    ("gateway-error", "return 503;"),
]
HAPROXY = [
    ("header-added-twice", "http-response add-header Access-Control-Allow-Origin *"),
    ("origin-removed", "http-request del-header Origin"),
    ("headers-removed", "http-response del-header Access-Control-Allow-Origin"),
    ("vary-removed", "http-response del-header Vary"),
    ("options-answered", "http-request return status 200 if METH_OPTIONS"),
    ("options-not-allowed", "http-request deny deny_status 405 if METH_OPTIONS"),
    ("login-before-options", "http-request auth realm x"),
    ("redirect-to-https", "http-request redirect scheme https"),
    ("gateway-error", "http-request deny deny_status 503"),
]
APACHE = [
    ("header-added-twice", 'Header always add Access-Control-Allow-Origin "*"'),
    ("origin-removed", "RequestHeader unset Origin"),
    ("headers-removed", "Header unset Access-Control-Allow-Origin"),
    ("vary-removed", "Header unset Vary"),
    ("options-answered", "RewriteEngine On\nRewriteCond %{REQUEST_METHOD} OPTIONS\nRewriteRule ^ - [R=204,L]"),
    ("options-not-allowed", "RewriteEngine On\nRewriteCond %{REQUEST_METHOD} OPTIONS\nRewriteRule ^ - [R=405,L]"),
    ("redirect-to-https", "RewriteEngine On\nRewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]"),
    ("redirect-to-login", "RewriteEngine On\nRewriteRule ^ https://sso.example.com/login [R=302,L]"),
]
VARNISH = [
    ("origin-removed", "unset req.http.Origin;", ""),
    ("vary-removed", "return (pass);", "unset resp.http.Vary;"),
    ("headers-removed", "return (pass);", "unset resp.http.Access-Control-Allow-Origin;"),
]
MISTAKES = [
    *(("nginx", cause, directive, "") for cause, directive in NGINX),
    *(("haproxy", cause, directive, "") for cause, directive in HAPROXY),
    *(("apache", cause, directive, "") for cause, directive in APACHE),
    *(("varnish", cause, directive, response) for cause, directive, response in VARNISH),
]


@pytest.mark.parametrize(
    ("name", "cause", "request_", "response"), MISTAKES, ids=[f"{name}-{cause}" for name, cause, *_ in MISTAKES]
)
def test_what_is_wrong_with_a_real_proxy_is_named(
    name: str, cause: str, request_: str, response: str, tmp_path: Path
) -> None:
    with proxied(name, tmp_path, request_, response) as address:
        status, content = probe(address, tmp_path)
    assert status == 1
    assert content["diagnosis"]["cause"] == cause, content["diagnosis"]


@pytest.mark.parametrize("name", ["nginx", "haproxy", "apache", "varnish"])
def test_a_proxy_without_its_application_is_named(name: str, tmp_path: Path) -> None:
    with proxied(name, tmp_path, application=False) as address:
        status, content = probe(address, tmp_path)
    assert status == 1  # a response came
    assert content["diagnosis"]["cause"] == "gateway-error"
