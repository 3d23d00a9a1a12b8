"""Visits in WebKit with ITP."""

from tests.browser.visit_contract import VisitContract, visited

ENGINE = "webkit"

__all__ = ["visited"]


class TestVisit(VisitContract):
    pass
