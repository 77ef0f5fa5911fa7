"""Header facts of an encounter as notes word them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.extraction.visit import read_visit
from terminology.store import Terminology
from tests.assistant.extraction.chart import read_cases, read_table, show_values

TABLES = ("date", "place", "person", "measure")
_DATE_FORMS = ("%m/%d/%Y", "%Y-%m-%d", "%B %d, %Y", "%d-%b-%Y", "%m/%d/%y")


@pytest.mark.parametrize("case", read_cases("visit", *TABLES))
def test_header(case: dict[str, Any]) -> None:
    visit = read_visit(case["text"], Terminology.open().drugs, case.get("stated_date"), case.get("stated_setting"))
    assert show_values(visit, case["expect"]) == case["expect"]


@pytest.mark.parametrize("table", [*TABLES, "coverage"])
def test_what_is_said_has_its_words(table: str) -> None:
    """Every attribute read from a text quotes it; what the caller states needs no words."""
    for case in read_table("visit", table):
        _check_words(case["text"])


def _check_words(text: str) -> None:
    visit = read_visit(text, Terminology.open().drugs)
    said = {name for name in type(visit).model_fields if name != "evidence" and getattr(visit, name)}
    assert {name for name in said if not visit.spans_of(name)} == set()
    assert all(text[span.start : span.end] == span.quote for span in visit.spans_of())


@given(st.dates(min_value=date(2024, 1, 1), max_value=date(2027, 12, 31)), st.sampled_from(_DATE_FORMS))
def test_any_labelled_date_is_read(day: date, form: str) -> None:
    visit = read_visit(f"Wren Oddleby\nDate of service: {day.strftime(form)}\n", Terminology.open().drugs)
    assert visit.date_of_service == day
