"""Dated editions of tables: what is on hand, from where, valid when, and which one answers for a date of service."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import yaml

from models.case import Edition
from models.errors import BadTable, BeforeFirstEdition
from models.record import Record

DATA = Path(__file__).parent / "data"
MANIFEST = "edition.yaml"


class DataFile(Record):
    name: str
    rows: int
    sha256: str


class TableEdition(Record):
    """One folder ``data/<table>/<edition>/``; ``valid_to`` is exclusive, ``None`` when open-ended."""

    table: str
    edition: str
    valid_from: date
    valid_to: date | None = None
    publisher: str
    licence: str
    next_file: str  # what to load when this edition has run out
    files: tuple[DataFile, ...] = ()

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def checksum(self) -> str:
        """Over the names and checksums of the files, so that a changed byte changes it."""
        digest = hashlib.sha256()
        for file in self.files:
            digest.update(f"{file.name} {file.sha256}\n".encode())
        return digest.hexdigest()[:16]

    @property
    def reference(self) -> Edition:
        """The edition as a coded case names it."""
        return Edition(table=self.table, edition=self.edition, checksum=self.checksum)

    def has_ended(self, on: date) -> bool:
        return self.valid_to is not None and on >= self.valid_to


class Shelf:
    """The editions of one table in order of time."""

    def __init__(self, table: str, editions: Iterable[TableEdition]) -> None:
        """Raises ``BadTable`` when two editions cover the same day, or when there is none."""
        self.table = table
        self.editions: Sequence[TableEdition] = sorted(editions, key=lambda edition: edition.valid_from)
        if not self.editions:
            raise BadTable(table, "data", "no edition on hand")
        for earlier, later in zip(self.editions, self.editions[1:], strict=False):
            if not earlier.has_ended(later.valid_from):
                raise BadTable(table, later.edition, f"overlaps edition {earlier.edition}")
        for edition in self.editions:
            if edition.has_ended(edition.valid_from):
                raise BadTable(table, edition.edition, "ends before it begins")

    @property
    def newest(self) -> TableEdition:
        return self.editions[-1]

    def edition_for(self, on: date | None) -> tuple[TableEdition, bool]:
        """The edition that answers for a day, and whether its validity had ended by then. ``None`` means the newest.

        Raises ``BeforeFirstEdition``.
        """
        if on is None:
            return self.newest, False
        begun = [edition for edition in self.editions if edition.valid_from <= on]
        if not begun:
            raise BeforeFirstEdition(self.table, on, self.editions[0].valid_from)
        return begun[-1], begun[-1].has_ended(on)


def read_editions(data: Path = DATA) -> tuple[TableEdition, ...]:
    """Every ``<table>/<edition>/edition.yaml`` under ``data``, in order of table and time."""
    editions = [read_manifest(path) for path in manifests(data)]
    return tuple(sorted(editions, key=lambda edition: (edition.table, edition.valid_from)))


def read_lexicons(data: Path = DATA) -> tuple[Edition, ...]:
    """Our own tables, which other modules read straight from their files: folders with a SOURCE.md and no manifest.

    The parameters beside the data folder count as one of them.
    """
    folders = [path.parent for path in sorted(data.glob("*/*/SOURCE.md")) if not (path.parent / MANIFEST).is_file()]
    found = [Edition(table=path.parent.name, edition=path.name, checksum=_hash_folder(path)) for path in folders]
    parameters = data.parent / "parameters"
    if parameters.is_dir():
        found.append(Edition(table="parameters", edition="dated", checksum=_hash_folder(parameters)))
    return tuple(sorted(found, key=lambda edition: (edition.table, edition.edition)))


def manifests(data: Path = DATA) -> list[Path]:
    return sorted(data.glob(f"*/*/{MANIFEST}"))


def read_manifest(path: Path) -> TableEdition:
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    files = raw.pop("files", {})
    try:
        return TableEdition.model_validate(
            {**raw, "files": tuple(DataFile(name=name, **described) for name, described in sorted(files.items()))}
        )
    except ValueError as error:
        raise BadTable(path.parent.parent.name, path.parent.name, f"its {MANIFEST} does not fit") from error


def _hash_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        digest.update(
            f"{path.relative_to(folder).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return digest.hexdigest()[:16]


def read_rows(path: Path, sha256: str | None = None) -> Iterator[dict[str, str]]:
    """Rows of a ``.csv`` or ``.csv.gz`` file; raises ``BadTable`` when its bytes are not the ones in the manifest."""
    content = path.read_bytes()
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise BadTable(path.parent.parent.name, path.name, "its content is not what its manifest says")
    text = gzip.decompress(content) if path.suffix == ".gz" else content
    return csv.DictReader(io.StringIO(text.decode("utf-8"), newline=""))
