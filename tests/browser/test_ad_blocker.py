"""Firefox with uBlock Origin and the filter lists of Debian's package."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from attachment.finding import Finding
from stacks.listed_names import LISTED_LABELS
from tests.browser.blocker_stories import STORIES, Story, arrived, observe
from tests.browser.conftest import require
from tests.browser.matrix import BLOCKER
from tests.support.visited_site import LISTED, VisitedSite, visited_site
from tools.doctor.report import Note
from tools.visit import blocker
from tools.visit.checks import check_blocker, check_page
from tools.visit.engines import Firefox
from tools.visit.observation import Observation
from tools.visit.observer import Deadline, Observer
from tools.visit.proxy import RecordingProxy, recording_proxy

# The requests of the SDK for its file and for events, by the first label of the host.
_REQUEST = """
    const load = (label) => new Promise((resolve) => {
      const script = document.createElement("script");
      script.onload = script.onerror = resolve;
      script.src = `https://${label}.shop.localhost/browser/release/v1-latest/events.min.js`;
      document.head.append(script);
    });
    const send = (label, type) =>
      fetch(`https://${label}.shop.localhost/v1/${type}`, {method: "POST", body: "{}"})
        .catch(() => null);
    for (const label of labels) {
      await Promise.all([load(label), ...["page", "track", "identify"].map((t) => send(label, t))]);
    }
"""


class Blocking:
    """A running Firefox, and each site's observations without and with the ad blocker."""

    def __init__(self, firefox: Firefox, proxy: RecordingProxy, site: VisitedSite) -> None:
        self.firefox = firefox
        self.proxy = proxy
        self.site = site
        self.without = {name: self._visit(story) for name, story in STORIES.items()}
        blocker.install(firefox)
        # Without an active blocker, the tests below would show nothing.
        assert blocker.wait_until_active(self.visitor(), Deadline(60))
        self.blocked = {name: self._visit(story) for name, story in STORIES.items()}

    def visitor(self) -> Observer:
        """Return a new visitor."""
        return Observer(self.firefox, self.proxy, self.site.url, deadline=Deadline(60))

    def _visit(self, story: Story) -> Observation:
        return observe(self.visitor(), self.site, story)


@pytest.fixture(scope="module")
def blocking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blocking]:
    require(Firefox)
    scratch = tmp_path_factory.mktemp("blocking")
    with (
        visited_site(scratch) as site,
        recording_proxy(scratch, trusted=site.trusted, addresses=site.addresses) as proxy,
        Firefox(proxy) as firefox,
    ):
        yield Blocking(firefox, proxy, site)


@pytest.mark.parametrize(
    ("story", "events"),
    [
        pytest.param("hightouch", "nothing", id="hosts-of-hightouch"),
        pytest.param("default", "page, track", id="default-names"),
        pytest.param("listed", "nothing", id="name-that-lists-catch"),
    ],
)
def test_ad_blocker_stops_only_events_of_listed_hosts(
    blocking: Blocking, story: str, events: str, record_property: Callable[[str, object], None]
) -> None:
    assert arrived(blocking.without[story]) == "page, track"
    assert arrived(blocking.blocked[story]) == events
    cell = {"site": STORIES[story].summary, "engine": BLOCKER, "version": blocker.version()}
    record_property("blocker", cell | {"events": events})


def test_listed_name_is_the_only_finding(blocking: Blocking) -> None:
    without, blocked = blocking.without["listed"], blocking.blocked["listed"]
    results = [*check_page(without), *check_blocker(without, blocked)]
    [finding] = [one for one in results if not isinstance(one, Note)]
    assert isinstance(finding, Finding)
    assert finding.code == "blocked-name"
    assert LISTED in finding.fix


@pytest.mark.parametrize(
    ("story", "code"), [("hightouch", "blocked-hightouch"), ("default", "nothing-blocked")]
)
def test_visit_notes_the_effect_of_the_ad_blocker(
    blocking: Blocking, story: str, code: str
) -> None:
    """A blocked host of Hightouch is only a note, because the use of that host is a finding."""
    [note] = check_blocker(blocking.without[story], blocking.blocked[story])
    assert isinstance(note, Note)
    assert note.code == code


def test_listed_labels_are_those_that_the_ad_blocker_catches(blocking: Blocking) -> None:
    """A label that is no longer blocked must leave the list. No default name may be blocked."""
    labels = sorted([*LISTED_LABELS, "cdn", "events"])
    blocking.visitor().leave_page()
    blocking.firefox.eval(f"const labels = {json.dumps(labels)}; {_REQUEST}")
    sent = {(one.host.partition(".")[0], Path(one.path).name) for one in blocking.proxy.exchanges}
    expected = {"events.min.js", "page", "track", "identify"}
    caught = {label for label in labels if any((label, one) not in sent for one in expected)}
    assert caught == LISTED_LABELS
