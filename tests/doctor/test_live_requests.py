"""Requests through the two proxies: accepted answers, and each kind of wrong answer."""

import json
from collections.abc import Callable, Sequence

import httpx
import pytest

from attachment.finding import Finding
from stacks.hightouch import TESTED_SDK_VERSION
from tests.support.checkout import ROOT
from tests.support.live_hosts import Answer, client, events_proxy, sdk_proxy, serve
from tools.doctor.live_requests import Via, connect, preflight, sdk_file
from tools.doctor.report import Inconclusive, Note, Result

EVENTS_ORIGIN = "eu-west-1.hightouch-events.com"
SDK_FILE = "https://cdn.example.com/browser/release/v1-latest/events.min.js"
TRACK = "https://events.example.com/v1/track"


def fixed(status: int, **headers: str) -> Answer:
    """Return the same answer to each request. Names in `headers` have `_` instead of `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, headers=named)


def in_turn(responses: Sequence[httpx.Response]) -> Answer:
    """Return these responses, one after the other."""
    remaining = iter(responses)
    return lambda _: next(remaining)


def script(x_cache: str) -> httpx.Response:
    """Return an answer with a script and this `X-Cache` header."""
    headers = {"content-type": "text/javascript; charset=utf-8", "x-cache": x_cache}
    return httpx.Response(200, headers=headers)


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]", request=request)


def ask_sdk(answer: Answer, *, is_cached: bool = True) -> list[Result]:
    """Return the results of the check of the SDK's file, without the note about its version."""
    with client(answer) as http:
        results = list(sdk_file(http, "cdn.example.com", "v1-latest", is_cached=is_cached))
    return [result for result in results if not isinstance(result, Note)]


def version_of(script: bytes, version: str = "v1-latest") -> Note:
    """Return the check's note about the version of this file, in the folder of `version`."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == f"https://cdn.example.com/browser/release/{version}/events.min.js"
        headers = {"content-type": "text/javascript", "x-cache": "Hit from cloudfront"}
        return httpx.Response(200, headers=headers, content=script)

    with client(answer) as http:
        [note] = sdk_file(http, "cdn.example.com", version, is_cached=True)
    assert isinstance(note, Note)
    return note


def ask_events(answer: Answer) -> list[Result]:
    """Return the results of the check of the preflight."""
    with client(answer) as http:
        deploy = "npx cdk deploy A"
        return list(preflight(http, "events.example.com", "example.com", EVENTS_ORIGIN, deploy))


@pytest.mark.parametrize("host", ["analytics.example.com", "stats.shop.example.com"])
def test_name_on_ad_blockers_lists_is_a_finding(host: str) -> None:
    with client(lambda _: script("Hit from cloudfront")) as http:
        first, *_ = sdk_file(http, host, "v1-latest", is_cached=True)
    assert first.code == "listed-name"
    with client(events_proxy) as http:
        results = preflight(http, host, "example.com", EVENTS_ORIGIN, "npx cdk deploy A")
        assert only_finding(list(results)).code == "listed-name"


def only_finding(results: list[Result]) -> Finding:
    """Return the only result, a finding with a fix."""
    [finding] = results
    assert isinstance(finding, Finding)
    assert finding.fix
    return finding


# The SDK's file


def test_script_from_the_cache_at_the_second_request_has_no_finding() -> None:
    assert ask_sdk(sdk_proxy()) == []


def test_script_from_the_cache_at_the_fourth_request_has_no_finding() -> None:
    """One edge location has several caches."""
    answers = [script("Miss from cloudfront")] * 3 + [script("RefreshHit from cloudfront")]
    assert ask_sdk(in_turn(answers)) == []


@pytest.mark.parametrize(
    ("answer", "x_cache"),
    [
        pytest.param(
            fixed(200, content_type="text/javascript", x_cache="Miss from cloudfront"),
            "Miss from cloudfront",
            id="never-cached",
        ),
        pytest.param(
            fixed(200, content_type="text/javascript"), "none", id="server-other-than-cloudfront"
        ),
    ],
)
def test_script_that_is_never_from_the_cache_is_a_finding(answer: Answer, x_cache: str) -> None:
    finding = only_finding(ask_sdk(answer))
    assert finding.code == "sdk-not-cached"
    assert finding.problem == (
        f"{SDK_FILE} was not in CloudFront's cache for any of 4 requests (x-cache: {x_cache})"
    )


def test_page_instead_of_the_script_is_a_finding() -> None:
    finding = only_finding(
        ask_sdk(fixed(200, content_type="text/html", x_cache="Hit from cloudfront"))
    )
    assert finding.code == "sdk-not-javascript"
    assert f"{SDK_FILE} " in finding.problem
    assert " text/html " in finding.problem


@pytest.mark.parametrize("status", [301, 403, 404, 502])
def test_status_without_a_script_is_a_finding(status: int) -> None:
    finding = only_finding(ask_sdk(fixed(status, x_cache="Error from cloudfront")))
    assert finding.code == "sdk-status"
    assert finding.problem == f"{SDK_FILE} answers {status}"


def test_sdk_host_that_does_not_answer_is_a_finding() -> None:
    """The problem contains the reason."""
    finding = only_finding(ask_sdk(unreachable))
    assert finding.code == "sdk-unreachable"
    assert finding.problem.startswith(SDK_FILE)
    assert finding.problem.endswith(": [SSL: CERTIFICATE_VERIFY_FAILED]")


def test_cache_could_not_be_checked_without_cloudfront() -> None:
    """The script itself is still checked."""
    [result] = ask_sdk(fixed(200, content_type="text/javascript"), is_cached=False)
    assert isinstance(result, Inconclusive)
    assert result.code == "sdk-cache"
    finding = only_finding(ask_sdk(fixed(404), is_cached=False))
    assert (finding.code, finding.problem) == ("sdk-status", f"{SDK_FILE} answers 404")


@pytest.mark.parametrize("status", [403, 404])
def test_pinned_version_that_does_not_exist_is_a_finding(status: int) -> None:
    with client(fixed(status)) as http:
        finding = only_finding([*sdk_file(http, "cdn.example.com", "9.9.9", is_cached=True)])
    assert finding.code == "sdk-status"
    assert "/browser/release/9.9.9/events.min.js" in finding.problem
    assert finding.fix.startswith("set sdk_version to a version that Hightouch has")


# The SDK's version


@pytest.fixture(scope="module")
def real_file() -> bytes:
    """The SDK's file that the tests run with."""
    package = ROOT / "node_modules/@ht-sdks/events-sdk-js-browser"
    return (package / "dist/umd/events.min.js").read_bytes()


def test_version_of_the_installed_file_is_the_tested_version(real_file: bytes) -> None:
    note = version_of(real_file)
    assert note.code == "sdk-version"
    assert note.text == "the SDK is version 1.5.1; this project is tested with 1.5.1"


def test_tested_version_is_the_version_in_package_json() -> None:
    packages = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert packages["@ht-sdks/events-sdk-js-browser"] == TESTED_SDK_VERSION


def test_later_version_is_reported_with_the_tested_version(real_file: bytes) -> None:
    note = version_of(real_file.replace(b"1.5.1", b"1.5.8"), "1.5.8")
    assert note.text == "the SDK is version 1.5.8; this project is tested with 1.5.1"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(b"!function(){}()", id="none"),
        pytest.param(b'"1.5.8"', id="only-a-text-that-looks-like-one"),
        pytest.param(b'"/browser/release/1.5.8/" "/browser/release/1.5.7/"', id="two"),
        pytest.param(b'"/browser/release/\xff.5.8/"', id="not-utf-8"),
    ],
)
def test_file_without_exactly_one_version_has_an_unknown_version(script: bytes) -> None:
    assert version_of(script).code == "sdk-version-unknown"


# The preflight of an event


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(events_proxy, id="requested-origin-and-header"),
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
def test_preflight_that_a_browser_accepts_has_no_finding(answer: Answer) -> None:
    assert ask_events(answer) == []


def test_preflight_is_that_of_the_sdk() -> None:
    """The SDK posts JSON to the API, before which a browser sends a preflight."""
    requests = []

    def listen(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return events_proxy(request)

    ask_events(listen)
    [request] = requests
    assert (request.method, str(request.url)) == ("OPTIONS", TRACK)
    assert request.headers["origin"] == "https://example.com"
    assert request.headers["access-control-request-method"] == "POST"
    assert request.headers["access-control-request-headers"] == "content-type"


@pytest.mark.parametrize(
    ("answer", "origin", "headers"),
    [
        pytest.param(
            fixed(204, access_control_allow_headers="content-type"),
            "none",
            "content-type",
            id="no-origin",
        ),
        pytest.param(
            fixed(
                204,
                access_control_allow_origin="https://app.hightouch.com",
                access_control_allow_headers="content-type",
            ),
            "https://app.hightouch.com",
            "content-type",
            id="another-origin",
        ),
        pytest.param(
            fixed(204, access_control_allow_origin="*", access_control_allow_headers="accept"),
            "*",
            "accept",
            id="without-the-header",
        ),
    ],
)
def test_preflight_without_the_sites_origin_and_header_is_a_finding(
    answer: Answer, origin: str, headers: str
) -> None:
    """The problem contains the allowed values and those that the site needs."""
    finding = only_finding(ask_events(answer))
    assert finding.code == "preflight-headers"
    assert finding.problem == (
        f"{TRACK} allows the origin {origin} and the headers {headers}, but not the site's origin "
        "https://example.com with content-type"
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "preflight-forbidden"), (404, "preflight-status"), (502, "preflight-forbidden")],
)
def test_preflight_with_an_error_status_is_a_finding(status: int, code: str) -> None:
    finding = only_finding(ask_events(fixed(status)))
    assert finding.code == code
    assert finding.problem == f"{TRACK} answers a preflight with {status}"


def test_events_host_that_does_not_answer_is_a_finding() -> None:
    """The problem contains the reason."""
    finding = only_finding(ask_events(unreachable))
    assert finding.code == "events-unreachable"
    assert finding.problem.startswith(TRACK)
    assert finding.problem.endswith(": [SSL: CERTIFICATE_VERIFY_FAILED]")


@pytest.mark.parametrize("status", [403, 502])
def test_fix_of_a_host_that_hightouch_may_not_know_is_a_deployment(status: int) -> None:
    finding = only_finding(ask_events(fixed(status)))
    assert finding.fix.endswith("\nnpx cdk deploy A")


@pytest.mark.parametrize(("status", "is_named"), [(403, True), (404, False), (502, False)])
@pytest.mark.parametrize("ask", [ask_sdk, ask_events])
def test_only_the_fix_of_403_names_the_web_acl(
    ask: Callable[[Answer], list[Result]], status: int, is_named: bool
) -> None:
    """AWS WAF blocks with 403."""
    finding = only_finding(ask(fixed(status)))
    assert ("web ACL (AWS WAF, Bot Control)" in finding.fix) == is_named


# The client


def test_client_keeps_no_cookies_and_follows_no_redirects() -> None:
    requests = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append((request.url.path, request.headers.get("cookie")))
        return httpx.Response(302, headers={"location": "/b", "set-cookie": "a=1; Path=/"})

    with client(answer) as http:
        http.get("https://www.example.com/a")
        http.get("https://www.example.com/a")
    assert requests == [("/a", None), ("/a", None)]


def test_via_sends_every_host_to_one_address() -> None:
    with (
        serve(lambda request: httpx.Response(200, text=request.headers["host"])) as address,
        connect(Via(address)) as http,
    ):
        hosts = [http.get(f"https://{name}.example.com/").text for name in ("cdn", "www")]
    assert hosts == ["cdn.example.com", "www.example.com"]
