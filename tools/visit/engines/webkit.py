"""WebKitGTK with ITP, driven through a worker process whose clock can be moved."""

import json
import shutil
import subprocess
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools.visit.engines.connect_proxy import ConnectProxy
from tools.visit.engines.engine import Browser, BrowserError, Cookie, Tab
from tools.visit.engines.program import Program

#: Debian's Python, because PyGObject is installed there and not in a virtual environment.
_PYTHON = "/usr/bin/python3"
_IMPORTS = "import gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1')"


class WebKit(Browser):
    """Debian's WebKitGTK on its own display. Each profile has its own process.

    `itp=False` turns ITP off, for control runs.
    """

    has_real_itp = True

    def __init__(self, proxy: ConnectProxy, *, itp: bool = True) -> None:
        self._itp = itp
        super().__init__(proxy)

    @staticmethod
    def missing() -> str | None:
        if (
            shutil.which("Xvfb")
            and _libfaketime()
            and shutil.which(_PYTHON)
            and not subprocess.run(
                [_PYTHON, "-I", "-c", _IMPORTS], stderr=subprocess.DEVNULL, check=False
            ).returncode
        ):
            return None
        return (
            "WebKitGTK, Xvfb, or libfaketime is not installed: apt-get install "
            "gir1.2-webkit2-4.1 gir1.2-gtk-3.0 python3-gi xvfb faketime"
        )

    def new_tab(self) -> Tab:
        return _Tab(self._worker, self._worker.call("open"))

    def cookies(self) -> list[Cookie]:
        return [Cookie(**cookie) for cookie in self._worker.call("cookies")]

    def _start(self, resources: ExitStack) -> str:
        self._folder = Path(resources.enter_context(TemporaryDirectory(prefix="webkit-")))
        self._log = self._folder / "webkit.log"
        display = Program(
            "Xvfb", "-displayfd", "1", "-noreset", log=self._log, environment={}, talks=True
        )
        self._display = f":{resources.enter_context(display).read_line()}"
        self._running = resources.enter_context(ExitStack())
        self._profiles = 0
        self._new_profile()
        version: str = self._worker.call("version")
        return version

    def _new_profile(self) -> Tab:
        self._profiles += 1
        self._gap = timedelta()
        return self._launch()

    def _reopen(self, gap: timedelta) -> Tab:
        self._worker.call("save")
        self._gap += gap
        return self._launch()

    def _launch(self) -> Tab:
        self._running.close()
        profile = self._folder / f"profile-{self._profiles}"
        profile.mkdir(exist_ok=True)
        environment = {
            "DISPLAY": self._display,
            "HOME": str(profile),
            "XDG_CACHE_HOME": str(profile / "cache"),
            "XDG_DATA_HOME": str(profile / "data"),
            "TMPDIR": str(profile),
            # There is no desktop on this display, so its services are turned off.
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "GDK_BACKEND": "x11",
            "GSETTINGS_BACKEND": "memory",
            "GTK_A11Y": "none",
            "NO_AT_BRIDGE": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
        }
        if self._gap:
            environment |= {
                "LD_PRELOAD": str(_libfaketime()),
                "FAKETIME": f"+{self._gap.total_seconds():.0f}",
                "FAKETIME_DISABLE_SHM": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # timers would stall
            }
        program = Program(
            _PYTHON,
            "-I",
            Path(__file__).with_name("webkit_worker.py"),
            profile,
            "on" if self._itp else "off",
            "none" if self._is_direct else f"http://127.0.0.1:{self.proxy.port}",
            log=self._log,
            environment=environment,
            talks=True,
        )
        self._worker = _Worker(self._running.enter_context(program))
        self._worker.call("script", text=self._page_script)
        return self.new_tab()


class _Tab(Tab):
    def __init__(self, worker: "_Worker", number: int) -> None:
        self._worker = worker
        self._number = number

    def goto(self, url: str) -> None:
        self._worker.call("goto", self._number, url)

    def begin(self, url: str) -> None:
        self._worker.call("begin", self._number, url)

    def fire(self, statement: str) -> None:
        self._worker.call("fire", self._number, f"setTimeout(() => {{ {statement} }})")

    def _call(self, body: str) -> Any:
        return self._worker.call("eval", self._number, body)


class _Worker:
    """A connection to a worker process, which answers one request at a time."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._last_id = 0

    def call(self, op: str, tab: int | None = None, text: str | None = None) -> Any:
        """Send a request and return the value of the answer."""
        self._last_id += 1
        request = {"id": self._last_id, "op": op, "tab": tab, "text": text}
        self._program.write_line(json.dumps(request))
        answer = json.loads(self._program.read_line())
        while answer["id"] != self._last_id:  # of an earlier request that timed out
            answer = json.loads(self._program.read_line())
        if "error" in answer:
            raise BrowserError(f"WebKit: {op}: {answer['error']}")
        return answer["value"]


def _libfaketime() -> Path | None:
    return next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
