"""`python -m tools preview`, started and ended as by a user."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bench.preview_start import STEPS
from tests.support.checkout import ROOT, clean_folder
from tests.support.processes import listeners_with, wait_until_one_runs
from tests.support.started_preview import Preview, failed_preview, preview, send_request
from tools.__main__ import _make_preview
from tools.emulator.emulator import client_environment


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview that prints each request as JSON."""
    scratch = tmp_path_factory.mktemp("preview")
    with preview("--port", "0", "--json", "-c", "renew_path=/id/renew", scratch=scratch) as started:
        started.wait_for("Ctrl-C ends it")
        yield started


@pytest.fixture(scope="module")
def site(running: Preview) -> str:
    """The address of the preview's site."""
    found = re.search(r"Open (http://shop\.localhost:\d+)\n", running.stderr)
    assert found, running.stderr
    return found[1]


def test_progress_is_printed_on_stderr(running: Preview, site: str) -> None:
    assert site
    assert [line.split(":")[0] for line in running.stderr.splitlines() if line][:4] == [
        "Starting an AWS emulator",
        "Bootstrapping it and synthesizing the app",
        "Deploying",
        "Starting the local edge",
    ]


def test_bench_recognizes_every_line_of_the_progress(running: Preview, site: str) -> None:
    """`make bench` recognizes each step by the start of its line."""
    assert site
    assert [
        start for line in running.stderr.splitlines() for start in STEPS if line.startswith(start)
    ] == list(STEPS)


def test_preview_listens_only_on_this_machine(running: Preview, site: str) -> None:
    """The test covers the edge, the AWS emulator, and the processes that the emulator starts."""
    listening = listeners_with(str(running.scratch))

    assert f"127.0.0.1:{site.rpartition(':')[2]}" in listening
    assert [address for address in listening if not address.startswith("127.0.0.1:")] == []


def test_the_page_loads_the_sdk_through_the_sdk_proxy(site: str) -> None:
    page = send_request("GET", site).text
    sdk = site.replace("shop.", "cdn.shop.") + "/browser/release/v1-latest/events.min.js"
    assert f'"{sdk}"' in page
    file = send_request("GET", sdk)
    assert file.headers["content-type"].startswith("text/javascript")
    installed = ROOT / "node_modules/@ht-sdks/events-sdk-js-browser/dist/umd/events.min.js"
    assert file.content == installed.read_bytes()


def test_the_page_sends_events_to_the_events_proxy(site: str) -> None:
    host = site.removeprefix("http://").replace("shop.", "events.shop.")
    assert f'"apiHost":"{host}"' in send_request("GET", site).text
    preflight = send_request(
        "OPTIONS",
        f"http://{host}/v1/track",
        headers={"Origin": site, "Access-Control-Request-Method": "POST"},
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert send_request("POST", f"http://{host}/v1/track", json={"event": "x"}).json() == {
        "success": True
    }


def test_the_cookie_service_answers_on_the_site_itself(site: str) -> None:
    response = send_request("POST", f"{site}/id/renew", headers={"Cookie": "htjs_user_id=u1"})
    assert response.status_code == 200
    assert response.json() == {}
    assert response.headers.get_list("set-cookie") == [
        "htjs_user_id_srvr=u1; Domain=shop.localhost; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly"
    ]


def test_page_without_the_cookie_service_has_no_renew_url(site: str) -> None:
    assert '"renewUrl":"/id/renew"' in send_request("GET", site).text
    assert "renewUrl" not in send_request("GET", f"{site}/?cookie-service=off").text


def test_page_loads_the_live_log_from_the_console(site: str) -> None:
    console = site.replace("shop.", "preview.")
    assert f'src="{console}/shop.js"' in send_request("GET", site).text
    assert send_request("GET", f"{console}/shop.js").status_code == 200


def run_printed_commands(preview: Preview) -> "subprocess.CompletedProcess[str]":
    """Run the two lines that the preview prints for another terminal; the second runs doctor."""
    lines = re.findall(r"^  (export .*|.* tools doctor .*)$", preview.stderr, re.MULTILINE)
    assert len(lines) == 2
    return subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=clean_folder(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_printed_commands_run_doctor_without_findings(running: Preview) -> None:
    done = run_printed_commands(running)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 of " in done.stdout


def test_requests_are_json_on_stdout_and_ctrl_c_leaves_nothing(running: Preview, site: str) -> None:
    """The shared preview ends here, so this test is the last one that uses it."""
    send_request("POST", f"{site}/id/renew", headers={"Cookie": "htjs_user_id=u1; session=secret"})

    assert running.end(signal.SIGINT) == 0

    running.assert_nothing_is_left()
    lines = [json.loads(line) for line in running.stdout.splitlines()]
    assert lines[-1]["host"] == "shop.localhost"
    assert (lines[-1]["method"], lines[-1]["path"]) == ("POST", "/id/renew")
    assert (lines[-1]["behavior"], lines[-1]["status"]) == ("/id/renew", 200)
    assert lines[-1]["cookies_in"] == [
        {"name": "htjs_user_id", "value": "u1"},
        {"name": "session", "value": None},
    ]
    assert "secret" not in running.stdout
    assert "secret" not in running.stderr


class UsersSite(BaseHTTPRequestHandler):
    """A site that the user runs on this machine."""

    def do_GET(self) -> None:
        if self.path == "/old":
            self.send_response(302)
            self.send_header("Location", f"http://{self.headers['Host']}/new?a=b")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = f"my shop, requested from {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Ipv6Server(HTTPServer):
    """A server that listens only on ::1, as the one of Vite."""

    address_family = socket.AF_INET6


def test_users_site_is_served_over_tls(tmp_path: Path) -> None:
    """`--site` and `--tls` serve the user's pages and print the snippet and the addresses.

    The printed commands have no findings, although the certificate is self-signed.
    """
    with Ipv6Server(("::1", 0), UsersSite) as users_site:
        threading.Thread(target=users_site.serve_forever, args=[0.05], daemon=True).start()
        port = users_site.server_address[1]
        with preview(
            "--port=0", "--tls", f"--site=http://[::1]:{port}", scratch=tmp_path
        ) as started:
            started.wait_for("Ctrl-C ends it")
            assert started.process.stdout is not None
            printed = ""
            while "</script>" not in printed:
                printed += started.process.stdout.readline()
            site, console = re.findall(r"https://(?:shop|preview)\.localhost:\d+", printed)
            accepted = "".join(started.process.stdout.readline() for _ in range(7))
            assert re.findall(r"https://(\S+)\.localhost", accepted) == [
                "cdn.shop",
                "events.shop",
                "preview",
            ]
            sdk = site.replace("shop.", "cdn.shop.") + "/browser/release/v1-latest/events.min.js"
            assert f'"{sdk}"' in printed
            page = send_request("GET", f"{site}/any").text
            assert page == f"my shop, requested from localhost:{port}"
            redirected = send_request("GET", f"{site}/old")
            assert redirected.headers["location"] == f"{site}/new?a=b"
            later = send_request("GET", f"{site}/_preview/eight-days-later")
            assert f'fetch("{console}/clock"' in later.text
            assert send_request("GET", console).status_code == 200
            about = send_request("GET", f"{console}/site").json()
            assert about["later"] == f"{site}/_preview/eight-days-later"
            assert about["snippet"] in printed
            assert send_request("POST", f"{site}/ht/clear").json() == {}
            done = run_printed_commands(started)
            assert done.returncode == 0, done.stdout + done.stderr
            assert started.end(signal.SIGINT) == 0
        users_site.shutdown()
    started.assert_nothing_is_left()


@pytest.mark.parametrize(
    ("step", "ending"),
    [
        pytest.param("Starting an AWS emulator", signal.SIGINT, id="start-Ctrl-C"),
        pytest.param("Bootstrapping it", signal.SIGTERM, id="synth-TERM"),
        pytest.param("Deploying", signal.SIGINT, id="deploy-Ctrl-C"),
        pytest.param("Deploying", signal.SIGHUP, id="deploy-HUP"),
    ],
)
def test_preview_that_is_ended_while_it_starts_leaves_nothing(
    tmp_path: Path, step: str, ending: signal.Signals
) -> None:
    with preview("--port=0", scratch=tmp_path) as started:
        started.wait_for(step)
        started.end(ending)

    started.assert_nothing_is_left()
    assert "Traceback" not in started.stderr


@pytest.mark.parametrize(
    "step",
    [
        pytest.param("Starting an AWS emulator", id="start"),
        pytest.param("Bootstrapping it", id="synth"),
        pytest.param("Deploying", id="deploy"),
        pytest.param("Ctrl-C ends it", id="running"),
    ],
)
def test_killed_preview_leaves_nothing(tmp_path: Path, step: str) -> None:
    """After a SIGKILL, no process, no open port, and no folder is left."""
    with preview("--port=0", scratch=tmp_path) as started:
        started.wait_for(step)
        wait_until_one_runs("tools.emulator.process", str(tmp_path), seconds=10)
        if step == "Ctrl-C ends it":
            site = re.findall(r"http://shop\.localhost:\d+", started.read_line("Open "))
            # This request starts the function.
            assert send_request("POST", f"{site[0]}/ht/clear").status_code == 200
            assert len(listeners_with(str(tmp_path))) == 3
        started.kill()

    started.assert_nothing_is_left()
    assert listeners_with(str(tmp_path)) == set()


def test_unknown_context_key_is_a_usage_error(tmp_path: Path) -> None:
    ended = failed_preview("-c", "domian=example.com", scratch=tmp_path)

    assert ended.process.returncode == 2
    assert "did you mean 'domain'?" in ended.stderr


def test_context_without_a_value_is_a_usage_error(tmp_path: Path) -> None:
    ended = failed_preview("-c", "domain", scratch=tmp_path)

    assert ended.process.returncode == 2
    assert "got 'domain', expected KEY=VALUE" in ended.stderr


@pytest.mark.parametrize(
    "site",
    [
        "localhost:3000",
        "http://localhost:abc",
        "http://localhost:99999",
        "http://localhost:0",
        "http://localhost:3000/shop",
        "http://localhost:3000/?a=1",
        "http://user:word@localhost:3000",
        "http://[::2]:3000",
        "ftp://localhost",
    ],
)
def test_site_without_a_valid_address_is_a_usage_error(tmp_path: Path, site: str) -> None:
    ended = failed_preview("--site", site, scratch=tmp_path)

    assert ended.process.returncode == 2
    assert f"got '{site}', expected an address such as http://localhost:3000" in ended.stderr


@pytest.mark.parametrize(
    ("item", "named"),
    [
        (
            "domain=example.com",
            "got example.com, cdn.example.com, events.example.com, expected names below localhost",
        ),
        ("sdk_domain=cdn.example.com", "make preview ARGS='-c domain=shop.localhost'"),
        ("hosted_zone_id=Z1D633PJN98FT9", "leave out the keys for AWS resources: hosted_zone_id"),
        (
            "site_distribution_id=E2QWRUHAPOMQZL",
            "leave out the keys for AWS resources: site_distribution_id",
        ),
    ],
)
def test_context_with_real_hosts_or_resources_is_a_usage_error(
    tmp_path: Path, item: str, named: str
) -> None:
    """The browser would call the real hosts, and the AWS emulator does not have the resources."""
    ended = failed_preview("-c", item, scratch=tmp_path)

    assert ended.process.returncode == 2
    assert named in " ".join(ended.stderr.split())


def make_arguments(stderr: str) -> list[str]:
    """Return the options that a printed `make preview` passes to the preview.

    The environment gets no variables of a make that runs these tests.
    """
    command = stderr[stderr.index("make preview ") :]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["bash", "-c", f"{command.strip()} --old-file=install-dev --just-print"],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return shlex.split(done.stdout.partition(" tools preview ")[2])


def test_port_in_use_is_an_error_with_the_command_for_another(tmp_path: Path) -> None:
    """The printed command runs make with the options that were given."""
    context = ["-c", "domain=shop.localhost", "-c", "name=Acme"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        ended = failed_preview("--port", str(port), "--tls", *context, scratch=tmp_path)

    assert ended.process.returncode == 1
    assert ended.stderr.startswith(f"Error: port {port} cannot be used: Address already in use.")
    assert make_arguments(ended.stderr) == [*context, "--tls", "--port", "0"]


def test_printed_command_of_make_keeps_every_character() -> None:
    """Make expands `$`, and two shells remove quotes."""
    options = ["-c", "name=A $HOME $(pwd) 'b' \"c\" #d", "--port", "0"]
    assert make_arguments(_make_preview(options)) == options


def test_site_that_does_not_answer_is_an_error_at_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    ended = failed_preview("--site", f"http://127.0.0.1:{port}", scratch=tmp_path)

    assert ended.process.returncode == 1
    assert ended.stderr.startswith(
        f"Error: http://127.0.0.1:{port} does not answer: Connection refused. "
    )
    assert make_arguments(ended.stderr) == [
        *("--site", f"http://127.0.0.1:{port}", "--port", "8400")
    ]


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        pytest.param("node_modules", "the CDK CLI is not installed here", id="cdk"),
        pytest.param("node", "Node.js is not installed here", id="node"),
        pytest.param("ministack", "the AWS emulator is not installed here", id="emulator"),
    ],
)
def test_missing_part_is_an_error_of_one_line(tmp_path: Path, part: str, problem: str) -> None:
    """The project's folder or the Python environment does not have the part."""
    for name in ("tools", "stacks", "attachment", "lambda_edge", "cdk.json"):
        (tmp_path / name).symlink_to(clean_folder() / name)
    if part != "node_modules":
        (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    code = (
        f"import sys; sys.modules[{part!r}] = None; sys.path.insert(0, {str(tmp_path)!r});"
        "from pathlib import Path; import tools.__main__ as module;"
        f"module._ROOT = Path({str(tmp_path)!r});"
    )
    if part == "node":
        code += f"sys.executable = {str(tmp_path / 'python')!r};"
    code += "module.main(['preview'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == f"Error: {problem}: run make install-dev\n"


def test_cdk_sends_no_usage_reports() -> None:
    """https://github.com/aws/aws-cdk-cli/tree/main/packages/aws-cdk#cdk-cli-telemetry."""
    assert client_environment({})["CDK_DISABLE_CLI_TELEMETRY"] == "true"
