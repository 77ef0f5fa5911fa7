"""The front door of the terminology: one read-only store, built on first use, asked by date of service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from models.case import Edition
from models.code import Match
from models.errors import BeforeFirstEdition
from terminology.build import build, database_path, default_home
from terminology.cpt import Cpt, read_descriptors
from terminology.database import Database
from terminology.edition import DATA, TableEdition, read_lexicons
from terminology.hcpcs import Hcpcs
from terminology.icd10cm import Icd10cm
from terminology.lookup import lookup
from terminology.modifier import Modifiers
from terminology.ncci import Mue, Ncci
from terminology.ndc import Ndcs
from terminology.opps import Opps
from terminology.place_of_service import PlacesOfService
from terminology.table import Table

if TYPE_CHECKING:
    from terminology.drug import DrugDictionary
    from terminology.parameter import Parameters
    from terminology.profile import Profiles


class Outdated(NamedTuple):
    """A table whose newest usable edition had run out on the day asked for, and what to load instead."""

    table: str
    edition: str
    valid_to: date  # exclusive
    next_file: str


class Terminology:
    """Every table, each with dated look-ups; ``on=None`` asks the newest edition. Safe to share between threads."""

    def __init__(self, path: Path, cpt_file: Path | None = None, data: Path = DATA) -> None:
        """``path``: a file made by ``terminology.build``; use ``open`` to have it made."""
        self._database = Database(path)
        editions = {
            int(number): TableEdition.model_validate_json(record)
            for number, record in self._database.rows("SELECT id, record FROM edition ORDER BY id")
        }
        self._editions = tuple(editions.values())
        self._data = data
        self.icd10cm = Icd10cm(self._database, editions)
        self.hcpcs = Hcpcs(self._database, editions)
        self.cpt = Cpt(self._database, editions, read_descriptors(cpt_file) if cpt_file else None)
        self.modifiers = Modifiers(self._database, self.hcpcs, self.cpt)
        self.ndc = Ndcs(self._database, editions)
        self.ncci = Ncci(self._database, editions)
        self.mue = Mue(self._database, editions)
        self.opps = Opps(self._database, editions)
        self.places_of_service = PlacesOfService(self._database, editions)

    @staticmethod
    def open(cpt_file: Path | None = None, home: Path | None = None, data: Path = DATA) -> Terminology:
        """The store for these data, built into ``home`` (``$ONCODE_HOME``, else the user's data folder) when absent.

        One store a process and combination. Raises ``BadTable``, ``TerminologyUnavailable``.
        """
        return _open(cpt_file, home or default_home(), data)

    @cached_property
    def drugs(self) -> DrugDictionary:
        from terminology.drug import DrugDictionary

        return DrugDictionary.load()

    @cached_property
    def parameters(self) -> Parameters:
        from terminology.parameter import Parameters

        return Parameters.load()

    @cached_property
    def profiles(self) -> Profiles:
        from terminology.profile import Profiles

        return Profiles.load()

    def lookup(self, query: str, on: date | None, limit: int = 10) -> tuple[Match, ...]:
        """A code in any system, an NDC, a drug or words: see ``terminology.lookup``."""
        return lookup(self, query, on, limit)

    def editions(self, on: date | None = None) -> tuple[Edition, ...]:
        """All editions on hand, our own lexicons and parameters among them, in order of table.

        With a date, of every table the one edition that answers for it; tables that begin later are left out.
        """
        if on is None:
            used = [edition.reference for edition in self._editions]
            return _in_order((*used, *self._lexicons))
        used = []
        for table in self._tables():
            try:
                used.append(table.edition_for(on)[0].reference)
            except BeforeFirstEdition:
                continue
        return _in_order((*used, *self._lexicons))

    def outdated(self, on: date) -> tuple[Outdated, ...]:
        """Tables whose edition for that day had run out, in order of table."""
        found = []
        for table in self._tables():
            try:
                edition, ended = table.edition_for(on)
            except BeforeFirstEdition:
                continue
            if ended and edition.valid_to is not None:
                found.append(Outdated(edition.table, edition.edition, edition.valid_to, edition.next_file))
        return tuple(found)

    @cached_property
    def _lexicons(self) -> tuple[Edition, ...]:
        return read_lexicons(self._data)

    def _tables(self) -> tuple[Table, ...]:
        tables = (self.cpt, self.hcpcs, self.icd10cm, self.ncci, self.ndc, self.opps, self.places_of_service)
        return tuple(sorted(tables, key=lambda table: table.shelf.table))


@lru_cache(maxsize=8)
def _open(cpt_file: Path | None, home: Path, data: Path) -> Terminology:
    path = database_path(home, data)
    if not path.is_file():
        path = build(home, data)
    return Terminology(path, cpt_file, data)


def _in_order(editions: Iterable[Edition]) -> tuple[Edition, ...]:
    return tuple(sorted(editions, key=lambda edition: (edition.table, edition.edition)))
