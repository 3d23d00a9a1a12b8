"""The page of `make preview` in Chromium: its buttons, and the state that it shows."""

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import require
from tests.browser.settled import COUNT_REQUESTS, SETTLED
from tests.support.checkout import clean_folder
from tests.support.processes import processes_with
from tools.visit.engines import Chromium

SAME = "Same visitor as on your first visit"
LOST = "New visitor: the IDs were lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """A running preview. Its processes have `mark` in their environment."""

    address: str
    process: "subprocess.Popen[str]"
    mark: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a proxy."""
    require(Chromium)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield chromium
        chromium.close()


@contextmanager
def started(arguments: str) -> Iterator[Started]:
    """Run `make preview` until the end of the block, or until a test ends it."""
    mark = f"{uuid.uuid4()}"
    process = subprocess.Popen(
        ["make", "preview", f"ARGS={arguments}"],
        cwd=clean_folder(),
        env=os.environ | {"MARK": mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    address = ""
    for line in process.stdout:
        if found := re.search(r"Open (http://shop\.localhost:\d+)", line):
            address = found[1]
            break
    assert address
    yield Started(address=address, process=process, mark=mark)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)
    process.stdout.close()


@pytest.fixture(scope="module")
def preview(browser: Browser) -> Iterator[Started]:  # noqa: ARG001 - no preview without a browser
    """A preview with the default settings, which the last test ends."""
    with started("--port 0") as running:
        yield running


@contextmanager
def opened(browser: Browser, preview: Started) -> Iterator[Page]:
    """Open the shop in a new profile, and wait for the SDK. No script of the page may fail."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(COUNT_REQUESTS)
    page.goto(preview.address)
    expect(page.locator("#identify")).to_be_enabled()
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def page(browser: Browser, preview: Started) -> Iterator[Page]:
    """The shop in a new profile."""
    with opened(browser, preview) as page:
        yield page


def anonymous_id(page: Page) -> str:
    """Return the anonymous ID that the page shows."""
    expect(page.locator("#anonymous-id")).to_have_text(re.compile("[0-9a-f-]{36}"))
    return page.locator("#anonymous-id").inner_text()


def press(page: Page, button: str) -> None:
    """Press a button that reloads the page."""
    with page.expect_navigation():
        page.locator(button).click()
    expect(page.locator("#identify")).to_be_enabled()


def identify(page: Page, user_id: str) -> None:
    """Log in with the form of the page."""
    page.locator("#user-id").fill(user_id)
    page.locator("#identify").click()
    expect(page.locator("#current-user-id")).to_have_text(user_id)


def wait_for_answers(page: Page) -> None:
    """Wait until the SDK has sent its queue and has every answer.

    The SDK does not wait for a renew that takes longer than a second before it sends a clear, and
    the later answer wins.
    """
    page.evaluate(f"async () => {{ {SETTLED} }}")


def test_page_has_a_light_and_a_dark_color_scheme(page: Page, screenshots: Path | None) -> None:
    """The page is the one after a login and eight days. `--screenshots` keeps the screenshots."""
    page.set_viewport_size({"width": 1280, "height": 900})
    identify(page, "ann@example.com")
    press(page, "#eight-days-later")
    expect(page.locator("#verdict")).to_have_text(SAME)
    brightness = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        color = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        brightness[scheme] = sum(map(int, re.findall(r"\d+", color)[:3]))
        image = page.screenshot()
        if screenshots is not None:
            (screenshots / f"preview-{scheme}.png").write_bytes(image)
    assert brightness["light"] > 3 * 200
    assert brightness["dark"] < 3 * 60


def test_first_visit_has_no_user_id(page: Page) -> None:
    expect(page.locator("#verdict")).to_have_text("First visit")
    expect(page.locator("#current-user-id")).to_have_text("none")
    expect(page.locator("#visits li")).to_have_count(1)


def test_identified_visitor_is_the_same_after_8_and_16_days(page: Page) -> None:
    """The IDs do not change, and the clock of the cookie service is ahead."""
    first = anonymous_id(page)
    identify(page, "ann@example.com")
    for _ in range(2):
        press(page, "#eight-days-later")
        expect(page.locator("#verdict")).to_have_text(SAME)
        assert anonymous_id(page) == first
        expect(page.locator("#current-user-id")).to_have_text("ann@example.com")
    expect(page.locator("#today")).to_contain_text(re.compile(r"\d+ days ahead"))


def test_without_the_cookie_service_the_ids_are_lost_after_8_days(page: Page) -> None:
    """In this control, the cookie service is off. It can be switched on again."""
    first = anonymous_id(page)
    press(page, "#cookie-service")
    expect(page.locator("#mode")).to_have_text("Cookie service off")
    expect(page.locator("#cookie-service")).to_have_text("With the cookie service")
    press(page, "#eight-days-later")
    expect(page.locator("#verdict")).to_have_text(LOST)
    expect(page.locator("#why")).to_contain_text("only the cookie service reads them")
    assert anonymous_id(page) != first
    press(page, "#cookie-service")
    expect(page.locator("#mode")).to_have_text("Cookie service on")


def test_reload_keeps_the_visitor(page: Page) -> None:
    first = anonymous_id(page)
    press(page, "#reload")
    expect(page.locator("#verdict")).to_have_text(SAME)
    assert anonymous_id(page) == first
    expect(page.locator("#visits li")).not_to_have_count(1)


def test_reset_leaves_no_id(page: Page) -> None:
    """The SDK's own logout. The test reloads only after the clear call."""
    first = anonymous_id(page)
    identify(page, "ann@example.com")
    wait_for_answers(page)
    with page.expect_response(re.compile("/ht/clear$")):
        page.locator("#reset").click()
    expect(page.locator("#verdict")).to_have_text("Logged out")
    expect(page.locator("#anonymous-id")).to_have_text("none")
    press(page, "#reload")
    assert anonymous_id(page) != first
    expect(page.locator("#current-user-id")).to_have_text("none")


def reset_and_reload_at_once(page: Page) -> None:
    """Press both buttons before the SDK sends its clear call, which takes up to a second."""
    page.evaluate(
        """async () => {
          const service = htevents.user().options.httpCookieService;
          service.stopQueueConsumer();
          await service.consumeQueue();
          service.queue.push = () => 0;
        }"""
    )
    page.locator("#reset").click()
    expect(page.locator("#verdict")).to_have_text("Logged out")
    press(page, "#reload")


def test_reset_and_reload_at_once_restore_the_visitor(page: Page) -> None:
    """The text next to the button explains it."""
    expect(page.locator("#about-reset")).to_contain_text("before that, the IDs are restored")
    first = anonymous_id(page)
    identify(page, "ann@example.com")
    reset_and_reload_at_once(page)
    expect(page.locator("#verdict")).to_have_text("The visitor from before the logout is back")
    expect(page.locator("#why")).to_contain_text("The visitor logged out, but")
    assert anonymous_id(page) == first
    expect(page.locator("#current-user-id")).to_have_text("ann@example.com")


@pytest.fixture(scope="module")
def preview_with_options(browser: Browser) -> Iterator[Started]:  # noqa: ARG001 - as `preview`
    """A preview with `restore_after_hours=23` and `mark_restored=true`."""
    with started("--port 0 -c restore_after_hours=23 -c mark_restored=true") as running:
        yield running


def test_events_of_a_restored_visit_are_shown_as_restored(
    browser: Browser, preview_with_options: Started
) -> None:
    with opened(browser, preview_with_options) as page:
        anonymous_id(page)
        wait_for_answers(page)
        expect(page.locator("#events li")).not_to_have_count(0)
        expect(page.locator("#events")).not_to_contain_text("restored")
        press(page, "#eight-days-later")
        expect(page.locator("#verdict")).to_have_text(SAME)
        expect(page.locator("#events li").first).to_contain_text("restored")


def test_with_restore_after_23_hours_no_id_is_restored_at_once(
    browser: Browser, preview_with_options: Started
) -> None:
    """The text next to the button explains it. After eight days, the anonymous ID is restored."""
    with opened(browser, preview_with_options) as page:
        expect(page.locator("#mode")).to_have_text("Cookie service on, restore_after_hours=23")
        expect(page.locator("#about-reset")).to_contain_text("are not restored")
        first = anonymous_id(page)
        identify(page, "ann@example.com")
        reset_and_reload_at_once(page)
        expect(page.locator("#verdict")).to_have_text("New visitor, as you asked")
        expect(page.locator("#current-user-id")).to_have_text("none")
        second = anonymous_id(page)
        assert second != first
        press(page, "#eight-days-later")
        expect(page.locator("#verdict")).to_have_text("Same visitor as since the logout")
        assert anonymous_id(page) == second


def test_documented_logout_and_reload_at_once_start_a_new_visitor(page: Page) -> None:
    first = anonymous_id(page)
    identify(page, "ann@example.com")
    with page.expect_response(re.compile("/ht/clear$")):
        page.locator("#log-out").click()
    expect(page.locator("#verdict")).to_have_text("Logged out")
    press(page, "#reload")
    expect(page.locator("#verdict")).to_have_text("New visitor, as you asked")
    assert anonymous_id(page) != first


def test_user_id_that_the_sdk_rounds_is_not_the_same_visitor(page: Page) -> None:
    """The SDK reads an ID of digits from its cookie as a number."""
    identify(page, "12345678901234567890")
    press(page, "#eight-days-later")
    expect(page.locator("#verdict")).to_have_text("Same visitor, but another user ID")


def test_add_to_cart_sends_an_event(page: Page) -> None:
    first = anonymous_id(page)
    page.locator("#add-to-cart").click()
    expect(page.locator("#cart")).to_have_text("Cart: 1")
    expect(page.locator("#events")).to_contain_text("Product Added")
    expect(page.locator("#events")).to_contain_text(first[:8])


def test_requests_and_server_cookies_are_shown(page: Page) -> None:
    """The page shows HttpOnly cookies, which its scripts cannot read, and the edge's actions."""
    identify(page, "ann@example.com")
    expect(page.locator("#requests")).to_contain_text("/ht/renew")
    expect(page.locator("#requests")).to_contain_text(
        "answered by FirstPartyTracking-shop-localhost"
    )
    expect(page.locator("#requests")).to_contain_text("sent to us-east-1.hightouch-events.com")
    expect(page.locator("#cookies")).to_contain_text("htjs_user_id_srvr")
    expect(page.locator("#cookies")).to_contain_text("HttpOnly")
    assert "srvr" not in page.evaluate("document.cookie")


def test_all_controls_are_reached_by_keyboard(page: Page) -> None:
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id"))
    assert reached >= {
        "add-to-cart",
        "identify",
        "user-id",
        "reset",
        "log-out",
        "reload",
        "eight-days-later",
        "cookie-service",
    }


def test_visitor_can_use_the_page_by_keyboard(page: Page) -> None:
    """Enter logs in, and Space presses a button, which has the focus again after the reload."""

    def go_to(element: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == element:
                return
        pytest.fail(f"{element} is not reached")

    go_to("user-id")
    page.keyboard.press("Control+a")
    page.keyboard.type("bob@example.com")
    page.keyboard.press("Enter")
    expect(page.locator("#current-user-id")).to_have_text("bob@example.com")
    go_to("eight-days-later")
    with page.expect_navigation():
        page.keyboard.press("Space")
    expect(page.locator("#verdict")).to_have_text(SAME)
    expect(page.locator("#current-user-id")).to_have_text("bob@example.com")
    expect(page.locator("#eight-days-later")).to_be_focused()


def test_page_contacts_only_its_own_hosts(page: Page, preview: Started) -> None:
    """They are the site's three hosts and the preview's own host."""
    contacted: set[str] = set()
    page.on("request", lambda request: contacted.add(re.split("[/:]+", request.url)[1]))
    press(page, "#reload")
    anonymous_id(page)
    expect(page.locator("#events")).to_contain_text("page")
    assert contacted == {
        "shop.localhost",
        "cdn.shop.localhost",
        "events.shop.localhost",
        "preview.localhost",
    }
    assert preview.address.startswith("http://shop.localhost:")


@contextmanager
def users_site(head: list[str]) -> Iterator[str]:
    """Serve a user's site, whose pages have the texts in `head`, and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<!doctype html><head>{''.join(head)}</head><h1>My shop</h1>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_users_own_site_has_the_same_visitor_eight_days_later(browser: Browser) -> None:
    """Before that, the monitor explains why there are no events, and offers the snippet."""
    head: list[str] = []
    with users_site(head) as address, started(f"--port 0 --site {address}") as running:
        context = browser.new_context()
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        monitor = context.new_page()
        monitor.goto(running.address.replace("shop.", "preview."))
        expect(monitor.locator("#no-events")).to_contain_text("No events yet. No page has been")

        with context.expect_page() as opened_page:
            monitor.locator("#open-site").click()
        page = opened_page.value
        expect(page.locator("h1")).to_have_text("My shop")
        expect(monitor.locator("#no-events")).to_contain_text("is the snippet in the head")

        monitor.locator("#copy-snippet").click()
        expect(monitor.locator("#site")).to_contain_text("Copied")
        head.append(monitor.evaluate("navigator.clipboard.readText()"))
        assert "httpCookieServiceOptions" in head[0]
        with page.expect_response(re.compile("/v1/page$")):
            page.reload()
        expect(monitor.locator("#events")).to_contain_text("page")
        expect(monitor.locator("#no-events")).to_be_hidden()
        current = "htevents.user().anonymousId()"
        first = page.evaluate(current)
        expect(monitor.locator("#cookies")).to_contain_text("htjs_anonymous_id_srvr")

        with page.expect_response(re.compile("/v1/page$")):
            monitor.locator("#eight-days-later").click()
        assert page.evaluate(current) == first
        expect(monitor.locator("#requests")).to_contain_text("8 days later")
        expect(monitor.locator("#requests")).to_contain_text("restored as browser cookies")
        context.close()


def test_ctrl_c_leaves_no_process_and_no_port(preview: Started) -> None:
    """It runs last, because it ends the preview."""
    port = int(preview.address.rpartition(":")[2])
    os.killpg(preview.process.pid, signal.SIGINT)
    preview.process.wait(timeout=60)
    assert processes_with(preview.mark) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
