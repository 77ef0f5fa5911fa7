"""OPPS status indicators: how a hospital outpatient code is paid."""

from __future__ import annotations

from datetime import date

from terminology.database import Database
from terminology.edition import TableEdition
from terminology.table import Table


class Opps(Table):
    """Dated look-ups in Addendum B."""

    def __init__(self, database: Database, editions: dict[int, TableEdition]) -> None:
        super().__init__("opps", database, editions)

    def status(self, code: str, on: date | None) -> str | None:
        """``N`` packaged, ``K`` and ``G`` separately paid drug, ``E1`` not covered, ...; ``None``: not listed."""
        row = self._database.row("SELECT status FROM opps WHERE edition = ? AND code = ?", self.number(on), code)
        return str(row[0]) if row else None
