"""Modifiers of both levels: Level II with the public text, CPT modifiers with our own labels."""

from __future__ import annotations

from datetime import date

from models.code import Modifier
from models.errors import UnknownCode
from terminology.cpt import Cpt
from terminology.database import Database
from terminology.hcpcs import Hcpcs


class Modifiers:
    """Dated look-ups of modifiers; most have no dates on hand and count as valid."""

    def __init__(self, database: Database, hcpcs: Hcpcs, cpt: Cpt) -> None:
        self._database = database
        self._tables = (hcpcs, cpt)

    def find(self, code: str, on: date | None) -> Modifier | None:
        for table in self._tables:
            row = self._database.row(
                "SELECT code, label, system, valid_from, valid_to FROM modifier WHERE edition = ? AND code = ?"
                " AND (valid_from IS NULL OR valid_from <= ?) AND (valid_to IS NULL OR valid_to > ?)",
                table.number(on),
                code.strip().upper(),
                table.day(on),
                table.day(on),
            )
            if row:
                return Modifier(
                    code=row[0],
                    label=row[1],
                    system=row[2],
                    valid_from=date.fromisoformat(row[3]) if row[3] else None,
                    valid_to=date.fromisoformat(row[4]) if row[4] else None,
                )
        return None

    def get(self, code: str, on: date | None) -> Modifier:
        """Raises ``UnknownCode``."""
        found = self.find(code, on)
        if found is None:
            raise UnknownCode("modifier", code, on)
        return found
