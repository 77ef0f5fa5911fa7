"""A dose of a drug that no table knows is told, never coded and never passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.extraction.unknown_drug import find_unknown_drugs
from assistant.intake.layout import split_clauses
from assistant.pipeline import code_note
from models.note import Note
from terminology.layout import load_column_names
from terminology.store import Terminology

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "unknown_drug.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_unknown_drugs(case: dict[str, Any]) -> None:
    text = case["text"]
    found = find_unknown_drugs(text, split_clauses(text, load_column_names()), Terminology.open().drugs)
    assert [item.spans[0].quote.lower() for item in found] == case["unknown"]


def test_the_finding_names_the_line_and_no_note_text() -> None:
    text = "DOS 05/05/2026\n0900-1010 paclitaxel 100 mg IV\n1015-1030 zorbutinib 5 mg IV"
    case = code_note(Note(id="x", text=text), Terminology.open())
    finding = next(item for item in case.findings if item.kind == "unknown-drug")
    assert finding.message.startswith("Line 3:")
    assert "zorbutinib" not in finding.message
    assert finding.evidence[0].spans[0].quote == "zorbutinib"
    assert {line.code for line in case.lines} == {"96413", "J9267"}
