"""Reading every shipped table again and holding it against the checksums of its manifest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.errors import BadTable
from terminology.edition import DATA, TableEdition, read_editions, read_rows


def verify_data(data: Path = DATA) -> Iterator[TableEdition]:
    """Each edition once all its files are as its manifest says.

    Raises:
        BadTable: a file is missing, its bytes differ, or it has another number of rows.
    """
    for edition in read_editions(data):
        for file in edition.files:
            path = data / edition.table / edition.edition / file.name
            if not path.is_file():
                raise BadTable(edition.table, f"{edition.edition}/{file.name}", "it is missing")
            found = sum(1 for _ in read_rows(path, file.sha256))
            if found != file.rows:
                raise BadTable(edition.table, f"{edition.edition}/{file.name}", f"{found} rows, not {file.rows}")
        yield edition
