"""Visits in Firefox."""

from tests.browser.visit_contract import VisitContract, visited

ENGINE = "firefox"

__all__ = ["visited"]


class TestVisit(VisitContract):
    pass
