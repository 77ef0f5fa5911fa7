"""Holes between orders, authorizations and what was given."""

from __future__ import annotations

from typing import Any

import pytest

from tests.assistant.extraction.chart import read_cases, run_case


@pytest.mark.parametrize("case", read_cases("administration", "order"))
def test_orders(case: dict[str, Any]) -> None:
    found, wanted = run_case(case)
    assert found == wanted
