"""Visits in Chromium."""

from tests.browser.visit_contract import VisitContract, visited

ENGINE = "chromium"

__all__ = ["visited"]


class TestVisit(VisitContract):
    pass
