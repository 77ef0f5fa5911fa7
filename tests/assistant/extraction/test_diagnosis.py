"""Notes with the diagnoses, statuses and documentation holes a coder reads from them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.extraction.diagnosis import read_diagnoses
from models.fact import Diagnosis
from terminology.diagnosis import open_lexicon, tokenise
from terminology.store import Terminology

FOLDER = Path(__file__).parents[2] / "cases/diagnosis"
CASES: list[dict[str, Any]] = [
    case
    for path in sorted(FOLDER.glob("*.yaml"))
    if path.stem not in {"context", "order", "support"}
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
ON = date(2026, 4, 1)


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    return Terminology.open()


def _by_status(found: tuple[Diagnosis, ...]) -> dict[str, list[str]]:
    shown: dict[str, list[str]] = {}
    for item in found:
        shown.setdefault(item.status, []).append(item.code)
    return {status: sorted(codes) for status, codes in shown.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_diagnoses(case: dict[str, Any], terminology: Terminology) -> None:
    found = read_diagnoses(case["text"], date.fromisoformat(case["on"]), terminology)
    assert _by_status(found) == {status: sorted(codes) for status, codes in case["expect"].items()}
    assert sorted(f"{hole}: {item.about}" for item in found for hole in item.holes) == sorted(case.get("holes", []))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_code_has_words_cut_from_the_note(case: dict[str, Any], terminology: Terminology) -> None:
    for item in read_diagnoses(case["text"], ON, terminology):
        assert item.spans_of("code")
        assert all(case["text"][span.start : span.end] == span.quote for span in item.spans_of())


def test_a_code_outside_its_period_is_not_read(terminology: Terminology) -> None:
    codes = {item.code for item in read_diagnoses("Dx: colon cancer (C18.99)", ON, terminology)}
    assert codes == {"C18.9"}


def test_reading_is_deterministic(terminology: Terminology) -> None:
    text = CASES[0]["text"]
    assert read_diagnoses(text, ON, terminology) == read_diagnoses(text, ON, terminology)


def test_every_code_of_the_lexicon_is_billable(terminology: Terminology) -> None:
    lexicon = open_lexicon()
    axes = {"remission": "012", "remission only": "01", "lymphoma": "012345678A", "side1": "12"}
    codes = {
        condition.code.replace("#", last)
        for condition in lexicon.conditions.values()
        for last in axes.get(condition.axis, " ")
    }
    not_billable = {code for code in codes if not terminology.icd10cm.billable(code, ON)}
    assert not_billable <= {"C84.7A"}  # breast-implant lymphoma holds that place; remission is C84.7B


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=120))
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_without_failure(text: str) -> None:
    terminology = Terminology.open()
    for item in read_diagnoses(text, ON, terminology):
        assert all(text[span.start : span.end] == span.quote for span in item.spans_of())


def test_words_are_found_longest_first() -> None:
    text = "small cell lung cancer"
    hits = open_lexicon().find(text, tokenise(text))
    assert [text[hit.start : hit.end] for hit in hits] == ["small cell lung cancer"]


@pytest.mark.parametrize(
    ("text", "found"), [("PSA 4.1", False), ("PsA", True), ("mCRPC", True), ("14 mm", False), ("all given", False)]
)
def test_abbreviations_keep_their_letters(text: str, found: bool) -> None:
    hits = [
        hit
        for hit in open_lexicon().find(text, tokenise(text))
        if type(hit.entries[0]).__name__ in {"Condition", "Neoplasm"}
    ]
    assert bool(hits) == found
