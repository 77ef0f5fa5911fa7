"""NCCI edits: pairs that are not paid together, units of service limits, add-on codes."""

from __future__ import annotations

from datetime import date

from models.note import Setting
from terminology.database import Database
from terminology.edition import TableEdition
from terminology.table import Table


class Ncci(Table):
    """Procedure-to-procedure pairs and add-on codes."""

    def __init__(self, database: Database, editions: dict[int, TableEdition]) -> None:
        super().__init__("ncci", database, editions)

    def indicator(self, column1: str, column2: str, setting: Setting, on: date | None) -> int | None:
        """0: never together; 1: together with a modifier where both are supported; ``None``: no such pair.

        ``column1`` is the code that is paid, ``column2`` the one that is not.
        """
        row = self._database.row(
            "SELECT indicator FROM ptp WHERE edition = ? AND setting = ? AND column1 = ? AND column2 = ?",
            self.number(on),
            setting,
            column1,
            column2,
        )
        return int(row[0]) if row else None

    def primaries(self, add_on: str, on: date | None) -> tuple[str, ...]:
        """Codes that an add-on code may stand with ("CCCCC": the contractor decides); empty for no add-on."""
        rows = self._database.rows(
            'SELECT DISTINCT "primary" FROM addon WHERE edition = ? AND add_on = ? ORDER BY 1', self.number(on), add_on
        )
        return tuple(primary for (primary,) in rows)


class Mue(Table):
    """Medically unlikely edits; they come with the NCCI edition."""

    def __init__(self, database: Database, editions: dict[int, TableEdition]) -> None:
        super().__init__("ncci", database, editions)

    def get(self, code: str, setting: Setting, on: date | None) -> int | None:
        """Most units of service a day, ``None`` where no limit is published."""
        limit = self.limit(code, setting, on)
        return limit[0] if limit else None

    def limit(self, code: str, setting: Setting, on: date | None) -> tuple[int, int] | None:
        """Units and adjudication: 1 a line, 2 a day by policy, 3 a day by clinical likelihood."""
        row = self._database.row(
            "SELECT units, adjudication FROM mue WHERE edition = ? AND setting = ? AND code = ?",
            self.number(on),
            setting,
            code,
        )
        return (int(row[0]), int(row[1])) if row else None
