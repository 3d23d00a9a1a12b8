"""The sites that browsers visit with and without an ad blocker."""

from dataclasses import dataclass

from tests.support.visited_site import (
    HIGHTOUCH_EVENTS,
    HIGHTOUCH_SDK,
    LISTED,
    Head,
    VisitedSite,
    page,
    with_hosts,
)
from tools.visit.observation import Observation
from tools.visit.observer import Observer


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """The hosts of the SDK and the events, and the head of a page that uses these hosts."""

    summary: str
    head: Head


STORIES = {
    "hightouch": Story(
        summary="Hightouch's own hosts, without this project",
        head=with_hosts(sdk=HIGHTOUCH_SDK, events=HIGHTOUCH_EVENTS),
    ),
    "default": Story(summary="The default names `cdn.` and `events.`", head=str),
    "listed": Story(
        summary="The SDK on a name that lists block, `analytics.`", head=with_hosts(sdk=LISTED)
    ),
}


def observe(visitor: Observer, site: VisitedSite, story: Story) -> Observation:
    """Return what the visitor saw on a page that sends two events."""
    site.answers["/"] = page(story.head, "<script>htevents.track('look')</script>")
    return visitor.open(site.url)


def arrived(seen: Observation) -> str:
    """Return the types of the events that arrived."""
    return ", ".join(sorted({str(event.get("type")) for _, event in seen.events})) or "nothing"
