"""Requests to the cookie service, the same in every run and with every version of Python."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.support.viewer_requests import event

NOW = 1_700_000_000

_NAMES = (
    "htjs_anonymous_id",
    "htjs_user_id",
    "htjs_anonymous_id_srvr",
    "htjs_user_id_srvr",
    "htjs_seen_srvr",
)
_VALUES = (
    *("a1", "u1", "%22a1%22", "a=b==", '{"a":1}', "a, b=1", "ü", "\x01", "", "x" * 4080),
    *(str(NOW - age) for age in (0, 60, 82799, 82800, 700000, -300, -301)),
)
_OTHERS = ("session=s1", "=", "consent", '{"x":1}', "[object Object]=1", "", "htjs_sesh=1")
_PATHS = ("/", "/ht", "/ht/renew/", "/HT/renew", "/ht%2Frenew", "/ht/%2572enew", "/ht/renew;x", "")
_ALIASES = ("/ht//renew", "/x/../ht/renew", "/ht/%63lear", "/x/%2e%2e/ht/renew", "/./ht/clear")
_ORIGINS = (
    *("https://example.com", "https://www.example.com", "https://shop.example.com:8443"),
    *("null", "", "https://evil.test", "https://notexample.com", "HTTPS://EXAMPLE.COM"),
)
_BAD_ORIGINS = tuple(f"https://evil.test{character}.example.com" for character in "/?#\\")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A request with the settings that differ from the example, and the clock.

    `has_duplicates` is whether one of the cookie service's own cookies was sent twice, `is_alias`
    whether the path only normalizes to a route, `has_bad_origin` whether the host of `Origin`
    contains a character that ends it.
    """

    request: dict[str, Any]
    settings: dict[str, int | str]
    now: float
    has_duplicates: bool
    is_alias: bool
    has_bad_origin: bool


class _Dice:
    """Numbers computed from a seed, the same in every version of Python."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rolls = 0

    def below(self, limit: int) -> int:
        self._rolls += 1
        digest = sha256(f"{self._seed} {self._rolls}".encode()).digest()
        return int.from_bytes(digest[:8]) % limit

    def one_in(self, sides: int) -> bool:
        return self.below(sides) == 0

    def choice(self, choices: Sequence[str]) -> str:
        return choices[self.below(len(choices))]


def calls(count: int) -> Iterator[Call]:
    """Yield this many calls."""
    for seed in range(count):
        yield _call(_Dice(seed))


def _call(dice: _Dice) -> Call:
    path = ("/ht/renew", "/ht/renew", "/ht/renew", "/ht/clear")[dice.below(4)]
    if is_alias := dice.one_in(20):
        path = dice.choice(_ALIASES)
    elif dice.one_in(20):
        path = dice.choice(_PATHS)
    headers = []
    if has_bad_origin := dice.one_in(20):
        headers.append(("Origin", dice.choice(_BAD_ORIGINS)))
    elif dice.one_in(3):
        headers.append(("Origin", dice.choice(_ORIGINS)))
    if dice.one_in(3):
        headers.append(("Sec-Fetch-Site", dice.choice(("same-origin", "same-site", "cross-site"))))
    if dice.one_in(5):
        headers.append(("Sec-GPC", "1"))
    names = [dice.choice(_NAMES) for _ in range(dice.below(6))]
    if not (has_duplicates := dice.one_in(10) and len(names) > 0):
        names = list(dict.fromkeys(names))
    else:
        names.append(names[0])
    pieces = [f"{name}={dice.choice(_VALUES)}" for name in names]
    if dice.one_in(2):
        pieces.insert(dice.below(len(pieces) + 1), dice.choice(_OTHERS))
    middle = dice.below(len(pieces) + 1) if dice.one_in(5) else len(pieces)
    headers += [("Cookie", "; ".join(part)) for part in (pieces[:middle], pieces[middle:]) if part]
    method = dice.choice(("GET", "OPTIONS", "DELETE")) if dice.one_in(10) else "POST"
    return Call(
        request=event(path, *headers, method=method)["Records"][0]["cf"]["request"],
        settings={
            "restore_after_seconds": 3600 * (0, 0, 1, 23, 168)[dice.below(5)],
            "max_age_seconds": 86400 * (365, 30)[dice.below(2)],
            "cookie_domain": "www.example.com" if dice.one_in(10) else "example.com",
        },
        now=NOW + dice.below(3) / 2,
        has_duplicates=has_duplicates,
        is_alias=is_alias,
        has_bad_origin=has_bad_origin,
    )
