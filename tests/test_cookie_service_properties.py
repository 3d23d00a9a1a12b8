"""What holds for every request: the cookie service against headers that nobody thought of."""

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lambda_edge.cookie_service import Settings, respond
from tools.preview.generated_response import validate

BROWSER_COOKIES = {"htjs_anonymous_id", "htjs_user_id"}
SERVER_COOKIES = {"htjs_anonymous_id_srvr", "htjs_user_id_srvr", "htjs_seen_srvr"}
ID_SERVER_COOKIES = {"htjs_anonymous_id_srvr", "htjs_user_id_srvr"}
NOW = 1_700_000_000

examples = settings(deadline=None, max_examples=150)

# Requests of CloudFront's shape: mostly such as reach the code, and now and then any text.

any_text = st.text()


def mostly(
    usual: st.SearchStrategy[str], other: st.SearchStrategy[str] = any_text
) -> st.SearchStrategy[str]:
    """Return text of which nine in ten are usual."""
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
    """Return lists of what CloudFront makes of one header, sent once or several times."""
    items = st.fixed_dictionaries({"key": st.just(name), "value": texts})
    return st.lists(items, min_size=1, max_size=3)


headers = st.fixed_dictionaries(
    {"host": entries("Host", st.just("www.example.com"))},
    optional={
        "cookie": entries("Cookie", cookie_headers),
        "origin": entries("Origin", origins),
        "sec-fetch-site": entries("Sec-Fetch-Site", fetch_sites),
        "x-anything": entries("X-Anything", any_text),
    },
)
requests = st.fixed_dictionaries(
    {
        "clientIp": st.sampled_from(["203.0.113.178", "2001:db8::1"]),
        "headers": headers,
        "method": mostly(st.just("POST"), st.sampled_from(["GET", "HEAD", "OPTIONS", "DELETE"])),
        "querystring": st.just("a=b"),
        "uri": mostly(st.sampled_from(["/ht/renew", "/ht/renew", "/ht/clear"])),
    }
)
clocks = st.just(NOW) | st.floats(NOW - 10**5, NOW + 10**5) | st.floats(0, 10**11)


def make_settings(
    restore_after_hours: int = 0,
    *,
    cookie_domain: str = "example.com",
    max_age_seconds: int = 31536000,
) -> Settings:
    return Settings(
        cookie_domain=cookie_domain,
        max_age_seconds=max_age_seconds,
        restore_after_seconds=restore_after_hours * 3600,
        renew_path="/ht/renew",
        clear_path="/ht/clear",
    )


restore_after = st.sampled_from([0, 0, 1, 23, 168])
deployments = st.builds(
    make_settings,
    restore_after_hours=restore_after,
    cookie_domain=st.sampled_from(["example.com", "example.com", "example.co.uk"]),
    max_age_seconds=st.integers(86400, 34560000),
)

# A browser's cookies, by name. Like browsers it holds no control characters and no empty names.

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
strangers = st.sampled_from([nothing, {"session": "s1"}, {"prefs": '{"a":1}'}, {"é": '"'}])
jars = st.builds(
    lambda *parts: {name: value for part in parts for name, value in part.items()},
    strangers,
    browser_cookies,
    server_cookies,
)


def call(uri: str, jar: Mapping[str, str], deployed: Settings, now: float = NOW) -> list[str]:
    """Return the `Set-Cookie` values that answer a browser with these cookies."""
    request: dict[str, Any] = {
        "clientIp": "203.0.113.178",
        "headers": {"host": [{"key": "Host", "value": "www.example.com"}]},
        "method": "POST",
        "querystring": "",
        "uri": uri,
    }
    if jar:
        cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
        request["headers"]["cookie"] = [{"key": "Cookie", "value": cookie}]
    response = respond(request, deployed, now)
    assert response is not None
    return [item["value"] for item in response["headers"].get("set-cookie", [])]


def apply(set_cookies: list[str], jar: Mapping[str, str]) -> dict[str, str]:
    """Return the browser's cookies after an answer."""
    after = dict(jar)
    for set_cookie in set_cookies:
        pair, *attributes = set_cookie.split("; ")
        name, _, value = pair.partition("=")
        if "Max-Age=0" in attributes:
            after.pop(name, None)
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
    """Return the cookies of these names that have a value: an empty one counts as none."""
    return {name: value for name, value in jar.items() if name in names and value}


# Whatever comes


@given(requests, deployments, clocks)
@settings(deadline=None, max_examples=400)
def test_every_request_gets_an_answer_that_cloudfront_takes(
    request: dict[str, Any], deployed: Settings, now: float
) -> None:
    """No exception, and no 502; on another path no answer at all."""
    response = respond(request, deployed, now)

    if request["uri"] in ("/ht/renew", "/ht/clear"):
        # As the runtime hands it to CloudFront.
        assert validate(json.loads(json.dumps(response))).body == b"{}"
    else:
        assert response is None


@given(requests, deployments, clocks)
@examples
def test_server_cookies_are_httponly_and_browser_cookies_never(
    request: dict[str, Any], deployed: Settings, now: float
) -> None:
    """And nobody else's cookie is ever set, each of ours at most once."""
    response = respond(request | {"uri": "/ht/renew", "method": "POST"}, deployed, now)
    assert response is not None
    set_cookies = [item["value"] for item in response["headers"].get("set-cookie", [])]

    by_name = {set_cookie.partition("=")[0]: set_cookie for set_cookie in set_cookies}
    assert len(by_name) == len(set_cookies)
    assert by_name.keys() <= BROWSER_COOKIES | SERVER_COOKIES
    for name, set_cookie in by_name.items():
        assert set_cookie.endswith("; HttpOnly") == (name in SERVER_COOKIES)


@given(requests, deployments, clocks)
@examples
def test_a_browser_cookie_is_never_set_beside_another(
    request: dict[str, Any], deployed: Settings, now: float
) -> None:
    """Whatever its value and whatever else came: that could undo a `reset()`."""
    first = {"key": "Cookie", "value": "htjs_user_id=u1"}
    headers = request["headers"] | {"cookie": [first, *request["headers"].get("cookie", [])]}
    sent = request | {"uri": "/ht/renew", "method": "POST", "headers": headers}

    response = respond(sent, deployed, now)

    assert response is not None
    for item in response["headers"].get("set-cookie", []):
        assert item["value"].partition("=")[0] not in BROWSER_COOKIES


# A browser's cookies, call by call


@given(jars, restore_after)
@examples
def test_what_is_copied_is_copied_byte_for_byte(jar: dict[str, str], hours: int) -> None:
    """An id that is set has the value of one that came, and comes from its twin."""
    after = renewed(jar, make_settings(hours))

    for browser in BROWSER_COOKIES:
        server = f"{browser}_srvr"
        if jar.get(browser):
            assert after[browser] == after[server] == jar[browser]
        elif after.get(browser):
            assert after[browser] == after[server] == jar[server]


@given(jars, restore_after)
@examples
def test_no_older_id_stays_beside_a_newer_one(jar: dict[str, str], hours: int) -> None:
    """After a renew that saw a browser cookie the server cookies are the browser cookies."""
    ids = only(BROWSER_COOKIES, jar)
    assume(ids)

    after = renewed(jar, make_settings(hours))

    assert only(ID_SERVER_COOKIES, after) == {f"{name}_srvr": ids[name] for name in ids}


@given(jars, restore_after)
@examples
def test_the_remembered_time_never_stays_alone(jar: dict[str, str], hours: int) -> None:
    """It is worth keeping only beside a server cookie that it speaks of."""
    after = renewed(jar, make_settings(hours))

    if not only(ID_SERVER_COOKIES, after):
        assert only(SERVER_COOKIES, after) == {}


@given(jars, restore_after)
@examples
def test_a_second_renew_changes_nothing(jar: dict[str, str], hours: int) -> None:
    """The SDK sends four on a first view."""
    deployed = make_settings(hours)

    once = renewed(jar, deployed)

    assert renewed(once, deployed) == once


@given(jars, restore_after)
@examples
def test_other_cookies_are_left_alone(jar: dict[str, str], hours: int) -> None:
    deployed = make_settings(hours)
    ours = BROWSER_COOKIES | SERVER_COOKIES

    assert without(ours, renewed(jar, deployed)) == without(ours, jar)
    assert without(SERVER_COOKIES, cleared(jar, deployed)) == without(SERVER_COOKIES, jar)


@given(jars, restore_after, st.integers(86400, 400 * 86400))
@examples
def test_what_itp_took_comes_back(jar: dict[str, str], hours: int, later: int) -> None:
    """After a day or more. The jar is then what it was before."""
    deployed = make_settings(min(hours, 24))
    before = renewed(jar, deployed)

    back = renewed(without(BROWSER_COOKIES, before), deployed, NOW + later)

    assert only(BROWSER_COOKIES, back) == only(BROWSER_COOKIES, before)
    assert only(ID_SERVER_COOKIES, back) == only(ID_SERVER_COOKIES, before)


@given(jars, st.integers(1, 168), st.data())
@examples
def test_what_was_deleted_on_purpose_stays_away(
    jar: dict[str, str], hours: int, data: st.DataObject
) -> None:
    """Within the setting after a renew: nothing comes back and nothing of ours remains."""
    deployed = make_settings(hours)
    before = renewed(jar, deployed)
    assume(only(BROWSER_COOKIES, before))
    later = data.draw(st.integers(0, hours * 3600 - 1))

    after = renewed(without(BROWSER_COOKIES, before), deployed, NOW + later)

    assert after == without(BROWSER_COOKIES | SERVER_COOKIES, jar)


@given(jars, restore_after)
@examples
def test_clear_leaves_no_server_cookie(jar: dict[str, str], hours: int) -> None:
    deployed = make_settings(hours)

    after = cleared(renewed(jar, deployed), deployed)

    assert only(SERVER_COOKIES, after) == {}
    assert only(BROWSER_COOKIES, after) == only(BROWSER_COOKIES, renewed(jar, deployed))


@given(jars, restore_after, st.integers(0, 400 * 86400))
@examples
def test_a_logout_is_final(jar: dict[str, str], hours: int, later: int) -> None:
    """`reset()` takes the browser cookies, clear the server cookies: nothing comes back."""
    deployed = make_settings(hours)
    logged_out = cleared(without(BROWSER_COOKIES, renewed(jar, deployed)), deployed)

    after = renewed(logged_out, deployed, NOW + later)

    assert only(BROWSER_COOKIES | SERVER_COOKIES, after) == {}
