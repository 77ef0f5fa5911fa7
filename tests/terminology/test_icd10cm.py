"""The tabular list's instructions, the Table of Neoplasms and search."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.errors import UnknownCode
from terminology.icd10cm import covers, dotted
from terminology.store import Terminology
from tests.terminology.cases import read_cases

ON = date(2026, 2, 11)
CASES = read_cases("icd10cm")


@pytest.mark.parametrize("case", CASES["exclusions"], ids=[case["name"] for case in CASES["exclusions"]])
def test_exclusion(case: dict[str, Any], shipped: Terminology) -> None:
    assert (shipped.icd10cm.exclusion(case["code"], case["other"], ON) is not None) == case["excluded"]


@pytest.mark.parametrize("case", CASES["notes"], ids=[f"{case['code']} {case['kind']}" for case in CASES["notes"]])
def test_notes_are_inherited(case: dict[str, Any], shipped: Terminology) -> None:
    notes = [note for note in shipped.icd10cm.notes(case["code"], ON) if note.kind == case["kind"]]
    assert case["ref"] in {reference for note in notes for reference in note.refs}


@pytest.mark.parametrize("case", CASES["neoplasm"], ids=lambda case: f"{case['term']} {case['behaviour']}")
def test_neoplasm(case: dict[str, Any], shipped: Terminology) -> None:
    first = shipped.icd10cm.neoplasm(case["term"], case["behaviour"], ON)[0]
    assert (first.code, first.complete) == (case["code"], case["complete"])


@pytest.mark.parametrize("case", CASES["search"], ids=lambda case: case["words"])
def test_search(case: dict[str, Any], shipped: Terminology) -> None:
    assert shipped.icd10cm.search(case["words"], ON)[0].code == case["first"]


def test_search_keeps_its_limit_and_order(shipped: Terminology) -> None:
    found = shipped.icd10cm.search("malignant neoplasm", ON, limit=7)
    assert len(found) == 7
    assert found == shipped.icd10cm.search("malignant neoplasm", ON, limit=9)[:7]
    assert shipped.icd10cm.search("  ", ON) == ()
    assert shipped.icd10cm.search('" OR *', ON) == ()  # no query language gets through


def test_parent_and_children(shipped: Terminology) -> None:
    parent = shipped.icd10cm.parent("C50.411", ON)
    assert parent is not None
    assert (parent.code, parent.billable) == ("C50.41", False)
    assert [child.code for child in shipped.icd10cm.children("C50.41", ON)] == ["C50.411", "C50.412", "C50.419"]
    assert shipped.icd10cm.parent("C50", ON) is None
    assert shipped.icd10cm.children("C50.411", ON) == ()


def test_billable(shipped: Terminology) -> None:
    assert shipped.icd10cm.billable("C50.411", ON)
    assert not shipped.icd10cm.billable("C50.41", ON)
    assert not shipped.icd10cm.billable("C50.999", ON)
    with pytest.raises(UnknownCode):
        shipped.icd10cm.notes("C50.999", ON)


@pytest.mark.parametrize(
    ("reference", "code", "held"),
    [
        ("C79.5-", "C79.51", True),
        ("C79.5-", "C79.6", False),
        ("C43-C44", "C44.501", True),
        ("C43-C44", "C45.0", False),
        ("C76-C80", "C7A.01", True),
        ("E08.0-E08.9", "E08.65", True),
        ("C45.1", "C45.1", True),
        ("C45.1", "C45", False),
        ("T36-T50 with fifth or sixth character 5", "T45.1X5A", False),  # not decided here
        ("", "C45.1", False),
    ],
)
def test_references_as_printed(reference: str, code: str, held: bool) -> None:
    assert covers(reference, code) == held


def test_dotted() -> None:
    assert [dotted(code) for code in ("c50412", "C50.412", " c50 ", "t451x5a")] == [
        "C50.412",
        "C50.412",
        "C50",
        "T45.1X5A",
    ]
