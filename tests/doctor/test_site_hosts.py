"""The hosts on which the cookie service is called, and hosts that redirect."""

from typing import Any

import httpx
import pytest

from attachment.finding import Finding
from tests.support import example
from tests.support.cookie_services import right
from tests.support.live_hosts import Answer, by_host, client, redirect
from tools.aws_clients import Caller
from tools.commands import Commands
from tools.deployed import CookieService, Stack
from tools.doctor.checks import Account, Doctor
from tools.doctor.report import Note, Result
from tools.limits import Limits

WWW: Any = {
    "Id": "E2QWRUHAPOMQZL",
    "DomainName": "d111111abcdef8.cloudfront.net",
    "Aliases": {"Quantity": 1, "Items": ["www.example.com"]},
    "DefaultCacheBehavior": {},
    "CustomErrorResponses": {"Quantity": 0},
}
NAMED = {"site_distribution_id": "E2QWRUHAPOMQZL"}


def check(host: str, answer: Answer, **context: str) -> list[Result]:
    """Return doctor's results about a host, with this context and before any deployment."""
    account = Account(
        proxies=Stack(name="Proxies"),
        cookie_service=Stack(name="CookieService"),
        deployed=CookieService(versions={}, attachments={}),
        distributions=[WWW],
        limits=Limits(tiers={}, quota=75),
        caller=Caller("111122223333", "arn:aws:iam::111122223333:user/ann"),
    )
    aws: Any = None  # the checks of hosts do not call it
    with client(answer) as http:
        doctor = Doctor(
            deployment=example.deployment(**context),
            commands=Commands(),
            account=account,
            aws=aws,
            http=http,
            resolver=None,
        )
        return list(doctor.checks()[f"cookie service on {host}"]())


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)


def codes(results: list[Result]) -> set[str]:
    """Return the codes of the results, which all have to be findings."""
    assert [result for result in results if not isinstance(result, Finding)] == []
    return {result.code for result in results}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(unreachable, "service-unreachable", id="no-host"),
        pytest.param(lambda _: httpx.Response(404), "answer-status", id="no-service"),
        pytest.param(
            lambda _: httpx.Response(200, html="<title>Shop</title>"), "answer-not-json", id="page"
        ),
    ],
)
@pytest.mark.parametrize("context", [{}, NAMED], ids=["no-distribution", "another-host"])
def test_domain_without_a_cookie_service_is_a_finding(
    answer: Answer, code: str, context: dict[str, str]
) -> None:
    """The result is the same if no distribution of the site has the domain as a name."""
    assert codes(check("example.com", answer, **context)) == {code}


def test_cookie_service_on_a_domain_without_a_distribution_is_accepted() -> None:
    """A server other than CloudFront may answer there."""
    assert check("example.com", right()) == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["/", "/ht/renew"])
def test_domain_that_redirects_to_a_checked_host_is_a_note(status: int, path: str) -> None:
    """For example, example.com often redirects to www.example.com."""
    answer = by_host(
        {
            "example.com": redirect(f"https://www.example.com{path}", status),
            "www.example.com": right(),
        }
    )
    [note] = check("example.com", answer, **NAMED)

    assert isinstance(note, Note)
    assert note.code == "host-redirects"
    assert note.text.startswith("example.com redirects to www.example.com, ")
    assert check("www.example.com", answer, **NAMED) == []


@pytest.mark.parametrize(
    ("location", "context"),
    [
        pytest.param("https://www.example.com/ht/renew", {}, id="host-that-is-not-checked"),
        pytest.param("https://login.example.net/", NAMED, id="another-site"),
        pytest.param("/login", NAMED, id="another-page-of-the-host"),
        pytest.param("https://example.com/ht/renew/", NAMED, id="final-slash"),
    ],
)
def test_domain_that_redirects_elsewhere_is_a_finding(
    location: str, context: dict[str, str]
) -> None:
    assert codes(check("example.com", redirect(location), **context)) == {"answer-status"}


def test_redirect_that_cannot_be_read_is_a_finding() -> None:
    results = check("example.com", redirect("https://www.example.com:port/"), **NAMED)
    assert codes(results) == {"service-unreachable"}


def test_host_of_a_distribution_that_redirects_is_a_finding() -> None:
    """A distribution with the cookie service's behaviors would answer the call itself."""
    answer = redirect("https://example.com/ht/renew")
    assert codes(check("www.example.com", answer, **NAMED)) == {"answer-status"}
