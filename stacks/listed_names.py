"""Host names that ad blockers' filter lists block on every site, by their first label. Pure."""

from datetime import date

#: The date of the last comparison of these labels with an ad blocker's lists, and its version.
COMPARED_ON = date(2026, 11, 25)
COMPARED_WITH = "uBlock Origin 1.67.0"

#: First labels of host names on which these lists block the SDK's file or events.
LISTED_LABELS = frozenset(
    {
        "ads",
        "adserver",
        "analytics",
        "beacon",
        "collector",
        "matomo",
        "piwik",
        "stats",
        "tracking",
    }
)


def is_listed(host: str) -> bool:
    """Return whether ad blockers' lists block a proxy with this host name."""
    return host.partition(".")[0].lower() in LISTED_LABELS


def advice(host: str) -> str:
    """Return the problem with a listed name, as a sentence without a final period."""
    return (
        f"ad blockers' lists block {host} because of its first label ({COMPARED_WITH}, "
        f"{COMPARED_ON}), so the SDK or events are lost"
    )
