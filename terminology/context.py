"""The cues that change the standing of a mention, and the labels that name a section of a note."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Cue:
    """One ConText rule: ``direction`` FORWARD, BACKWARD, BIDIRECTIONAL, TERMINATE or PSEUDO; ``scope`` in tokens,
    None to the sentence end.
    """

    category: str
    direction: str
    scope: int | None
    text: str


@cache
def load_cues() -> tuple[Cue, ...]:
    """All shipped cues; words have no date of service, so one edition serves all."""
    return tuple(
        Cue(row["category"], row["direction"], int(row["scope"]) if row["scope"] else None, row["cue"])
        for row in _rows("cue.csv")
    )


@cache
def load_labels() -> dict[str, str]:
    """Section label (lower case) to its kind ("diagnosis", "family", "allergy", ...)."""
    return {row["label"]: row["kind"] for row in _rows("label.csv")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    source = files("terminology").joinpath(f"data/context/2026/{name}").read_text(encoding="utf-8")
    yield from csv.DictReader(source.splitlines())
