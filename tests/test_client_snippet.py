"""The script tag: the vendor's own snippet with this deployment's names, run as a browser does."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stacks.client_snippet import client_snippet
from stacks.config import TrackingConfig

SDK = Path(__file__).parent.parent / "node_modules/@ht-sdks/events-sdk-js-browser"

#: Runs the script with a document that holds one script element and tells what became of it.
BROWSER = """
const first = {parentNode: {insertBefore(element, before) {
  inserted.push({...element, before_first: before === first, cdn: window.htevents._cdn})
}}}
const inserted = []
const window = {}
const document = {
  createElement: tag => ({tag}),
  getElementsByTagName: tag => tag === "script" ? [first] : [],
}
const script = require("node:fs").readFileSync(0, "utf8")
require("node:vm").runInNewContext(script, {window, document})
const {_cdn, _writeKey, _loadOptions} = window.htevents
console.log(JSON.stringify({inserted, _cdn, _writeKey, _loadOptions, queue: [...window.htevents]}))
"""


def configure(**context: object) -> TrackingConfig:
    """Return the configuration for the example context with `context` on top."""
    example: dict[str, object] = {
        "domain": "example.com",
        "certificate_arn": (
            "arn:aws:acm:us-east-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
        ),
    }
    return TrackingConfig.from_context(example | context)


def run(snippet: str) -> dict[str, Any]:
    """Return what the script in `snippet` does to a page."""
    tag = re.fullmatch(r'<script type="text/javascript">\n(.*)\n</script>', snippet, re.DOTALL)
    assert tag
    node = subprocess.run(
        ["node", "-e", BROWSER], input=tag[1], capture_output=True, text=True, check=False
    )
    assert node.stderr == ""
    page: dict[str, Any] = json.loads(node.stdout)
    return page


@pytest.fixture(scope="module")
def vendors_snippet() -> str:
    """The snippet as the SDK's own README prints it."""
    fenced = re.search(
        r"```javascript\n(<script.*?</script>)\n```", (SDK / "README.md").read_text(), re.DOTALL
    )
    assert fenced
    return fenced[1]


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """What the example's snippet does to a page."""
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
            },
            "js.example.com",
            '{"apiHost":"in.example.com",'
            '"httpCookieServiceOptions":{"clearUrl":"/api/clear","renewUrl":"/api/renew"},'
            '"cookie":{"domain":"shop.example.com"}}',
            id="own-names",
        ),
    ],
)
def test_snippet_is_the_vendors_own_but_for_three_changes(
    vendors_snippet: str, context: dict[str, object], sdk_domain: str, options: str
) -> None:
    """The SDK's host, `_cdn` before `load`, and the options of `load`; not a byte more."""
    for vendors, ours in (
        ("https://cdn.hightouch-events.com/", f"https://{sdk_domain}/"),
        (
            "e.load(<WRITE_KEY>,{apiHost:<DATA_PLANE_URL>})",
            f'e._cdn="https://{sdk_domain}",\ne.load("WRITE_KEY",{options})',
        ),
    ):
        assert vendors_snippet.count(vendors) == 1
        vendors_snippet = vendors_snippet.replace(vendors, ours)
    assert client_snippet(configure(**context)) == vendors_snippet


def test_page_loads_the_sdk_from_the_sdk_proxy(page: dict[str, Any]) -> None:
    """One asynchronous script from the proxy comes before the page's first."""
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


def test_page_knows_the_sdk_proxy_for_the_sdks_chunks(page: dict[str, Any]) -> None:
    """Without `_cdn` the chunks and `/next-integrations` come from the vendor's host."""
    assert page["_cdn"] == "https://cdn.example.com"


def test_page_has_a_write_key_to_fill_in(page: dict[str, Any]) -> None:
    """The write key is the one thing that a user puts in by hand."""
    assert page["_writeKey"] == "WRITE_KEY"


def test_page_gives_the_sdk_its_options(page: dict[str, Any]) -> None:
    """Events go to the events proxy, renew and clear to the site itself; cookies as usual."""
    assert page["_loadOptions"] == {
        "apiHost": "events.example.com",
        "httpCookieServiceOptions": {"clearUrl": "/ht/clear", "renewUrl": "/ht/renew"},
    }


def test_page_queues_its_first_page_call(page: dict[str, Any]) -> None:
    """The page view waits in the queue for the SDK."""
    assert page["queue"] == [["page"]]


def test_page_of_a_narrower_cookie_domain_tells_the_sdk() -> None:
    """Restored cookies and the SDK's own have one scope, or `reset()` misses some."""
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
    """The SDK finds the registrable domain by itself."""
    assert '"cookie"' not in client_snippet(configure(**context))


def test_snippet_runs_with_every_character_that_a_path_may_hold() -> None:
    """No allowed path breaks out of the JavaScript text that it stands in."""
    page = run(client_snippet(configure(renew_path="/aZ09_.$~@:+-/r", clear_path="/$/c")))
    assert page["_loadOptions"]["httpCookieServiceOptions"]["renewUrl"] == "/aZ09_.$~@:+-/r"


def test_snippet_does_not_name_the_vendors_hosts() -> None:
    """What blockers look for is gone."""
    assert "hightouch-events.com" not in client_snippet(configure())
