"""Requests as a visitor's browser makes them, most of them through the two proxies.

What a cookie service answers is checked in tools/doctor/conformance.py. No event is sent.
"""

import io
import re
import zipfile
from collections.abc import Iterator

import httpx

from attachment.finding import Finding
from stacks import listed_names
from stacks.hightouch import LATEST_SDK, TESTED_SDK_VERSION, sdk_path
from tools.doctor.bounded_client import BoundedClient, UnresolvedNameError
from tools.doctor.report import Inconclusive, Note, Result

# Where the SDK's file has its version: in the module of that name, and in the folder from which it
# loads its chunks. Names are minified, and other strings look like versions, too.
_SDK_VERSION = re.compile(
    rb'\{return [\w$]{1,4}\}\}\);var [\w$]{1,4}="(?P<module>[0-9]{1,4}(?:\.[0-9]{1,4}){2})"'
    rb'|/browser/[a-z]{1,20}/(?P<folder>[0-9]{1,4}(?:\.[0-9]{1,4}){2})/"'
)
#: An edge location has several caches, so the second request may still miss.
_REQUESTS_UNTIL_A_HIT = 4
#: For each call, from the DNS lookup to the last byte.
_CALL_SECONDS = 10
#: The SDK's file, and the package of the edge function, may be longer than other answers.
_MAX_FILE_BYTES = 1024 * 1024

_NOT_REACHED = (
    "point the name at the proxy's distribution, which needs a certificate for it; the checks of "
    "DNS and of the certificate report more"
)
#: Added if the status is 403, with which AWS WAF blocks.
_WEB_ACL = "; or let the proxy's web ACL (AWS WAF, Bot Control) allow the request, if it has one"


class PackageError(Exception):
    """The package of a function cannot be read. The message is the reason."""


def connect(
    transport: httpx.BaseTransport | None = None, *, seconds: float = _CALL_SECONDS
) -> httpx.Client:
    """Return a client that keeps no cookies, follows no redirects, and bounds each call.

    Requests use the `transport`, or by default the network.
    """
    return BoundedClient(transport, seconds=seconds)


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
        # The bounded client makes its own responses, which have no `next_request`.
        if not response.has_redirect_location:
            return ""
        return httpx.URL(url).join(response.headers["location"]).host
    except (httpx.HTTPError, httpx.InvalidURL, UnresolvedNameError):
        return ""


def sdk_file(
    client: httpx.Client, sdk_domain: str, version: str, *, is_cached: bool
) -> Iterator[Result]:
    """Yield what is wrong with the SDK's file as the SDK proxy serves it, and its version.

    `is_cached` tells that requests reach CloudFront's caches, not one address that replaces all.
    """
    yield from _listed_name(sdk_domain)
    url = f"https://{sdk_domain}{sdk_path(version)}"
    caches: list[str] = []
    for _ in range(_REQUESTS_UNTIL_A_HIT):
        try:
            response = client.get(url, extensions={"max_bytes": _MAX_FILE_BYTES})
        except httpx.HTTPError as error:
            yield Finding(
                "sdk-unreachable", f"{url} cannot be loaded: {error!s:.200}", _NOT_REACHED
            )
            return
        if wrong := list(_check_sdk_file(url, version, response)):
            yield from wrong
            return
        if not caches:
            yield _note_version(response.content)
        if not is_cached:
            yield Inconclusive("sdk-cache", "with --via, requests do not reach CloudFront's caches")
            return
        caches.append(response.headers.get("x-cache", "none"))
        if "hit" in caches[-1].lower():
            return
    yield Finding(
        "sdk-not-cached",
        f"{url} was not in CloudFront's cache for any of {len(caches)} requests "
        f"(x-cache: {caches[-1]:.100})",
        "set the SDK proxy's cache policy to CachingOptimized, and point its name at CloudFront",
    )


def _listed_name(host: str) -> Iterator[Finding]:
    if listed_names.is_listed(host):
        yield Finding(
            "listed-name",
            listed_names.advice(host),
            "deploy with another alternate domain name, such as the default",
        )


def _note_version(script: bytes) -> Note:
    tested = f"this project is tested with {TESTED_SDK_VERSION}"
    found = {match["module"] or match["folder"] for match in _SDK_VERSION.finditer(script)}
    if len(found) != 1:
        return Note("sdk-version-unknown", f"the SDK's file does not say its version; {tested}")
    return Note("sdk-version", f"the SDK is version {found.pop().decode()}; {tested}")


def _check_sdk_file(url: str, version: str, response: httpx.Response) -> Iterator[Finding]:
    if response.status_code in {403, 404} and version != LATEST_SDK:
        yield Finding(
            "sdk-status",
            f"{url} answers {response.status_code}",
            f"set sdk_version to a version that Hightouch has, or leave it out for {LATEST_SDK}; "
            "if that has the same answer, the SDK proxy's origin or its origin request policy is "
            "not as documented",
        )
    elif response.status_code != 200:
        yield Finding(
            "sdk-status",
            f"{url} answers {response.status_code}",
            "set the SDK proxy's origin to cdn.hightouch-events.com and its origin request policy "
            "to AllViewerExceptHostHeader" + (_WEB_ACL if response.status_code == 403 else ""),
        )
    elif "javascript" not in (kind := response.headers.get("content-type", "no content type")):
        yield Finding(
            "sdk-not-javascript",
            f"{url} answers with {kind:.100} instead of JavaScript",
            "set the SDK proxy's origin to cdn.hightouch-events.com, without a path of its own",
        )


def download_package(client: httpx.Client, url: str) -> dict[str, bytes]:
    """Return the files of a function's package. Raises PackageError.

    The message never contains `url`, which has a token.
    """
    try:
        response = client.get(url, extensions={"max_bytes": _MAX_FILE_BYTES})
    except (httpx.HTTPError, UnresolvedNameError) as error:
        raise PackageError(f"it cannot be downloaded ({type(error).__name__})") from error
    if response.status_code != 200:
        raise PackageError(f"the download answers {response.status_code}")
    try:
        with zipfile.ZipFile(io.BytesIO(response.content)) as files:
            if sum(file.file_size for file in files.infolist()) > _MAX_FILE_BYTES:
                raise PackageError(f"it has more than {_MAX_FILE_BYTES} bytes")
            return {name: files.read(name) for name in files.namelist()}
    except zipfile.BadZipFile as error:
        raise PackageError("it is not a zip file") from error


def preflight(
    client: httpx.Client,
    events_domain: str,
    domain: str,
    origin_domain: str,
    with_origin_host: str,
) -> Iterator[Result]:
    """Yield why a browser would not send the site's events through the events proxy.

    `origin_domain` is the origin that the proxy should have, and `with_origin_host` the command
    that deploys it with `events_host_header=origin`.
    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    yield from _listed_name(events_domain)
    url, origin = f"https://{events_domain}/v1/track", f"https://{domain}"
    headers = {
        "origin": origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    try:
        response = client.options(url, headers=headers)
    except httpx.HTTPError as error:
        yield Finding(
            "events-unreachable", f"{url} cannot be reached: {error!s:.200}", _NOT_REACHED
        )
        return
    if response.status_code in {403, 502}:
        yield Finding(
            "preflight-forbidden",
            f"{url} answers a preflight with {response.status_code}",
            "let the events proxy allow all seven methods"
            + (_WEB_ACL if response.status_code == 403 else "")
            + "; if neither is the reason, Hightouch may not know the Host that it receives\n"
            + with_origin_host,
        )
    elif not response.is_success:
        yield Finding(
            "preflight-status",
            f"{url} answers a preflight with {response.status_code}",
            f"set the events proxy's origin to {origin_domain}, and its allowed methods to all "
            "seven",
        )
    else:
        allowed = response.headers.get("access-control-allow-origin", "none")
        names = response.headers.get("access-control-allow-headers", "none").lower()
        if allowed not in {"*", origin} or not {"*", "content-type"} & set(_items(names)):
            yield Finding(
                "preflight-headers",
                f"{url} allows origin {allowed:.100} and headers {names:.100}, and not the site's "
                f"{origin} with content-type",
                "set the events proxy's origin request policy to AllViewer, which forwards the "
                "Origin header and what the browser requests",
            )


def _items(header: str) -> Iterator[str]:
    return (item.strip() for item in header.split(","))
