"""The script tag: Hightouch's snippet with this deployment's names, run as a browser does."""

import re
from typing import Any

import pytest

from stacks.client_snippet import client_snippet
from tests.support.checkout import ROOT
from tests.support.example import configure
from tests.support.snippet_page import run

SDK = ROOT / "node_modules/@ht-sdks/events-sdk-js-browser"


@pytest.fixture(scope="module")
def hightouch_snippet() -> str:
    """The snippet as the SDK's own README prints it."""
    fenced = re.search(
        r"```javascript\n(<script.*?</script>)\n```", (SDK / "README.md").read_text(), re.DOTALL
    )
    assert fenced
    return fenced[1]


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """The effects of the example's snippet on a page."""
    return run(client_snippet(configure()))


@pytest.mark.parametrize(
    ("context", "sdk_domain", "options"),
    [
        pytest.param(
            {},
            "cdn.example.com",
            '{"apiHost":"events.example.com",'
            '"httpCookieServiceOptions":{"clearUrl":"/ht/clear","renewUrl":"/ht/renew"}}',
            id="example",
        ),
        pytest.param(
            {
                "domain": "shop.example.com",
                "sdk_domain": "js.example.com",
                "events_domain": "in.example.com",
                "cookie_domain": "shop.example.com",
                "renew_path": "/api/renew",
                "clear_path": "/api/clear",
                "mark_restored": "false",
            },
            "js.example.com",
            '{"apiHost":"in.example.com",'
            '"httpCookieServiceOptions":{"clearUrl":"/api/clear","renewUrl":"/api/renew"},'
            '"cookie":{"domain":"shop.example.com"}}',
            id="own-names",
        ),
    ],
)
def test_snippet_differs_from_hightouchs_in_three_places(
    hightouch_snippet: str, context: dict[str, object], sdk_domain: str, options: str
) -> None:
    """The three are the SDK's host, `_cdn` before `load`, and the options of `load`."""
    expected = hightouch_snippet
    for before, after in (
        ("https://cdn.hightouch-events.com/", f"https://{sdk_domain}/"),
        (
            "e.load(<WRITE_KEY>,{apiHost:<DATA_PLANE_URL>})",
            f'e._cdn="https://{sdk_domain}",\ne.load("WRITE_KEY",{options})',
        ),
    ):
        assert expected.count(before) == 1
        expected = expected.replace(before, after)
    assert client_snippet(configure(**context)) == expected


def test_page_loads_the_sdk_from_the_sdk_proxy(page: dict[str, Any]) -> None:
    """One asynchronous script from the proxy is inserted before the page's first script."""
    assert page["inserted"] == [
        {
            "tag": "script",
            "type": "text/javascript",
            "async": True,
            "src": "https://cdn.example.com/browser/release/v1-latest/events.min.js",
            "before_first": True,
            "cdn": "https://cdn.example.com",
        }
    ]


def test_page_loads_the_version_of_the_configuration() -> None:
    """Nothing else in the snippet changes."""
    pinned = client_snippet(configure(sdk_version="1.5.8"))
    [inserted] = run(pinned)["inserted"]
    assert inserted["src"] == "https://cdn.example.com/browser/release/1.5.8/events.min.js"
    assert pinned.replace("/1.5.8/", "/v1-latest/") == client_snippet(configure())


def test_page_tells_the_sdk_to_load_its_chunks_from_the_sdk_proxy(page: dict[str, Any]) -> None:
    """Without `_cdn`, the SDK loads its chunks and `/next-integrations` from Hightouch's host."""
    assert page["_cdn"] == "https://cdn.example.com"


def test_page_has_a_write_key_to_fill_in(page: dict[str, Any]) -> None:
    """Only the write key has to be filled in by hand."""
    assert page["_writeKey"] == "WRITE_KEY"


def test_page_passes_the_sdk_its_options(page: dict[str, Any]) -> None:
    """Events go to the events proxy, renew and clear to the site; cookies have no option."""
    assert page["_loadOptions"] == {
        "apiHost": "events.example.com",
        "httpCookieServiceOptions": {"clearUrl": "/ht/clear", "renewUrl": "/ht/renew"},
    }


def test_page_queues_its_first_page_call(page: dict[str, Any]) -> None:
    """The page view waits in the queue for the SDK."""
    assert page["queue"] == [["page"]]


def test_snippet_tells_the_sdk_a_narrower_cookie_domain() -> None:
    """Restored cookies and the SDK's cookies need the same scope, or `reset()` misses some."""
    narrower = configure(domain="shop.example.com", cookie_domain="shop.example.com")
    assert run(client_snippet(narrower))["_loadOptions"]["cookie"] == {"domain": "shop.example.com"}


@pytest.mark.parametrize(
    "context",
    [
        pytest.param({"domain": "shop.example.com"}, id="default"),
        pytest.param({"domain": "shop.example.com", "cookie_domain": "example.com"}, id="given"),
    ],
)
def test_snippet_leaves_the_usual_cookie_domain_to_the_sdk(context: dict[str, object]) -> None:
    """The SDK finds the registrable domain itself."""
    assert '"cookie"' not in client_snippet(configure(**context))


def test_snippet_runs_with_every_character_that_a_path_may_hold() -> None:
    """No allowed path ends the JavaScript string that it is in."""
    page = run(client_snippet(configure(renew_path="/aZ09_.$~@:+-/r", clear_path="/$/c")))
    assert page["_loadOptions"]["httpCookieServiceOptions"]["renewUrl"] == "/aZ09_.$~@:+-/r"


def test_snippet_does_not_name_hightouchs_hosts() -> None:
    """Ad blockers look for these names."""
    assert "hightouch-events.com" not in client_snippet(configure())
