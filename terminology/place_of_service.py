"""Place of service codes."""

from __future__ import annotations

from datetime import date

from models.code import PlaceOfService
from models.errors import UnknownCode
from terminology.database import Database
from terminology.edition import TableEdition
from terminology.table import Table


class PlacesOfService(Table):
    """Dated look-ups of the two-digit codes."""

    def __init__(self, database: Database, editions: dict[int, TableEdition]) -> None:
        super().__init__("place_of_service", database, editions)

    def find(self, code: str, on: date | None) -> PlaceOfService | None:
        row = self._database.row(
            "SELECT code, name, facility_rate FROM place_of_service WHERE edition = ? AND code = ?",
            self.number(on),
            code.strip(),
        )
        if row is None:
            return None
        return PlaceOfService(code=row[0], name=row[1], facility_rate=None if row[2] is None else bool(row[2]))

    def get(self, code: str, on: date | None) -> PlaceOfService:
        """Raises ``UnknownCode``."""
        found = self.find(code, on)
        if found is None:
            raise UnknownCode("place of service", code, on)
        return found
