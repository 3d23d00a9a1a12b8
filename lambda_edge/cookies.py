"""Cookie headers in, `Set-Cookie` values out (RFC 6265). Pure; standard library only."""

# Type checkers know this name. Importing `typing` would slow down every cold start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# RFC 6265bis §5.6: browsers ignore a cookie whose name and value together are longer, in bytes.
_LONGEST_NAME_AND_VALUE = 4096

_LABEL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def parse(headers: "Iterable[str]") -> "Iterator[tuple[str, str]]":
    """Yield the cookies of the given `Cookie` headers in their order, as name and raw value.

    Values are neither unquoted nor percent-decoded, and duplicates stay. A malformed piece does
    not affect its neighbors; `http.cookies` would lose them.
    """
    for header in headers:
        for pair in header.split(";"):
            name, equals, value = pair.partition("=")
            if equals:
                yield name.strip(" \t"), value.strip(" \t")


def can_store(name: str, value: str) -> bool:
    """Return whether a browser keeps this cookie byte for byte when a response sets it."""
    return (
        value.isascii()
        and value.isprintable()
        and len(name) + len(value) <= _LONGEST_NAME_AND_VALUE
    )


def render(
    name: str,
    value: str,
    domain: str | None,
    max_age_seconds: int,
    *,
    http_only: bool,
    path: str = "/",
) -> str:
    """Return one `Set-Cookie` value. A `max_age_seconds` of 0 expires the cookie.

    Without a `domain`, the cookie is that of the host only.
    """
    scope = f"; Domain={domain}" if domain else ""
    flag = "; HttpOnly" if http_only else ""
    return (
        f"{name}={value}{scope}; Path={path}; Max-Age={max_age_seconds}; Secure; SameSite=Lax{flag}"
    )


def domains_of(host: str, cookie_domain: str) -> "Iterator[str | None]":
    """Yield each `Domain` that a cookie of the host can have, from `cookie_domain` to the host.

    None, for a cookie without `Domain`, comes second. `host` is a `Host` header. If it is not a
    name below `cookie_domain`, there are no more.
    """
    yield cookie_domain
    yield None
    below, is_below, rest = host.lower().partition(":")[0].rpartition(f".{cookie_domain}")
    labels = below.split(".")
    if is_below and not rest and all(map(_LABEL_CHARACTERS.issuperset, labels)) and all(labels):
        for start in reversed(range(len(labels))):
            yield ".".join([*labels[start:], cookie_domain])
