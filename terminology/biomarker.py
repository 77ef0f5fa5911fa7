"""Biomarkers: canonical names, how notes write them, and what a result word means for each kind of marker."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

_FOLDER = "data/biomarker/2026"


@dataclass(frozen=True)
class Marker:
    """One marker: ``aliases`` match in any case, ``cased`` only as printed; ``needs`` names a guard of the reader."""

    name: str
    kind: str
    aliases: tuple[str, ...]
    cased: tuple[str, ...]
    needs: str | None


@dataclass(frozen=True)
class MarkerPhrase:
    """Words that hold marker and result in one: ``pMMR``, ``triple negative``."""

    phrase: str
    names: tuple[str, ...]
    result: str
    cased: bool


@dataclass(frozen=True, eq=False)
class BiomarkerTable:
    """Markers valid on one date and the result vocabulary; compared by identity, so that patterns can stay with it."""

    markers: tuple[Marker, ...]
    phrases: tuple[MarkerPhrase, ...]
    words: dict[str, dict[str, str]]  # kind (or "all") -> written result -> result

    def result(self, kind: str, word: str) -> str | None:
        """What a written result means for a kind of marker, None when it means nothing there."""
        return self.words.get(kind, {}).get(word) or self.words["all"].get(word)


@dataclass(frozen=True)
class MarkerWords:
    """Little words around markers, as patterns; they have no date of service."""

    fillers: tuple[str, ...]
    therapies: tuple[str, ...]
    governing: tuple[str, ...]


@cache
def load_marker_words() -> MarkerWords:
    """The shipped words."""
    raw = yaml.safe_load(files("terminology").joinpath(f"{_FOLDER}/word.yaml").read_text(encoding="utf-8"))
    return MarkerWords(tuple(raw["fillers"]), tuple(raw["therapies"]), tuple(raw["governing"]))


def load_biomarkers(on: date) -> BiomarkerTable:
    """The biomarker table as of ``on``."""
    days = {
        date.fromisoformat(row[key])
        for name in ("marker.csv", "phrase.csv")
        for row in _rows(name)
        for key in ("valid_from", "valid_to")
        if row[key]
    }
    return _table_since(max((day for day in days if day <= on), default=date.min))


@cache
def _table_since(on: date) -> BiomarkerTable:
    source = files("terminology").joinpath(f"{_FOLDER}/result.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(source)
    words = {
        kind: {" ".join(str(word).lower().split()): result for result, group in results.items() for word in group}
        for kind, results in raw.items()
        if isinstance(results, dict)
    }
    return BiomarkerTable(
        markers=tuple(
            Marker(row["name"], row["kind"], _split(row["aliases"]), _split(row["cased"]), row["needs"] or None)
            for row in _valid("marker.csv", on)
        ),
        phrases=tuple(
            MarkerPhrase(row["phrase"], _split(row["names"]), row["result"], row["cased"] == "yes")
            for row in _valid("phrase.csv", on)
        ),
        words=words,
    )


def _valid(name: str, on: date) -> Iterator[dict[str, str]]:
    for row in _rows(name):
        since, until = date.fromisoformat(row["valid_from"]), row["valid_to"]
        if since <= on and (not until or on < date.fromisoformat(until)):
            yield row


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    source = files("terminology").joinpath(f"{_FOLDER}/{name}").read_text(encoding="utf-8")
    return tuple(csv.DictReader(source.splitlines()))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)
