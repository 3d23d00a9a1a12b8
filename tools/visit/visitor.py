"""A visitor of a site, who may come back days later."""

import json
from collections.abc import Callable
from datetime import timedelta

from tools.visit.engines.engine import Browser


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
        """Come back days later, when ITP has deleted script-written cookies and localStorage."""
        self._move_clock(timedelta(days=days))
        self.browser.days_later(days)
        self.leave_page()
        self.delete_storage()

    def delete_storage(self, *names: str) -> None:
        """Delete these items in the site's localStorage, by default all."""
        self.browser.eval(
            f"const names = {json.dumps(names)};"
            "for (const name of names.length ? names : Object.keys(localStorage)) {"
            "  localStorage.removeItem(name);"
            "}"
        )
