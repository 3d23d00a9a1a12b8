"""Checks that send a browser's requests through the two proxies, and the HTTP client for them.

tools/doctor/conformance.py checks the cookie service's answers. No event is sent.
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

# The SDK's file has its version in the module of that name, and in the URL of the folder from which
# it loads its chunks. Names are minified, and other strings look like versions too.
_SDK_VERSION = re.compile(
    rb'\{return [\w$]{1,4}\}\}\);var [\w$]{1,4}="(?P<module>[0-9]{1,4}(?:\.[0-9]{1,4}){2})"'
    rb'|/browser/[a-z]{1,20}/(?P<folder>[0-9]{1,4}(?:\.[0-9]{1,4}){2})/"'
)
#: An edge location has several caches, so the second request may still miss.
_REQUESTS_UNTIL_A_HIT = 4
#: Time limit of each call, from the DNS lookup to the last byte.
_CALL_SECONDS = 10
#: The SDK's file, and the package of the edge function, may be longer than other answers.
_MAX_FILE_BYTES = 1024 * 1024

_NOT_REACHED = (
    "point the name at the proxy's distribution, and give the distribution a certificate for the "
    "name; the checks DNS and certificate report more"
)
#: Added to the fix of a 403, because AWS WAF blocks with 403.
_WEB_ACL = "; or let the proxy's web ACL (AWS WAF, Bot Control) allow the request, if it has one"


class PackageError(Exception):
    """The package of a function cannot be read. The message is the reason."""


def connect(
    transport: httpx.BaseTransport | None = None, *, seconds: float = _CALL_SECONDS
) -> httpx.Client:
    """Return a client that keeps no cookies, follows no redirects, and limits each call.

    If `transport` is None, requests use the network.
    """
    return BoundedClient(transport, seconds=seconds)


class Via(httpx.BaseTransport):
    """A transport that sends all requests to one address. Each keeps the `Host` of its URL.

    The address is a URL with a scheme, a host, and an optional port.
    """

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
    """Return the host to which `url` redirects the SDK's call, or "" if it does not redirect."""
    try:
        response = client.post(url, headers={"content-type": "application/json"})
        # The bounded client creates its own responses, which have no `next_request`.
        if not response.has_redirect_location:
            return ""
        return httpx.URL(url).join(response.headers["location"]).host
    except (httpx.HTTPError, httpx.InvalidURL, UnresolvedNameError):
        return ""


def sdk_file(
    client: httpx.Client, sdk_domain: str, version: str, *, is_cached: bool
) -> Iterator[Result]:
    """Yield the findings for the SDK's file that the SDK proxy serves, and a note of its version.

    `is_cached` is whether requests reach CloudFront's caches, instead of the address of --via.
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
        return Note("sdk-version-unknown", f"the SDK's file does not show its version; {tested}")
    return Note("sdk-version", f"the SDK is version {found.pop().decode()}; {tested}")


def _check_sdk_file(url: str, version: str, response: httpx.Response) -> Iterator[Finding]:
    if response.status_code in {403, 404} and version != LATEST_SDK:
        yield Finding(
            "sdk-status",
            f"{url} answers {response.status_code}",
            f"set sdk_version to a version that Hightouch has, or leave it out for {LATEST_SDK}; "
            f"if {LATEST_SDK} has the same answer, set the SDK proxy's origin and origin request "
            "policy as documented",
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
            "set the SDK proxy's origin to cdn.hightouch-events.com, without an origin path",
        )


def download_package(client: httpx.Client, url: str) -> dict[str, bytes]:
    """Return the files of a function's package. Raises PackageError.

    The message never contains `url`, because it has a token.
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
    """Yield a finding if a browser would not send the site's events through the events proxy.

    `origin_domain` is the expected origin of the proxy. `with_origin_host` is the command that
    deploys the proxy with `events_host_header=origin`.
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
            + "; if that does not help, Hightouch may not know the Host that it receives: deploy "
            "with events_host_header=origin\n" + with_origin_host,
        )
    elif not response.is_success:
        yield Finding(
            "preflight-status",
            f"{url} answers a preflight with {response.status_code}",
            f"set the events proxy's origin to {origin_domain}, and allow all seven methods",
        )
    else:
        allowed = response.headers.get("access-control-allow-origin", "none")
        names = response.headers.get("access-control-allow-headers", "none").lower()
        if allowed not in {"*", origin} or not {"*", "content-type"} & set(_items(names)):
            yield Finding(
                "preflight-headers",
                f"{url} allows the origin {allowed:.100} and the headers {names:.100}, but not the "
                f"site's origin {origin} with content-type",
                "set the events proxy's origin request policy to AllViewer, which forwards the "
                "Origin header and what the browser requests",
            )


def _items(header: str) -> Iterator[str]:
    return (item.strip() for item in header.split(","))
