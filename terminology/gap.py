"""The catalogue of documentation gaps: what each means, how grave it is, who can answer, and the neutral question.

One YAML file a group below ``terminology/parameters/gap``; an entry's ``query`` lists wordings from the fullest to the
shortest, with blanks in braces that are filled with the chart's own words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, get_args

from models.errors import BadTable
from models.gap import Recipient, Severity
from terminology.parameter import ROOT, read_yaml

_SUBJECTS = frozenset(
    {
        "drug",
        "note",
        "visit",
        "treatment",
        "diagnosis",
        "stage",
        "organ",
        "disease",
        "symptom",
        "marker",
        "study",
        "region",
    }
)


@dataclass(frozen=True, slots=True)
class GapEntry:
    """One entry of the catalogue; several entries with different triggers may share a ``kind``."""

    id: str  # "G01"
    kind: str  # a stable name of the gold schema
    severity: Severity
    recipient: Recipient
    subject: str  # what `about` names: "drug", "note", "visit", "organ", ...
    trigger: str
    queries: tuple[str, ...]
    options: tuple[str, ...]  # clinically supported answers; the query adds "other" and "unable to determine"
    citation: str
    valid_from: date
    valid_to: date | None  # exclusive

    def is_valid(self, on: date | None) -> bool:
        if on is None:
            return self.valid_to is None
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class GapCatalogue:
    """All entries in order of their ids; ``GapCatalogue.load()`` gives the shared one of the repository."""

    def __init__(self, entries: Iterable[GapEntry]) -> None:
        self._entries = {entry.id: entry for entry in sorted(entries, key=lambda entry: entry.id)}

    @classmethod
    def load(cls, root: Path = ROOT / "gap") -> GapCatalogue:
        """Read every file of the catalogue once per process.

        Raises:
            BadTable: an entry lacks a field, names an unknown value, or its id stands twice.
        """
        return _load(root)

    def entries(self) -> tuple[GapEntry, ...]:
        return tuple(self._entries.values())

    def get(self, entry_id: str) -> GapEntry:
        """The entry of that id.

        Raises:
            BadTable: the catalogue has no such entry.
        """
        try:
            return self._entries[entry_id]
        except KeyError:
            raise BadTable("gap catalogue", entry_id, "no such entry") from None

    def of_kind(self, kind: str, on: date | None = None) -> tuple[GapEntry, ...]:
        """Entries of a kind that hold on the day, the general one first; empty for a kind we do not know."""
        return tuple(entry for entry in self._entries.values() if entry.kind == kind and entry.is_valid(on))


@lru_cache(maxsize=4)
def _load(root: Path) -> GapCatalogue:
    entries: dict[str, GapEntry] = {}
    for path in sorted(root.glob("*.yaml")):
        for row in read_yaml(path):
            entry = _read_entry(path.name, row)
            if entry.id in entries:
                raise BadTable("gap catalogue", path.name, f"{entry.id} stands twice")
            entries[entry.id] = entry
    return GapCatalogue(entries.values())


def _read_entry(file: str, row: dict[str, Any]) -> GapEntry:
    place = f"{file}, {row.get('id', 'an entry without id')}"
    try:
        entry = GapEntry(
            id=row["id"],
            kind=row["kind"],
            severity=row["severity"],
            recipient=row["recipient"],
            subject=row["subject"],
            trigger=row["trigger"],
            queries=tuple(row["query"]),
            options=tuple(row.get("options", ())),
            citation=row["citation"],
            valid_from=row["valid_from"],
            valid_to=row.get("valid_to"),
        )
    except KeyError as error:
        raise BadTable("gap catalogue", place, f"lacks {error.args[0]}") from None
    if entry.severity not in get_args(Severity) or entry.recipient not in get_args(Recipient):
        raise BadTable("gap catalogue", place, "unknown severity or recipient")
    if entry.subject not in _SUBJECTS:
        raise BadTable("gap catalogue", place, f"unknown subject {entry.subject}")
    if not entry.queries or not all(blanks_of(query) for query in entry.queries):
        raise BadTable("gap catalogue", place, "every wording of the query needs a blank for the chart's words")
    return entry


def blanks_of(query: str) -> tuple[str, ...]:
    """Names of the blanks of a wording, in order."""
    return tuple(name for _, name, _, _ in Formatter().parse(query) if name)
