"""The real browser that the tests of a module share, and the sites that it visits."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tests.browser import matrix
from tests.browser.deployments import Deployments, running_deployments
from tests.support.checkout import ROOT
from tools.preview.certificate import write_certificate
from tools.preview.http_server import listen, serve
from tools.visit.engines import Browser, Chromium, ConnectProxy, Firefox, WebKit

pytest.register_assert_rewrite(
    "tests.browser.cohort_contract",
    "tests.browser.duplicate_contract",
    "tests.browser.emulator_contract",
    "tests.browser.engine_contract",
    "tests.browser.moving_contract",
    "tests.browser.planting_contract",
    "tests.browser.scenario_contract",
    "tests.browser.visit_contract",
)

ENGINES: dict[str, type[Browser]] = {"chromium": Chromium, "firefox": Firefox, "webkit": WebKit}


def require(engine: type[Browser]) -> None:
    """Skip the test if the engine is not installed. In CI, fail instead."""
    missing = engine.missing()
    if missing and os.environ.get("CI"):
        pytest.fail(missing, pytrace=False)
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The engine that the module names: `ENGINE = "chromium"`, "firefox", or "webkit".

    It has no routes and no profile. A test sets `browser.proxy.routes` and calls `fresh()`.
    """
    engine = ENGINES[request.module.ENGINE]
    require(engine)
    with ConnectProxy({}) as proxy, engine(proxy) as running:
        yield running


@pytest.fixture(scope="module")
def empty_site(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, int]]:
    """The routes to a site with empty pages.

    Its `/cookies` sets two cookies for 365 days, `/set` sets the cookie in the request's body, and
    `/ht/renew` and `/ht/clear` return the `Cookie` header.
    """

    async def page(_request: Request) -> Response:
        return HTMLResponse("<!doctype html><title>shop</title>")

    async def cookies(_request: Request) -> Response:
        response = Response()
        for cookie in (
            "by_http=a=b%20c; Max-Age=31536000; Path=/; Secure; SameSite=Lax",
            "http_only=1; Domain=shop.example; Max-Age=31536000; Path=/; Secure; HttpOnly; "
            "SameSite=Strict",
        ):
            response.headers.append("Set-Cookie", cookie)
        return response

    async def set_cookie(request: Request) -> Response:
        return Response(headers={"Set-Cookie": (await request.body()).decode()})

    async def sent(request: Request) -> Response:
        return Response(request.headers.get("Cookie", ""))

    hosts = ["shop.example", "www.shop.example", "other.example"]
    certificate = tmp_path_factory.mktemp("site") / "certificate.pem"
    write_certificate(certificate, hosts)
    routes = [
        Route("/", page),
        Route("/next", page),
        Route("/cookies", cookies, methods=["POST"]),
        Route("/set", set_cookie, methods=["POST"]),
        Route("/ht/renew", sent, methods=["POST"]),
        Route("/ht/clear", sent, methods=["POST"]),
    ]
    listener = listen(0)
    with serve(Starlette(routes=routes), listener, certificate):
        yield dict.fromkeys(hosts, listener.getsockname()[1])
        browser.fresh()  # ends its connections, so that the server can end


@pytest.fixture(scope="module")
def deployments(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployments]:
    """The deployments behind a local edge. They do not start if the engine is missing."""
    with running_deployments(tmp_path_factory.mktemp("deployments")) as running:
        yield running
        browser.fresh()  # ends its connections, so that the server can end


@pytest.fixture(scope="session")
def screenshots(pytestconfig: pytest.Config) -> Path | None:
    """The folder where screenshots are kept, or None."""
    folder: Path | None = pytestconfig.getoption("--screenshots")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `make matrix`."""
    parser.addoption(
        "--matrix", type=Path, metavar="FILE", help="run all scenarios and write the results"
    )
    parser.addoption(
        "--screenshots", type=Path, metavar="FOLDER", help="keep the screenshots of the preview"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the scenarios that are only for the matrix, unless `--matrix` is given."""
    if config.getoption("--matrix") is None:
        items[:] = [item for item in items if item.get_closest_marker("matrix") is None]


class _Matrix:
    """Collects the cells of the matrix from all workers."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._cells: list[matrix.Cell] = []
        self._blocked: list[matrix.Cell] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            for name, value in report.user_properties:
                if name in ("cell", "blocker"):
                    assert isinstance(value, dict)
                    (self._cells if name == "cell" else self._blocked).append(value)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: pytest.ExitCode | int
    ) -> None:
        """Print and write the page if all engines ran, even after failures."""
        ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if missing := matrix.engines_missing(self._cells):
            terminalreporter.write_line(f"{self._file} not written: no {', '.join(missing)}")
        elif ended:
            package = ROOT / "node_modules/@ht-sdks/events-sdk-js-browser/package.json"
            sdk = json.loads(package.read_text())["version"]
            page = matrix.page(self._cells, self._blocked, sdk, datetime.now(UTC).date())
            terminalreporter.write(page)
            self._file.write_text(page)


def pytest_configure(config: pytest.Config) -> None:
    """Collect the cells in the process that gets the reports of all workers."""
    file = config.getoption("--matrix")
    if file is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Matrix(file))
