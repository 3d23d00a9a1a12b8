"""Real browser engines behind one interface."""

from tools.visit.engines.chromium import Chromium
from tools.visit.engines.connect_proxy import ConnectProxy
from tools.visit.engines.engine import Browser, BrowserError, Cookie, Tab
from tools.visit.engines.firefox import Firefox
from tools.visit.engines.webkit import WebKit

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
