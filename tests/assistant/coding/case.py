"""Reads the YAML cases a coder writes and runs one of them through the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from assistant.coding.engine import Coding, code_encounter
from assistant.structured import read_facts
from models.line import Line
from terminology.store import Terminology

CASES = Path(__file__).parents[2] / "cases" / "coding"
TABLES = ("time", "hierarchy", "hydration", "route", "drug", "published_examples", "labelled_encounters")


@dataclass(frozen=True)
class Case:
    table: str
    row: dict[str, Any]

    @property
    def expect(self) -> dict[str, Any]:
        expected: dict[str, Any] = self.row["expect"]
        return expected

    def __str__(self) -> str:
        return f"{self.table}: {self.row['name']}"


def read_cases() -> list[Case]:
    return [Case(table, row) for table in TABLES for row in yaml.safe_load((CASES / f"{table}.yaml").read_text())]


def code_case(case: Case, terminology: Terminology) -> Coding:
    """The coding of one case; ``switches`` changes single switches of the profile."""
    row = case.row
    read = read_facts({key: value for key, value in row.items() if key not in ("name", "source", "note", "expect")})
    on = read.date_of_service
    profiles = terminology.profiles
    profile = profiles.get(row["profile"], on) if "profile" in row else profiles.for_payer(read.payer, on=on)
    profile = profile.model_copy(update=row.get("switches", {}))
    return code_encounter(read.facts, read.setting or "physician", on, profile, terminology)


def written(line: Line) -> str:
    """``96372 x1 59``, modifiers in alphabetical order."""
    return " ".join((line.code, f"x{line.units}", *sorted(line.modifiers)))


def within(lines: Iterable[str], scope: Iterable[str] | None) -> Counter[str]:
    return Counter(line for line in lines if scope is None or line.startswith(tuple(scope)))
