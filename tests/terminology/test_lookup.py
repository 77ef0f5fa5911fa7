"""One look-up over every system."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.errors import BeforeFirstEdition
from terminology.store import Terminology
from tests.terminology.cases import read_cases

ON = date(2026, 2, 11)
CASES = read_cases("lookup")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["query"] or "empty")
def test_lookup(case: dict[str, Any], shipped: Terminology) -> None:
    assert [[match.system, match.code] for match in shipped.lookup(case["query"], ON)] == case["answers"]


def test_an_ended_code_answers_with_its_dates(shipped: Terminology) -> None:
    (match,) = shipped.lookup("J1940", ON)
    assert not match.valid
    assert match.valid_to == date(2025, 4, 1)
    assert "replaced by J1938" in match.detail


def test_a_category_says_that_more_is_needed(shipped: Terminology) -> None:
    (match,) = shipped.lookup("C50.41", ON)
    assert "more characters" in match.detail


def test_words_answer_in_every_system(shipped: Terminology) -> None:
    systems = [match.system for match in shipped.lookup("flow cytometry", ON, limit=3)]
    assert "CPT" in systems
    systems = [match.system for match in shipped.lookup("saline", ON, limit=3)]
    assert "HCPCS" in systems


def test_a_day_before_the_tables_is_told(shipped: Terminology) -> None:
    with pytest.raises(BeforeFirstEdition):
        shipped.lookup("C50.412", date(2020, 1, 1))
    (match,) = shipped.lookup("J9310", date(2018, 1, 1))
    assert match.valid


def test_after_the_newest_edition_its_name_is_told(shipped: Terminology) -> None:
    (match,) = shipped.lookup("C50.412", date(2026, 10, 1))
    assert "fy2026" in match.detail
