"""Staging systems: how notes name them and which groups they have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True)
class StagingSystem:
    """One system: the names it goes by and a pattern of its groups (empty where groups are risk words)."""

    system: str
    names: tuple[str, ...]
    groups: str = ""


@dataclass(frozen=True, eq=False)
class StagingTable:
    """The staging words valid on one date; compared by identity, so that compiled patterns can be kept beside it."""

    systems: tuple[StagingSystem, ...]
    risk_systems: tuple[StagingSystem, ...]
    risk_words: dict[str, tuple[str, ...]]
    extent: StagingSystem | None
    extent_diseases: tuple[str, ...]
    extent_words: dict[str, tuple[str, ...]]
    diseases: dict[str, tuple[str, ...]]
    other_conditions: tuple[str, ...]
    other_scales: tuple[str, ...]


def load_staging(on: date) -> StagingTable:
    """The staging table as of ``on`` (systems published later are left out)."""
    data = _read()
    return _table_since(last_change((*data["systems"], *data["risk_systems"], data["extent"]), on))


def last_change(rows: Iterable[dict[str, Any]], on: date) -> date:
    """The last day up to ``on`` on which a row began or ended: the same table serves every day since."""
    days = {row[key] for row in rows for key in ("valid_from", "valid_to") if row.get(key)}
    return max((day for day in days if day <= on), default=date.min)


@cache
def _table_since(on: date) -> StagingTable:
    data = _read()

    def valid(row: dict[str, Any]) -> bool:
        return bool(row["valid_from"] <= on < row.get("valid_to", date.max))

    def systems(key: str) -> tuple[StagingSystem, ...]:
        return tuple(
            StagingSystem(row["system"], tuple(row["names"]), row.get("groups", "")) for row in data[key] if valid(row)
        )

    extent = data["extent"]
    return StagingTable(
        systems=systems("systems"),
        risk_systems=systems("risk_systems"),
        risk_words={group: tuple(words) for group, words in data["risk_words"].items()},
        extent=StagingSystem(extent["system"], ()) if valid(extent) else None,
        extent_diseases=tuple(extent["diseases"]),
        extent_words={group: tuple(words) for group, words in extent["words"].items()},
        diseases={system: tuple(words) for system, words in data["diseases"].items()},
        other_conditions=tuple(data["other_conditions"]),
        other_scales=tuple(data["other_scales"]),
    )


@cache
def _read() -> dict[str, Any]:
    source = files("terminology").joinpath("data/staging/2026/system.yaml")
    data: dict[str, Any] = yaml.safe_load(source.read_text(encoding="utf-8"))
    return data
