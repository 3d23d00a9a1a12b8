"""The answers equal those of an earlier package, which ignored planted cookies and rewritten paths.

`earlier_answers.json` has a digest of that package's answers to each hundred of 10,000 calls.
Without `honor_gpc`, the answers are the same, byte for byte, except these:

- Clear also expires server cookies of other scopes.
- If a cookie was sent twice, the last value counts.
- A path that only normalizes to a route gets status 404.
- A call is refused if the host in its `Origin` contains `/`, `?`, `#`, or a backslash.
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

EARLIER: list[str] = json.loads(Path(__file__).with_name("earlier_answers.json").read_text())
CALLS = list(calls(100 * len(EARLIER)))


def answer(call: Call) -> dict[str, Any] | None:
    is_registrable = call.settings["cookie_domain"] == "example.com"
    settings = make_settings(**call.settings, cookie_domain_is_registrable=is_registrable)
    return respond(call.request, settings, call.now)


def without_other_scopes(answer: dict[str, Any] | None, cookie_domain: object) -> Any:
    """Return the answer with only the cookies in the scope of the cookie service."""
    if answer is None or "set-cookie" not in answer["headers"]:
        return answer
    items = answer["headers"]["set-cookie"]
    scope = f"; Domain={cookie_domain}; Path=/; "
    own = [item for item in items if scope in item["value"]]
    return answer | {"headers": answer["headers"] | {"set-cookie": own}}


def comparable(call: Call) -> Any:
    """Return the answer if it must equal the earlier one, otherwise None."""
    if call.has_duplicates or call.is_alias or call.has_bad_origin:
        return None
    if call.request["uri"] == "/ht/clear":
        return without_other_scopes(answer(call), call.settings["cookie_domain"])
    return answer(call)


def digest(hundred: Sequence[Call]) -> str:
    answers = [comparable(call) for call in hundred]
    return sha256(json.dumps(answers).encode()).hexdigest()[:16]


@pytest.mark.parametrize("start", range(0, len(CALLS), 100))
def test_answers_are_those_of_the_earlier_package(start: int) -> None:
    assert digest(CALLS[start : start + 100]) == EARLIER[start // 100]


def test_most_answers_are_compared_and_some_set_cookies() -> None:
    """The digests show little if most calls are excepted or refused."""
    answers = [comparable(call) for call in CALLS]
    with_cookies = [each for each in answers if each and "set-cookie" in each["headers"]]

    assert len(CALLS) == 10_000
    assert len([call for call in CALLS if answer(call) and not comparable(call)]) < 2000
    assert len(with_cookies) > 3000
    assert len({json.dumps(each) for each in with_cookies}) > 900
