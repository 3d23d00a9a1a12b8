"""The setup of docs/other-hosting.md: a cookie service on the site's server, the SDK from npm."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stacks.client_snippet import client_snippet
from tests.support.checkout import ROOT, clean_folder
from tests.support.documents import blocks
from tests.support.example import configure

PAGE = (ROOT / "docs" / "other-hosting.md").read_text()
OPTIONS = {
    "apiHost": "events.example.com",
    "httpCookieServiceOptions": {"renewUrl": "/ht/renew", "clearUrl": "/ht/clear"},
}

SERVER = """
import { createServer } from "node:http";
import { cookieService } from "./cookie-service.mjs";

const server = createServer((request, response) =>
  cookieService(request, response, () => { response.statusCode = 404; response.end(); }));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""

#: The parts of a page that the SDK needs. It prints the calls that the SDK makes.
BROWSER = """
const location = new URL("https://www.example.com/");
const calls = new Set();
const fetch = async (url, { method }) => {
  calls.add(`${method.toUpperCase()} ${new URL(url, location)}`);
  return new Response("{}");
};
const storage = new Map();
const localStorage = {
  getItem: (key) => storage.get(key) ?? null,
  setItem: (key, value) => storage.set(key, value),
  removeItem: (key) => storage.delete(key),
};
const document = {
  cookie: "", title: "", referrer: "", readyState: "complete",
  querySelector: () => null, getElementsByTagName: () => [], addEventListener: () => {},
};
const navigator = { userAgent: "", onLine: true };
const window = { document, fetch, localStorage, location, navigator, addEventListener: () => {} };
for (const [name, value] of Object.entries({ ...window, window })) {
  Object.defineProperty(globalThis, name, { value });
}
const { htevents } = await import("./htevents.mjs");
await htevents.track("look");
console.log(JSON.stringify([...calls].sort()));
process.exit();
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the cookie service of docs/other-hosting.md."""
    folder = tmp_path_factory.mktemp("server")
    [service] = blocks(PAGE, "js")
    (folder / "cookie-service.mjs").write_text(service)
    (folder / "server.mjs").write_text(SERVER)
    with subprocess.Popen(
        ["node", "server.mjs"], cwd=folder, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.terminate()


def check(address: str, host: str = "www.example.com") -> "subprocess.CompletedProcess[str]":
    """Run the check of an endpoint in docs/other-hosting.md, and send its calls to the server."""
    [command] = [line for line in blocks(PAGE, "console") if "--endpoint" in line]
    words = shlex.split(command.removeprefix("$ ").replace("www.example.com", host))
    assert words[0] == "python"
    return subprocess.run(
        [sys.executable, *words[1:], "--via", address],
        cwd=clean_folder(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_cookie_service_of_the_page_passes_every_check_of_an_endpoint(address: str) -> None:
    done = check(address)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("\n0 of 1 checks with findings\n")


def test_cookie_service_of_the_page_fails_on_the_host_of_another_domain(address: str) -> None:
    """The cookies have the wrong `Domain` there, so the check has to fail."""
    done = check(address, "www.example.org")
    assert done.returncode == 1
    assert "[cookie-attribute]" in done.stdout


def test_npm_package_with_the_two_options_calls_only_the_sites_own_hosts(tmp_path: Path) -> None:
    """The real package runs in a page that Node.js imitates."""
    [module] = blocks(PAGE, "ts")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "htevents.mjs").write_text(module)
    (tmp_path / "page.mjs").write_text(BROWSER)
    done = subprocess.run(
        ["node", "page.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [
        "POST https://events.example.com/v1/track",
        "POST https://www.example.com/ht/renew",
    ]


def test_snippet_passes_the_options_that_the_page_gives_the_npm_package() -> None:
    loaded = re.search(r'e\.load\("WRITE_KEY",(.*)\),', client_snippet(configure()))
    assert loaded
    assert json.loads(loaded[1]) == OPTIONS
    [module] = blocks(PAGE, "ts")
    for value in ("events.example.com", "/ht/renew", "/ht/clear"):
        assert f'"{value}"' in module
