"""The scorer of the labelled encounters: what counts as right, extra, missed and as a coder's choice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scoring import Score, score

LABEL: dict[str, Any] = {
    "id": "n",
    "facts": {
        "administrations": [
            {"drug": "paclitaxel", "dose": 140, "unit": "mg", "route": "IV", "start": "2026-03-11T09:10",
             "stop": "2026-03-11T10:15", "discarded": 0, "status": "given"},
            {"drug": "zoledronic acid", "dose": 4, "unit": "mg", "status": "held"},
        ],
        "diagnoses": [{"code": "Z51.11"}, {"code": "C56.9"}, {"code": "Z80.3", "status": "family"}],
    },
    "lines": [{"code": "96413", "units": 1, "modifiers": []}, {"code": "J9267", "units": 140, "modifiers": ["JZ"]}],
    "optional_lines": [{"code": "96375", "units": 1, "modifiers": []}],
    "optional_diagnoses": [{"code": "C78.6"}],
    "gaps": [{"kind": "missing-order", "about": "paclitaxel"}],
    "optional_gaps": [{"kind": "missing-stage", "about": "diagnosis"}],
}  # fmt: skip


def counts(found: Score) -> tuple[int, int, int]:
    return found.right, found.extra, found.missed


def changed(**parts: Any) -> dict[str, Any]:
    return {**LABEL, **parts}


def test_a_label_agrees_with_itself() -> None:
    scores = score([(LABEL, LABEL)])
    assert {measure: found.f1 for measure, found in scores.items() if found.f1 < 1} == {}
    assert counts(scores["line"]) == (2, 0, 0)
    assert counts(scores["diagnosis"]) == (2, 0, 0)  # family history is no diagnosis of the patient
    assert counts(scores["administration"]) == (1, 0, 0)
    assert counts(scores["not-given"]) == (1, 0, 0)


def test_nothing_found_is_all_missed() -> None:
    scores = score([(LABEL, {"facts": {}})])
    assert counts(scores["line"]) == (0, 0, 2)
    assert counts(scores["gap"]) == (0, 0, 1)
    assert scores["line"].f1 == 0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"code": "96375", "units": 1, "modifiers": []}, (2, 0, 0)),  # optional as listed
        ({"code": "96375", "units": 2, "modifiers": []}, (2, 1, 0)),  # not with other units
        ({"code": "96367", "units": 1, "modifiers": []}, (2, 1, 0)),
    ],
)
def test_a_further_line(line: dict[str, Any], expected: tuple[int, int, int]) -> None:
    assert counts(score([(LABEL, changed(lines=[*LABEL["lines"], line]))])["line"]) == expected


def test_a_modifier_makes_another_line() -> None:
    bare = [{**line, "modifiers": []} for line in LABEL["lines"]]
    assert counts(score([(LABEL, changed(lines=bare))])["line"]) == (1, 1, 1)


def test_an_optional_kind_of_gap_is_optional_about_anything() -> None:
    gaps = [*LABEL["gaps"], {"kind": "missing-stage", "about": "breast"}, {"kind": "missing-route", "about": "x"}]
    assert counts(score([(LABEL, changed(gaps=gaps))])["gap"]) == (1, 1, 0)


def test_an_optional_first_diagnosis_is_not_scored() -> None:
    facts = {**LABEL["facts"], "diagnoses": [{"code": "C78.6"}, {"code": "Z51.11"}, {"code": "C56.9"}]}
    scores = score([(LABEL, changed(facts=facts))])
    assert "first-listed" not in scores
    assert counts(scores["diagnosis"]) == (2, 0, 0)


def test_scores_are_pooled() -> None:
    pooled = score([(LABEL, LABEL), (LABEL, {"facts": {}})])["line"]
    assert counts(pooled) == (2, 0, 2)
    assert pooled.f1 == pytest.approx(2 / 3)
