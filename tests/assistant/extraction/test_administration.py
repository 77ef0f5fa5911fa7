"""What was given, withheld or planned, as nurses chart it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.assistant.extraction.chart import read_cases, run_case

TABLES = (
    "time", "amount", "waste", "status", "table", "form", "prose", "sharing", "fluid", "repeat", "route", "blood",
    "pump",
)  # fmt: skip


@pytest.mark.parametrize("case", read_cases("administration", *TABLES))
def test_administrations(case: dict[str, Any]) -> None:
    found, wanted = run_case(case)
    assert found == wanted
