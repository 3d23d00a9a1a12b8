"""Doctor and hosts whose answers attack it: it ends soon, and prints only text."""

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from click.testing import CliRunner

from tests.support.checkout import clean_folder
from tests.support.example import make_settings
from tests.support.hostile_hosts import Host, answering, dripping, sending, serve, zipped
from tools import output
from tools.__main__ import main
from tools.doctor.conformance import check_endpoint
from tools.doctor.live_requests import PackageError, Via, connect, download_package
from tools.doctor.report import Report, run

JSON = b"200 OK\r\nCache-Control: no-store\r\nContent-Type: application/json"
#: Characters that control a terminal, except the line feed.
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

HOSTS = [
    pytest.param(
        dripping(b"Content-Type: application/json\r\n\r\n", b" "),
        ["service-unreachable"],
        id="drips-its-body",
    ),
    pytest.param(dripping(b"", b"X-A: b\r\n"), ["service-unreachable"], id="drips-its-headers"),
    pytest.param(sending(megabytes=4), ["answer-not-json"], id="long-body"),
    pytest.param(
        answering(JSON + b"\r\nContent-Encoding: gzip", zipped(megabytes=64)),
        ["answer-not-json"],
        id="gzip-bomb",
    ),
    pytest.param(
        answering(JSON + b"\r\nContent-Encoding: br", b"not brotli"),
        ["answer-not-json"],
        id="invalid-brotli",
    ),
    pytest.param(
        answering(
            b"200 OK\r\nContent-Type: \x1b]0;owned\x07\x1b[2J\x1b[H\x1b[32m"
            b"ok             cookie service on www.example.com\x1b[0m \x1b[8m"
        ),
        ["answer-not-json"],
        id="escape-sequences-in-a-header",
    ),
    pytest.param(
        answering(
            JSON + b"\r\nSet-Cookie: htjs_anonymous_id_srvr=x; "
            b"Domain=\x1b[2J\x1b[1;1H[bold]0 of 1 checks with findings[/]\x1b[8m"
        ),
        ["cookie-attribute"],
        id="escape-sequences-in-a-cookie",
    ),
    pytest.param(
        answering(b"200 OK\r\nContent-Type: \xe2\x80\xae\xc2\x9b31m"),
        ["answer-not-json"],
        id="c1-and-bidirectional-characters",
    ),
    pytest.param(answering(b"999 \x1b[31mX"), ["answer-status"], id="escape-sequence-in-a-reason"),
    pytest.param(
        answering(b"302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/"),
        ["answer-status"],
        id="redirect",
    ),
    pytest.param(
        answering(JSON + b"\r\nSet-Cookie: htjs_anonymous_id=leak", b"[" * 60_000),
        ["answer-not-json", "cookie-wrongly-set"],
        id="deeply-nested-json",
    ),
    pytest.param(
        answering(JSON + b"\r\nSet-Cookie: htjs_anonymous_id=leak", b"1" * 5000),
        ["answer-not-json", "cookie-wrongly-set"],
        id="number-of-5000-digits",
    ),
    pytest.param(
        answering(
            JSON + b"; charset=idna\r\nSet-Cookie: htjs_anonymous_id=leak", b"\xff\xfe{}\x00"
        ),
        ["answer-not-json", "cookie-wrongly-set"],
        id="charset-that-cannot-decode",
    ),
    pytest.param(
        answering(
            JSON + b"\r\nSet-Cookie: htjs_anonymous_id_srvr=x; "
            b"Expires=Mon, 01 Jan 0001 00:00:00 -0000"
        ),
        ["cookie-wrongly-expired"],
        id="first-year",
    ),
    pytest.param(
        answering(
            JSON + b"\r\nSet-Cookie: htjs_anonymous_id_srvr=x; "
            b"Expires=Mon, 01 Jan 99999999999 00:00:00 GMT"
        ),
        ["cookie-value"],
        id="year-of-11-digits",
    ),
]


def report_on(host: Host, *, seconds: float = 10) -> Report:
    """Return doctor's report on the cookie service of a host."""
    with serve(host) as address, connect(Via(address), seconds=seconds) as http:
        endpoint = "http://www.example.com"
        [report] = run({"live": lambda: check_endpoint(http, endpoint, make_settings())})
    return report


@pytest.mark.parametrize(("host", "codes"), HOSTS)
def test_hostile_host_gets_findings_that_are_safe_to_print(host: Host, codes: list[str]) -> None:
    """No check crashes or runs for long."""
    started = time.monotonic()
    report = report_on(host, seconds=1)
    assert time.monotonic() - started < 10
    assert report.status == "finding"
    assert set(codes) <= {finding.code for finding in report.findings}

    with CliRunner().isolation() as (stdout, *_):
        output.show_report(report)
        printed = stdout.getvalue().decode()
    assert CONTROL.findall(printed) == []
    assert "finding" in printed
    assert not re.search("^ok", printed, re.MULTILINE)
    assert max(map(len, printed.splitlines())) < 600


def test_escape_sequence_is_shown_as_text() -> None:
    [*_, finding] = report_on(answering(b"200 OK\r\nContent-Type: \x1b[2J")).findings
    assert "\x1b[2J" in finding.problem
    assert output.printable(finding.problem) == finding.problem.replace("\x1b", r"\x1b")


# Single calls


def test_body_is_cut_at_64_kb_and_a_file_at_the_limit_of_its_request() -> None:
    with serve(sending(megabytes=2)) as address, connect(Via(address)) as http:
        assert len(http.get("http://www.example.com/").content) == 65_536
        allowed = {"max_bytes": 1_000_000}
        assert len(http.get("http://www.example.com/", extensions=allowed).content) == 1_000_000


def test_body_is_not_decompressed() -> None:
    body = zipped(megabytes=8)
    host = answering(JSON + b"\r\nContent-Encoding: gzip", body)
    with serve(host) as address, connect(Via(address)) as http:
        assert http.get("http://www.example.com/").content == body


@pytest.mark.parametrize("name", ["body", "headers"])
def test_call_times_out_even_if_the_host_keeps_sending(name: str) -> None:
    """The host sends some bytes every 50 ms, so no single read times out."""
    host = {"body": dripping(b"\r\n", b" "), "headers": dripping(b"", b"X-A: b\r\n")}[name]
    with serve(host) as address, connect(Via(address), seconds=0.5) as http:
        started = time.monotonic()
        with pytest.raises(httpx.TimeoutException, match=r"after 0\.5 seconds"):
            http.get("http://www.example.com/")
        assert time.monotonic() - started < 5


# The package of the edge function


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(httpx.Response(403), "the download answers 403", id="denied"),
        pytest.param(httpx.Response(200, html="Log in"), "it is not a zip file", id="other-page"),
    ],
)
def test_package_that_cannot_be_read_is_an_error_without_its_url(
    answer: httpx.Response, message: str
) -> None:
    """The URL contains a token that lets anyone download the package."""
    url = "https://example.com/package?X-Amz-Security-Token=secret"
    with (
        connect(httpx.MockTransport(lambda _: answer)) as http,
        pytest.raises(PackageError) as raised,
    ):
        download_package(http, url)
    assert str(raised.value) == message


# The command


def test_call_of_the_command_ends_after_ten_seconds() -> None:
    with serve(dripping(b"\r\n", b" ")) as address:
        started = time.monotonic()
        done = CliRunner().invoke(
            main, ["doctor", "--endpoint", "http://www.example.com", "--via", address]
        )
        seconds = time.monotonic() - started
    assert done.exit_code == 1
    assert "[service-unreachable]" in done.stdout
    assert "after 10 seconds" in done.stdout
    assert 9 < seconds < 20


@pytest.fixture
def children_receive_ctrl_c() -> Iterator[None]:
    """Do not let child processes inherit that SIGINT is ignored, as in a shell's background job."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.mark.usefixtures("children_receive_ctrl_c")
def test_one_ctrl_c_ends_doctor_at_once() -> None:
    """The host accepts the connection and never answers."""
    called = threading.Event()

    def host(_: socket.socket, over: threading.Event) -> None:
        called.set()
        over.wait(60)

    with serve(host) as address:
        command = ["doctor", "--endpoint", "http://www.example.com", "--via", address]
        process = subprocess.Popen(
            [sys.executable, "-m", "tools", *command],
            cwd=clean_folder(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert called.wait(30)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
        assert time.monotonic() - started < 5
    assert process.returncode == 1
    assert "Traceback" not in stdout + stderr
