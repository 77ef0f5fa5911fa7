"""Histologic types of solid tumours and lymphomas, and the sites they are named with."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

_FOLDER = "data/histology/2026"


@dataclass(frozen=True)
class Histology:
    """One type: ``forms`` is a pattern of the full wordings, ``abbreviations`` match as printed."""

    concept: str
    parent: str | None
    group: str
    forms: str
    abbreviations: tuple[str, ...]
    needs: str | None
    site: str | None


@dataclass(frozen=True)
class Site:
    word: str
    site: str
    paired: bool


@dataclass(frozen=True, eq=False)
class HistologyTable:
    """The types valid on one date; compared by identity, so that compiled patterns can be kept beside it."""

    types: tuple[Histology, ...]
    sites: tuple[Site, ...]

    def ancestors(self, concept: str) -> frozenset[str]:
        """The less specific types of ``concept``."""
        parents = {item.concept: item.parent for item in self.types}
        found: list[str] = []
        while (parent := parents.get(concept)) and parent not in found:
            found.append(parent)
            concept = parent
        return frozenset(found)


@dataclass(frozen=True)
class PathologyWords:
    """Words around types, grades and sides, as patterns; they have no date of service."""

    guards: dict[str, tuple[str, ...]]
    toxicities: tuple[str, ...]
    accesses: tuple[str, ...]
    spreads: tuple[str, ...]


@cache
def load_pathology_words() -> PathologyWords:
    """The shipped words."""
    raw = yaml.safe_load(files("terminology").joinpath(f"{_FOLDER}/word.yaml").read_text(encoding="utf-8"))
    return PathologyWords(
        guards={name: tuple(words) for name, words in raw["guards"].items()},
        toxicities=tuple(raw["toxicities"]),
        accesses=tuple(raw["accesses"]),
        spreads=tuple(raw["spreads"]),
    )


def load_histology(on: date) -> HistologyTable:
    """The histology table as of ``on``."""
    days = {
        date.fromisoformat(row[key]) for row in _rows("histology.csv") for key in ("valid_from", "valid_to") if row[key]
    }
    return _table_since(max((day for day in days if day <= on), default=date.min))


@cache
def _table_since(on: date) -> HistologyTable:
    types = tuple(
        Histology(
            concept=row["concept"],
            parent=row["parent"] or None,
            group=row["group"],
            forms=row["forms"],
            abbreviations=tuple(part for part in row["abbreviations"].split("|") if part),
            needs=row["needs"] or None,
            site=row["site"] or None,
        )
        for row in _rows("histology.csv")
        if date.fromisoformat(row["valid_from"]) <= on
        and (not row["valid_to"] or on < date.fromisoformat(row["valid_to"]))
    )
    sites = tuple(Site(row["word"], row["site"], row["paired"] == "yes") for row in _rows("site.csv"))
    return HistologyTable(types, sites)


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    source = files("terminology").joinpath(f"{_FOLDER}/{name}").read_text(encoding="utf-8")
    return tuple(csv.DictReader(source.splitlines()))
