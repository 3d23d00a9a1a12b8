"""The deployed client snippet, changed for addresses on this machine."""

import json
import re

_LOAD = 'e.load("WRITE_KEY",'
_HOST = re.compile('"https://([^/"]+)')


def local_snippet(snippet: str, *, scheme: str, port: int) -> str:
    """Return the snippet with `scheme` and `port` in each of its HTTPS addresses."""
    default_port = {"http": 80, "https": 443}[scheme]
    suffix = "" if port == default_port else f":{port}"
    options = _options(snippet)
    options["apiHost"] += suffix
    if scheme == "http":
        options["protocol"] = "http"
    return _HOST.sub(rf'"{scheme}://\1{suffix}', _with_options(snippet, options))


def without_cookie_service(snippet: str) -> str:
    """Return the snippet without the option that makes the SDK call the cookie service."""
    options = _options(snippet)
    del options["httpCookieServiceOptions"]
    return _with_options(snippet, options)


def _options(snippet: str) -> dict[str, str]:
    start = snippet.index(_LOAD) + len(_LOAD)
    options: dict[str, str] = json.JSONDecoder().raw_decode(snippet, start)[0]
    return options


def _with_options(snippet: str, options: dict[str, str]) -> str:
    start = snippet.index(_LOAD) + len(_LOAD)
    _, end = json.JSONDecoder().raw_decode(snippet, start)
    return snippet[:start] + json.dumps(options, separators=(",", ":")) + snippet[end:]
