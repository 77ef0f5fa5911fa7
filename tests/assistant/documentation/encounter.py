"""Encounters of the YAML cases: complete unless a case says otherwise, so that each case shows one hole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from assistant.coding.engine import code_encounter
from assistant.documentation.gap import find_gaps
from models.fact import Facts
from models.gap import CodeChange, Gap
from models.line import Line
from models.note import Setting
from terminology.store import Terminology

CASES = Path(__file__).parents[2] / "cases" / "documentation"
DAY = date(2026, 3, 30)
TERMINOLOGY = Terminology.open()
_COMPLETE = {"route": "IV", "discarded": 0, "waste_statement": "stated"}
_CLOCKS = ("start", "stop")


def read_cases(*names: str) -> list[dict[str, Any]]:
    """Cases of the tables named, of all tables when none is."""
    paths = [CASES / f"{name}.yaml" for name in names] or sorted(CASES.glob("*.yaml"))
    return [case for path in paths for case in yaml.safe_load(path.read_text(encoding="utf-8"))]


def build_facts(case: Mapping[str, Any]) -> Facts:
    day = case.get("date_of_service", DAY)
    return Facts.model_validate(
        {
            "visit": {"date_of_service": day, "weight_kg": None, **case.get("visit", {})},
            "administrations": [_administration(row, day or date(1900, 1, 1)) for row in case.get("given", ())],
            "diagnoses": case.get("diagnoses", [{"code": "C34.11"}]),
            **{name: case.get(name, ()) for name in ("staging", "pathology", "biomarkers", "genomic_tests")},
        }
    )


def _administration(row: Mapping[str, Any], day: date) -> dict[str, Any]:
    fact = {**_COMPLETE, **row}
    if "discarded" in row and row["discarded"] is None:
        fact["waste_statement"] = row.get("waste_statement", "silent")
    for name in _CLOCKS:
        if fact.get(name):
            fact[name] = _moment(fact[name], day)
    fact["interruptions"] = [
        {"start": _moment(start, day), "stop": _moment(stop, day)} for start, stop in fact.get("interruptions", ())
    ]
    return fact


def _moment(text: str, day: date) -> datetime:
    return datetime.fromisoformat(text if "T" in text else f"{day}T{text}")


def gaps_of(facts: Facts, setting: Setting = "physician", on: date | None = DAY) -> tuple[Gap, ...]:
    profile = TERMINOLOGY.profiles.get("medicare", on)

    def recode(changed: Facts) -> tuple[Line, ...]:
        return code_encounter(changed, setting, on, profile, TERMINOLOGY).lines

    coding = code_encounter(facts, setting, on, profile, TERMINOLOGY)
    return find_gaps(facts, coding, setting, on, profile, TERMINOLOGY, recode)


def gaps_of_case(case: Mapping[str, Any]) -> tuple[Gap, ...]:
    return gaps_of(build_facts(case), case.get("setting", "physician"), case.get("date_of_service", DAY))


def change_in_words(change: CodeChange) -> str:
    """``+96415 x1`` or ``-J9271 x200 JZ``."""
    return " ".join((f"{change.sign}{change.code}", f"x{change.units}", *change.modifiers))
