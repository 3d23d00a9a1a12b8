"""The WebKitGTK process: each line on stdin is a JSON request, each on stdout a JSON answer.

Debian's Python, which has PyGObject, runs it: `webkit_worker.py PROFILE ITP PROXY`. ITP is `on` or
`off`, and PROXY is the proxy's URL or `none`.

A request has `id`, `op`, `tab` (the number of a tab), and `text`. The answer has the same `id`, and
a `value` or an `error`. The next request is sent after the answer.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import GLib, Gtk, WebKit2  # type: ignore[import-not-found]  # noqa: E402

# WebKitGTK does not report when its databases are written. localStorage takes half a second.
_WRITTEN_AFTER_MS = 1000

_NO_REQUEST: dict[str, Any] = {"id": None, "op": None, "tab": None}
_LOADS = ("begin", "goto", "fire")


class Worker:
    """One profile with its tabs."""

    def __init__(self, profile: str, itp: str, proxy: str) -> None:
        # ITP caps cookies only in persistent sessions, not in ephemeral or automated ones.
        self._data = WebKit2.WebsiteDataManager(
            base_data_directory=f"{profile}/data", base_cache_directory=f"{profile}/cache"
        )
        self._data.set_itp_enabled(itp == "on")
        self._data.set_tls_errors_policy(WebKit2.TLSErrorsPolicy.IGNORE)
        if proxy == "none":
            self._data.set_network_proxy_settings(WebKit2.NetworkProxyMode.NO_PROXY, None)
        else:
            self._data.set_network_proxy_settings(
                WebKit2.NetworkProxyMode.CUSTOM, WebKit2.NetworkProxySettings.new(proxy, None)
            )
        self._context = WebKit2.WebContext.new_with_website_data_manager(self._data)
        self._jar = self._context.get_cookie_manager()
        self._jar.set_persistent_storage(
            f"{profile}/cookies.sqlite", WebKit2.CookiePersistentStorage.SQLITE
        )
        self._views: list[Any] = []
        self._scripts = WebKit2.UserContentManager()
        self._request = _NO_REQUEST
        self._has_started = False

    def when_ready(self, begin: Callable[[], object]) -> None:
        """Call `begin` once ITP is active, because ITP does not cap cookies written before that."""
        self._data.get_itp_summary(None, lambda *_: begin())

    def handle(self, request: dict[str, Any]) -> None:
        """Begin the action of the request."""
        self._request = request
        self._has_started = False
        op, text = request["op"], request["text"]
        if op == "version":
            version = WebKit2.MAJOR_VERSION, WebKit2.MINOR_VERSION, WebKit2.MICRO_VERSION
            self._answer(request, value=".".join(map(str, version)))
        elif op == "open":
            self._answer(request, value=self._open())
        elif op == "cookies":
            self._jar.get_all_cookies(None, self._on_cookies, request)
        elif op == "save":
            for view in self._views:
                view.destroy()
            GLib.timeout_add(_WRITTEN_AFTER_MS, self._answer, request)
        elif op == "script":
            if text:
                self._run_in_every_page(text)
            self._answer(request)
        elif op in ("begin", "goto"):
            self._views[request["tab"]].load_uri(text)
        else:
            self._views[request["tab"]].call_async_javascript_function(
                text, -1, None, None, None, None, self._on_value, request
            )

    def _run_in_every_page(self, script: str) -> None:
        self._scripts.add_script(
            WebKit2.UserScript.new(
                script,
                WebKit2.UserContentInjectedFrames.TOP_FRAME,
                WebKit2.UserScriptInjectionTime.START,
                None,
                None,
            )
        )

    def _open(self) -> int:
        view = WebKit2.WebView(web_context=self._context, user_content_manager=self._scripts)
        view.connect("load-changed", self._on_load_changed, len(self._views))
        view.connect("load-failed", self._on_load_failed, len(self._views))
        view.connect("web-process-terminated", self._on_crash, len(self._views))
        # Otherwise, the page would wait for a dialog that no one answers.
        view.connect("script-dialog", lambda *_: True)
        window = Gtk.OffscreenWindow()
        window.add(view)
        window.show_all()
        self._views.append(view)
        return len(self._views) - 1

    def _on_load_changed(self, _view: Any, event: Any, tab: int) -> None:
        if self._request["tab"] != tab:
            return
        if event == WebKit2.LoadEvent.STARTED:
            self._has_started = True
        is_awaited = self._request["op"] in _LOADS and self._has_started
        begins = self._request["op"] == "begin" and event == WebKit2.LoadEvent.COMMITTED
        if is_awaited and (begins or event == WebKit2.LoadEvent.FINISHED):
            self._answer(self._request)

    def _on_load_failed(self, _view: Any, _event: Any, uri: str, error: Any, tab: int) -> bool:
        is_awaited = self._request["tab"] == tab and self._request["op"] in _LOADS
        # A load that another load replaces has not failed.
        was_replaced = error.matches(WebKit2.NetworkError.quark(), WebKit2.NetworkError.CANCELLED)
        if is_awaited and not was_replaced:
            self._answer(self._request, error=f"{uri}: {error.message}")
        return True  # no error page

    def _on_crash(self, _view: Any, reason: Any, tab: int) -> None:
        if self._request["tab"] == tab:
            self._answer(self._request, error=f"the page's process ended: {reason.value_nick}")

    def _on_value(self, view: Any, result: Any, request: dict[str, Any]) -> None:
        try:
            value = view.call_async_javascript_function_finish(result)
        except GLib.Error as error:
            self._answer(request, error=error.message)
        else:
            if request["op"] == "eval":
                self._answer(request, value=value.to_string())

    def _on_cookies(self, jar: Any, result: Any, request: dict[str, Any]) -> None:
        self._answer(
            request, value=[_described(cookie) for cookie in jar.get_all_cookies_finish(result)]
        )

    def _answer(self, request: dict[str, Any], **outcome: Any) -> None:
        if request is self._request:
            self._request = _NO_REQUEST
            print(json.dumps({"value": None, **outcome, "id": request["id"]}), flush=True)  # noqa: T201


def _described(cookie: Any) -> dict[str, Any]:
    """Return the attributes of the class `Cookie` for this cookie."""
    expires = cookie.get_expires()
    # This process's clock may be moved.
    seconds = expires and expires.to_unix() - time.time()
    return {
        "name": cookie.get_name(),
        "value": cookie.get_value(),
        "domain": cookie.get_domain(),
        "http_only": cookie.get_http_only(),
        "secure": cookie.get_secure(),
        "same_site": cookie.get_same_site_policy().value_nick.capitalize(),
        "days": seconds and round(seconds / 86400, 2),
    }


def main() -> None:
    """Answer requests until stdin ends."""
    worker = Worker(*sys.argv[1:])

    def read(*_: object) -> bool:
        line = sys.stdin.readline()
        if line:
            worker.handle(json.loads(line))
        else:
            Gtk.main_quit()
        return bool(line)

    conditions = GLib.IOCondition.IN | GLib.IOCondition.HUP
    worker.when_ready(
        lambda: GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, conditions, read)
    )
    Gtk.main()


if __name__ == "__main__":
    main()
