"""Genomic tests: brands, pharmacogenetic tests, cytogenetics, and the codes of one-analyte tests."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

_FOLDER = "data/genomic/2026"


@dataclass(frozen=True)
class NamedTest:
    """One test; ``forms`` is a pattern of the ways notes write it."""

    name: str
    forms: str
    code: str | None
    genes: tuple[str, ...]
    needs: str | None


@dataclass(frozen=True, eq=False)
class GenomicTable:
    """The tests valid on one date; compared by identity, so that compiled patterns can be kept beside it."""

    tests: tuple[NamedTest, ...]
    analytes: dict[str, str]  # marker name -> code
    status_words: dict[str, tuple[str, ...]]


def load_genomic_tests(on: date) -> GenomicTable:
    """The table as of ``on``. A test is read before its code exists; only the code waits for its date."""
    days = {
        date.fromisoformat(row[key])
        for name in ("test.csv", "analyte.csv")
        for row in _rows(name)
        for key in ("valid_from", "valid_to")
        if row[key]
    }
    return _table_since(max((day for day in days if day <= on), default=date.min))


@cache
def _table_since(on: date) -> GenomicTable:
    valid = {(row["name"], row["code"]) for name in ("test.csv", "analyte.csv") for row in _valid(name, on)}
    raw = yaml.safe_load(files("terminology").joinpath(f"{_FOLDER}/status.yaml").read_text(encoding="utf-8"))
    return GenomicTable(
        tests=tuple(
            NamedTest(
                row["name"],
                row["forms"],
                (row["code"] or None) if (row["name"], row["code"]) in valid else None,
                tuple(part for part in row["genes"].split("|") if part),
                row["needs"] or None,
            )
            for row in _rows("test.csv")
        ),
        analytes={row["name"]: row["code"] for row in _valid("analyte.csv", on)},
        status_words={status: tuple(words) for status, words in raw.items() if isinstance(words, list)},
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
