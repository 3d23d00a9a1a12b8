"""Requests through the two proxies: what is accepted, and each way in which an answer is wrong."""

from collections.abc import Callable, Sequence

import httpx
import pytest

from tests.live_hosts import Answer, client, events_proxy, sdk_proxy, serve
from tools.doctor.live_requests import Via, connect, preflight, sdk_file
from tools.doctor.report import Finding, NotCheckable, Remark

SDK_FILE = "https://cdn.example.com/browser/release/v1-latest/events.min.js"
TRACK = "https://events.example.com/v1/track"


def fixed(status: int, **headers: str) -> Answer:
    """Return the same answer to each request; header names with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, headers=named)


def in_turn(responses: Sequence[httpx.Response]) -> Answer:
    remaining = iter(responses)
    return lambda _: next(remaining)


def script(x_cache: str) -> httpx.Response:
    headers = {"content-type": "text/javascript; charset=utf-8", "x-cache": x_cache}
    return httpx.Response(200, headers=headers)


def refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]", request=request)


def ask_sdk(answer: Answer, *, is_cached: bool = True) -> list[Remark]:
    with client(answer) as http:
        return list(sdk_file(http, "cdn.example.com", is_cached=is_cached))


def ask_events(answer: Answer) -> list[Remark]:
    with client(answer) as http:
        return list(preflight(http, "events.example.com", "example.com"))


def what(remarks: list[Remark]) -> list[str]:
    assert all(isinstance(one, Finding) and one.remedy for one in remarks)
    return [one.what for one in remarks]


# The SDK's file


def test_script_that_comes_from_the_cache_at_the_second_request() -> None:
    assert ask_sdk(sdk_proxy()) == []


def test_one_edge_location_has_several_caches() -> None:
    answers = [script("Miss from cloudfront")] * 3 + [script("RefreshHit from cloudfront")]
    assert ask_sdk(in_turn(answers)) == []


def test_script_that_is_never_cached() -> None:
    found = ask_sdk(fixed(200, content_type="text/javascript", x_cache="Miss from cloudfront"))
    assert what(found) == [
        f"{SDK_FILE} was not in CloudFront's cache for any of 4 requests "
        "(x-cache: Miss from cloudfront)"
    ]


def test_script_from_a_server_that_is_not_cloudfront() -> None:
    found = ask_sdk(fixed(200, content_type="text/javascript"))
    assert what(found) == [
        f"{SDK_FILE} was not in CloudFront's cache for any of 4 requests (x-cache: none)"
    ]


def test_page_in_the_scripts_place() -> None:
    found = ask_sdk(fixed(200, content_type="text/html", x_cache="Hit from cloudfront"))
    assert what(found) == [f"{SDK_FILE} answers with text/html in place of JavaScript"]


@pytest.mark.parametrize("status", [301, 403, 404, 502])
def test_status_that_is_no_script(status: int) -> None:
    found = ask_sdk(fixed(status, x_cache="Error from cloudfront"))
    assert what(found) == [f"{SDK_FILE} answers {status}"]


def test_sdk_host_that_does_not_answer() -> None:
    assert what(ask_sdk(refuse)) == [
        f"{SDK_FILE} cannot be loaded: [SSL: CERTIFICATE_VERIFY_FAILED]"
    ]


def test_past_cloudfronts_caches_the_script_alone_is_looked_at() -> None:
    [remark] = ask_sdk(fixed(200, content_type="text/javascript"), is_cached=False)
    assert remark == NotCheckable("with --via requests meet no cache of CloudFront's")
    assert what(ask_sdk(fixed(404), is_cached=False)) == [f"{SDK_FILE} answers 404"]


# A preflight of the events


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(events_proxy, id="what-was-asked-for"),
        pytest.param(
            fixed(
                200,
                access_control_allow_origin="*",
                access_control_allow_headers="Authorization, Content-Type",
            ),
            id="any-origin",
        ),
        pytest.param(
            fixed(
                204,
                access_control_allow_origin="https://example.com",
                access_control_allow_headers="*",
            ),
            id="any-header",
        ),
    ],
)
def test_preflight_that_a_browser_accepts(answer: Answer) -> None:
    assert ask_events(answer) == []


def test_preflight_is_the_sdks_own() -> None:
    """It posts JSON to the API, which a browser asks about first."""
    asked = []

    def listen(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return events_proxy(request)

    ask_events(listen)
    [request] = asked
    assert (request.method, str(request.url)) == ("OPTIONS", TRACK)
    assert request.headers["origin"] == "https://example.com"
    assert request.headers["access-control-request-method"] == "POST"
    assert request.headers["access-control-request-headers"] == "content-type"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            fixed(204, access_control_allow_headers="content-type"),
            f"{TRACK} allows origin none and headers content-type, which is not the site's "
            "https://example.com with content-type",
            id="no-origin",
        ),
        pytest.param(
            fixed(
                204,
                access_control_allow_origin="https://app.hightouch.com",
                access_control_allow_headers="content-type",
            ),
            f"{TRACK} allows origin https://app.hightouch.com and headers content-type, which is "
            "not the site's https://example.com with content-type",
            id="another-origin",
        ),
        pytest.param(
            fixed(204, access_control_allow_origin="*", access_control_allow_headers="accept"),
            f"{TRACK} allows origin * and headers accept, which is not the site's "
            "https://example.com with content-type",
            id="not-the-header",
        ),
        pytest.param(fixed(403), f"{TRACK} answers a preflight with 403", id="403"),
        pytest.param(fixed(404), f"{TRACK} answers a preflight with 404", id="404"),
        pytest.param(fixed(502), f"{TRACK} answers a preflight with 502", id="502"),
        pytest.param(
            refuse,
            f"{TRACK} cannot be reached: [SSL: CERTIFICATE_VERIFY_FAILED]",
            id="no-answer",
        ),
    ],
)
def test_preflight_that_a_browser_refuses(answer: Answer, expected: str) -> None:
    assert what(ask_events(answer)) == [expected]


@pytest.mark.parametrize("status", [403, 502])
def test_host_that_hightouch_may_not_know_has_its_remedy(status: int) -> None:
    [found] = ask_events(fixed(status))
    assert isinstance(found, Finding)
    assert "-c events_host_header=origin" in found.remedy


@pytest.mark.parametrize(("status", "is_named"), [(403, True), (404, False), (502, False)])
@pytest.mark.parametrize("ask", [ask_sdk, ask_events])
def test_web_acl_may_be_what_answers_403(
    ask: Callable[[Answer], list[Remark]], status: int, is_named: bool
) -> None:
    [found] = ask(fixed(status))
    assert isinstance(found, Finding)
    assert ("web ACL (AWS WAF, Bot Control)" in found.remedy) == is_named


# The client


def test_client_keeps_no_cookies_and_follows_no_redirects() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.path, request.headers.get("cookie")))
        return httpx.Response(302, headers={"location": "/b", "set-cookie": "a=1; Path=/"})

    with client(answer) as http:
        http.get("https://www.example.com/a")
        http.get("https://www.example.com/a")
    assert seen == [("/a", None), ("/a", None)]


def test_via_sends_every_host_to_one_address() -> None:
    with (
        serve(lambda request: httpx.Response(200, text=request.headers["host"])) as address,
        connect(Via(address)) as http,
    ):
        hosts = [http.get(f"https://{name}.example.com/").text for name in ("cdn", "www")]
    assert hosts == ["cdn.example.com", "www.example.com"]
