"""The edge function's package, unpacked and run by AWS's runtime interface client."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from stacks.edge_package import EdgePackage
from tests.support.example import make_settings
from tests.support.viewer_requests import set_cookies, viewer_request
from tools.preview.edge_function import EdgeFunction, FunctionError, FunctionTimeoutError

HANDLER = "lambda_edge.handler.handler"


@pytest.fixture(scope="module")
def function(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeFunction]:
    """The cookie service with `restore_after_hours=23`."""
    package = tmp_path_factory.mktemp("package")
    EdgePackage.of(make_settings(restore_after_seconds=82800)).write(package)
    with EdgeFunction(package, HANDLER) as function:
        yield function


@pytest.fixture
def write_function(tmp_path: Path) -> Iterator[Callable[..., EdgeFunction]]:
    """A function that creates edge functions from source code. They are closed after the test."""
    functions: list[EdgeFunction] = []

    def write(source: str, **kwargs: Any) -> EdgeFunction:
        package = tmp_path / f"package{len(functions)}"
        package.mkdir()
        (package / "source.py").write_text(source)
        functions.append(EdgeFunction(package, "source.handler", **kwargs))
        return functions[-1]

    yield write
    for function in functions:
        function.close()


def test_renew_copies_the_browser_cookie_to_its_server_cookie(function: EdgeFunction) -> None:
    function.move_clock(timedelta(0))

    answer = function.invoke(viewer_request("/ht/renew", "htjs_anonymous_id=a%201"))

    assert answer["status"] == "200"
    assert set_cookies(answer)[0] == (
        "htjs_anonymous_id_srvr=a%201; Domain=example.com; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly"
    )


def test_request_for_another_path_is_returned_unchanged(function: EdgeFunction) -> None:
    event = viewer_request("/checkout", "htjs_user_id=u1", method="GET")

    assert function.invoke(event) == event["Records"][0]["cf"]["request"]


def test_clock_of_the_function_can_be_moved(function: EdgeFunction) -> None:
    """Renew uses the moved time: IDs are restored after 25 hours, and not after 3."""
    function.move_clock(timedelta(0))
    before = time.time()
    first = set_cookies(function.invoke(viewer_request("/ht/renew", "htjs_user_id=u1")))
    match = re.match(r"htjs_seen_srvr=(\d+);", first[-1])
    assert match
    assert before - 1 <= int(match[1]) <= time.time()
    returning = viewer_request("/ht/renew", f"htjs_user_id_srvr=u1; htjs_seen_srvr={match[1]}")

    function.move_clock(timedelta(hours=3))
    assert not any("=u1;" in cookie for cookie in set_cookies(function.invoke(returning)))
    function.move_clock(timedelta(hours=25))
    assert set_cookies(function.invoke(returning))[0].startswith("htjs_user_id=u1;")


def test_function_logs_neither_ids_nor_addresses(function: EdgeFunction) -> None:
    function.invoke(viewer_request("/ht/renew", "htjs_user_id=secret-id; \x00=; htjs_"))

    logs = function.logs.read_text()
    assert "secret-id" not in logs
    assert "203.0.113.178" not in logs


def test_exception_is_reported_and_the_next_event_is_answered(
    write_function: Callable[..., EdgeFunction],
) -> None:
    function = write_function("def handler(event, context):\n    return 1 / event['by']\n")

    with pytest.raises(FunctionError, match="ZeroDivisionError: division by zero"):
        function.invoke({"by": 0})
    assert function.invoke({"by": 2}) == 0.5


def test_crash_is_reported_and_the_next_event_gets_a_new_process(
    write_function: Callable[..., EdgeFunction],
) -> None:
    function = write_function(
        "import os\n"
        "def handler(event, context):\n"
        "    if event['crash']:\n"
        "        os._exit(7)\n"
        "    return 'ok'\n"
    )

    with pytest.raises(FunctionError, match="exit status 7"):
        function.invoke({"crash": True})
    assert function.invoke({"crash": False}) == "ok"


def test_package_that_cannot_be_loaded_is_reported(
    write_function: Callable[..., EdgeFunction],
) -> None:
    function = write_function("import not_in_the_runtime\n")

    with pytest.raises(FunctionError, match="not_in_the_runtime"):
        function.invoke({})


def test_hanging_function_times_out_and_the_next_event_gets_a_new_process(
    write_function: Callable[..., EdgeFunction],
) -> None:
    function = write_function(
        "import threading\n"
        "def handler(event, context):\n"
        "    if event['hang']:\n"
        "        threading.Event().wait()\n"
        "    return 'ok'\n",
        timeout=timedelta(seconds=2),
    )

    with pytest.raises(FunctionTimeoutError, match="timed out after 2 s"):
        function.invoke({"hang": True})
    assert function.invoke({"hang": False}) == "ok"


def test_only_the_functions_process_can_read_its_events(
    write_function: Callable[..., EdgeFunction],
) -> None:
    """The address of the runtime API ends in a path that only this process knows."""
    function = write_function(
        "import os\n\n\ndef handler(event, _):\n    return os.environ['AWS_LAMBDA_RUNTIME_API']\n"
    )
    address, _, path = function.invoke({}).partition("/")

    for other in ("", "/guess"):
        url = f"http://{address}{other}/2018-06-01/runtime/invocation"
        assert httpx.get(f"{url}/next").status_code == 403
        assert httpx.post(f"{url}/any/response", content="{}").status_code == 403
    assert len(path) == 32
    assert function.invoke({}) == f"{address}/{path}"
