"""Cookie headers in, `Set-Cookie` values out (RFC 6265). Pure; standard library only."""

# Type checkers know this name. Importing `typing` would slow down every cold start.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# RFC 6265bis §5.6: browsers ignore a cookie whose name and value together are longer, in bytes.
_LONGEST_NAME_AND_VALUE = 4096


def parse(headers: "Iterable[str]") -> dict[str, str]:
    """Return the cookies of the given `Cookie` headers, as name to raw value.

    Values are neither unquoted nor percent-decoded. Of duplicates the first one counts, which
    is the one with the longest path (RFC 6265 §5.4) and the one that the SDK reads. A malformed
    piece does not affect its neighbors; `http.cookies` would lose them.
    """
    cookies: dict[str, str] = {}
    for header in headers:
        for pair in header.split(";"):
            name, equals, value = pair.partition("=")
            if equals:
                cookies.setdefault(name.strip(" \t"), value.strip(" \t"))
    return cookies


def can_store(name: str, value: str) -> bool:
    """Return whether a browser keeps this cookie byte for byte when a response sets it."""
    return (
        value.isascii()
        and value.isprintable()
        and len(name) + len(value) <= _LONGEST_NAME_AND_VALUE
    )


def render(name: str, value: str, domain: str, max_age_seconds: int, *, http_only: bool) -> str:
    """Return one `Set-Cookie` value. A `max_age_seconds` of 0 expires the cookie."""
    flag = "; HttpOnly" if http_only else ""
    return (
        f"{name}={value}; Domain={domain}; Path=/; Max-Age={max_age_seconds}"
        f"; Secure; SameSite=Lax{flag}"
    )
