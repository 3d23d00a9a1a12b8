"""Scenarios of a visitor, and the IDs that Hightouch gets, as a story: see `ScenarioVisitor`.

Some follow from Hightouch's page, "An API for creating server and browser cookies". Others show
logouts, several users and tabs, and deleted IDs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.visitor import (
    DEFAULT_FLUSH,
    DOCUMENTED_LOGOUT,
    HOLD_THE_SECOND_CLEAR,
    IDENTIFY_AND_SEE_THE_RENEW_QUEUED,
    NEVER,
    ScenarioVisitor,
)

SPECIAL = 'ann+t@exämple.com; x=1, "q" 100% \\ ü 😀 {"a": [1]}'


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """The steps of a visitor, and the possible stories with each setting.

    Two stories mean that there is a race, which the setting does not prevent.
    """

    steps: Callable[[ScenarioVisitor], None]
    documented: tuple[str, ...]
    restoring_after_23_hours: tuple[str, ...]
    is_core: bool

    @property
    def name(self) -> str:
        """The scenario's name, with spaces."""
        return self.steps.__name__.replace("_", " ")

    @property
    def summary(self) -> str:
        """The sentence that describes what the visitor does."""
        return (self.steps.__doc__ or "").rstrip(".")


SCENARIOS: list[Scenario] = []


def scenario(
    *stories: str, restoring: str | None = None, core: bool = False
) -> Callable[[Callable[[ScenarioVisitor], None]], Callable[[ScenarioVisitor], None]]:
    """Add a scenario with its stories. `restoring` is the story with 23 hours if it differs."""

    def add(steps: Callable[[ScenarioVisitor], None]) -> Callable[[ScenarioVisitor], None]:
        SCENARIOS.append(
            Scenario(
                steps=steps,
                documented=stories,
                restoring_after_23_hours=(restoring,) if restoring else stories,
                is_core=core,
            )
        )
        return steps

    return add


@scenario("a1/- a1/-", core=True)
def first_visit(visitor: ScenarioVisitor) -> None:
    """A first visit, and a reload."""
    visitor.open()
    visitor.look()
    visitor.reload()
    visitor.look()


@scenario("a1/- a1/A a1/A", core=True)
def identify(visitor: ScenarioVisitor) -> None:
    """A visitor logs in as A and reloads."""
    visitor.open()
    visitor.look()
    visitor.identify("A")
    visitor.look()
    visitor.reload()
    visitor.look()


@scenario("a1/- a1/- a1/-")
def back_after_8_and_16_days(visitor: ScenarioVisitor) -> None:
    """An unknown visitor comes back after 8 days, and after 16."""
    visitor.open()
    visitor.look()
    for _ in range(2):
        visitor.days_later(8)
        visitor.open()
        visitor.look()


def _back_after_8_days(visitor: ScenarioVisitor, user_id: str) -> None:
    visitor.open()
    visitor.identify(user_id)
    visitor.look()
    visitor.days_later(8)
    visitor.open()
    visitor.look()


@scenario("a1/A a1/A", core=True)
def identified_and_back_after_8_days(visitor: ScenarioVisitor) -> None:
    """A visitor logs in as A and comes back after 8 days."""
    _back_after_8_days(visitor, "A")


@scenario(f"a1/{SPECIAL} a1/{SPECIAL}", core=True)
def special_characters(visitor: ScenarioVisitor) -> None:
    """A user ID with %, @, =, quotes, braces, and an emoji is restored after 8 days."""
    _back_after_8_days(visitor, SPECIAL)


@scenario("a1/4711 a1/4711")
def number_as_user_id(visitor: ScenarioVisitor) -> None:
    """The user ID 4711 is restored after 8 days."""
    _back_after_8_days(visitor, "4711")


@scenario("a1/A a2/-", core=True)
def control_without_the_cookie_service(visitor: ScenarioVisitor) -> None:
    """The control: without the cookie service, A is a new visitor after 8 days."""
    visitor.open("/plain")
    visitor.identify("A")
    visitor.look()
    visitor.days_later(8)
    visitor.open("/plain")
    visitor.look()


@scenario("a1/A a2/- a2/-")
def reset_and_wait(visitor: ScenarioVisitor) -> None:
    """A logs out with reset(), the clear call is sent, and A reloads and is back after 8 days."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.reset()
    visitor.reload()
    visitor.look()
    visitor.days_later(8)
    visitor.open()
    visitor.look()


@scenario("a1/A a1/A", restoring="a1/A a2/-", core=True)
def reset_whose_clear_is_lost(visitor: ScenarioVisitor) -> None:
    """A logs out with reset(), and the page reloads before the clear call is sent."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.open(flush=NEVER)
    visitor.leave("htevents.reset(); location.reload()")
    visitor.look()


@scenario("a1/A a1/A", "a1/A a2/-", restoring="a1/A a2/-", core=True)
def reset_and_reload_at_once(visitor: ScenarioVisitor) -> None:
    """A logs out with reset() and reloads at once: a race with the clear call."""
    visitor.open(flush=DEFAULT_FLUSH)
    visitor.identify("A")
    visitor.look()
    visitor.leave("htevents.reset(); location.reload()")
    visitor.look()


@scenario("a1/A a2/- a2/- a2/-")
def reset_track_reload(visitor: ScenarioVisitor) -> None:
    """A's reset() loses its clear call; A sends an event, reloads, and is back after 8 days."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.open(flush=NEVER)
    visitor.browser.eval("htevents.reset();")
    visitor.wait_until_cookies_are_deleted()
    visitor.look()
    visitor.open()
    visitor.look()
    visitor.days_later(8)
    visitor.open()
    visitor.look()


@scenario("a1/A a2/A a2/A")
def reset_then_the_same_user(visitor: ScenarioVisitor) -> None:
    """A logs out with reset(), logs in again on the same page, and is back after 8 days."""
    visitor.open(flush=DEFAULT_FLUSH)
    visitor.identify("A")
    visitor.look()
    visitor.browser.eval("htevents.reset();")
    visitor.wait_until_cookies_are_deleted()
    visitor.identify("A")
    visitor.look()
    visitor.days_later(8)
    visitor.open()
    visitor.look()


@scenario("a1/A a2/B a2/B", core=True)
def reset_then_another_user(visitor: ScenarioVisitor) -> None:
    """A logs out with reset(), and B logs in on the same page and is back after 8 days."""
    visitor.open(flush=DEFAULT_FLUSH)
    visitor.identify("A")
    visitor.look()
    visitor.browser.eval("htevents.reset();")
    visitor.wait_until_cookies_are_deleted()
    visitor.identify("B")
    visitor.look()
    visitor.days_later(8)
    visitor.open()
    visitor.look()


@scenario("a1/A a2/B a2/B")
def another_user_without_logout(visitor: ScenarioVisitor) -> None:
    """B logs in although A has not logged out, and is back after 8 days."""
    visitor.open(flush=DEFAULT_FLUSH)
    visitor.identify("A")
    visitor.look()
    visitor.identify("B")
    visitor.look()
    visitor.days_later(8)
    visitor.open()
    visitor.look()


@scenario("a1/A a2/- a2/B a2/B", core=True)
def documented_logout_then_another_user(visitor: ScenarioVisitor) -> None:
    """A logs out as documented and reloads at once; B logs in and is back after 8 days."""
    visitor.open(flush=DEFAULT_FLUSH)
    visitor.identify("A")
    visitor.look()
    visitor.leave(f"{DOCUMENTED_LOGOUT} location.reload();")
    visitor.look()
    visitor.identify("B")
    visitor.look()
    visitor.days_later(8)
    visitor.open()
    visitor.look()


@scenario("a1/- a2/-", core=True)
def documented_logout_right_after_login(visitor: ScenarioVisitor) -> None:
    """A logs out as documented, while the SDK sends a renew call."""
    visitor.open(flush=1)
    visitor.look()
    visitor.leave(
        f"{IDENTIFY_AND_SEE_THE_RENEW_QUEUED} {HOLD_THE_SECOND_CLEAR} {DOCUMENTED_LOGOUT} "
        "location.reload();"
    )
    visitor.look()


@scenario("a1/A a1/A", "a1/A a2/-", restoring="a1/A a2/-")
def logout_without_await(visitor: ScenarioVisitor) -> None:
    """A's logout sends a clear call, but the page does not wait for it: a race."""
    visitor.open(flush=DEFAULT_FLUSH)
    visitor.identify("A")
    visitor.look()
    visitor.leave(
        "fetch('/ht/clear', {method: 'POST', keepalive: true}); htevents.reset(); location.reload()"
    )
    visitor.look()


@scenario("a1/A a1/A a2/-")
def restored_then_reset(visitor: ScenarioVisitor) -> None:
    """A comes back after 8 days and logs out with reset(), and the clear call is sent."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.days_later(8)
    visitor.open()
    visitor.look()
    visitor.reset()
    visitor.reload()
    visitor.look()


@scenario("a1/A a1/A a2/- a2/-", core=True)
def two_tabs(visitor: ScenarioVisitor) -> None:
    """A opens a second tab, logs out there, and reloads the first tab."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    second = visitor.browser.new_tab()
    visitor.open(tab=second)
    visitor.look(second)
    visitor.reset(second)
    visitor.look(second)
    visitor.reload()
    visitor.look()


@scenario("a1/A a2/B a2/B", core=True)
def another_user_in_another_tab(visitor: ScenarioVisitor) -> None:
    """A opens a second tab, logs out there, and B logs in there; the first tab does not reload."""
    visitor.open(flush=DEFAULT_FLUSH)
    visitor.identify("A")
    visitor.look()
    second = visitor.browser.new_tab()
    visitor.open(flush=DEFAULT_FLUSH, tab=second)
    visitor.reset(second)
    visitor.identify("B", second)
    visitor.look(second)
    visitor.look()


@scenario("a1/A a1/A", restoring="a1/A a2/-", core=True)
def deleted_after_3_hours(visitor: ScenarioVisitor) -> None:
    """A consent tool deletes A's browser cookies and storage after 3 hours."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.hours_later(3)
    visitor.delete_ids()
    visitor.open()
    visitor.look()


@scenario("a1/A a1/A")
def deleted_by_itp_after_25_hours(visitor: ScenarioVisitor) -> None:
    """ITP deletes A's browser cookies and storage after 25 hours, the earliest possible time."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.hours_later(25)
    visitor.delete_ids()
    visitor.open()
    visitor.look()


@scenario("a1/A a1/A")
def cookies_deleted_storage_kept(visitor: ScenarioVisitor) -> None:
    """Both browser cookies of A are deleted, but localStorage is not."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.leave_page()
    visitor.delete_cookies("htjs_anonymous_id", "htjs_user_id")
    visitor.open()
    visitor.look()


@scenario("a1/A a1/-")
def user_id_deleted(visitor: ScenarioVisitor) -> None:
    """Only A's user ID is deleted, in the cookie and localStorage; it is not restored."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.leave_page()
    visitor.delete_cookies("htjs_user_id")
    visitor.delete_storage("htjs_user_id")
    visitor.open()
    visitor.look()
    assert "htjs_user_id_srvr" not in visitor.server_cookies()


@scenario("a1/A a2/A")
def anonymous_id_deleted(visitor: ScenarioVisitor) -> None:
    """Only A's anonymous ID is deleted, in the cookie and localStorage."""
    visitor.open()
    visitor.identify("A")
    visitor.look()
    visitor.leave_page()
    visitor.delete_cookies("htjs_anonymous_id")
    visitor.delete_storage("htjs_anonymous_id")
    visitor.open()
    visitor.look()
