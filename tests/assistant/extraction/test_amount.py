"""Amounts, their unit and the role that the words beside them give."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.extraction.amount import canonical_unit, find_amounts, find_auc, find_containers
from models.record import plain_number


def amounts_in(text: str) -> list[str]:
    return [f"{found.value.normalize():f} {found.unit} {found.role}" for found in find_amounts(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("140 mg IV", ["140 mg dose"]),
        ("1,850 mg", ["1850 mg dose"]),
        ("3.6 g", ["3.6 g dose"]),
        (".4 mg", ["0.4 mg dose"]),
        ("300 micrograms", ["300 mcg dose"]),
        ("40,000 units", ["40000 units dose"]),
        ("40K units", ["40000 units dose"]),
        ("10 million units", ["10000000 units dose"]),
        ("10 MU", ["10000000 units dose"]),
        ("20 mEq", ["20 mEq dose"]),
        ("75 mg/m2", ["75 mg basis"]),
        ("6 mg/kg", ["6 mg basis"]),
        ("75 mg/m2 = 140 mg", ["75 mg basis", "140 mg dose"]),
        ("100 mg/hr", ["100 mg rate"]),
        ("250 mL/hr", ["250 mL rate"]),
        ("in 250 mL NS", ["250 mL volume"]),
        ("1 L", ["1000 mL volume"]),
        ("500 cc", ["500 mL volume"]),
        ("30 mg wasted", ["30 mg waste"]),
        ("30 mg discarded", ["30 mg waste"]),
        ("wasted 30 mg", ["30 mg waste"]),
        ("waste: 30 mg", ["30 mg waste"]),
        ("discarded 30 mg", ["30 mg waste"]),
        ("30 mg left over", ["30 mg waste"]),
        ("100 mg vial", ["100 mg container"]),
        ("100 mg SDV", ["100 mg container"]),
        ("vial 100 mg", ["100 mg container"]),
        ("2 x 100 mg", ["100 mg container"]),
        ("ordered 140 mg", ["140 mg ordered"]),
        ("calculated dose 138 mg", ["138 mg ordered"]),
        ("lifetime 310 mg", ["310 mg other"]),
        ("max 2 mg", ["2 mg other"]),
        ("20g PIV", []),
        ("PIV 22 g L hand", []),
        ("q21d", []),
        ("98.6 F", []),
        ("120/74", []),
    ],
)
def test_amounts(text: str, expected: list[str]) -> None:
    assert amounts_in(text) == expected


def test_an_amount_said_to_be_given_is_preferred() -> None:
    first, second = find_amounts("320 mg reduced to 256 mg", 0, 24)
    assert (first.preferred, second.preferred) == (False, True)


def test_concentration_keeps_its_volume() -> None:
    (found,) = find_amounts("240 mg/24 mL", 0, 12)
    assert (found.value, found.in_volume) == (Decimal(240), Decimal(24))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("AUC 5", 5), ("AUC=6", 6), ("AUC of 4.5", 4.5), ("AUC: 2", 2), ("AUC unknown", None), ("5 mg", None)],
)
def test_auc(text: str, expected: float | None) -> None:
    found = find_auc(text, 0, len(text))
    assert (plain_number(found[2]) if found else None) == expected


@pytest.mark.parametrize(
    ("text", "expected", "unit"),
    [
        ("2 x 100 mg SDV", [(100, 2)], "mg"),
        ("100 mg vials x 2", [(100, 2)], "mg"),
        ("100 mg vial x2", [(100, 2)], "mg"),
        ("three 150 mg vials", [(150, 3)], "mg"),
        ("one 60 mg vial", [(60, 1)], "mg"),
        ("a 60 mg single-dose vial", [(60, 1)], "mg"),
        ("7 vials of 10 mg", [(10, 7)], "mg"),
        ("vials: 500 mg x1 + 100 mg x3", [(500, 1), (100, 3)], "mg"),
        ("vials 500x1 + 100x3", [(500, 1), (100, 3)], None),
        ("1 x 400 mg + 2 x 100 mg vials", [(400, 1), (100, 2)], "mg"),
        ("two 50 mg and one 10 mg SDV", [(50, 2), (10, 1)], "mg"),
        ("1 g + 500 mg vials", [(1000, 1), (500, 1)], "mg"),
        ("3.5 mg vial", [(Decimal("3.5"), 1)], "mg"),
        ("100 mg/4 mL vial x 2", [(100, 2)], "mg"),
        ("140 mg IV", [], None),
        ("140 mg in 250 mL", [], None),
        ("vial intact", [], None),
        ("", [], None),
    ],
)
def test_containers(text: str, expected: list[tuple[object, int]], unit: str | None) -> None:
    found, found_unit, _ = find_containers(text, 0, len(text))
    assert (list(found), found_unit) == (expected, unit)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("mg", ("mg", 1)),
        ("MG", ("mg", 1)),
        ("µg", ("mcg", 1)),
        ("L", ("mL", 1000)),
        ("million units", ("units", 1000000)),
        ("u", ("units", 1)),
        ("tablet", None),
    ],
)
def test_units(written: str, expected: tuple[str, object] | None) -> None:
    assert canonical_unit(written) == expected


@given(
    st.decimals(min_value="0.001", max_value=9999, places=3),
    st.sampled_from(["mg", "mcg", "g", "units", "mEq"]),
    st.sampled_from(["", " "]),
)
def test_any_plain_amount_is_read(value: Decimal, unit: str, gap: str) -> None:
    text = f"gave {value}{gap}{unit} IV"
    (found,) = find_amounts(text, 0, len(text))
    assert (found.value, found.unit, found.role) == (value, unit, "dose")
    assert text[found.start : found.end] == f"{value}{gap}{unit}"


@given(st.text(alphabet="0123456789.,x×+ mgLvialSDV()/", max_size=60))
def test_containers_never_crash_and_are_positive(text: str) -> None:
    found, _, extent = find_containers(text, 0, len(text))
    assert all(amount > 0 and count > 0 for amount, count in found)
    assert (extent is not None) == bool(found)
