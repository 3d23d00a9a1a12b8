"""Bound and escape the texts of results, which a page can influence. Pure."""

from attachment.finding import Finding
from tools.doctor.report import CheckError, Inconclusive, Note, Result

_LONGEST = 600


def bounded(result: Result) -> Result:
    """Return the result with its texts cut to a length and their control characters escaped.

    A line feed is escaped too, because the text after it would look like another result.
    """
    match result:
        case Finding():
            return Finding(result.code, _bounded(result.problem), _bounded(result.fix))
        case Note():
            return Note(result.code, _bounded(result.text))
        case Inconclusive():
            return Inconclusive(result.code, _bounded(result.reason))
        case CheckError():
            return CheckError(_bounded(result.reason))


def _bounded(text: str) -> str:
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in cut)
