"""Sentences with the markers they state."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.extraction.biomarker import read_biomarkers
from models.fact import Biomarker
from terminology.store import Terminology

ON = date(2026, 3, 2)
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/biomarker/biomarker.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    return Terminology.open()


def _shown(marker: Biomarker) -> str:
    return f"{marker.name} {marker.result or '-'}" + (f" = {marker.value}" if marker.value else "")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_markers(case: dict[str, Any], terminology: Terminology) -> None:
    found = [_shown(marker) for marker in read_biomarkers(case["text"], ON, terminology)]
    # A value is compared where the case names one.
    plain = [
        shown if " = " in expected else shown.split(" = ")[0]
        for shown, expected in zip(found, case["expect"], strict=False)
    ]
    assert plain + found[len(plain) :] == case["expect"]


def test_name_and_result_have_their_words(terminology: Terminology) -> None:
    (marker,) = read_biomarkers("Dx lung ca, PD-L1 TPS 60%.", ON, terminology)
    assert [span.quote for span in marker.spans_of("name")] == ["PD-L1"]
    assert [span.quote for span in marker.spans_of("value")] == ["TPS 60%"]


@given(
    st.lists(
        st.sampled_from(
            ["ER", "HER2", "EGFR", "CD20", "+", "-", "/", ",", " neg", " pos", " 95%", "(", ")", "\n", " no "]
        ),
        max_size=30,
    )
)
def test_spans_are_slices_of_the_note(pieces: list[str]) -> None:
    text = "".join(pieces)
    for marker in read_biomarkers(text, ON, Terminology.open()):
        assert all(text[span.start : span.end] == span.quote for span in marker.spans_of())
