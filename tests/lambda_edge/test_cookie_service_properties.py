"""Properties of every answer of the cookie service, with generated headers and cookies."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from lambda_edge.cookie_service import Settings, respond
from tests.support.cookie_service_calls import NOW, request_for
from tests.support.example import make_settings
from tests.support.properties import examples
from tests.support.viewer_requests import set_cookies
from tools.preview.generated_response import validate

BROWSER_COOKIES = {"htjs_anonymous_id", "htjs_user_id"}
SERVER_COOKIES = {"htjs_anonymous_id_srvr", "htjs_user_id_srvr", "htjs_seen_srvr"}
ID_SERVER_COOKIES = {"htjs_anonymous_id_srvr", "htjs_user_id_srvr"}


# Requests in the shape of CloudFront's events. Most values are usual, and some are any text.

any_text = st.text()


def mostly(
    usual: st.SearchStrategy[str], other: st.SearchStrategy[str] = any_text
) -> st.SearchStrategy[str]:
    """Return a strategy that draws nine in ten texts from `usual`."""
    return st.integers(0, 9).flatmap(lambda n: other if n == 7 else usual)


cookie_names = mostly(
    st.sampled_from([*sorted(BROWSER_COOKIES), *sorted(SERVER_COOKIES) * 2, "session"])
)
times = st.sampled_from([0, 1, 3599, 3600, 82799, 82800, 86400, 700000, -300, -301]).map(
    lambda age: str(NOW - age)
)
odd_values = st.sampled_from(
    ["", '"a1"', "a=b==", '{"a":1}', "a,b=1", "\x01", "\x7f", "é", "x" * 4096]
)
values = times | st.sampled_from(["a1", "u1"]) | odd_values | any_text
pieces = mostly(st.builds("{}={}".format, cookie_names, values), cookie_names | any_text)
cookie_headers = st.builds(
    lambda separator, pieces: separator.join(pieces),
    mostly(st.just("; "), st.sampled_from([";", " ;\t", ";;", ", "])),
    st.lists(pieces, max_size=6),
)
origins = mostly(
    st.sampled_from(["https://example.com", "https://shop.example.com:8443"]),
    st.sampled_from(["null", "https://evil.test", "https://notexample.com", "://", "http://["])
    | any_text,
)
fetch_sites = mostly(
    st.sampled_from(["same-origin", "same-site"]), st.just("cross-site") | any_text
)


def entries(name: str, texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    """Return lists of a header's items in CloudFront's event, for one or several headers."""
    items = st.fixed_dictionaries({"key": st.just(name), "value": texts})
    return st.lists(items, min_size=1, max_size=3)


hosts = mostly(
    st.sampled_from(["www.example.com", "example.com", "a.b.shop.example.com:8443"]),
    st.sampled_from([f"{'a.' * 120}example.com", f"{'x' * 240}.example.com", "..example.com"])
    | any_text,
)
odd_paths = any_text | st.lists(
    st.sampled_from(["/", "/", ".", "..", "%2e", "%2F", "%72", "%2572", "%", "ht", "enew", "renew"])
).map("".join)
headers = st.fixed_dictionaries(
    {"host": entries("Host", hosts)},
    optional={
        "cookie": entries("Cookie", cookie_headers),
        "origin": entries("Origin", origins),
        "sec-fetch-site": entries("Sec-Fetch-Site", fetch_sites),
        "sec-gpc": entries("Sec-GPC", mostly(st.just("1"))),
        "x-anything": entries("X-Anything", any_text),
    },
)
requests = st.fixed_dictionaries(
    {
        "clientIp": st.sampled_from(["203.0.113.178", "2001:db8::1"]),
        "headers": headers,
        "method": mostly(st.just("POST"), st.sampled_from(["GET", "HEAD", "OPTIONS", "DELETE"])),
        "querystring": st.just("a=b"),
        "uri": mostly(st.sampled_from(["/ht/renew", "/ht/renew", "/ht/clear"]), odd_paths),
    }
)
clocks = st.just(NOW) | st.floats(NOW - 10**5, NOW + 10**5) | st.floats(0, 10**11)


def remembering(hours: int) -> Settings:
    """Return settings with `restore_after_hours`."""
    return make_settings(restore_after_seconds=hours * 3600)


restore_after = st.sampled_from([0, 0, 1, 23, 168])
deployments = st.builds(
    make_settings,
    restore_after_seconds=restore_after.map(lambda hours: hours * 3600),
    cookie_domain=st.sampled_from(["example.com", "example.com", "example.co.uk"]),
    cookie_domain_is_registrable=st.booleans(),
    honor_gpc=st.booleans(),
    mark_restored=st.booleans(),
    max_age_seconds=st.integers(86400, 34560000),
)

# A browser's cookies, by name. As in browsers, there are no control characters and no empty names.

kept_values = (
    st.sampled_from(["a1", "", '"a1"', "a=b==", '{"a":1}', "a, b=1", "%3B", "x" * 4074])
    | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters=";"))
).map(str.strip)
nothing: dict[str, str] = {}
browser_cookies = st.just(nothing) | st.fixed_dictionaries(
    {}, optional=dict.fromkeys(BROWSER_COOKIES, kept_values)
)
server_cookies = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(ID_SERVER_COOKIES, kept_values),
        "htjs_seen_srvr": mostly(times, kept_values),
    },
)
other_cookies = st.sampled_from([nothing, {"session": "s1"}, {"prefs": '{"a":1}'}, {"é": '"'}])
jars = st.builds(
    lambda *parts: {name: value for part in parts for name, value in part.items()},
    other_cookies,
    browser_cookies,
    server_cookies,
)


def call(uri: str, jar: Mapping[str, str], deployed: Settings, now: float = NOW) -> list[str]:
    """Return the `Set-Cookie` values that answer a browser with these cookies."""
    cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
    headers = [("Cookie", cookie)] if jar else []
    response = respond(request_for(uri, *headers), deployed, now)
    assert response is not None
    return set_cookies(response)


def scope_of(set_cookie: str) -> tuple[str, str, str]:
    """Return the name, the `Domain`, and the `Path` of a `Set-Cookie` value."""
    pair, *attributes = set_cookie.split("; ")
    scope = dict(attribute.split("=") for attribute in attributes if "=" in attribute)
    return pair.partition("=")[0], scope.get("Domain", ""), scope["Path"]


def apply(values: list[str], jar: Mapping[str, str]) -> dict[str, str]:
    """Return the browser's cookies after an answer with these `Set-Cookie` values."""
    after = dict(jar)
    for set_cookie in values:
        pair, *attributes = set_cookie.split("; ")
        name, _, value = pair.partition("=")
        if "Max-Age=0" in attributes and scope_of(set_cookie)[1:] == ("example.com", "/"):
            after.pop(name, None)
        elif "Max-Age=0" in attributes:
            continue  # This browser has no cookies of other scopes.
        else:
            after[name] = value
    return after


def renewed(jar: Mapping[str, str], deployed: Settings, now: float = NOW) -> dict[str, str]:
    return apply(call("/ht/renew", jar, deployed, now), jar)


def cleared(jar: Mapping[str, str], deployed: Settings) -> dict[str, str]:
    return apply(call("/ht/clear", jar, deployed), jar)


def without(names: set[str], jar: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in jar.items() if name not in names}


def only(names: set[str], jar: Mapping[str, str]) -> dict[str, str]:
    """Return the cookies of these names that have a value. An empty value counts as none."""
    return {name: value for name, value in jar.items() if name in names and value}


# Every request


@given(requests, deployments, clocks)
@examples(400)
def test_every_request_gets_an_answer_that_cloudfront_accepts(
    request: dict[str, Any], deployed: Settings, now: float
) -> None:
    """No request causes an exception or a 502. Another path gets no answer, or a 404."""
    response = respond(request, deployed, now)

    if request["uri"] in ("/ht/renew", "/ht/clear"):
        # The runtime passes the answer to CloudFront as JSON.
        assert validate(json.loads(json.dumps(response))).body == b"{}"
    else:
        assert response is None or response["status"] == "404"


@given(requests, deployments, clocks)
@examples(150)
def test_only_server_cookies_are_httponly(
    request: dict[str, Any], deployed: Settings, now: float
) -> None:
    """Only known cookies are set, each of them at most once in a scope."""
    response = respond(request | {"uri": "/ht/renew", "method": "POST"}, deployed, now)
    assert response is not None
    values = set_cookies(response)

    scopes = [scope_of(set_cookie) for set_cookie in values]
    assert len({*scopes}) == len(scopes)
    assert {name for name, _, _ in scopes} <= BROWSER_COOKIES | SERVER_COOKIES | {"htjs_restored"}
    for (name, _, _), set_cookie in zip(scopes, values, strict=True):
        assert set_cookie.endswith("; HttpOnly") == (name in SERVER_COOKIES)


@given(requests, deployments, clocks)
@examples(150)
def test_renew_sets_no_browser_cookie_if_one_was_sent(
    request: dict[str, Any], deployed: Settings, now: float
) -> None:
    """A browser cookie in the answer could undo a `reset()`."""
    first = {"key": "Cookie", "value": "htjs_user_id=u1"}
    headers = request["headers"] | {"cookie": [first, *request["headers"].get("cookie", [])]}
    sent = request | {"uri": "/ht/renew", "method": "POST", "headers": headers}

    response = respond(sent, deployed, now)

    assert response is not None
    for set_cookie in set_cookies(response):
        assert set_cookie.partition("=")[0] not in BROWSER_COOKIES


# A browser's cookies, call by call


@given(jars, restore_after)
@examples(150)
def test_renew_copies_ids_byte_for_byte(jar: dict[str, str], hours: int) -> None:
    """A cookie's value is that of its own browser or server cookie."""
    after = renewed(jar, remembering(hours))

    for browser in BROWSER_COOKIES:
        server = f"{browser}_srvr"
        if jar.get(browser):
            assert after[browser] == after[server] == jar[browser]
        elif after.get(browser):
            assert after[browser] == after[server] == jar[server]


@given(jars, restore_after)
@examples(150)
def test_renew_leaves_no_older_id_next_to_a_newer_id(jar: dict[str, str], hours: int) -> None:
    """After a renew with a browser cookie, the server cookies equal the browser cookies."""
    ids = only(BROWSER_COOKIES, jar)
    assume(ids)

    after = renewed(jar, remembering(hours))

    assert only(ID_SERVER_COOKIES, after) == {f"{name}_srvr": ids[name] for name in ids}


@given(jars, restore_after)
@examples(150)
def test_time_of_the_last_visit_stays_only_with_a_server_cookie(
    jar: dict[str, str], hours: int
) -> None:
    after = renewed(jar, remembering(hours))

    if not only(ID_SERVER_COOKIES, after):
        assert only(SERVER_COOKIES, after) == {}


@given(jars, restore_after)
@examples(150)
def test_second_renew_changes_nothing(jar: dict[str, str], hours: int) -> None:
    """The SDK sends four renew calls on a first view."""
    deployed = remembering(hours)

    once = renewed(jar, deployed)

    assert renewed(once, deployed) == once


@given(jars, restore_after)
@examples(150)
def test_other_cookies_do_not_change(jar: dict[str, str], hours: int) -> None:
    deployed = remembering(hours)
    own = BROWSER_COOKIES | SERVER_COOKIES

    assert without(own, renewed(jar, deployed)) == without(own, jar)
    assert without(SERVER_COOKIES, cleared(jar, deployed)) == without(SERVER_COOKIES, jar)


@given(jars, restore_after, st.integers(86400, 400 * 86400))
@examples(150)
def test_renew_restores_ids_that_itp_deleted(jar: dict[str, str], hours: int, later: int) -> None:
    """ITP deletes browser cookies after a day or more."""
    deployed = remembering(min(hours, 24))
    before = renewed(jar, deployed)

    back = renewed(without(BROWSER_COOKIES, before), deployed, NOW + later)

    assert only(BROWSER_COOKIES, back) == only(BROWSER_COOKIES, before)
    assert only(ID_SERVER_COOKIES, back) == only(ID_SERVER_COOKIES, before)


@given(jars, st.integers(1, 168), st.data())
@examples(150)
def test_renew_does_not_restore_ids_deleted_on_purpose(
    jar: dict[str, str], hours: int, data: st.DataObject
) -> None:
    """Browser cookies that vanish within the setting stay deleted, and server cookies expire."""
    deployed = remembering(hours)
    before = renewed(jar, deployed)
    assume(only(BROWSER_COOKIES, before))
    later = data.draw(st.integers(0, hours * 3600 - 1))

    after = renewed(without(BROWSER_COOKIES, before), deployed, NOW + later)

    assert after == without(BROWSER_COOKIES | SERVER_COOKIES, jar)


@given(jars, restore_after)
@examples(150)
def test_clear_leaves_no_server_cookie(jar: dict[str, str], hours: int) -> None:
    deployed = remembering(hours)

    after = cleared(renewed(jar, deployed), deployed)

    assert only(SERVER_COOKIES, after) == {}
    assert only(BROWSER_COOKIES, after) == only(BROWSER_COOKIES, renewed(jar, deployed))


@given(jars, restore_after, st.integers(0, 400 * 86400))
@examples(150)
def test_renew_restores_nothing_after_a_logout(jar: dict[str, str], hours: int, later: int) -> None:
    """`reset()` deletes the browser cookies, and clear deletes the server cookies."""
    deployed = remembering(hours)
    logged_out = cleared(without(BROWSER_COOKIES, renewed(jar, deployed)), deployed)

    after = renewed(logged_out, deployed, NOW + later)

    assert only(BROWSER_COOKIES | SERVER_COOKIES, after) == {}


# Planted cookies, and the opt-out signal


@given(
    jars, restore_after, st.lists(st.tuples(st.sampled_from(sorted(SERVER_COOKIES)), kept_values))
)
@examples(150)
def test_cookies_with_a_longer_path_do_not_change_what_renew_sets(
    jar: dict[str, str], hours: int, planted: list[tuple[str, str]]
) -> None:
    """A browser sends them first. The cookie service's own cookie of that name comes last."""
    deployed = remembering(hours)
    planted = [(name, value) for name, value in planted if jar.get(name)]
    cookie = "; ".join(f"{name}={value}" for name, value in [*planted, *jar.items()])

    response = respond(request_for("/ht/renew", ("Cookie", cookie)), deployed, NOW)

    assert response is not None
    values = set_cookies(response)
    assert [value for value in values if scope_of(value)[1:] == ("example.com", "/")] == call(
        "/ht/renew", jar, deployed
    )


@given(requests, deployments, clocks, st.sampled_from(["/ht/renew", "/ht/clear"]))
@examples(400)
def test_no_answer_to_a_visitor_who_opts_out_sets_a_value(
    request: dict[str, Any], deployed: Settings, now: float, uri: str
) -> None:
    signal = {"sec-gpc": [{"key": "Sec-GPC", "value": "1"}]}
    sent = request | {"uri": uri, "headers": request["headers"] | signal}
    deployed.honor_gpc = True

    response = respond(sent, deployed, now)

    assert response is not None
    for set_cookie in set_cookies(response):
        assert set_cookie.partition(";")[0].endswith("=")
        assert "; Max-Age=0;" in set_cookie
