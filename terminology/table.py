"""What every table of the store has in common: its editions, and which of them answers for a day."""

from __future__ import annotations

from datetime import date, timedelta

from terminology.database import Database
from terminology.edition import Shelf, TableEdition


class Table:
    """One table over its dated editions."""

    def __init__(self, table: str, database: Database, editions: dict[int, TableEdition]) -> None:
        """``editions``: those of all tables by their number in the database."""
        self._database = database
        self._numbers = {edition: number for number, edition in editions.items() if edition.table == table}
        self.shelf = Shelf(table, self._numbers)

    def edition_for(self, on: date | None) -> tuple[TableEdition, bool]:
        """The edition used for a day and whether it had run out by then. Raises ``BeforeFirstEdition``."""
        return self.shelf.edition_for(on)

    def number(self, on: date | None) -> int:
        return self._numbers[self.edition_for(on)[0]]

    def day(self, on: date | None) -> str:
        """The day that single codes' dates are compared with: without a date, the last day of the newest edition."""
        if on is None:
            newest = self.shelf.newest
            on = newest.valid_to - timedelta(days=1) if newest.valid_to else newest.valid_from
        return on.isoformat()
