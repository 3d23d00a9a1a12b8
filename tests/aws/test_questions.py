"""Where the documents answer the questions of users, and that the commands there run.

The commands of README.md and of the other documents run in test_documents.py and test_ci.py.
"""

import json
import re
from collections.abc import Iterator

import pytest

from stacks.client_snippet import client_snippet
from tests.support import example
from tests.support.checkout import ROOT, Checkout
from tests.support.customer import behavior, behaviors, create_distribution
from tests.support.documents import EXAMPLE_ID, blocks, commands, section
from tests.support.emulator import bootstrapped_emulator

QUESTIONS = "docs/questions.md"
ANSWERS = {
    "hand-built proxies, no downtime": (
        QUESTIONS,
        "## Move from hand-built proxies without downtime",
    ),
    "from CI (GitHub Actions)": ("docs/ci.md", "## Deploy what is merged"),
    "deployer's permissions": ("docs/ci.md", "## Give the workflows access to AWS"),
    "roll back": ("docs/ci.md", "## Roll back"),
    "cost": ("docs/performance.md", "## Cost"),
    "works on Safari?": (QUESTIONS, "## Check that it works in Safari"),
    "upgrade this repository": ("docs/ci.md", "## Upgrade to a new release"),
    "own settings and git pull": (QUESTIONS, "## Keep my settings when I pull"),
    "staging and production": (QUESTIONS, "## Deploy staging and production"),
    "site not on CloudFront": (QUESTIONS, "## My site is not on CloudFront"),
    "site in another account": (QUESTIONS, "## My site's distribution is in another account"),
    "SDK from npm": (QUESTIONS, "## Load the SDK from npm"),
}
PAGE = (ROOT / QUESTIONS).read_text()


def answer(question: str) -> str:
    """Return what is below the heading that answers a question."""
    document, heading = ANSWERS[question]
    return section((ROOT / document).read_text(), heading)


@pytest.mark.parametrize("question", ANSWERS)
def test_question_has_an_answer(question: str) -> None:
    assert len(answer(question).split()) > 20


def test_page_has_no_section_without_a_question() -> None:
    answered = {heading for document, heading in ANSWERS.values() if document == QUESTIONS}
    assert set(re.findall(r"^## .*$", PAGE, re.MULTILINE)) == answered


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A copy of the project with an AWS emulator of its own, which keeps what is deployed."""
    folder = tmp_path_factory.mktemp("questions")
    with bootstrapped_emulator(folder) as environment:
        yield Checkout.make(folder / "checkout", environment)


@pytest.mark.parametrize(
    "question",
    [
        question
        for question, (document, _) in ANSWERS.items()
        if document == QUESTIONS and commands(answer(question))
    ],
)
def test_commands_of_an_answer_succeed(checkout: Checkout, question: str) -> None:
    for command in commands(answer(question)):
        site = create_distribution(behavior(PathPattern="/api/*"))
        checkout.deploy_as_typed(command.replace(EXAMPLE_ID, site))
        if EXAMPLE_ID in command:
            assert [path for path, _ in behaviors(site)] == ["/ht/renew", "/ht/clear", "/api/*"]


def test_options_of_the_npm_package_are_those_of_the_snippet() -> None:
    [code] = blocks(answer("SDK from npm"), "js")
    snippet = client_snippet(example.configure())
    [options] = re.findall(r'"WRITE_KEY",(\{.*\})\)', snippet)
    written = re.sub(r"(\w+):", r'"\1":', code[code.index("{\n    apiHost") : code.rindex(",\n)")])
    assert json.loads(re.sub(r",(\s*\})", r"\1", written)) == json.loads(options)


def test_npm_package_has_what_the_example_imports() -> None:
    package = ROOT / "node_modules" / "@ht-sdks" / "events-sdk-js-browser"
    assert json.loads((package / "package.json").read_text())["name"] in answer("SDK from npm")
    declared = (package / "dist" / "types" / "browser" / "index.d.ts").read_text()
    assert "export declare class HtEventsBrowser" in declared
