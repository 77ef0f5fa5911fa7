"""Reads the drug dictionary's CSV files."""

from __future__ import annotations

import csv
from pathlib import Path

from models.errors import BadTable

EDITION = "2026"
FOLDER = Path(__file__).parent / "data" / "drug" / EDITION


def read_rows(table: str) -> list[dict[str, str]]:
    """Rows of ``<table>.csv`` as dicts.

    Raises:
        BadTable: the file is missing, or a row has more or fewer cells than the header.
    """
    path = FOLDER / f"{table}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = next(reader)
            rows = []
            for cells in reader:
                if len(cells) != len(header):
                    raise BadTable(table, f"line {reader.line_num}", f"{len(cells)} cells, {len(header)} expected")
                rows.append(dict(zip(header, cells, strict=True)))
            return rows
    except FileNotFoundError as error:
        raise BadTable(table, path.name, "the file is missing") from error
