"""Real browser engines behind one interface."""

from tests.browser.engines.chromium import Chromium
from tests.browser.engines.connect_proxy import ConnectProxy
from tests.browser.engines.engine import Browser, BrowserError, Cookie, Tab
from tests.browser.engines.firefox import Firefox
from tests.browser.engines.webkit import WebKit

__all__ = [
    "Browser",
    "BrowserError",
    "Chromium",
    "ConnectProxy",
    "Cookie",
    "Firefox",
    "Tab",
    "WebKit",
]
