"""The warnings of a valid configuration."""

import pytest

from tests.support.example import configure


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"domain": "shop.example.com"},
        {"domain": "www.co.uk"},
        {"domain": "wwwshop.example.com"},
        {"sdk_domain": "a.b.example.com", "events_domain": "e.example.com"},
        {"domain": "shop.example.com", "cookie_domain": "example.com"},
    ],
    ids=["example", "subdomain", "www-is-the-site", "www-as-letters", "own-names", "usual-cookies"],
)
def test_usual_context_has_no_warning(context: dict[str, object]) -> None:
    """Users ignore a warning that every deployment has."""
    assert configure(**context).warnings() == {}


def test_www_without_proxies_below_it_has_no_warning() -> None:
    """The certificate then covers the same names as for the site without www."""
    config = configure(
        domain="www.example.com", sdk_domain="cdn.example.com", events_domain="events.example.com"
    )
    assert config.warnings() == {}


def test_www_warns_and_proposes_the_domain_without_it() -> None:
    """Users paste `www.`, and certificates rarely cover names below it."""
    assert configure(domain="www.example.com").warnings() == {
        "www": (
            "domain is 'www.example.com', so the proxies are 'cdn.www.example.com' and "
            "'events.www.example.com', which certificates rarely cover; pass domain=example.com "
            "instead, whose cookies browsers also send to www.example.com"
        )
    }


@pytest.mark.parametrize("key", ["sdk_domain", "events_domain"])
def test_proxy_outside_the_site_warns(key: str) -> None:
    """A proxy on another registrable domain is a third party again."""
    assert configure(domain="shop.example.co.uk", **{key: "x.example.net"}).warnings() == {
        key: (
            f"{key} is 'x.example.net', which is outside 'example.co.uk': browsers and ad blockers "
            "treat it as a third party"
        )
    }


def test_narrower_cookie_domain_warns() -> None:
    """Without the option in the snippet, the SDK's `reset()` misses the restored cookies."""
    config = configure(domain="shop.example.com", cookie_domain="shop.example.com")
    assert config.warnings() == {
        "cookie_domain": (
            "cookie_domain is 'shop.example.com', but by default the SDK uses 'example.com': keep "
            "the `cookie` option of the client snippet, or logouts stop working"
        )
    }


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-south-1"])
def test_region_of_hightouchs_page_has_no_warning(region: str) -> None:
    assert configure(hightouch_region=region).warnings() == {}


def test_region_that_hightouch_does_not_list_has_a_warning() -> None:
    warnings = configure(hightouch_region="eu-central-1").warnings()
    assert [*warnings] == ["hightouch_region"]
    assert "eu-central-1.hightouch-events.com" in warnings["hightouch_region"]


def test_one_warning_does_not_hide_another() -> None:
    config = configure(
        domain="www.example.com",
        sdk_domain="cdn.example.net",
        cookie_domain="www.example.com",
    )
    assert set(config.warnings()) == {"www", "sdk_domain", "cookie_domain"}


@pytest.mark.parametrize("key", ["sdk_domain", "events_domain"])
@pytest.mark.parametrize(
    ("label", "warnings"),
    [("analytics", 1), ("beacon", 1), ("tracking", 1), ("ht", 0), ("events", 0), ("cdn", 0)],
)
def test_name_that_ad_blockers_lists_catch_warns(key: str, label: str, warnings: int) -> None:
    """The first label counts, because the lists' rules begin with it."""
    found = configure(domain="example.com", **{key: f"{label}.shop.example.com"}).warnings()
    assert list(found) == [key] * warnings
    assert all(f"{label}.shop.example.com" in text for text in found.values())
