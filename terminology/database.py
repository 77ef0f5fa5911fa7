"""The read-only SQLite file that the build makes: one connection a thread and process, plain rows out."""

from __future__ import annotations

import os
import sqlite3
import threading
from functools import cache
from pathlib import Path
from typing import Any

from models.errors import TerminologyUnavailable

Row = tuple[Any, ...]


class Database:
    """Runs queries on an immutable file; safe to share between threads and across a fork."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._local = threading.local()

    def rows(self, sql: str, *values: object) -> list[Row]:
        try:
            return self._connection().execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise TerminologyUnavailable(str(self.path), f"it cannot be read ({error})") from error

    def row(self, sql: str, *values: object) -> Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None

    def _connection(self) -> sqlite3.Connection:
        # A connection must not cross a fork: the worker processes of a batch open their own.
        if getattr(self._local, "process", None) != os.getpid():
            self._local.connection = sqlite3.connect(f"{self.path.as_uri()}?mode=ro&immutable=1", uri=True)
            self._local.process = os.getpid()
        connection: sqlite3.Connection = self._local.connection
        return connection


@cache
def has_full_text_search() -> bool:
    """Whether this Python's SQLite was compiled with FTS5."""
    with sqlite3.connect(":memory:") as connection:
        options = {option for (option,) in connection.execute("PRAGMA compile_options")}
    connection.close()
    return "ENABLE_FTS5" in options
