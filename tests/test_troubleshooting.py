"""The tests and checks that the documents name exist."""

import re

import httpx
import pytest

from tests.support.checkout import ROOT
from tests.support.example import deployment
from tools.aws_clients import Caller
from tools.commands import Commands
from tools.deployed import CookieService, Stack
from tools.doctor.checks import Account, Aws, Doctor
from tools.limits import Limits

TROUBLESHOOTING = (ROOT / "docs" / "troubleshooting.md").read_text()
DOCUMENTS = ["docs/troubleshooting.md", "docs/decisions.md", "docs/measure.md"]
VERDICTS = {"Prevented", "Found", "Answered", "Cannot happen", "Open"}


def stories() -> list[tuple[str, str, str]]:
    """Return number, what happened, and what this project does about it, of each row."""
    return re.findall(r"^\| (\d+) \| (.+) \| (.+) \|$", TROUBLESHOOTING, re.MULTILINE)


def test_stories_are_numbered_in_order() -> None:
    assert [number for number, _, _ in stories()] == [str(number) for number in range(1, 33)]


@pytest.mark.parametrize(
    ("happened", "here"), [pytest.param(*row[1:], id=row[0]) for row in stories()]
)
def test_story_links_its_thread_and_has_a_verdict(happened: str, here: str) -> None:
    assert re.search(r"\]\(https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+\)", happened)
    verdicts = re.findall(r"\*\*([^*]+)\*\*", here)
    assert verdicts
    assert set(verdicts) <= VERDICTS


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_test_that_a_document_names_is_in_the_file_that_it_links(path: str) -> None:
    """So are the scenarios of the browser tests."""
    text = (ROOT / path).read_text()
    named = re.findall(r"\[`(\w+)`\]\(\.\./(tests/[\w./]+\.py)\)", text)

    missing = [
        f"{name} in {file}"
        for name, file in named
        if not (ROOT / file).exists()
        or not re.search(rf"^ *def {name}\(", (ROOT / file).read_text(), re.MULTILINE)
    ]

    assert named
    assert missing == []
    assert sorted(re.findall(r"\btest_\w+(?!\w|\.py)", text)) == sorted(
        name for name, _ in named if name.startswith("test_")
    )


def test_every_check_that_the_page_names_is_one_of_doctors() -> None:
    """If a check's name has a host, the page has "…". The link leads to the check's section."""
    doctor = Doctor(
        deployment=deployment(),
        commands=Commands(),
        account=Account(
            proxies=Stack(name="FirstPartyTracking-example-com-Proxies"),
            cookie_service=Stack(name="FirstPartyTracking-example-com-CookieService"),
            deployed=CookieService(versions={}, attachments={}),
            distributions=[],
            limits=Limits(tiers={}, quota=75),
            caller=Caller("111122223333", "arn:aws:iam::111122223333:user/ann"),
        ),
        aws=Aws.connect(),
        http=httpx.Client(),
        resolver=None,
    )
    checks = {re.sub(r"\S*example\.com$", "…", name) for name in doctor.checks()}

    named = set(re.findall(r"\[`([^`]+)`\]\(doctor\.md#([\w-]+)\)", TROUBLESHOOTING))

    assert {name for name, _ in named} <= checks
    assert named == {
        (name, re.sub(r"( of)? …$", "", name).lower().replace(" ", "-")) for name, _ in named
    }
