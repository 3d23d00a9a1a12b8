"""Viewer-request events and settings for the benches of the edge function."""

from typing import Any

from lambda_edge.cookie_service import Settings

SETTINGS = Settings(
    cookie_domain="example.com",
    cookie_domain_is_registrable=True,
    max_age_seconds=31536000,
    restore_after_seconds=0,
    honor_gpc=False,
    mark_restored=False,
    renew_path="/ht/renew",
    clear_path="/ht/clear",
)

_SDK_COOKIES = "htjs_user_id=u1; htjs_anonymous_id=0e5b1d0e-55b4-4b8a-9b1c-0c8f4a4ad3ab"


def cookie_header(site_cookies: int, *, size: int = 0) -> str:
    """Return a header with `site_cookies` cookies of the site, then both browser cookies.

    A shorter header is padded to `size` bytes.
    """
    others = [f"site_cookie_{number}=value-{number}" for number in range(site_cookies)]
    header = "; ".join([*others, _SDK_COOKIES])
    if size > len(header):
        header = f"{'padding='.ljust(size - len(header) - 2, 'x')}; {header}"
    return header


def viewer_request(cookie: str, uri: str = "/ht/renew") -> dict[str, Any]:
    """Return CloudFront's event for a POST. It has no `Cookie` header if `cookie` is empty."""
    headers = {
        "host": [{"key": "Host", "value": "example.com"}],
        "origin": [{"key": "Origin", "value": "https://example.com"}],
        "sec-fetch-site": [{"key": "Sec-Fetch-Site", "value": "same-origin"}],
    }
    if cookie:
        headers["cookie"] = [{"key": "Cookie", "value": cookie}]
    request = {
        "clientIp": "203.0.113.178",
        "headers": headers,
        "method": "POST",
        "querystring": "",
        "uri": uri,
    }
    return {"Records": [{"cf": {"config": {"eventType": "viewer-request"}, "request": request}}]}
