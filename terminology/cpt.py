"""CPT numbers with our own labels, or with the descriptors of the owner's licensed file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from models.code import CptCode
from models.errors import BadTable, UnknownCode
from terminology.database import Database, Row
from terminology.edition import TableEdition
from terminology.table import Table
from terminology.words import search_words

_COLUMNS = "code, label, family, valid_from, valid_to, inferred"
_NUMBER = re.compile(r"[0-9]{4}[0-9A-Z]")


class Cpt(Table):
    """Dated look-ups of CPT numbers. ``descriptors``: the owner's licensed texts by number."""

    def __init__(
        self, database: Database, editions: dict[int, TableEdition], descriptors: Mapping[str, str] | None = None
    ) -> None:
        super().__init__("cpt", database, editions)
        self._descriptors = descriptors or {}

    def find(self, code: str, on: date | None) -> CptCode | None:
        day = self.day(on)
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM cpt WHERE edition = ? AND code = ? AND valid_from <= ?"
            " AND (valid_to IS NULL OR valid_to > ?)",
            self.number(on),
            code.strip().upper(),
            day,
            day,
        )
        return self._code(row) if row else None

    def get(self, code: str, on: date | None) -> CptCode:
        """Raises ``UnknownCode``, also for a number that had ended or not begun on that day."""
        found = self.find(code, on)
        if found is None:
            raise UnknownCode("CPT", code, on)
        return found

    def history(self, code: str) -> tuple[CptCode, ...]:
        """Every validity of a number in the newest edition, whatever the day."""
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM cpt WHERE edition = ? AND code = ? ORDER BY valid_from",
            self.number(None),
            code.strip().upper(),
        )
        return tuple(self._code(row) for row in rows)

    def search(self, words: str, on: date | None, limit: int = 10) -> tuple[CptCode, ...]:
        """Numbers valid on the day whose own label holds every word, best first."""
        codes = search_words(self._database, "CPT", self.number(on), words, 10 * limit)
        valid = (self.find(code, on) for code in codes)
        return tuple(code for code in valid if code is not None)[:limit]

    def _code(self, row: Row) -> CptCode:
        code, label, family, valid_from, valid_to, inferred = row
        return CptCode(
            code=code,
            label=self._descriptors.get(code, label),
            licensed=code in self._descriptors,
            family=family,
            valid_from=date.fromisoformat(valid_from),
            valid_to=date.fromisoformat(valid_to) if valid_to else None,
            inferred=tuple(inferred.split("+")) if inferred else (),
        )


def read_descriptors(path: Path) -> dict[str, str]:
    """The owner's licensed file: two columns, number and descriptor, comma or tab between them, a heading allowed.

    Raises ``BadTable`` with the line number, never with the licensed text.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadTable("cpt", "the licensed file", "it cannot be read as UTF-8 text") from error
    first = content.partition("\n")[0]
    found: dict[str, str] = {}
    for line, row in enumerate(csv.reader(io.StringIO(content), delimiter="\t" if "\t" in first else ","), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(cells) < 2 or not _NUMBER.fullmatch(cells[0]) or not cells[1]:
            if line == 1:
                continue
            raise BadTable("cpt", f"line {line} of the licensed file", "it is not a CPT number and a descriptor")
        if found.setdefault(cells[0], cells[1]) != cells[1]:
            raise BadTable("cpt", f"line {line} of the licensed file", f"{cells[0]} has two descriptors")
    if not found:
        raise BadTable("cpt", "the licensed file", "it holds no CPT number")
    return found
