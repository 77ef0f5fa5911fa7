"""Sentences with the histology, grade, side and margins they state."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.extraction.pathology import read_pathology
from models.fact import Diagnosis, Pathology
from models.span import Evidence, Span
from terminology.store import Terminology

ON = date(2026, 3, 2)
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/pathology/pathology.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    return Terminology.open()


def _shown(item: Pathology) -> str:
    return " | ".join(part or "-" for part in (item.histology, item.grade, item.laterality, item.margins))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_pathology(case: dict[str, Any], terminology: Terminology) -> None:
    assert [_shown(item) for item in read_pathology(case["text"], ON, terminology)] == case["expect"]


def test_side_comes_from_the_code_where_the_words_give_none(terminology: Terminology) -> None:
    text = "Dx C50.412. IDC, ER+"
    span = Span.cut(text, 3, 10)
    coded = Diagnosis(code="C50.412", evidence=(Evidence(attribute="code", spans=(span,)),))
    (item,) = read_pathology(text, ON, terminology, (coded,))
    assert item.laterality == "left"
    assert item.spans_of("laterality") == (span,)


def test_type_of_a_family_diagnosis_is_none(terminology: Terminology) -> None:
    text = "Melanoma in the parent."
    coded = Diagnosis(
        code="Z80.8", status="family", evidence=(Evidence(attribute="code", spans=(Span.cut(text, 0, 8),)),)
    )
    assert read_pathology(text, ON, terminology, (coded,)) == ()
    assert [item.histology for item in read_pathology(text, ON, terminology)] == ["melanoma"]


def test_blood_cancer_is_read_in_a_marrow_report_only(terminology: Terminology) -> None:
    report = "BONE MARROW BIOPSY REPORT\nDiagnosis: acute myeloid leukemia with mutated NPM1"
    assert [item.histology for item in read_pathology(report, ON, terminology)] == [
        "acute myeloid leukemia with mutated npm1"
    ]
    assert read_pathology("Infusion: acute myeloid leukemia, azacitidine", ON, terminology) == ()


def test_parts_have_their_words(terminology: Terminology) -> None:
    (item,) = read_pathology("IDC L breast, grade 2, margins clear, 1/4 SLN", ON, terminology)
    assert (item.nodes_positive, item.nodes_examined) == (1, 4)
    assert [span.quote for span in item.spans_of("grade")] == ["grade 2"]
    assert [span.quote for span in item.spans_of("laterality")] == ["L"]
