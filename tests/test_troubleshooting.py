"""Every test and check that a document names exists."""

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
PRIOR_ART = (ROOT / "docs" / "prior-art.md").read_text()
DOCUMENTS = ["docs/troubleshooting.md", "docs/prior-art.md", "docs/decisions.md", "docs/measure.md"]
VERDICTS = {"Prevented.", "Found.", "Answered.", "Cannot happen.", "Open."}


def stories() -> list[tuple[str, str]]:
    """Return the heading and the text of each section."""
    _, *sections = PRIOR_ART.split("\n## ")
    return [(heading, text) for heading, text in (each.split("\n\n", 1) for each in sections)]


def test_page_has_every_story() -> None:
    """The research for this project found 32 stories."""
    assert len(stories()) == 32


@pytest.mark.parametrize("text", [pytest.param(text, id=heading) for heading, text in stories()])
def test_story_links_its_thread_and_has_a_verdict(text: str) -> None:
    here, reported = text.rstrip().rsplit("\n\n", 1)
    assert re.search(r"\]\(https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+\)", reported)
    verdicts = re.findall(r"\*\*([^*]+)\*\*", here)
    assert verdicts
    assert {" ".join(verdict.split()) for verdict in verdicts} <= VERDICTS


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_test_that_a_document_names_is_in_the_file_that_it_links(path: str) -> None:
    """The documents also name scenarios of the browser tests."""
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


def test_every_check_that_a_page_names_exists_in_doctor() -> None:
    """The page writes "…" for the host in a check's name, and links the check's section."""
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

    named = set(re.findall(r"\[`([^`]+)`\]\(doctor\.md#([\w-]+)\)", TROUBLESHOOTING + PRIOR_ART))

    assert {name for name, _ in named} <= checks
    assert named == {
        (name, re.sub(r"( of)? …$", "", name).lower().replace(" ", "-")) for name, _ in named
    }
