"""The shipped store, and small invented tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from terminology.catalogue import seal
from terminology.store import Terminology

MakeEdition = Callable[..., Path]


@pytest.fixture(scope="session")
def shipped() -> Terminology:
    return Terminology.open()


@pytest.fixture
def make_edition(tmp_path: Path) -> MakeEdition:
    """Writes ``data/<table>/<edition>/`` with the files given and seals it; returns the data folder."""

    def make(table: str, edition: str, valid_from: str, valid_to: str | None, **files: str) -> Path:
        folder = tmp_path / "data" / table / edition
        folder.mkdir(parents=True)
        header = {
            "table": table,
            "edition": edition,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "publisher": "us",
            "licence": "none",
            "next_file": "the next one",
        }
        (folder / "edition.yaml").write_text(yaml.safe_dump(header))
        (folder / "SOURCE.md").write_text("invented")
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text)
        seal(folder)
        return tmp_path / "data"

    return make
