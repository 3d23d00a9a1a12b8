"""Parse `Cookie` headers and render `Set-Cookie` values (RFC 6265). Pure."""

# Type checkers treat this name as true. Importing `typing` would slow down every cold start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# RFC 6265bis §5.6: browsers ignore a cookie whose name and value together have more bytes.
_LONGEST_NAME_AND_VALUE = 4096

_LABEL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def parse(headers: "Iterable[str]") -> "Iterator[tuple[str, str]]":
    """Yield the name and raw value of each cookie in the given `Cookie` headers, in their order.

    Values are not unquoted or percent-decoded, and duplicates are kept. A malformed cookie does not
    affect the cookies around it, which `http.cookies` would lose.
    """
    for header in headers:
        for pair in header.split(";"):
            name, equals, value = pair.partition("=")
            if equals:
                yield name.strip(" \t"), value.strip(" \t")


def can_store(name: str, value: str) -> bool:
    """Return whether a browser stores this cookie byte for byte when a response sets it."""
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

    If `domain` is None, the cookie is host-only.
    """
    scope = f"; Domain={domain}" if domain else ""
    flag = "; HttpOnly" if http_only else ""
    return (
        f"{name}={value}{scope}; Path={path}; Max-Age={max_age_seconds}; Secure; SameSite=Lax{flag}"
    )


def domains_of(host: str, cookie_domain: str) -> "Iterator[str | None]":
    """Yield each `Domain` that a cookie of the host can have, from `cookie_domain` to the host.

    The second is None, for a host-only cookie. `host` is the value of a `Host` header. If it is not
    a name below `cookie_domain`, there are only these two.
    """
    yield cookie_domain
    yield None
    below, is_below, rest = host.lower().partition(":")[0].rpartition(f".{cookie_domain}")
    labels = below.split(".")
    if is_below and not rest and all(map(_LABEL_CHARACTERS.issuperset, labels)) and all(labels):
        for start in reversed(range(len(labels))):
            yield ".".join([*labels[start:], cookie_domain])
