"""Payer and authorization as notes word them."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.extraction.visit import read_visit
from terminology.store import Terminology
from tests.assistant.extraction.chart import read_cases, show_values


@pytest.mark.parametrize("case", read_cases("visit", "coverage"))
def test_coverage(case: dict[str, Any]) -> None:
    visit = read_visit(case["text"], Terminology.open().drugs)
    assert show_values(visit, case["expect"]) == case["expect"]
