"""The benches measure what they say; how fast it is, `make bench` shows."""

import pytest

from bench import cost, handler, synth
from bench.__main__ import BENCHES
from bench.document import Section, render, table
from bench.events import SETTINGS, cookie_header, viewer_request
from bench.timing import Seconds
from lambda_edge.cookie_service import respond


def test_every_bench_has_a_title_of_its_own_and_says_what_is_compared() -> None:
    assert len({bench.TITLE for bench in BENCHES}) == 8
    assert [bench.TITLE for bench in BENCHES if not bench.COMPARED.endswith(".")] == []


@pytest.mark.parametrize("uri", ["/ht/renew", "/ht/clear"])
@pytest.mark.parametrize(
    "cookies",
    [
        "",
        "a=b",
        cookie_header(3),
        "htjs_user_id=u1; htjs_anonymous_id_srvr=old",
        "htjs_user_id_srvr=u1; htjs_anonymous_id_srvr=a1",
    ],
)
def test_simple_cookie_reference_sets_the_same_cookies(uri: str, cookies: str) -> None:
    """Else the comparison would be with code that does something else."""
    request = viewer_request(cookies, uri)["Records"][0]["cf"]["request"]
    ours = respond(request, SETTINGS, 0.0)
    assert ours is not None
    reference = handler.respond_with_simple_cookie(request, SETTINGS)
    assert _set_cookies(reference) == _set_cookies(ours)


def _set_cookies(answer: dict[str, dict[str, list[dict[str, str]]]]) -> set[frozenset[str]]:
    """Return each cookie with its attributes, whose order means nothing."""
    return {
        frozenset(part.replace('""', "") for part in header["value"].split("; "))
        for header in answer["headers"].get("set-cookie", [])
    }


def test_headers_are_as_large_as_they_say() -> None:
    assert len(handler.HEADERS["ours and 50, 8 KB"][1]) == 8192
    assert handler.HEADERS["ours and 50"][1].count(";") == 51


def test_ours_is_held_against_the_empty_app_and_against_its_bare_one() -> None:
    seconds = {"empty": 4, "bare": 8, "ours": 10, "bare, attached": 16, "ours, attached": 24}
    taken = {name: Seconds(wall=9, cpu=cpu) for name, cpu in seconds.items()}
    _, bare, ours, _, attached = synth.rows_of("x", taken, by="cpu")
    assert bare == {"run": "x", "app": "bare", "median": 8, "to empty": 2, "to bare": "-"}
    assert ours == {"run": "x", "app": "ours", "median": 10, "to empty": 2.5, "to bare": "1.25"}
    assert (attached["to empty"], attached["to bare"]) == (6, "1.50")


def test_a_million_first_views_cost_what_aws_lists() -> None:
    """Seven requests at $1.00 a million, four calls at $0.60, and 4 x 1 ms x 128 MB."""
    edge, functions, origin, container = cost.rows_for(billed_ms=1)
    assert edge["first views, $"] == pytest.approx(7.00 + 2.40 + 0.025005)
    assert functions["first views, $"] == pytest.approx(7.00 + 0.40)
    assert origin["reloads, $"] == pytest.approx(5.00 + 0.60 + 0.00625, abs=1e-5)
    assert container["logouts, $"] == pytest.approx(4.00)
    assert container["fixed, $ a month"] == pytest.approx(25.44, abs=0.01)


def test_document_says_who_makes_it() -> None:
    section = Section(title="T", compared="A with b.", rows=[{"what": "x", "ms": 1.0}], took=2)
    text = render("2 cores.", [section])
    assert text.startswith("# Performance\n\nMade by `make bench`; do not edit.")
    assert "\n\n2 cores.\n\n## T\n\nA with b.\n\n| what | ms |\n| --- | --: |\n" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1,234"), (1.049, "1.05"), (0.0512, "0.051"), (0, "0"), ("-", "-"), (-3.14, "-3.14")],
)
def test_numbers_keep_the_digits_that_count(value: float | str, text: str) -> None:
    assert table([{"n": value}]).splitlines()[-1] == f"| {text} |"
