"""Opening the database so that what was acknowledged survives a power cut, or not at all."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlmodel import SQLModel

from models.errors import StoreUnavailable
from models.store.table import CaseRow

SCHEMA_VERSION = 2  # of models.store.table; kept in PRAGMA user_version
# What turns an older SQLite file into the next version, in the one transaction that opens it.
_MIGRATIONS = {
    1: (
        'ALTER TABLE "case" ADD COLUMN idempotency_key VARCHAR',
        'ALTER TABLE "case" ADD COLUMN request_digest VARCHAR',
        'CREATE UNIQUE INDEX case_idempotency_key ON "case" (idempotency_key)',
    ),
}
_FULL = 2  # PRAGMA synchronous: 0 off, 1 normal, 2 full


def open_engine(url: str) -> Engine:
    """An engine on the database at ``url`` (SQLAlchemy form) with the tables in place.

    SQLite files are made readable by their owner only and run in WAL mode with ``synchronous=FULL``: with the often
    advised ``NORMAL``, a power cut loses commits that were already acknowledged.

    Raises:
        StoreUnavailable: the database cannot be opened, refuses that mode, or was written by a newer oncode.
    """
    try:
        address = make_url(url)
        is_sqlite = address.get_backend_name() == "sqlite"
        if is_sqlite and address.database and address.database != ":memory:":
            _claim_file(Path(address.database))
        engine = create_engine(address, hide_parameters=True)  # parameters hold note text
        if is_sqlite:
            event.listen(engine, "connect", _harden)
        with engine.begin() as connection:
            if is_sqlite:
                found = connection.execute(text("PRAGMA user_version")).scalar_one()
                if found > SCHEMA_VERSION:
                    raise StoreUnavailable(f"it was written by a newer oncode (schema {found})")
                for version in range(found or SCHEMA_VERSION, SCHEMA_VERSION):
                    for statement in _MIGRATIONS[version]:
                        connection.execute(text(statement))
            SQLModel.metadata.create_all(connection, tables=[CaseRow.__table__])  # type: ignore[attr-defined]
            if is_sqlite:
                connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))
    except (SQLAlchemyError, ArgumentError, ImportError, OSError, sqlite3.Error) as error:
        raise StoreUnavailable(type(error).__name__) from error
    return engine


def _claim_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _harden(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    mode = cursor.fetchone()[0]
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA synchronous")
    synchronous = cursor.fetchone()[0]
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.close()
    if mode not in ("wal", "memory") or synchronous != _FULL:
        raise StoreUnavailable(f"SQLite runs with journal_mode={mode}, synchronous={synchronous}, not WAL and FULL")
