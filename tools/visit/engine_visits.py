"""The visits of a site in one engine: the first, the return, and the one with an ad blocker."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from attachment.finding import Finding
from tools.doctor.report import CheckError, Inconclusive, Note, Result
from tools.visit import blocker
from tools.visit.checks import check_blocker, check_page, check_return
from tools.visit.engines import Browser, BrowserError, Firefox
from tools.visit.observation import Observation
from tools.visit.observer import Deadline, Observer
from tools.visit.proxy import RecordingProxy, recording_proxy
from tools.visit.quoting import bounded

#: The seconds after which no further step begins.
_SECONDS = 50
_DAYS = 8

#: The name of a check, and one of its results, or None when the check begins.
Step = tuple[str, Result | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """The pages to visit: `url`, and further `paths` on the same site.

    `click` is the CSS selector of the element to click on each page. `trusted` is a PEM file with
    further trusted certificates. `addresses` maps host names to ports on this machine.
    """

    url: str
    paths: tuple[str, ...] = ()
    click: str | None = None
    trusted: Path | None = None
    addresses: Mapping[str, int] = field(default_factory=dict)


def visit_in(engine: type[Browser], visit: Visit, send: Callable[[str | Step], object]) -> None:
    """Visit the site in the engine, and send progress and results."""
    name, deadline = engine.__name__, Deadline(_SECONDS)
    if missing := engine.missing():
        send((name, Inconclusive("engine-missing", missing)))
        return
    send(f"{name}: starting")
    with (
        _reported(name, send),
        TemporaryDirectory(prefix="visit-") as scratch,
        recording_proxy(Path(scratch), trusted=visit.trusted, addresses=visit.addresses) as proxy,
        engine(proxy) as browser,
    ):
        visits = EngineVisits(browser, proxy, visit, deadline, send)
        _check(name, visits.results(), send)
        if isinstance(browser, Firefox):
            _check("Firefox with uBlock Origin", visits.results_with_blocker(browser), send)


def _check(name: str, results: Iterator[Result], send: Callable[[Step], object]) -> None:
    send((name, None))
    with _reported(name, send):
        for result in results:
            send((name, bounded(result)))


@contextmanager
def _reported(name: str, send: Callable[[Step], object]) -> Iterator[None]:
    """Send an error that the block raises as a result."""
    try:
        yield
    except BrowserError as error:
        reason = f"the browser failed: {str(error).splitlines()[0]}"
        send((name, bounded(Inconclusive("engine-failed", reason))))
    except Exception as error:
        reason = f"this visit crashed ({type(error).__name__}: {error})"
        send((name, bounded(CheckError(reason))))


class EngineVisits:
    """The visits in one engine: the first, the return, and the one with an ad blocker."""

    def __init__(
        self,
        browser: Browser,
        proxy: RecordingProxy,
        visit: Visit,
        deadline: Deadline,
        progress: Callable[[str], object],
    ) -> None:
        self._browser = browser
        self._proxy = proxy
        self._visit = visit
        self._deadline = deadline
        self._name = type(browser).__name__
        self._progress = progress
        self._first: Observation | None = None

    def results(self) -> Iterator[Result]:
        """Visit the pages, and come back eight days later."""
        visit, visitor = self._visit, self._visitor()
        yield Note("browser", f"version {self._browser.version}")
        yield Note("page", f"visited {visit.url}")
        self._progress(f"{self._name}: visiting {visit.url}")
        first = self._first = visitor.open(visit.url)
        found = list(check_page(first))
        yield from found
        codes = {result.code for result in found}
        for path in visit.paths:
            if self._deadline.is_over:
                yield Inconclusive("out-of-time", f"no time was left for {path}")
                continue
            self._progress(f"{self._name}: visiting {path}")
            yield Note("page", f"visited {path}")
            visitor.leave_page()  # so that nothing is read from the previous page
            results = check_page(visitor.open(urljoin(visit.url, path)))
            yield from (_on_page(path, one) for one in results if one.code not in codes)
        if any(isinstance(result, Finding) for result in found):
            yield Note(
                "return-not-visited",
                "the return after eight days was not checked, because of the findings",
            )
            return
        if self._deadline.is_over:
            yield Inconclusive("out-of-time", "no time was left for the return after eight days")
            return
        self._progress(f"{self._name}: eight days later")
        visitor.days_later(_DAYS)
        yield from check_return(first, visitor.open(visit.url))

    def results_with_blocker(self, firefox: Firefox) -> Iterator[Result]:
        """Visit the first page as another visitor, who has an ad blocker."""
        if missing := blocker.missing():
            yield Inconclusive("blocker-missing", missing)
            return
        if self._first is None or self._deadline.is_over:
            yield Inconclusive("out-of-time", "no time was left for the visit with an ad blocker")
            return
        yield Note("blocker", f"uBlock Origin {blocker.version()}")
        self._progress(f"{self._name}: visiting with an ad blocker")
        blocker.install(firefox)
        visitor = self._visitor()
        if not blocker.wait_until_active(visitor, self._deadline):
            yield Inconclusive("blocker-inactive", "uBlock Origin did not load its lists in time")
            return
        yield from check_blocker(self._first, visitor.open(self._visit.url))

    def _visitor(self) -> Observer:
        visit, deadline = self._visit, self._deadline
        return Observer(self._browser, self._proxy, visit.url, click=visit.click, deadline=deadline)


def _on_page(path: str, result: Result) -> Result:
    if isinstance(result, Finding):
        return Finding(result.code, f"{path}: {result.problem}", result.fix)
    if isinstance(result, Note):
        return Note(result.code, f"{path}: {result.text}")
    return result
