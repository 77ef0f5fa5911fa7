"""Builds the data folder into one read-only SQLite file: ``python -m terminology.build``.

The file's name carries a hash of the manifests (each names the checksum of its files) and of the code that builds, so a
changed table or schema gets a new file. It is written beside its place and renamed: two processes may build at once.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from models.errors import BadTable, TerminologyUnavailable
from terminology.database import has_full_text_search
from terminology.edition import DATA, Shelf, TableEdition, manifests, read_editions, read_rows
from terminology.unit import BillingUnit, read_billing_unit

_SOURCES = ("build.py", "edition.py", "unit.py")

_SCHEMA = """
CREATE TABLE edition (id INTEGER PRIMARY KEY, record TEXT);
CREATE TABLE icd10cm (edition INT, code TEXT, description TEXT, billable INT, parent TEXT,
  PRIMARY KEY (edition, code)) WITHOUT ROWID;
CREATE INDEX icd10cm_parent ON icd10cm (edition, parent);
CREATE TABLE icd10cm_note (edition INT, node TEXT, kind TEXT, text TEXT, refs TEXT);
CREATE INDEX icd10cm_note_node ON icd10cm_note (edition, node);
CREATE TABLE neoplasm (edition INT, path TEXT, "primary" TEXT, secondary TEXT, in_situ TEXT, benign TEXT,
  uncertain TEXT, unspecified TEXT, see TEXT);
CREATE TABLE hcpcs (edition INT, code TEXT, description TEXT, short_description TEXT, unit_amount TEXT, unit TEXT,
  up_to INT, valid_from TEXT, valid_to TEXT, inferred TEXT, successor TEXT,
  PRIMARY KEY (edition, code, valid_from)) WITHOUT ROWID;
CREATE TABLE cpt (edition INT, code TEXT, label TEXT, family TEXT, valid_from TEXT, valid_to TEXT, inferred TEXT,
  PRIMARY KEY (edition, code, valid_from)) WITHOUT ROWID;
CREATE TABLE modifier (edition INT, code TEXT, label TEXT, system TEXT, valid_from TEXT, valid_to TEXT,
  PRIMARY KEY (edition, code)) WITHOUT ROWID;
CREATE TABLE ndc (edition INT, ndc11 TEXT, hcpcs TEXT, labeler TEXT, drug_name TEXT, dosage TEXT, package_size TEXT,
  package_quantity TEXT, units_per_package TEXT);
CREATE INDEX ndc_ndc11 ON ndc (ndc11, edition);
CREATE INDEX ndc_hcpcs ON ndc (hcpcs, edition);
CREATE TABLE ptp (edition INT, setting TEXT, column1 TEXT, column2 TEXT, indicator INT,
  PRIMARY KEY (edition, setting, column1, column2)) WITHOUT ROWID;
CREATE TABLE mue (edition INT, setting TEXT, code TEXT, units INT, adjudication INT,
  PRIMARY KEY (edition, setting, code)) WITHOUT ROWID;
CREATE TABLE addon (edition INT, add_on TEXT, "primary" TEXT, kind INT,
  PRIMARY KEY (edition, add_on, "primary")) WITHOUT ROWID;
CREATE TABLE opps (edition INT, code TEXT, status TEXT, PRIMARY KEY (edition, code)) WITHOUT ROWID;
CREATE TABLE place_of_service (edition INT, code TEXT, name TEXT, facility_rate INT,
  PRIMARY KEY (edition, code)) WITHOUT ROWID;
"""
_WORDS = {
    True: "CREATE VIRTUAL TABLE words USING fts5 (system UNINDEXED, edition UNINDEXED, code UNINDEXED,"
    " description, terms, length UNINDEXED, tokenize='porter unicode61 remove_diacritics 2')",
    False: "CREATE TABLE words (system TEXT, edition INT, code TEXT, description TEXT, terms TEXT, length INT)",
}

Rows = Iterable[tuple[object, ...]]
Read = Callable[[str], Iterator[dict[str, str]]]


def database_path(home: Path, data: Path = DATA) -> Path:
    """Where the built file for these data and this code stands, whether or not it is there yet."""
    digest = hashlib.sha256()
    for path in (*manifests(data), *(Path(__file__).parent / name for name in _SOURCES)):
        digest.update(path.read_bytes())
    search = "fts5" if has_full_text_search() else "plain"
    return home / f"terminology-{digest.hexdigest()[:16]}-{search}.sqlite"


def default_home() -> Path:
    """``$ONCODE_HOME``, else the user's data folder."""
    if home := os.environ.get("ONCODE_HOME"):
        return Path(home).expanduser().resolve()
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser().resolve() / "oncode"


def build(home: Path, data: Path = DATA) -> Path:
    """Write the database file and return its path; a finished file of the same name is replaced by its equal.

    Raises ``BadTable`` for data that do not fit or overlap, ``TerminologyUnavailable`` when ``home`` cannot be written.
    """
    editions = read_editions(data)
    for table in sorted({edition.table for edition in editions}):
        Shelf(table, (edition for edition in editions if edition.table == table))
    target = database_path(home, data)
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".building-", suffix=".sqlite", dir=home)
    except OSError as error:
        raise TerminologyUnavailable(str(home), f"it cannot be written ({error.strerror})") from error
    os.close(handle)
    scratch = Path(name)
    try:
        _write(scratch, editions, data)
        scratch.chmod(0o644)
        scratch.replace(target)
    except sqlite3.Error as error:
        raise TerminologyUnavailable(str(home), f"it cannot be written ({error})") from error
    finally:
        scratch.unlink(missing_ok=True)
    return target


def _write(path: Path, editions: Iterable[TableEdition], data: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # The file is scratch until it is renamed: no journal is needed, only that all of it is on disk at the end.
        connection.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_SCHEMA}")
        connection.execute(_WORDS[has_full_text_search()])
        connection.execute("BEGIN")
        for number, edition in enumerate(editions, start=1):
            connection.execute("INSERT INTO edition VALUES (?, ?)", (number, edition.model_dump_json()))
            _fill(connection, number, edition, data / edition.table / edition.edition)
        connection.execute("COMMIT")
    finally:
        connection.close()
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _fill(connection: sqlite3.Connection, number: int, edition: TableEdition, folder: Path) -> None:
    checksums = {file.name: file.sha256 for file in edition.files}

    def read(name: str) -> Iterator[dict[str, str]]:
        if name not in checksums:
            raise BadTable(edition.table, edition.edition, f"{name} is missing")
        return read_rows(folder / name, checksums[name])

    for table, rows in _TABLES.get(edition.table, _nothing)(read):
        _insert(connection, edition, number, table, rows)


def _insert(connection: sqlite3.Connection, edition: TableEdition, number: int, table: str, rows: Rows) -> None:
    # The edition's number stands first everywhere but in the word index, where the code system does.
    full = (_word_row(number, row) if table == "words" else (number, *row) for row in rows)
    width = len(connection.execute(f"SELECT * FROM {table} LIMIT 0").description)
    try:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", full)
    except (KeyError, ValueError, sqlite3.IntegrityError) as error:
        raise BadTable(edition.table, edition.edition, f"a row does not fit ({error})") from error


def _word_row(number: int, row: tuple[object, ...]) -> tuple[object, ...]:
    system, code, description, terms = row
    return (system, number, code, description, terms, len(str(description).split()))


def _nothing(_read: Read) -> Iterator[tuple[str, Rows]]:
    """Tables that other modules read straight from their files."""
    return iter(())


def _icd10cm(read: Read) -> Iterator[tuple[str, Rows]]:
    codes = list(read("codes.csv.gz"))
    notes = list(read("notes.csv.gz"))
    terms: dict[str, list[str]] = {}
    for note in notes:
        if note["kind"] == "inclusion":
            terms.setdefault(note["node"], []).append(note["text"])
    yield "icd10cm", ((row["code"], row["description"], int(row["billable"]), row["parent"] or None) for row in codes)
    yield "icd10cm_note", ((row["node"], row["kind"], row["text"], row["refs"]) for row in notes)
    yield "neoplasm", (tuple(row.values()) for row in read("neoplasm.csv.gz"))
    yield (
        "words",
        (("ICD-10-CM", row["code"], row["description"], "; ".join(terms.get(row["code"], ()))) for row in codes),
    )


def _hcpcs(read: Read) -> Iterator[tuple[str, Rows]]:
    reviewed = {row["code"]: (row["amount"], row["unit"], int(row["up_to"])) for row in read("units_reviewed.csv")}
    codes = list(read("codes.csv.gz"))

    def unit(row: dict[str, str]) -> tuple[str | None, str | None, int]:
        if row["code"] in reviewed:
            return reviewed[row["code"]]
        found: BillingUnit | None = read_billing_unit(row["description"] or row["short_description"])
        return (str(found.amount), found.unit, int(found.up_to)) if found else (None, None, 0)

    def values(row: dict[str, str]) -> tuple[object, ...]:
        text, short = row["description"] or row["short_description"], row["short_description"]
        dates = (row["valid_from"], row["valid_to"] or None, row["inferred"])
        return (row["code"], text, short, *unit(row), *dates, row["successor"] or None)

    yield "hcpcs", (values(row) for row in codes)
    yield (
        "modifier",
        (
            (row["code"], row["description"], "HCPCS", row["valid_from"] or None, row["valid_to"] or None)
            for row in read("modifiers.csv")
        ),
    )
    yield "words", (("HCPCS", row["code"], row["description"], row["short_description"]) for row in codes)


def _cpt(read: Read) -> Iterator[tuple[str, Rows]]:
    labels = {row["code"]: row["label"] for row in read("labels.csv")}

    def values(row: dict[str, str]) -> tuple[object, ...]:
        label = labels.get(row["code"], "")
        return (row["code"], label, row["family"], row["valid_from"], row["valid_to"] or None, row["inferred"])

    yield "cpt", (values(row) for row in read("numbers.csv.gz"))
    yield "modifier", ((row["code"], row["label"], "CPT", None, None) for row in read("modifiers.csv"))
    yield "words", (("CPT", code, label, "") for code, label in labels.items())


def _ndc(read: Read) -> Iterator[tuple[str, Rows]]:
    yield "ndc", (tuple(row.values()) for row in read("crosswalk.csv.gz"))


def _ncci(read: Read) -> Iterator[tuple[str, Rows]]:
    for setting in ("physician", "facility"):
        pairs = read(f"ptp_{setting}.csv.gz")
        yield "ptp", ((setting, row["column1"], row["column2"], int(row["indicator"])) for row in pairs)
        limits = read(f"mue_{setting}.csv.gz")
        yield "mue", ((setting, row["code"], int(row["units"]), int(row["adjudication"])) for row in limits)
    yield "addon", ((row["add_on"], row["primary"], int(row["kind"])) for row in read("addon.csv.gz"))


def _opps(read: Read) -> Iterator[tuple[str, Rows]]:
    yield "opps", ((row["code"], row["status"]) for row in read("status.csv.gz"))


def _place_of_service(read: Read) -> Iterator[tuple[str, Rows]]:
    yield (
        "place_of_service",
        (
            (row["code"], row["name"], int(row["facility_rate"]) if row["facility_rate"] else None)
            for row in read("codes.csv")
        ),
    )


_TABLES: dict[str, Callable[[Read], Iterator[tuple[str, Rows]]]] = {
    "icd10cm": _icd10cm,
    "hcpcs": _hcpcs,
    "cpt": _cpt,
    "ndc": _ndc,
    "ncci": _ncci,
    "opps": _opps,
    "place_of_service": _place_of_service,
}


def main() -> None:
    print(build(default_home()))


if __name__ == "__main__":
    main()
