"""Paths: what CloudFront takes a path for, and which cookies a browser sends to it. Pure."""

from itertools import permutations

# RFC 3986 §2.3, by their percent-encoding without the `%`.
_UNRESERVED = {
    f"{ord(character):02X}": character
    for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
}


def normal_forms(path: str) -> set[str]:
    """Return what a path becomes if it is normalized, with the steps in every order.

    Unreserved characters are decoded once, dot segments removed, and slashes merged. CloudFront
    chooses a behavior by the normalized path, and does not document in which order it does this:
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
    """Return every `Path` other than `/` of the cookies that browsers send to one of the routes.

    RFC 6265 §5.1.4: the route itself, and each part of it that ends before or after a slash.
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
    """RFC 3986 §5.2.4."""
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
    # A final slash is the one empty segment that stays.
    return "/".join([start, *filter(None, segments[:-1]), *segments[-1:]])
