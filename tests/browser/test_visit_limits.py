"""A visit ends on time even if a page never stops."""

import tempfile
import time
from pathlib import Path

import pytest
from starlette.responses import HTMLResponse

from tests.browser.conftest import ENGINES, require
from tests.support.processes import wait_until_none_has
from tools.preview.certificate import write_certificate
from tools.preview.http_server import listen, serve
from tools.visit import visits
from tools.visit.engine_visits import Visit

_SECONDS = 20


def test_visit_ends_on_time_if_a_script_never_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No engine responds. The visit still ends, and leaves no process and no file behind."""
    for engine in ENGINES.values():
        require(engine)
    monkeypatch.setattr(visits, "_MOST_SECONDS", _SECONDS)
    certificate, listener = tmp_path / "certificate.pem", listen(0)
    write_certificate(certificate, ["shop.localhost"])
    url = f"https://shop.localhost:{listener.getsockname()[1]}/"
    with (
        serve(HTMLResponse("<script>for (;;) {}</script>"), listener, certificate),
        tempfile.TemporaryDirectory() as scratch,
    ):
        monkeypatch.setattr(tempfile, "tempdir", scratch)
        visit = Visit(url=url, trusted=certificate)

        started = time.monotonic()
        reports = list(visits.run(visit, lambda _: None))
        seconds = time.monotonic() - started

        assert seconds < _SECONDS + 5
        wait_until_none_has(scratch, seconds=10)
        assert list(Path(scratch).iterdir()) == []
    assert {one.check: one.results[-1].code for one in reports} == {
        "Chromium": "out-of-time",
        "Firefox": "out-of-time",
        "WebKit": "out-of-time",
    }
