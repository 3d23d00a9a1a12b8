"""The observations of a visit, as data. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from tools.visit.engines.engine import Cookie
from tools.visit.traffic import Exchange, events_in

# The page controls the values that are read from it, so their length and number are bounded.
_LONGEST = 2000
_MOST = 200

#: "none": no snippet has run. "snippet": the snippet waits for the SDK. "ready": the SDK is ready.
SdkState = Literal["none", "snippet", "ready"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """A violation of the page's content security policy.

    `blocked` is a URL, or a word such as "inline".
    """

    directive: str
    blocked: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A POST request of the SDK as the page saw it: with an event, or to the cookie service.

    `status` and `milliseconds` are None until there is a response.
    """

    kind: str
    url: str
    status: int | None
    milliseconds: int | None
    failed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PageState:
    """The state of the SDK in the page.

    `keeps_nothing` is whether the SDK's option disableClientPersistence is on. `snippets` counts
    those that browsers run, and `waiting_snippets` those with a type that browsers do not run.
    `failed_scripts` has the URLs of scripts that did not load.
    """

    url: str
    is_complete: bool
    sdk: SdkState
    version: str
    keeps_nothing: bool
    sdk_url: str
    snippets: int
    waiting_snippets: int
    has_service_worker: bool
    violations: tuple[Violation, ...]
    failed_scripts: tuple[str, ...]
    calls: tuple[Call, ...]

    @classmethod
    def parse(cls, returned: object) -> Self:
        """Return the state that state.js returned, which the page can make return anything."""
        value = returned if isinstance(returned, dict) else {}
        return cls(
            url=_text(value.get("url")),
            is_complete=value.get("complete") is True,
            sdk=_sdk(value.get("sdk")),
            version=_text(value.get("version"))[:20],
            keeps_nothing=value.get("keeps_nothing") is True,
            sdk_url=_text(value.get("sdk_url")),
            snippets=_number(value.get("snippets")) or 0,
            waiting_snippets=_number(value.get("waiting_snippets")) or 0,
            has_service_worker=value.get("has_service_worker") is True,
            violations=tuple(
                Violation(directive=_text(one.get("directive")), blocked=_text(one.get("blocked")))
                for one in _objects(value.get("violations"))
            ),
            failed_scripts=tuple(_text(one) for one in _list(value.get("failures"))),
            calls=tuple(
                Call(
                    kind=_text(one.get("kind")),
                    url=_text(one.get("url")),
                    status=_number(one.get("status")),
                    milliseconds=_number(one.get("milliseconds")),
                    failed=one.get("failed") is True,
                )
                for one in _objects(value.get("calls"))
            ),
        )

    def calls_of(self, kind: str) -> list[Call]:
        """Return the calls of this kind."""
        return [call for call in self.calls if call.kind == kind]


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """The observation of one page of a visit.

    `page` is None if the browser showed no page. `was_clicked` is None if there was nothing to
    click. `cookies` are the SDK's and the cookie service's. `failure` is the engine's error.
    """

    requested: str
    page: PageState | None
    exchanges: tuple[Exchange, ...]
    cookies: tuple[Cookie, ...] = ()
    was_clicked: bool | None = None
    failure: str = ""

    @property
    def events(self) -> list[tuple[Exchange, dict[str, Any]]]:
        """The events that the page sent, each with its request."""
        return [
            (one, event)
            for one in self.exchanges
            if one.is_sunk and one.method == "POST" and not one.failure
            for event in events_in(one.body)
        ]


def _text(value: object) -> str:
    return str(value)[:_LONGEST] if isinstance(value, str) else ""


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and 0 <= value < 10**9 else None


def _sdk(value: object) -> SdkState:
    match value:
        case "snippet" | "ready":
            return value
        case _:
            return "none"


def _list(value: object) -> Sequence[Any]:
    return value[:_MOST] if isinstance(value, list) else []


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in _list(value) if isinstance(one, dict)]
