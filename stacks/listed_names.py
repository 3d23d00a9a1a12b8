"""The names that ad blockers' filter lists catch, although no list names the site. Pure."""

from datetime import date

#: When the labels were compared with the lists, and with which.
COMPARED_ON = date(2026, 11, 25)
COMPARED_WITH = "uBlock Origin 1.67.0"

#: First labels of a host name with which these lists block the SDK's file or an event.
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
    """Return whether ad blockers' lists catch the name of a proxy."""
    return host.partition(".")[0].lower() in LISTED_LABELS


def advice(host: str) -> str:
    """Return the problem with a listed name, as a sentence without a final period."""
    return (
        f"ad blockers' lists catch {host} because of its first label ({COMPARED_WITH}, "
        f"{COMPARED_ON}), so the SDK or events are lost"
    )
