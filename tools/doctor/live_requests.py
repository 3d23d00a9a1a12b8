"""Requests as a visitor's browser makes them, most of them through the two proxies.

What a cookie service answers is checked in tools/doctor/conformance.py. No event is sent.
"""

from collections.abc import Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from attachment.finding import Finding
from tools.doctor.report import Inconclusive, Result

# What the snippet of SDK 1.5.1 loads.
_SDK_FILE = "/browser/release/v1-latest/events.min.js"
#: An edge location has several caches, so the second request may still miss.
_REQUESTS_UNTIL_A_HIT = 4
_TIMEOUT_SECONDS = 10

_NOT_REACHED = (
    "point the name at the proxy's distribution, which needs a certificate for it; the checks of "
    "DNS and of the certificate report more"
)
#: Added if the status is 403, with which AWS WAF blocks.
_WEB_ACL = "; or let the proxy's web ACL (AWS WAF, Bot Control) allow the request, if it has one"


def connect(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a client that keeps no cookies and follows no redirects.

    Requests use the `transport`, or by default the network.
    """
    return httpx.Client(
        transport=transport,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=_TIMEOUT_SECONDS,
    )


class Via(httpx.BaseTransport):
    """Sends all requests to one address (scheme, host, port), with the `Host` of their URLs."""

    def __init__(self, address: str) -> None:
        self._address = httpx.URL(address)
        self._transport = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(
            scheme=self._address.scheme, host=self._address.host, port=self._address.port
        )
        return self._transport.handle_request(request)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def redirected_to(client: httpx.Client, url: str) -> str:
    """Return the host to which the SDK's call of `url` is redirected; empty if it is not."""
    try:
        response = client.post(url, headers={"content-type": "application/json"})
    except httpx.HTTPError:
        return ""
    return response.next_request.url.host if response.next_request else ""


def sdk_file(client: httpx.Client, sdk_domain: str, *, is_cached: bool) -> Iterator[Result]:
    """Yield what is wrong with the SDK's file as the SDK proxy serves it.

    `is_cached` tells that requests reach CloudFront's caches, not one address that replaces all.
    """
    url = f"https://{sdk_domain}{_SDK_FILE}"
    caches = []
    for _ in range(_REQUESTS_UNTIL_A_HIT):
        try:
            response = client.get(url)
        except httpx.HTTPError as error:
            yield Finding("sdk-unreachable", f"{url} cannot be loaded: {error}", _NOT_REACHED)
            return
        if wrong := list(_check_sdk_file(url, response)):
            yield from wrong
            return
        if not is_cached:
            yield Inconclusive("sdk-cache", "with --via, requests do not reach CloudFront's caches")
            return
        caches.append(response.headers.get("x-cache", "none"))
        if "hit" in caches[-1].lower():
            return
    yield Finding(
        "sdk-not-cached",
        f"{url} was not in CloudFront's cache for any of {len(caches)} requests "
        f"(x-cache: {caches[-1]})",
        "set the SDK proxy's cache policy to CachingOptimized, and point its name at CloudFront",
    )


def _check_sdk_file(url: str, response: httpx.Response) -> Iterator[Finding]:
    if response.status_code != 200:
        yield Finding(
            "sdk-status",
            f"{url} answers {response.status_code}",
            "set the SDK proxy's origin to cdn.hightouch-events.com and its origin request policy "
            "to AllViewerExceptHostHeader" + (_WEB_ACL if response.status_code == 403 else ""),
        )
    elif "javascript" not in (kind := response.headers.get("content-type", "no content type")):
        yield Finding(
            "sdk-not-javascript",
            f"{url} answers with {kind} instead of JavaScript",
            "set the SDK proxy's origin to cdn.hightouch-events.com, without a path of its own",
        )


def preflight(client: httpx.Client, events_domain: str, domain: str) -> Iterator[Result]:
    """Yield why a browser would not send the site's events through the events proxy.

    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    url, origin = f"https://{events_domain}/v1/track", f"https://{domain}"
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    try:
        response = client.options(url, headers=headers)
    except httpx.HTTPError as error:
        yield Finding("events-unreachable", f"{url} cannot be reached: {error}", _NOT_REACHED)
        return
    if response.status_code in {403, 502}:
        yield Finding(
            "preflight-forbidden",
            f"{url} answers a preflight with {response.status_code}",
            "let the events proxy allow all seven methods; if it does, Hightouch may not know the "
            "Host that it receives: deploy with -c events_host_header=origin"
            + (_WEB_ACL if response.status_code == 403 else ""),
        )
    elif not response.is_success:
        yield Finding(
            "preflight-status",
            f"{url} answers a preflight with {response.status_code}",
            "set the events proxy's origin to us-east-1.hightouch-events.com, and its allowed "
            "methods to all seven",
        )
    else:
        allowed = response.headers.get("access-control-allow-origin", "none")
        names = response.headers.get("access-control-allow-headers", "none").lower()
        if allowed not in {"*", origin} or not {"*", "content-type"} & set(_items(names)):
            yield Finding(
                "preflight-headers",
                f"{url} allows origin {allowed} and headers {names}, and not the site's {origin} "
                "with content-type",
                "set the events proxy's origin request policy to AllViewer, which forwards the "
                "Origin header and what the browser requests",
            )


def _items(header: str) -> Iterator[str]:
    return (item.strip() for item in header.split(","))
