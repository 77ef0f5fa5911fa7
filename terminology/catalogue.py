"""The tables on hand: what they are, from where, valid when, and whether their files are still the ones committed.

``python -m terminology.catalogue seal FOLDER...`` writes row counts and checksums into the folders' ``edition.yaml``.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import sys
from datetime import date
from pathlib import Path

import yaml

from models.record import Record
from terminology.edition import DATA, MANIFEST, TableEdition, manifests, read_editions, read_manifest


class Entry(Record):
    """One line of ``oncode terminology list``; ``valid_to`` is exclusive."""

    table: str
    edition: str
    valid_from: date
    valid_to: date | None
    rows: int
    publisher: str
    licence: str
    checksum: str


class Fault(Record):
    """A data file that is not what its manifest says."""

    table: str
    edition: str
    file: str
    reason: str


def list_tables(data: Path = DATA) -> tuple[Entry, ...]:
    """Every edition in order of table and time."""
    return tuple(_entry(edition) for edition in read_editions(data))


def verify(data: Path = DATA) -> tuple[Fault, ...]:
    """Hash every data file again; empty when all are as committed."""
    return tuple(fault for path in manifests(data) for fault in _faults(path.parent))


def seal(folder: Path) -> None:
    """Write the rows and checksums of the folder's data files into its manifest, after an edition was corrected."""
    path = folder / MANIFEST
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw["files"] = {file.name: {"rows": _rows(file), "sha256": _hash(file)} for file in _data_files(folder)}
    path.write_text(yaml.safe_dump(raw, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")


def _entry(edition: TableEdition) -> Entry:
    known = edition.model_dump(include=set(Entry.model_fields))
    return Entry(**known, rows=edition.rows, checksum=edition.checksum)


def _faults(folder: Path) -> list[Fault]:
    edition = read_manifest(folder / MANIFEST)
    sealed = {file.name: file for file in edition.files}
    on_disk = {file.name: file for file in _data_files(folder)}
    reasons = dict.fromkeys(sealed.keys() - on_disk.keys(), "missing")
    reasons |= dict.fromkeys(on_disk.keys() - sealed.keys(), "not in the manifest")
    reasons |= {
        name: "content differs from the manifest"
        for name in sealed.keys() & on_disk.keys()
        if _hash(on_disk[name]) != sealed[name].sha256
    }
    if not (folder / "SOURCE.md").is_file():
        reasons["SOURCE.md"] = "missing"
    return [
        Fault(table=edition.table, edition=edition.edition, file=name, reason=reason)
        for name, reason in sorted(reasons.items())
    ]


def _data_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name not in (MANIFEST, "SOURCE.md"))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _rows(path: Path) -> int:
    """Rows below the heading of a CSV file, else lines."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    if ".csv" in path.suffixes:
        return sum(1 for _ in csv.reader(io.StringIO(text, newline=""))) - 1
    return len(text.splitlines())


if __name__ == "__main__":
    if sys.argv[1:2] != ["seal"]:
        sys.exit(__doc__)
    for argument in sys.argv[2:]:
        seal(Path(argument))
