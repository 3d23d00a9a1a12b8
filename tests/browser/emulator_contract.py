"""Attacks of web pages on the preview's AWS emulator, which runs uploaded code."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest

from tests.support.started_preview import Preview, preview
from tools.visit.engines import Browser

# Create and run a function with requests that need no preflight, as a script of any page can.
_ATTACK = """
const reached = [];
const attempts = [
    ["", {method: "POST", body: JSON.stringify(%(function)s)}],
    ["/tag/invocations", {method: "POST", body: "{}"}],
    ["", {}],
    ["", {mode: "no-cors"}],
    ["", {method: "POST", body: JSON.stringify(%(function)s), mode: "no-cors"}],
];
for (const [path, options] of attempts) {
    try {
        const answer = await fetch("%(endpoint)s/2015-03-31/functions" + path, options);
        reached.push(answer.type === "opaque" ? "opaque" : answer.status);
    } catch (error) {
        reached.push(error.name);
    }
}
return reached;
"""


class _Open(BaseHTTPRequestHandler):
    """A site that also answers like an emulator without access control, such as ministack."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>any page</title>"
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attacked:
    """A preview of the site at `port`. The code of the attack creates the file `mark`."""

    preview: Preview
    site: str
    port: int
    mark: Path

    def attack(self, endpoint: str) -> str:
        """Return a script that tries to run code in the emulator at `endpoint`."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as package:
            code = f"def handler(*_):\n    open({str(self.mark)!r}, 'w').close()\n"
            package.writestr("tag.py", code)
        function = {
            "FunctionName": "tag",
            "Runtime": "python3.12",
            "Role": "arn:aws:iam::000000000000:role/any",
            "Handler": "tag.handler",
            "Code": {"ZipFile": base64.b64encode(packed.getvalue()).decode()},
        }
        return _ATTACK % {"endpoint": endpoint, "function": json.dumps(function)}

    def functions(self) -> list[Any]:
        """Return the names of the emulator's functions."""
        settings = self.preview.setting
        lambda_ = boto3.client(
            "lambda",
            region_name="us-east-1",
            endpoint_url=settings("AWS_ENDPOINT_URL"),
            aws_access_key_id=settings("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=settings("AWS_SECRET_ACCESS_KEY"),
        )
        functions = lambda_.list_functions()["Functions"]
        return [function["FunctionName"] for function in functions]


class EmulatorContract:
    """The tests that each engine runs."""

    @pytest.fixture(scope="class")
    @classmethod
    def attacked(
        cls,
        browser: Browser,  # noqa: ARG003 - no preview without an engine
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Iterator[Attacked]:
        """A preview with `--site`."""
        scratch = tmp_path_factory.mktemp("attacked")
        with ThreadingHTTPServer(("127.0.0.1", 0), _Open) as site:
            Thread(target=site.serve_forever, args=[0.05], daemon=True).start()
            port = site.server_address[1]
            with preview("--port=0", f"--site=http://127.0.0.1:{port}", scratch=scratch) as started:
                started.wait_for("Ctrl-C ends it")
                own_site = started.read_line("Open ").split()[1]
                mark = scratch / "code-was-run"
                yield Attacked(preview=started, site=own_site, port=port, mark=mark)
            site.shutdown()

    def test_page_of_another_site_is_rejected(self, browser: Browser, attacked: Attacked) -> None:
        """Another project that is developed on this machine can have such a page."""
        browser.fresh(direct=True)
        browser.goto(f"http://evil.localhost:{attacked.port}/")
        control = browser.eval(attacked.attack(f"http://127.0.0.1:{attacked.port}"))
        assert control == [200, 200, 200, "opaque", "opaque"]

        reached = browser.eval(attacked.attack(attacked.preview.setting("AWS_ENDPOINT_URL")))

        assert reached[:3] == ["TypeError", "TypeError", "TypeError"]
        assert "tag" not in attacked.functions()
        assert not attacked.mark.exists()

    def test_script_on_the_users_site_is_rejected(
        self, browser: Browser, attacked: Attacked
    ) -> None:
        """A tag manager can load such a script on the site that `--site` names."""
        browser.fresh(direct=True)
        browser.goto(attacked.site)
        assert browser.eval("return document.title;") == "any page"

        reached = browser.eval(attacked.attack(attacked.preview.setting("AWS_ENDPOINT_URL")))

        assert reached[:3] == ["TypeError", "TypeError", "TypeError"]
        assert "tag" not in attacked.functions()
        assert not attacked.mark.exists()
