"""The paths to which CloudFront normalizes a path, and the cookie paths that match it. Pure."""

from itertools import permutations

# The unreserved characters of RFC 3986 §2.3, by their percent-encoding without the `%`.
_UNRESERVED = {
    f"{ord(character):02X}": character
    for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
}


def normal_forms(path: str) -> set[str]:
    """Return every normal form of a path that some order of the normalization steps produces.

    The steps decode unreserved characters once, remove dot segments, and merge slashes. CloudFront
    chooses a behavior by the normalized path, and does not document the order of its steps:
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
    """
    forms = set()
    for steps in permutations((_decode_unreserved, _remove_dot_segments, _merge_slashes)):
        form = path
        for step in steps:
            form = step(form)
        forms.add(form)
    return forms


def cookie_paths(*routes: str) -> list[str]:
    """Return every cookie `Path` other than `/` that matches one of the routes.

    RFC 6265 §5.1.4: the route itself, and each prefix of it that ends before or after a slash.
    """
    found: dict[str, None] = {}
    for route in routes:
        for end, character in enumerate(route):
            if character == "/" and end > 0:
                found |= {route[:end]: None, route[: end + 1]: None}
        found[route] = None
    return list(found)


def _decode_unreserved(path: str) -> str:
    start, *encoded = path.split("%")
    return start + "".join(
        f"{_UNRESERVED[code]}{part[2:]}"
        if (code := part[:2].upper()) in _UNRESERVED
        else f"%{part}"
        for part in encoded
    )


def _remove_dot_segments(path: str) -> str:
    """Return the path without its "." and ".." segments (RFC 3986 §5.2.4)."""
    start, *segments = path.split("/")
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1:] in (["."], [".."]):
        kept.append("")
    return "/".join([start, *kept])


def _merge_slashes(path: str) -> str:
    start, *segments = path.split("/")
    # The empty segment after a final slash is kept.
    return "/".join([start, *filter(None, segments[:-1]), *segments[-1:]])
