"""Typical mistakes from real files: the repaired value, and what is dropped."""

from __future__ import annotations

import pytest

from envcors.repair import Kind, repair, repair_items

A, B, C = "https://a.example.com", "https://b.example.com", "https://c.example.com"
ORIGINS, DENY = Kind.ORIGINS, Kind.DENY_ORIGINS
METHODS, HEADERS, PATHS = Kind.METHODS, Kind.REQUEST_HEADERS, Kind.PATHS

# (kind, written text, repaired value)
LISTS: list[tuple[Kind, str, tuple[str, ...] | None]] = [
    # quotes, brackets and escapes around a list
    (ORIGINS, f'"{A},{B}"', (A, B)),
    (ORIGINS, f"'{A}', '{B}'", (A, B)),
    (ORIGINS, f'"{A}","{B}"', (A, B)),
    (ORIGINS, f"\u201c{A}\u201d", (A,)),
    (ORIGINS, f'\'["{A}", "{B}"]\'', (A, B)),
    (ORIGINS, f'"[\\"{A}\\", \\"{B}\\"]"', (A, B)),
    (ORIGINS, f'[\\"{A}\\"]', (A,)),
    (ORIGINS, f"['{A}', '{B}']", (A, B)),
    (ORIGINS, f"('{A}', '{B}')", (A, B)),
    (ORIGINS, f"('{A}',)", (A,)),
    (ORIGINS, f"{{'{A}', '{B}'}}", (A, B)),
    (ORIGINS, f"set(['{A}', '{B}'])", (A, B)),
    (ORIGINS, f"frozenset({{'{A}'}})", (A,)),
    (ORIGINS, f"[{A}, {B}]", (A, B)),
    (ORIGINS, f'["{A}", "{B}', (A, B)),
    (ORIGINS, "['https://[::1]']", ("https://[::1]",)),
    (ORIGINS, "[::1]:3000", ("http://[::1]:3000",)),
    (ORIGINS, f"{A}\\n{B}", (A, B)),
    (ORIGINS, f"{A}\\r\\n{B}\\n", (A, B)),
    (ORIGINS, f"{A} \\\n  {B}", (A, B)),
    (ORIGINS, f"{A},\\\n{B} \\", (A, B)),
    (ORIGINS, f"- {A}\n- {B}", (A, B)),
    (ORIGINS, f"- {A}", None),
    (ORIGINS, f"{A};{B}", (A, B)),
    (ORIGINS, f"{A}|{B}", (A, B)),
    (ORIGINS, f'{{"{A}": true}}', (A,)),
    (ORIGINS, f'{{"{A}": true, "{B}": false}}', None),
    (METHODS, "['PUT', ['GET']]", ("PUT",)),
    (METHODS, "['PUT',],", ("PUT",)),
    (METHODS, '{"GET": false}', None),
    (METHODS, '{"GET": true, "PUT": true}', ("GET", "PUT")),
    (METHODS, '{"GET": 1}', None),
    (METHODS, '"[\\"GET\\",\\"PUT\\"]"', ("GET", "PUT")),
    (METHODS, "export CORS_METHODS=GET,PUT", ("GET", "PUT")),
    (METHODS, "('GET', 'PUT')", ("GET", "PUT")),
    (METHODS, "GET\\\nPUT", ("GET", "PUT")),
    (METHODS, "[1]", None),
    # the name of the variable before the value
    (ORIGINS, f"CORS_ORIGINS={A}", (A,)),
    (ORIGINS, f"'CORS_ORIGINS={A}'", (A,)),
    (ORIGINS, f'CORS_ORIGINS="{A},{B}"', (A, B)),
    (ORIGINS, f"export CORS_ORIGINS={A}", (A,)),
    (ORIGINS, f"ENV CORS_ORIGINS={A}", (A,)),
    (ORIGINS, f"set CORS_ORIGINS={A}", (A,)),
    (ORIGINS, f"CORS_ORIGINS: {A}", (A,)),
    (ORIGINS, f"CORS_ORIGINS:{A}", (A,)),
    (ORIGINS, f'$env:CORS_ORIGINS="{A}"', (A,)),
    (ORIGINS, f'Environment="CORS_ORIGINS={A}"', (A,)),
    (ORIGINS, f"- CORS_ORIGINS={A}", (A,)),
    (ORIGINS, f"SHOP_CORS_RESOURCES__API__ORIGINS={A}", (A,)),
    (ORIGINS, f"CORS_DENY_ORIGINS={A}", None),
    (ORIGINS, f"CORS_BLOCKED_ORIGINS={A}", None),
    (ORIGINS, f"CORS_METHODS={A}", None),
    (DENY, f"CORS_ORIGINS={A}", None),
    (ORIGINS, f"{A} CORS_DENY_ORIGINS={B}", None),
    (ORIGINS, f"CORS_ORIGINS={A}\nCORS_DENY_ORIGINS={B}", None),
    (ORIGINS, f"CORS_ORIGINS:\n  - {A}\n  - {B}", (A, B)),
    (METHODS, "CORS_METHODS=PUT", ("PUT",)),
    # comments
    (ORIGINS, f"{A} # {B}", (A,)),
    (ORIGINS, f"{A},#{B}", (A,)),
    (ORIGINS, f"# {A}\n{B}", (B,)),
    (ORIGINS, f"#{A},{B}\n{C}", (C,)),
    (ORIGINS, f"{A}\n// {B}\n{C}", (A, C)),
    (ORIGINS, f"# {A}\\n{B}", ()),  # it is unclear whether the comment ends there
    (ORIGINS, f"{A}\\n# {B}", (A,)),
    (ORIGINS, f"# {A} \\\n{B}", ()),
    (ORIGINS, f"{A} /* {B} */ {C}", (A,)),
    (ORIGINS, f"{A} <!-- {B} -->\n{C}", (A, C)),
    (ORIGINS, f"{A}\n; {B}\n", (A,)),
    (ORIGINS, f"['{A}', # '{B}'\n'{C}']", (A, C)),
    (ORIGINS, f'["{A}", "# {B}"]', (A,)),
    (ORIGINS, f'["#{A} {B}"]', ()),
    (ORIGINS, "//app.example.com", ()),
    (METHODS, "GET,POST # no DELETE yet", ("GET", "POST")),
    (METHODS, "GET\n# PUT\nPOST", ("GET", "POST")),
    (HEADERS, "X-A # X-B", ("X-A",)),
    (PATHS, "/api/* # /admin/*", ("/api/*",)),
    (PATHS, "/api/* // /admin/*", ("/api/*",)),
    # references that were not expanded
    (ORIGINS, "${ORIGIN}", None),
    (ORIGINS, "https://${HOST:-a.example.com}", None),
    (ORIGINS, f"{A},$FRONTEND", None),
    (ORIGINS, "$(ORIGINS)", None),
    (ORIGINS, "%ORIGINS%", None),
    (ORIGINS, "{{ .Values.origins }}", None),
    (ORIGINS, "<% origins %>", None),
    (METHODS, "$METHODS", None),
    (PATHS, "/${BASE}/*", None),
    (ORIGINS, f"{A} # ${{OLD}}", (A,)),
    # origins
    (ORIGINS, "https://A.Example.com/", (A,)),
    (ORIGINS, "HTTPS://a.example.com:443/x?y#z", (A,)),
    (ORIGINS, "https://a.example.com:08443", (f"{A}:8443",)),
    (ORIGINS, "https://user:pw@a.example.com", (A,)),
    (ORIGINS, "https://b.example.com@a.example.com", None),
    (ORIGINS, "a.example.com", (A,)),
    (ORIGINS, "*.example.com", ("https://*.example.com",)),
    (ORIGINS, "a.example.com:80", ("http://a.example.com",)),
    (ORIGINS, "localhost:3000", ("http://localhost:3000",)),
    (ORIGINS, "localhost", ("http://localhost",)),
    (ORIGINS, "https//a.example.com", (A,)),
    (ORIGINS, "https:/a.example.com", (A,)),
    (ORIGINS, "HTTPS:a.example.com/", (A,)),
    (ORIGINS, "https:\\\\a.example.com", (A,)),
    (ORIGINS, "https://b\u00fccher.example", ("https://xn--bcher-kva.example",)),
    (ORIGINS, "https://fa\u00df.example", ("https://xn--fa-hia.example",)),
    (ORIGINS, "https://[2001:DB8:0:0:0:0:0:1]", ("https://[2001:db8::1]",)),
    (ORIGINS, "https://[::ffff:8.8.8.8]", ("https://[::ffff:808:808]",)),
    (ORIGINS, f"{A},null,undefined", (A,)),
    (ORIGINS, "*", ("*",)),
    (ORIGINS, f"!{A}", None),
    (ORIGINS, f"-{A}", None),
    (ORIGINS, f"not {A}", None),
    (ORIGINS, f"* except {A}", None),
    (ORIGINS, f"{A}{B}", None),
    (ORIGINS, f"{A}\\{B}", None),
    (ORIGINS, "file:///home/me/index.html", None),
    (ORIGINS, "https://a.*.example.com", None),
    (ORIGINS, "https://example.com:99999", None),
    (ORIGINS, "https://256.0.0.1", None),
    (ORIGINS, "https://xn--a.example", None),
    (ORIGINS, "javascript:alert(1)", None),
    (ORIGINS, "data:text/html,x", None),
    (ORIGINS, "app", None),
    (ORIGINS, "https:", None),
    # regular expressions as origins
    (ORIGINS, r"https://.*\.example\.com$", ("https://*.example.com",)),
    (ORIGINS, r"^https:\/\/.*\.example\.com$", ("https://*.example.com",)),
    (ORIGINS, r"https://(.*\.)?example\.com", ("https://example.com", "https://*.example.com")),
    (ORIGINS, r"https://(www\.)?example\.com", ("https://example.com", "https://www.example.com")),
    (ORIGINS, r"https://(?:a|b)\.example\.com", (A, B)),
    (ORIGINS, r"/^https:\/\/a\.example\.com\/?$/", (A,)),
    (ORIGINS, r"https?://a\.example\.com", ("http://a.example.com", A)),
    (ORIGINS, "https?://a.example.com", ("http://a.example.com", A)),
    (ORIGINS, r"^(https://a\.example\.com|https://b\.example\.com)$", (A, B)),
    (ORIGINS, r"http://localhost:\d+", ("http://localhost:*",)),
    (ORIGINS, r"http://localhost(:[0-9]+)?", ("http://localhost", "http://localhost:*")),
    (ORIGINS, r"https://[^.]+\.example\.com", None),
    (ORIGINS, r"https://[a-z0-9-]+\.example\.com", None),
    (ORIGINS, r"https://\w+\.example\.com", None),
    (ORIGINS, r"https://.*example\.com", ("https://example.com", "https://*.example.com")),
    (ORIGINS, r"https://a\.example\.com(?!\.evil)", None),
    (ORIGINS, r"https://(a|b", None),
    (ORIGINS, r"http://localhost:\d{4}", None),
    (ORIGINS, ".*", None),
    # denied origins: no item may be dropped
    (DENY, "https://A.example.com/", (A,)),
    (DENY, f"{A} # {B}", (A,)),
    (DENY, f"{A},nonsense://", None),
    (DENY, "*", None),
    # methods
    (METHODS, "GET|POST|PUT", ("GET", "POST", "PUT")),
    (METHODS, "GET/POST", ("GET", "POST")),
    (METHODS, "GET;POST", ("GET", "POST")),
    (METHODS, "'GET','PUT'", ("GET", "PUT")),
    (METHODS, "patch,PUT", ("PATCH", "PUT")),
    (METHODS, "Propfind", ("PROPFIND",)),
    (METHODS, "get", ("get",)),
    (METHODS, "ALL", None),
    (METHODS, "any,PUT", ("PUT",)),
    (METHODS, "None", None),
    (METHODS, "!DELETE,GET", ("GET",)),
    (METHODS, "-DELETE,GET", ("GET",)),
    (METHODS, "- DELETE", None),
    (METHODS, "GET, ! DELETE", None),
    (METHODS, "GET,POST,no DELETE", None),
    (METHODS, "*", ("*",)),
    # names of headers
    (HEADERS, "`X-A`", ("X-A",)),
    (HEADERS, "X-A;X-B:;", ("X-A", "X-B")),
    (HEADERS, "X-A|X-B", ("X-A", "X-B")),
    (HEADERS, "Content-Type: application/json", ("Content-Type",)),
    (HEADERS, "X-Token: secret, X-B", ("X-Token", "X-B")),
    (HEADERS, "X-Token: x,X-B", ("X-Token", "X-B")),
    (HEADERS, "X-*,X-A", ("X-A",)),
    (HEADERS, "!Authorization,X-A", ("X-A",)),
    (HEADERS, "Content Type:,Authorization", ("Content-Type", "Authorization")),
    (HEADERS, "X-A, x requested with ,X-B", ("X-A", "x-requested-with", "X-B")),
    (HEADERS, "Content_Type,X-A", ("Content-Type", "X-A")),
    (HEADERS, "X-A X-B,X-C", ("X-A", "X-B", "X-C")),
    (HEADERS, "all", None),
    (HEADERS, "X-A,X/Y", ("X-A",)),
    (Kind.RESPONSE_HEADERS, "'X-A' 'X-B'", ("X-A", "X-B")),
    (Kind.RESPONSE_HEADERS, "(X-A)", ("X-A",)),
    (Kind.RESPONSE_HEADERS, "X-Request-Id:", ("X-Request-Id",)),
    # paths
    (PATHS, "api/*", ("/api/*",)),
    (PATHS, "^/api/.*$", ("/api/*",)),
    (PATHS, "/api/(.*)", ("/api/*",)),
    (PATHS, "/api/**", ("/api/*",)),
    (PATHS, "/v1*", ("/v1/*",)),
    (PATHS, "*", ("/*",)),
    (PATHS, "/q?x", ("/q",)),
    (PATHS, "/a//b", ("/a/b",)),
    (PATHS, "/%41", ("/A",)),
    (PATHS, "/caf%C3%A9", ("/caf\u00e9",)),
    (PATHS, "https://a.example.com/api/*", ("/api/*",)),
    (PATHS, '"/api/*","/v1/*"', ("/api/*", "/v1/*")),
    (PATHS, r"\/api\/.*", ("/api/*",)),
    (PATHS, r"/api/v\d+/.*", None),
    (PATHS, "/api/v[0-9]/x", None),
    (PATHS, "/api/*/x", None),
    (PATHS, "/(api|v1)/*", ("/api/*", "/v1/*")),
    (PATHS, r"^/api/(?:users|orders)/.*$", ("/api/users/*", "/api/orders/*")),
    (PATHS, r"/api/v[12]/items", ("/api/v1/items", "/api/v2/items")),
    (PATHS, r"/api(/.*)?", ("/api", "/api/*")),
    (PATHS, r"/api/.*\.json", None),
    (PATHS, "/a/../b", None),
    (PATHS, "/%2541", None),
    # rules and variables
    (Kind.RULES, "ORIGIN_LOCAL", ("origin-local",)),
    (Kind.RULES, "'origin-local'", ("origin-local",)),
    (Kind.RULES, "!origin-local,origin-any", ("origin-any",)),
    (Kind.RULES, "no origin-local", None),
    (Kind.VARIABLES, "'CORS_PROXY'; CORS_X", ("CORS_PROXY", "CORS_X")),
    (Kind.VARIABLES, "CORS_PROXY_*,CORS_X", ("CORS_X",)),
    (Kind.VARIABLES, "CORS_IGNORE=CORS_X", ("CORS_X",)),
]


@pytest.mark.parametrize(("kind", "text", "value"), LISTS)
def test_a_repaired_list_keeps_the_items_with_a_clear_meaning(
    kind: Kind, text: str, value: tuple[str, ...] | None
) -> None:
    assert repair(text, kind).value == value


# (kind, written text, repaired value)
SCALARS: list[tuple[Kind, str, object]] = [
    (Kind.BOOLEAN, '"true"', True),
    (Kind.BOOLEAN, "'true'", True),
    (Kind.BOOLEAN, "true # cookies", True),
    (Kind.BOOLEAN, "false // true", False),
    (Kind.BOOLEAN, "True,", True),
    (Kind.BOOLEAN, "TRUE;", True),
    (Kind.BOOLEAN, "enabled", True),
    (Kind.BOOLEAN, "Disabled", False),
    (Kind.BOOLEAN, "CORS_SUPPORTS_CREDENTIALS=true", True),
    (Kind.BOOLEAN, "CORS_DISABLE_CREDENTIALS=true", None),
    (Kind.BOOLEAN, "tru", True),
    (Kind.BOOLEAN, "ture", True),
    (Kind.BOOLEAN, "Flase", False),
    (Kind.BOOLEAN, "fals", False),
    (Kind.BOOLEAN, "untrue", None),
    (Kind.BOOLEAN, "try", None),
    (Kind.BOOLEAN, "trust", None),
    (Kind.BOOLEAN, "# true", None),
    (Kind.BOOLEAN, "true false", None),
    (Kind.BOOLEAN, "2", None),
    (Kind.BOOLEAN, "${CREDENTIALS}", None),
    (Kind.WHOLE_SECONDS, '"3600"', 3600),
    (Kind.WHOLE_SECONDS, "1h", 3600),
    (Kind.WHOLE_SECONDS, "10m", 600),
    (Kind.WHOLE_SECONDS, "600s", 600),
    (Kind.WHOLE_SECONDS, "1h30m", 5400),
    (Kind.WHOLE_SECONDS, "1 day", 86400),
    (Kind.WHOLE_SECONDS, "10 Minutes", 600),
    (Kind.WHOLE_SECONDS, "3600.0", 3600),
    (Kind.WHOLE_SECONDS, "1e3", 1000),
    (Kind.WHOLE_SECONDS, "1_000", 1000),
    (Kind.WHOLE_SECONDS, "600 # ten minutes", 600),
    (Kind.WHOLE_SECONDS, "-5", -5),
    (Kind.WHOLE_SECONDS, "CORS_MAX_AGE: 600", 600),
    (Kind.WHOLE_SECONDS, "1,000", None),
    (Kind.WHOLE_SECONDS, "1.5", None),
    (Kind.WHOLE_SECONDS, "0x10", None),
    (Kind.WHOLE_SECONDS, "600 700", None),
    (Kind.WHOLE_SECONDS, "%AGE%", None),
    (Kind.SECONDS, '"0.5"', 0.5),
    (Kind.SECONDS, "500ms", 0.5),
    (Kind.SECONDS, "1m", 60.0),
    (Kind.SECONDS, "0,5", 0.5),
    (Kind.SECONDS, "2,25", 2.25),
    (Kind.SECONDS, "0,125", 0.125),
    (Kind.SECONDS, "1,000", None),
    (Kind.SECONDS, "1,5,5", None),
    (Kind.SECONDS, "-1", None),
    (Kind.SECONDS, "nan", None),
    (Kind.MODE, "dev", "development"),
    (Kind.MODE, "prod", "production"),
    (Kind.MODE, "Production", "production"),
    (Kind.MODE, '"development"', "development"),
    (Kind.MODE, "production # not development", "production"),
    (Kind.MODE, "staging", None),
    (Kind.MODE, "production,development", None),
    (Kind.MODE, "FLASK_ENV=development", None),
    (Kind.RESOURCES, "{'/a': {'max_age': 5}}", '{"/a": {"max_age": 5}}'),
    (Kind.RESOURCES, "{'/a': {'supports_credentials': True}}", '{"/a": {"supports_credentials": true}}'),
    (Kind.RESOURCES, '{"/a": {"max_age": None,},}', '{"/a": {"max_age": null}}'),
    (Kind.RESOURCES, "'{\"/a\": {}}'", '{"/a": {}}'),
    (Kind.RESOURCES, '"{\\"/a\\": {}}"', '{"/a": {}}'),
    (Kind.RESOURCES, '{"/a": {} // "/b": {}\n}', '{"/a": {}}'),
    (Kind.RESOURCES, '{"/a": {"origins": ["https://a.io"]} /* , "/b": {} */}', '{"/a": {"origins": ["https://a.io"]}}'),
    (Kind.RESOURCES, '{\n  "/a": {}\n}', '{"/a": {}}'),
    (Kind.RESOURCES, '{"/a": {}, "/a": {"max_age": 1}}', None),
    (Kind.RESOURCES, "{'/a': 5", None),
    (Kind.RESOURCES, '["/a"]', None),
    (Kind.RESOURCES, '{"/a": {"origins": "${X}"}}', None),
    (Kind.PATH, '"/etc/cors"', "/etc/cors"),
    (Kind.PATH, "/etc/cors # mounted", "/etc/cors"),
    (Kind.PATH, "CORS_CONFIG_DIR=/etc/cors", "/etc/cors"),
    (Kind.PATH, "file:///etc/cors", "/etc/cors"),
    (Kind.PATH, "/${DIR}", None),
    (Kind.URL, "'redis://:pa$Sword@cache:6379/0'", "redis://:pa$Sword@cache:6379/0"),
    (Kind.URL, "redis://cache # the cache", "redis://cache"),
    (Kind.URL, "CORS_ORIGINS_STORE=rediss://cache", "rediss://cache"),
    (Kind.URL, "cache:6379", None),
]


@pytest.mark.parametrize(("kind", "text", "value"), SCALARS)
def test_a_value_is_repaired_if_its_meaning_is_clear(kind: Kind, text: str, value: object) -> None:
    found = repair(text, kind).value
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [("'off'", "off"), ("Report", "report"), ("enforced", "enforce"), ("false", "off"), ("on", None), ("of", None)],
)
def test_a_choice_is_repaired_to_one_of_its_words(text: str, value: str | None) -> None:
    assert repair(text, Kind.CHOICE, choices=("off", "report", "enforce")).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("origins-any,ORIGIN_LOCAL", ("origin-any", "origin-local")),
        ("no-origin-any,origin-local", ("origin-local",)),
        ("origin-any-ports", ("origin-any-port",)),
        ("nothing", None),
    ],
)
def test_a_rule_is_repaired_to_an_existing_rule(text: str, value: tuple[str, ...] | None) -> None:
    rules = ("origin-any", "origin-any-port", "origin-local")
    assert repair(text, Kind.RULES, choices=rules).value == value


@pytest.mark.parametrize(
    ("items", "kind", "value"),
    [
        (["https://A.example.com/", B], ORIGINS, (A, B)),
        ([f"{A}, {B}"], ORIGINS, (A, B)),
        ([f"{A} # {B}", C], ORIGINS, (A, C)),
        (["/a b", "c"], PATHS, ("/a b", "/c")),
        (["GET|PUT"], METHODS, ("GET", "PUT")),
        ([A, "${HOST}"], ORIGINS, None),
    ],
)
def test_a_list_that_was_already_split_is_repaired_item_by_item(
    items: list[str], kind: Kind, value: tuple[str, ...] | None
) -> None:
    assert repair_items(items, kind).value == value


@pytest.mark.parametrize(
    ("kind", "text", "dropped", "why"),
    [
        (ORIGINS, f"{A} # {B}", f"# {B}", "comment"),
        (ORIGINS, f"{A},nonsense://", "nonsense://", "host"),
        (ORIGINS, rf"{A},https://[^.]+\.example\.com", r"https://[^.]+\.example\.com", "any depth"),
        (METHODS, "!DELETE,GET", "!DELETE", "not a method"),
        (HEADERS, "X-*,X-A", "X-*", "Only * alone"),
        (PATHS, r"/api/v\d+/.*,/a", r"/api/v\d+/.*", "regular expression"),
        (Kind.BOOLEAN, "true # cookies", "# cookies", "comment"),
        (ORIGINS, "${X-default}", "${X-default}", "was not expanded"),
    ],
)
def test_each_dropped_text_is_named_with_its_reason(kind: Kind, text: str, dropped: str, why: str) -> None:
    ((found, reason),) = repair(text, kind).dropped
    assert found == dropped
    assert why in reason


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        (Kind.BOOLEAN, '"true"', "The quotes are part of the value."),
        (ORIGINS, f"CORS_ORIGINS={A}", "The name of the variable"),
        (ORIGINS, f"['{A}']", "brackets"),
        (ORIGINS, "${X:-y}", "${X:-y} was not expanded: a shell or Docker Compose"),
        (ORIGINS, "%X1%", "cmd.exe"),
        (ORIGINS, "{{ .Values.x }}", "Helm"),
        (ORIGINS, "$(X)", "kubelet"),
        (DENY, f"{A},x", "more would be allowed"),
        (Kind.MODE, "x" * 2001, "too long"),
        (ORIGINS, f"{A},{B}", ""),
    ],
)
def test_the_reason_of_the_whole_value_is_one_sentence(kind: Kind, text: str, why: str) -> None:
    found = repair(text, kind).why
    assert why in found
    assert found.count(". ") == 0
    assert bool(why) is bool(found)
