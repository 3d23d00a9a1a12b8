"""Host names and registrable domains, checked against the Public Suffix List. Pure."""

import re
from collections.abc import Container
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def parse_host(text: str) -> str:
    """Return the host name `text` in lower case, as A-labels (`münchen.de` as `xn--mnchen-3ya.de`).

    Raises ValueError if `text` is not a host name of two labels or more, but a URL, an IP address,
    or a wildcard, for example. The message can follow the words "it is".
    """
    host = text.strip()
    if not host:
        raise ValueError("empty")
    if host.count(":") > 1 and "/" not in host:
        raise ValueError("an IP address")
    if "/" in host or ":" in host:
        raise ValueError("a URL or has a port")
    if "*" in host:
        raise ValueError("a wildcard")
    if host.startswith("."):
        raise ValueError("written with a leading dot")
    if host.endswith("."):
        raise ValueError("written with a trailing dot")
    host = _a_labels(host).lower()
    labels = host.split(".")
    if len(labels) < 2:
        raise ValueError("a single label without a dot")
    if len(host) > 253:
        raise ValueError("longer than the 253 characters of a host name")
    for label in labels:
        if not _LABEL.fullmatch(label):
            raise ValueError(
                f"not a host name: {label!r} is not 1 to 63 letters, digits, and inner hyphens"
            )
    if labels[-1].isdigit():
        raise ValueError("an IP address")
    return host


def _a_labels(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"not a valid international name ({error})") from error


def registrable_domain(host: str) -> str | None:
    """Return the domain of `host` below the public suffix: `example.co.uk` of `a.b.example.co.uk`.

    Return None if `host` is itself a public suffix. The registrable domain is the widest `Domain`
    that browsers accept in a cookie. Hightouch's SDK finds it by trial (`tld()` in version 1.5.1).
    """
    return _suffixes().privatesuffix(host)


def is_within(host: str, domain: str) -> bool:
    """Return whether `host` is `domain` or below it."""
    return host == domain or host.endswith(f".{domain}")


def most_specific(host: str, names: Container[str]) -> str | None:
    """Return the most specific alternate domain name that matches `host`, None if none does.

    In CloudFront, a wildcard matches all names below it, at any depth. All names are in lower case.
    Spec: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html
    """
    labels = host.split(".")
    wildcards = (f"*.{'.'.join(labels[start:])}" for start in range(1, len(labels)))
    return next((name for name in (host, *wildcards) if name in names), None)


@cache
def _suffixes() -> PublicSuffixList:
    """Return the Public Suffix List, parsed at first use because parsing is slow."""
    return PublicSuffixList()
