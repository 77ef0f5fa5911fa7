"""A code means something on a date: first day, last day, day after."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.code import CptCode, HcpcsCode
from models.errors import UnknownCode
from terminology.edition import DATA, read_rows
from terminology.store import Terminology
from tests.terminology.cases import read_cases

CODES = read_cases("code_by_date")
UNITS = read_cases("unit")
DAYS = st.dates(date(2015, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("case", CODES, ids=[case["name"] for case in CODES])
def test_code_by_date(case: dict[str, Any], shipped: Terminology) -> None:
    get = {
        "HCPCS": shipped.hcpcs.get,
        "CPT": shipped.cpt.get,
        "ICD-10-CM": shipped.icd10cm.get,
        "modifier": shipped.modifiers.get,
        "place of service": shipped.places_of_service.get,
    }[case["system"]]
    if case["valid"]:
        assert get(case["code"], case["on"])
    else:
        with pytest.raises(UnknownCode):
            get(case["code"], case["on"])


@pytest.mark.parametrize("case", UNITS, ids=[case["code"] for case in UNITS])
def test_billing_unit(case: dict[str, Any], shipped: Terminology) -> None:
    code = shipped.hcpcs.get(case["code"], case["on"])
    amount = Decimal(case["amount"]) if "amount" in case else None
    assert (code.unit_amount, code.unit, code.up_to) == (amount, case.get("unit"), case.get("up_to", False))


@given(code=st.sampled_from(["J9310", "J9030", "J1940", "J1938", "J9271", "C9307", "J9601", "99441", "96413"]), on=DAYS)
def test_a_code_is_found_exactly_within_its_dates(code: str, on: date) -> None:
    terminology = Terminology.open()
    history: tuple[HcpcsCode | CptCode, ...] = terminology.hcpcs.history(code) or terminology.cpt.history(code)
    found = terminology.hcpcs.find(code, on) or terminology.cpt.find(code, on)
    held = [row for row in history if row.valid_from <= on and (row.valid_to is None or on < row.valid_to)]
    assert ([found] if found else []) == held


@pytest.mark.parametrize("edition", ["2025q4", "2026q1", "2026q2"])
def test_a_code_that_is_paid_in_a_quarter_is_valid_in_it(edition: str, shipped: Terminology) -> None:
    """Inferred dates must agree with the lists they did not come from: OPPS status and ASP crosswalk."""
    (first_day,) = (each.valid_from for each in shipped.opps.shelf.editions if each.edition == edition)
    listed = {row["code"] for row in read_rows(DATA / "opps" / edition / "status.csv.gz")}
    if (packages := DATA / "ndc" / edition / "crosswalk.csv.gz").is_file():
        listed |= {row["hcpcs"] for row in read_rows(packages)}
    unknown = {
        code for code in listed if not (shipped.hcpcs.find(code, first_day) or shipped.cpt.find(code, first_day))
    }
    assert unknown == set()


def test_without_a_date_the_newest_edition_answers(shipped: Terminology) -> None:
    assert shipped.hcpcs.find("J9310", None) is None
    assert shipped.hcpcs.get("J9271", None) == shipped.hcpcs.get("J9271", date(2026, 12, 31))
    assert shipped.icd10cm.get("C50.412", None).billable


def test_inferred_dates_are_told_from_published_ones(shipped: Terminology) -> None:
    assert shipped.hcpcs.get("J9271", date(2026, 2, 11)).inferred == ()
    assert shipped.hcpcs.get("J1940", date(2025, 2, 11)).inferred == ("end",)
    assert shipped.hcpcs.get("J1940", date(2025, 2, 11)).successor == "J1938"


def test_every_label_of_our_own_is_on_a_valid_number(shipped: Terminology) -> None:
    april = date(2026, 4, 1)
    family = [shipped.cpt.get(str(number), april) for number in (96360, 96365, 96372, 96401, 96409, 96413, 96523)]
    assert all(code.label and not code.licensed for code in family)


def test_dates_of_single_codes_never_run_backwards(shipped: Terminology) -> None:
    for code in ("J9310", "J9031", "J2505", "C9453", "J9044", "J1940"):
        (row,) = shipped.hcpcs.history(code)
        assert row.valid_to is not None
        assert row.valid_from < row.valid_to
        assert shipped.hcpcs.find(code, row.valid_to - timedelta(days=1)) == row
