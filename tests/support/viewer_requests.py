"""Viewer-request events as CloudFront sends them to a Lambda@Edge function.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
"""

from typing import Any


def viewer_request(uri: str, *cookies: str, method: str = "POST") -> dict[str, Any]:
    """Return an event; each of `cookies` is a `Cookie` header of its own."""
    return event(uri, *(("Cookie", cookie) for cookie in cookies), method=method)


def event(
    uri: str, *headers: tuple[str, str], method: str = "POST", querystring: str = ""
) -> dict[str, Any]:
    """Return an event with these headers, in their order, after `Host` and `User-Agent`.

    `Host` and `User-Agent` have default values, which `headers` can replace.
    """
    given = {key.lower() for key, _ in headers}
    defaults = [("Host", "example.com"), ("User-Agent", "Mozilla/5.0")]
    by_name: dict[str, list[dict[str, str]]] = {}
    for key, value in [*(item for item in defaults if item[0].lower() not in given), *headers]:
        by_name.setdefault(key.lower(), []).append({"key": key, "value": value})
    request = {
        "clientIp": "203.0.113.178",
        "headers": by_name,
        "method": method,
        "querystring": querystring,
        "uri": uri,
    }
    config = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": "viewer-request",
        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    }
    return {"Records": [{"cf": {"config": config, "request": request}}]}


def set_cookies(answer: dict[str, Any]) -> list[str]:
    """Return the values of the `Set-Cookie` headers of a generated response."""
    return [header["value"] for header in answer["headers"].get("set-cookie", [])]
