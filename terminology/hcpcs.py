"""HCPCS Level II codes and their modifiers, each with its own dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from models.code import HcpcsCode
from models.errors import UnknownCode
from terminology.database import Database, Row
from terminology.edition import TableEdition
from terminology.table import Table
from terminology.words import search_words

_COLUMNS = "code, description, short_description, unit_amount, unit, up_to, valid_from, valid_to, inferred, successor"


class Hcpcs(Table):
    """Dated look-ups in HCPCS Level II. The publisher keeps ended codes in its list: each code's own dates decide."""

    def __init__(self, database: Database, editions: dict[int, TableEdition]) -> None:
        super().__init__("hcpcs", database, editions)

    def find(self, code: str, on: date | None) -> HcpcsCode | None:
        day = self.day(on)
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM hcpcs WHERE edition = ? AND code = ? AND valid_from <= ?"
            " AND (valid_to IS NULL OR valid_to > ?)",
            self.number(on),
            code.strip().upper(),
            day,
            day,
        )
        return _code(row) if row else None

    def get(self, code: str, on: date | None) -> HcpcsCode:
        """Raises ``UnknownCode``, also for a code that had ended or not begun on that day."""
        found = self.find(code, on)
        if found is None:
            raise UnknownCode("HCPCS", code, on)
        return found

    def history(self, code: str) -> tuple[HcpcsCode, ...]:
        """Every validity of a code in the newest edition, whatever the day."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM hcpcs WHERE edition = ? AND code = ? ORDER BY valid_from",
            self.number(None),
            code.strip().upper(),
        )
        return tuple(_code(row) for row in rows)

    def search(self, words: str, on: date | None, limit: int = 10) -> tuple[HcpcsCode, ...]:
        """Codes valid on the day whose text holds every word, best first."""
        # Ended codes are dropped after the ranking, so more are asked for than wanted.
        codes = search_words(self._database, "HCPCS", self.number(on), words, 10 * limit)
        valid = (self.find(code, on) for code in codes)
        return tuple(code for code in valid if code is not None)[:limit]


def _code(row: Row) -> HcpcsCode:
    code, description, short, amount, unit, up_to, valid_from, valid_to, inferred, successor = row
    return HcpcsCode(
        code=code,
        description=description,
        short_description=short,
        unit_amount=Decimal(amount) if amount else None,
        unit=unit,
        up_to=bool(up_to),
        valid_from=date.fromisoformat(valid_from),
        valid_to=date.fromisoformat(valid_to) if valid_to else None,
        inferred=tuple(inferred.split("+")) if inferred else (),
        successor=successor,
    )
