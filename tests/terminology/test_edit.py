"""NCCI pairs, units of service, add-on codes, OPPS status."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from terminology.store import Terminology
from tests.terminology.cases import read_cases

ON = date(2026, 2, 11)
PAIRS = read_cases("ncci")
LIMITS = read_cases("mue")
STATUS = read_cases("opps")


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: f"{case['column1']} {case['column2']} {case['setting']}")
def test_pair(case: dict[str, Any], shipped: Terminology) -> None:
    assert shipped.ncci.indicator(case["column1"], case["column2"], case["setting"], ON) == case["indicator"]


@pytest.mark.parametrize("case", LIMITS, ids=lambda case: case["code"])
def test_units_of_service(case: dict[str, Any], shipped: Terminology) -> None:
    assert shipped.mue.get(case["code"], case["setting"], ON) == case["units"]


def test_limits_carry_their_adjudication(shipped: Terminology) -> None:
    assert shipped.mue.limit("88305", "physician", ON) == (16, 3)
    assert shipped.mue.limit("81445", "physician", ON) == (1, 2)
    assert shipped.mue.limit("J0000", "physician", ON) is None


def test_add_on_codes(shipped: Terminology) -> None:
    assert all("96413" in shipped.ncci.primaries(code, ON) for code in ("96411", "96415", "96417"))
    assert shipped.ncci.primaries("96413", ON) == ()


@pytest.mark.parametrize("case", STATUS, ids=[case["name"] for case in STATUS])
def test_status(case: dict[str, Any], shipped: Terminology) -> None:
    assert shipped.opps.status(case["code"], case["on"]) == case["status"]
