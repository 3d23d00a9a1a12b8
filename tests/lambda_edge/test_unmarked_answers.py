"""Without `mark_restored`, the answers equal those of an earlier package, which had no such key.

`unmarked_answers.json` has a digest of that package's answers to each hundred of 10,000 calls. All
answers are compared. `honor_gpc` is on in a quarter of the calls. A third send the mark's cookie,
as browsers do after a deployment that removed the key.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from lambda_edge.cookie_service import respond
from tests.support.example import make_settings
from tests.support.request_corpus import Call, calls

UNMARKED: list[str] = json.loads(Path(__file__).with_name("unmarked_answers.json").read_text())
CALLS = list(enumerate(calls(100 * len(UNMARKED))))


def answer(number: int, call: Call) -> dict[str, Any] | None:
    headers = dict(call.request["headers"])
    if number % 3 == 0:
        mark = {"key": "Cookie", "value": "htjs_restored=a1"}
        headers["cookie"] = [*headers.get("cookie", []), mark]
    settings = make_settings(
        **call.settings,
        cookie_domain_is_registrable=call.settings["cookie_domain"] == "example.com",
        honor_gpc=number % 4 == 0,
    )
    return respond(call.request | {"headers": headers}, settings, call.now)


def digest(hundred: Sequence[tuple[int, Call]]) -> str:
    answers = [answer(number, call) for number, call in hundred]
    return sha256(json.dumps(answers).encode()).hexdigest()[:16]


@pytest.mark.parametrize("start", range(0, len(CALLS), 100))
def test_answers_are_those_of_the_package_without_the_key(start: int) -> None:
    assert digest(CALLS[start : start + 100]) == UNMARKED[start // 100]


def test_many_answers_set_different_cookies() -> None:
    """The digests show little if most calls are refused or have the same answer."""
    answers = [json.dumps(answer(number, call)) for number, call in CALLS]
    with_cookies = [each for each in answers if "set-cookie" in each]

    assert len(answers) == 10_000
    assert len(with_cookies) > 4000
    assert len({*with_cookies}) > 900
