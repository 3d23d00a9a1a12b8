"""A visitor of a site, who can come back days later."""

import json
from collections.abc import Callable
from datetime import timedelta

from tools.visit.engines.engine import ITP_KEEPS, Browser


class Visitor:
    """A new visitor, with a new profile in `browser`.

    `empty_page` is the URL of a page of the site that does not load the SDK. `move_clock` moves the
    clock of the cookie service. `page_script` runs in every page before the page's own scripts.
    """

    def __init__(
        self,
        browser: Browser,
        *,
        empty_page: str,
        move_clock: Callable[[timedelta], object],
        page_script: str = "",
    ) -> None:
        self.browser = browser
        self._empty_page = empty_page
        self._move_clock = move_clock
        browser.fresh(page_script=page_script)

    def leave_page(self) -> None:
        """Go to the empty page of the site."""
        self.browser.goto(self._empty_page)

    def days_later(self, days: int) -> None:
        """Come back after this many days, as `later` describes."""
        self.later(timedelta(days=days))

    def later(self, gap: timedelta) -> None:
        """Come back after this time.

        After seven days, ITP has deleted script-written cookies and localStorage.
        """
        self._move_clock(gap)
        self.browser.later(gap)
        self.leave_page()
        if gap >= ITP_KEEPS:
            self.delete_storage()

    def delete_storage(self, *names: str) -> None:
        """Delete these items in the site's localStorage, or all if none is named."""
        self.browser.eval(
            f"const names = {json.dumps(names)};"
            "for (const name of names.length ? names : Object.keys(localStorage)) {"
            "  localStorage.removeItem(name);"
            "}"
        )
