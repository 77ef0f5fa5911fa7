"""Sentences with the stages they state."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.extraction.staging import read_staging
from models.fact import Staging
from terminology.store import Terminology

ON = date(2026, 3, 2)
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/staging/staging.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    return Terminology.open()


def _shown(stage: Staging) -> str:
    return " ".join(part or "-" for part in (stage.system, stage.prefix, stage.t, stage.n, stage.m, stage.group))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_stages(case: dict[str, Any], terminology: Terminology) -> None:
    found = read_staging(case["text"], ON, terminology)
    assert [_shown(stage) for stage in found] == case["expect"]


def test_every_stated_part_has_its_words(terminology: Terminology) -> None:
    text = "Stage IIIB NSCLC (cT4 N2 M0)"
    (stage,) = read_staging(text, ON, terminology)
    quotes = {item.attribute: [span.quote for span in item.spans] for item in stage.evidence}
    assert quotes["t"] == ["cT4"]
    assert quotes["n"] == ["N2"]
    assert quotes["group"] == ["IIIB"]
    assert quotes["prefix"] == ["cT4"]


def test_system_published_later_is_not_read(terminology: Terminology) -> None:
    assert read_staging("MDS IPSS-R high", date(2011, 1, 1), terminology) == ()


@given(st.text(alphabet="TNMcpy0123XIVab ()/,.\nstage", max_size=80))
def test_spans_are_slices_of_the_note(text: str) -> None:
    for stage in read_staging(text, ON, Terminology.open()):
        assert all(text[span.start : span.end] == span.quote for span in stage.spans_of())
