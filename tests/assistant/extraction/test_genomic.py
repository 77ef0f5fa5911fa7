"""Sentences with the genomic tests they name."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.extraction.genomic import read_genomic_tests
from models.fact import GenomicTest
from terminology.store import Terminology

ON = date(2026, 3, 2)
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/genomic/genomic.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    return Terminology.open()


def _shown(test: GenomicTest) -> str:
    return f"{test.name}: {test.status}" + (f" = {test.result}" if test.result else "")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_tests(case: dict[str, Any], terminology: Terminology) -> None:
    assert [_shown(test) for test in read_genomic_tests(case["text"], ON, terminology)] == [
        item.removesuffix(" = ") for item in case["expect"]
    ]


def test_code_waits_for_its_first_day(terminology: Terminology) -> None:
    text = "Guardant360 ordered"
    assert [test.code for test in read_genomic_tests(text, date(2022, 6, 30), terminology)] == [None]
    assert [test.code for test in read_genomic_tests(text, date(2022, 7, 1), terminology)] == ["0326U"]


def test_one_analyte_result_needs_the_laboratory_report(terminology: Terminology) -> None:
    line = "BRAF V600E mutation analysis (PCR), performed in-house: NOT DETECTED"
    assert read_genomic_tests(line, ON, terminology) == ()
    report = f"SURGICAL PATHOLOGY REPORT\n{line}"
    assert [(test.name, test.status, test.code) for test in read_genomic_tests(report, ON, terminology)] == [
        ("BRAF", "resulted", "81210")
    ]


def test_name_and_status_have_their_words(terminology: Terminology) -> None:
    (test,) = read_genomic_tests("Guardant360 ordered today", ON, terminology)
    assert [span.quote for span in test.spans_of("name")] == ["Guardant360"]
    assert [span.quote for span in test.spans_of("status")] == ["ordered"]
