"""The line that marks events, in the client snippet and in docs/measure.md, run by Node.js."""

import json
import re
import subprocess
from typing import Any

import pytest

from stacks.client_snippet import client_snippet
from tests.support.checkout import ROOT
from tests.support.example import configure
from tests.support.snippet_page import run

# Runs a script that adds a middleware, and then calls the middleware for each page and payload.
PAGE = """
const { script, cases } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const added = [];
const document = {
  createElement: () => ({}),
  getElementsByTagName: () => [{ parentNode: { insertBefore() {} } }],
};
const window = {};
const htevents = { addSourceMiddleware: (middleware) => added.push(middleware) };
require("node:vm").runInNewContext(script, { window, document, htevents });
for (const [name, middleware] of window.htevents ?? []) {
  if (name === "addSourceMiddleware") added.push(middleware);
}
const [middleware] = added;
const results = cases.map(({ cookie, payload }) => {
  Object.defineProperty(document, "cookie", {
    configurable: true,
    get() {
      if (cookie === null) throw new Error("SecurityError");
      return cookie;
    },
  });
  const passed = [];
  middleware({ payload, next: (event) => passed.push(event) });
  return passed;
});
console.log(JSON.stringify([added.length, results]));
"""


def snippets() -> str:
    """Return the script of the snippet, without its tag."""
    return "\n".join(client_snippet(configure(mark_restored="true")).splitlines()[1:-1])


def documents() -> str:
    """Return the code of docs/measure.md for the npm package."""
    [code] = re.findall(r"```js\n(.*?)```", (ROOT / "docs/measure.md").read_text(), re.DOTALL)
    return str(code)


@pytest.fixture(params=[snippets, documents], ids=["snippet", "npm"])
def script(request: pytest.FixtureRequest) -> str:
    text: str = request.param()
    return text


def passed(script: str, *cases: tuple[str | None, Any]) -> list[list[Any]]:
    """Return the events that the middleware passes to `next` on pages with these cookies."""
    given = [{"cookie": cookie, "payload": payload} for cookie, payload in cases]
    node = subprocess.run(
        ["node", "-e", PAGE],
        input=json.dumps({"script": script, "cases": given}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert node.stderr == ""
    added, results = json.loads(node.stdout)
    assert added == 1
    assert isinstance(results, list)
    return results


def event(anonymous_id: object = "a1", **fields: Any) -> dict[str, Any]:
    return {"obj": {"type": "page", "anonymousId": anonymous_id, **fields}}


@pytest.mark.parametrize(
    ("cookie", "anonymous_id"),
    [
        pytest.param("htjs_restored=a1", "a1", id="only-cookie"),
        pytest.param("a=b; htjs_restored=a1", "a1", id="last"),
        pytest.param("htjs_restored=a1; htjs_anonymous_id=a2", "a1", id="first"),
        pytest.param("a=%; htjs_restored=a1", "a1", id="malformed-neighbor"),
        pytest.param("htjs_restored=a%3B%20%C3%BC=%25", "a; ü=%", id="percent-encoded"),
    ],
)
def test_event_with_the_restored_anonymous_id_is_marked(
    script: str, cookie: str, anonymous_id: str
) -> None:
    given = event(anonymous_id, context={"ip": "0.0.0.0"})
    marked = event(anonymous_id, context={"ip": "0.0.0.0", "restored": True})

    assert passed(script, (cookie, given)) == [[marked]]


def test_event_without_a_context_gets_one(script: str) -> None:
    assert passed(script, ("htjs_restored=a1", event())) == [[event(context={"restored": True})]]


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("", id="no-cookie"),
        pytest.param("htjs_anonymous_id=a1", id="other-cookie"),
        pytest.param("htjs_restored=a2", id="other-visitor"),
        pytest.param("htjs_restored=A1", id="other-case"),
        pytest.param("htjs_restored=a11", id="longer"),
        pytest.param("htjs_restored=", id="empty"),
        pytest.param("htjs_restored", id="no-value"),
        pytest.param("xhtjs_restored=a1", id="longer-name"),
        pytest.param("x=htjs_restored=a1", id="in-a-value"),
        pytest.param("htjs_restored=%", id="malformed"),
        pytest.param("htjs_restored=%C3a1", id="malformed-bytes"),
        pytest.param(None, id="page-without-cookies"),
    ],
)
def test_other_event_passes_unchanged(script: str, cookie: str | None) -> None:
    """A page that may not have cookies, such as a sandboxed frame, throws when they are read."""
    given = event(context={"ip": "0.0.0.0"})

    assert passed(script, (cookie, given)) == [[given]]


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({}, id="no-event"),
        pytest.param({"obj": None}, id="null"),
        pytest.param(event(None), id="no-anonymous-id"),
        pytest.param(event(1), id="number"),
        pytest.param(event(context="text"), id="context-is-text"),
    ],
)
def test_every_payload_is_passed_once(script: str, payload: dict[str, Any]) -> None:
    """If `next` is not called, the SDK drops the event."""
    results = passed(script, *((cookie, payload) for cookie in ("htjs_restored=a1", "", None)))

    assert [len(passed) for passed in results] == [1, 1, 1]


def test_snippet_adds_the_middleware_before_the_page_call() -> None:
    queue = run(client_snippet(configure(mark_restored="true")))["queue"]

    assert [call[0] for call in queue] == ["addSourceMiddleware", "page"]


def test_snippet_with_the_line_has_no_other_change() -> None:
    marking = client_snippet(configure(mark_restored="true")).splitlines()
    plain = client_snippet(configure()).splitlines()

    assert [line for line in marking if not line.startswith("e.addSourceMiddleware(")] == plain
    assert len(marking) == len(plain) + 1
