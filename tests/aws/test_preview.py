"""`python -m tools preview`, started and ended as a user would."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.processes import listeners_with, wait_until_one_runs
from tests.started_preview import Preview, ask, preview, refused
from tools.preview.local_aws import client_environment


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview with the request log on stdout."""
    scratch = tmp_path_factory.mktemp("preview")
    with preview("--port", "0", "--json", "-c", "renew_path=/id/renew", scratch=scratch) as started:
        started.wait_for("Ctrl-C ends it")
        yield started


@pytest.fixture(scope="module")
def site(running: Preview) -> str:
    found = re.search(r"Open (http://shop\.localhost:\d+)\n", running.stderr)
    assert found, running.stderr
    return found[1]


def test_progress_is_on_stderr(running: Preview, site: str) -> None:
    assert site
    assert [line.split(":")[0] for line in running.stderr.splitlines() if line][:4] == [
        "Starting an embedded AWS",
        "Bootstrapping it and synthesizing the app",
        "Deploying",
        "Starting the local edge",
    ]


def test_it_listens_on_this_machine_alone(running: Preview, site: str) -> None:
    """All of it: the edge, the embedded AWS and what that starts."""
    listening = listeners_with(str(running.scratch))

    assert f"127.0.0.1:{site.rpartition(':')[2]}" in listening
    assert [one for one in listening if not one.startswith("127.0.0.1:")] == []


def test_the_page_loads_the_sdk_through_the_sdk_proxy(site: str) -> None:
    page = ask("GET", site).text
    sdk = site.replace("shop.", "cdn.shop.") + "/browser/release/v1-latest/events.min.js"
    assert f'"{sdk}"' in page
    file = ask("GET", sdk)
    assert file.headers["content-type"].startswith("text/javascript")
    installed = ROOT / "node_modules/@ht-sdks/events-sdk-js-browser/dist/umd/events.min.js"
    assert file.content == installed.read_bytes()


def test_the_page_sends_events_to_the_events_proxy(site: str) -> None:
    host = site.removeprefix("http://").replace("shop.", "events.shop.")
    assert f'"apiHost":"{host}"' in ask("GET", site).text
    preflight = ask(
        "OPTIONS",
        f"http://{host}/v1/track",
        headers={"Origin": site, "Access-Control-Request-Method": "POST"},
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert ask("POST", f"http://{host}/v1/track", json={"event": "x"}).json() == {"success": True}


def test_the_cookie_service_answers_on_the_site_itself(site: str) -> None:
    answer = ask("POST", f"{site}/id/renew", headers={"Cookie": "htjs_user_id=u1"})
    assert answer.status_code == 200
    assert answer.json() == {}
    assert answer.headers.get_list("set-cookie") == [
        "htjs_user_id_srvr=u1; Domain=shop.localhost; Path=/; Max-Age=31536000"
        "; Secure; SameSite=Lax; HttpOnly"
    ]


def test_the_cookie_service_can_be_left_out(site: str) -> None:
    assert '"renewUrl":"/id/renew"' in ask("GET", site).text
    assert "renewUrl" not in ask("GET", f"{site}/?cookie-service=off").text


def test_the_log_is_on_the_previews_own_address(site: str) -> None:
    console = site.replace("shop.", "preview.")
    assert f'src="{console}/shop.js"' in ask("GET", site).text
    assert ask("GET", f"{console}/shop.js").status_code == 200


def test_other_commands_reach_it_as_it_says(running: Preview) -> None:
    """The two lines for another terminal: doctor finds nothing."""
    lines = re.findall(r"^  (export .*|\.venv/bin/python .*)$", running.stderr, re.MULTILINE)
    assert len(lines) == 2

    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n0 of " in done.stdout


def test_requests_are_json_on_stdout_and_ctrl_c_leaves_nothing(running: Preview, site: str) -> None:
    """The last test of the shared preview: it ends it."""
    ask("POST", f"{site}/id/renew", headers={"Cookie": "htjs_user_id=u1; session=secret"})

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


class Own(BaseHTTPRequestHandler):
    """A site of the user's own."""

    def do_GET(self) -> None:
        body = f"my shop, asked as {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_own_site_over_tls(tmp_path: Path) -> None:
    """`--site` and `--tls`: the user's pages, the snippet to put there, the console's address."""
    with HTTPServer(("127.0.0.1", 0), Own) as own:
        threading.Thread(target=own.serve_forever, args=[0.05], daemon=True).start()
        port = own.server_address[1]
        with preview(
            "--port=0", "--tls", f"--site=http://localhost:{port}", scratch=tmp_path
        ) as started:
            started.wait_for("Ctrl-C ends it")
            assert started.process.stdout is not None
            printed = ""
            while "</script>" not in printed:
                printed += started.process.stdout.readline()
            site, console = re.findall(r"https://(?:shop|preview)\.localhost:\d+", printed)
            accepted = "".join(started.process.stdout.readline() for _ in range(8))
            assert re.findall(r"https://(\S+)\.localhost", accepted) == [
                "cdn.shop",
                "events.shop",
                "preview",
            ]
            sdk = site.replace("shop.", "cdn.shop.") + "/browser/release/v1-latest/events.min.js"
            assert f'"{sdk}"' in printed
            assert ask("GET", f"{site}/any").text == f"my shop, asked as localhost:{port}"
            assert ask("GET", console).status_code == 200
            assert ask("POST", f"{site}/ht/clear").json() == {}
            assert started.end(signal.SIGINT) == 0
        own.shutdown()
    started.assert_nothing_is_left()


@pytest.mark.parametrize(
    ("step", "ending"),
    [
        pytest.param("Starting an embedded AWS", signal.SIGINT, id="start-Ctrl-C"),
        pytest.param("Bootstrapping it", signal.SIGTERM, id="synth-TERM"),
        pytest.param("Deploying", signal.SIGINT, id="deploy-Ctrl-C"),
        pytest.param("Deploying", signal.SIGHUP, id="deploy-HUP"),
    ],
)
def test_ended_on_the_way_it_leaves_nothing(
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
        pytest.param("Starting an embedded AWS", id="start"),
        pytest.param("Bootstrapping it", id="synth"),
        pytest.param("Deploying", id="deploy"),
        pytest.param("Ctrl-C ends it", id="running"),
    ],
)
def test_killed_preview_leaves_nothing(tmp_path: Path, step: str) -> None:
    """After a SIGKILL, which no process can answer: no process, no open port, no folder."""
    with preview("--port=0", scratch=tmp_path) as started:
        started.wait_for(step)
        wait_until_one_runs("tools.preview.embedded_aws", str(tmp_path), seconds=10)
        if step == "Ctrl-C ends it":
            site = re.findall(r"http://shop\.localhost:\d+", started.read_line("Open "))
            assert ask("POST", f"{site[0]}/ht/clear").status_code == 200  # starts the function
            assert len(listeners_with(str(tmp_path))) == 3
        started.kill()

    started.assert_nothing_is_left()
    assert listeners_with(str(tmp_path)) == set()


def test_bad_context_shows_the_apps_own_words(tmp_path: Path) -> None:
    done = refused("-c", "domian=example.com", scratch=tmp_path)

    assert done.process.returncode == 2
    assert "did you mean 'domain'?" in done.stderr


def test_context_that_is_no_pair_is_a_usage_error(tmp_path: Path) -> None:
    done = refused("-c", "domain", scratch=tmp_path)

    assert done.process.returncode == 2
    assert "got 'domain', expected KEY=VALUE" in done.stderr


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
        "http://[::1]:3000",
        "ftp://localhost",
    ],
)
def test_a_site_that_is_no_address_is_a_usage_error(tmp_path: Path, site: str) -> None:
    done = refused("--site", site, scratch=tmp_path)

    assert done.process.returncode == 2
    assert f"got '{site}', expected an address such as http://localhost:3000" in done.stderr


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("domain=example.com", "example.com, cdn.example.com, events.example.com is not on this"),
        ("sdk_domain=cdn.example.com", "cdn.example.com is not on this machine"),
        ("hosted_zone_id=Z1D633PJN98FT9", "hosted_zone_id names what is in an AWS account"),
        ("site_distribution_id=E2QWRUHAPOMQZL", "site_distribution_id names what is in an AWS"),
    ],
)
def test_context_that_a_preview_cannot_have_is_a_usage_error(
    tmp_path: Path, item: str, words: str
) -> None:
    """The browser would ask the real hosts, and AWS for what it has not."""
    done = refused("-c", item, scratch=tmp_path)

    assert done.process.returncode == 2
    assert words in " ".join(done.stderr.split())


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = refused("--port", str(port), scratch=tmp_path)

    assert done.process.returncode == 1
    assert done.stderr == (
        f"Error: port {port} cannot be used: Address already in use;"
        " choose another with --port, 0 for any\n"
    )


@pytest.mark.parametrize(
    ("part", "words"),
    [
        pytest.param("node_modules", "the CDK CLI is not installed here", id="cdk"),
        pytest.param("node", "Node.js is not installed here", id="node"),
        pytest.param("ministack", "the embedded AWS is not installed here", id="embedded-aws"),
    ],
)
def test_a_missing_part_is_one_clear_line(tmp_path: Path, part: str, words: str) -> None:
    """In a copy of the project, and with an interpreter that finds no such package."""
    for name in ("tools", "stacks", "lambda_edge", "cdk.json"):
        (tmp_path / name).symlink_to(ROOT / name)
    if part != "node_modules":
        (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    code = (
        f"import sys; sys.modules[{part!r}] = None; sys.path.insert(0, {str(tmp_path)!r});"
        "from pathlib import Path; import tools.__main__ as it;"
        f"it._ROOT = Path({str(tmp_path)!r});"
    )
    if part == "node":
        code += f"sys.executable = {str(tmp_path / 'python')!r};"
    code += "it.main(['preview'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == f"Error: {words}: run make install-dev\n"


def test_the_cdk_sends_no_usage_reports() -> None:
    """https://github.com/aws/aws-cdk-cli/tree/main/packages/aws-cdk#cdk-cli-telemetry."""
    assert client_environment({})["CDK_DISABLE_CLI_TELEMETRY"] == "true"
