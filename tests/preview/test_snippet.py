"""The deployed client snippet, changed for this machine, and run by Node.js."""

from typing import Any

import pytest

from stacks.client_snippet import client_snippet
from tests.support.example import configure
from tests.support.snippet_page import run
from tools.preview.snippet import local_snippet, without_cookie_service


@pytest.fixture(scope="module")
def deployed() -> str:
    """The snippet of the example's deployment."""
    return client_snippet(configure())


def page_of(snippet: str) -> tuple[str, str, dict[str, Any]]:
    """Return the URL of the SDK, `_cdn`, and the SDK's options."""
    page = run(snippet)
    [script] = page["inserted"]
    return script["src"], page["_cdn"], page["_loadOptions"]


@pytest.mark.parametrize(
    ("scheme", "port", "cdn", "options"),
    [
        pytest.param(
            "http",
            8080,
            "http://cdn.example.com:8080",
            {"apiHost": "events.example.com:8080", "protocol": "http"},
            id="http",
        ),
        pytest.param(
            "http",
            80,
            "http://cdn.example.com",
            {"apiHost": "events.example.com", "protocol": "http"},
            id="http-default-port",
        ),
        pytest.param(
            "https",
            8443,
            "https://cdn.example.com:8443",
            {"apiHost": "events.example.com:8443"},
            id="https",
        ),
        pytest.param(
            "https",
            80,
            "https://cdn.example.com:80",
            {"apiHost": "events.example.com:80"},
            id="https-on-the-port-of-http",
        ),
    ],
)
def test_every_address_gets_scheme_and_port(
    deployed: str, scheme: str, port: int, cdn: str, options: dict[str, str]
) -> None:
    """The SDK uses HTTPS for `apiHost` unless `protocol` is set."""
    paths = {"clearUrl": "/ht/clear", "renewUrl": "/ht/renew"}

    assert page_of(local_snippet(deployed, scheme=scheme, port=port)) == (
        f"{cdn}/browser/release/v1-latest/events.min.js",
        cdn,
        {**options, "httpCookieServiceOptions": paths},
    )


def test_https_on_the_default_port_changes_nothing(deployed: str) -> None:
    assert local_snippet(deployed, scheme="https", port=443) == deployed


def test_other_options_are_kept() -> None:
    """An example is the domain of the cookies, which is not always set."""
    snippet = client_snippet(configure(domain="shop.example.com", cookie_domain="shop.example.com"))

    _, _, options = page_of(local_snippet(snippet, scheme="http", port=1))

    assert options["cookie"] == {"domain": "shop.example.com"}
    assert options["apiHost"] == "events.shop.example.com:1"


def test_snippet_loses_only_the_cookie_service(deployed: str) -> None:
    """The rest of the snippet does not change."""
    without = without_cookie_service(deployed)

    assert page_of(without) == (
        "https://cdn.example.com/browser/release/v1-latest/events.min.js",
        "https://cdn.example.com",
        {"apiHost": "events.example.com"},
    )
    service = ',"httpCookieServiceOptions":{"clearUrl":"/ht/clear","renewUrl":"/ht/renew"}'
    assert without == deployed.replace(service, "")


def test_changed_snippet_loses_only_the_cookie_service(deployed: str) -> None:
    _, _, options = page_of(without_cookie_service(local_snippet(deployed, scheme="http", port=1)))

    assert options == {"apiHost": "events.example.com:1", "protocol": "http"}
