"""The case store keeps what it acknowledged, refuses what it cannot read, and belongs to its owner alone."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, text

from models.errors import CaseNotFound, KeyReused, StoreUnavailable
from models.store import engine as engine_module
from models.store.case import CaseStore, RequestKey
from models.store.engine import open_engine
from tests.api.example import CASE

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store" / "cases.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[CaseStore]:
    store = CaseStore.open(f"sqlite:///{path}")
    yield store
    store.close()


def test_a_case_comes_back_equal(store: CaseStore) -> None:
    summary = store.add(CASE, "a1", NOON)
    assert store.get("a1") == CASE
    assert summary == store.recent(1)[0]
    assert (summary.lines, summary.diagnoses, summary.gaps) == (3, 2, 1)
    assert summary.received_at == NOON


def test_another_process_sees_it(store: CaseStore, path: Path) -> None:
    store.add(CASE, "a1", NOON)
    again = CaseStore.open(f"sqlite:///{path}")
    assert again.get("a1") == CASE
    again.close()


def test_newest_first_in_pages(store: CaseStore) -> None:
    for name in ("a1", "a2", "a3"):
        store.add(CASE, name, NOON)
    first = store.recent(2)
    assert [row.id for row in first] == ["a3", "a2"]
    assert [row.id for row in store.recent(2, before=first[-1].number)] == ["a1"]


def test_find_note_gives_the_newest(store: CaseStore) -> None:
    assert store.find_note("folfox-office") is None
    store.add(CASE, "a1", NOON)
    store.add(CASE, "a2", NOON)
    assert store.find_note("folfox-office") == "a2"


KEY = RequestKey(name="retry-1", digest="d1")


def test_the_same_request_sent_again_gives_the_first_case(store: CaseStore) -> None:
    assert store.find_key(KEY) is None
    first = store.add(CASE, "a1", NOON, KEY)
    assert store.find_key(KEY) == first
    assert store.add(CASE, "a2", NOON, KEY) == first
    assert [row.id for row in store.recent(9)] == ["a1"]


def test_a_key_stands_for_one_request(store: CaseStore) -> None:
    store.add(CASE, "a1", NOON, KEY)
    other = RequestKey(name=KEY.name, digest="d2")
    with pytest.raises(KeyReused):
        store.find_key(other)
    with pytest.raises(KeyReused):
        store.add(CASE, "a2", NOON, other)


def test_many_senders_of_one_request_make_one_case(store: CaseStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda at: store.add(CASE, f"a{at}", NOON, KEY).id, range(24)))
    assert len(set(made)) == 1
    assert len(store.recent(99)) == 1


def test_a_file_of_the_first_schema_is_brought_up(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as old:
        old.execute(
            'CREATE TABLE "case" (number INTEGER PRIMARY KEY, id VARCHAR NOT NULL UNIQUE, note_id VARCHAR NOT NULL,'
            " received_at DATETIME NOT NULL, date_of_service DATE, setting VARCHAR NOT NULL, profile VARCHAR NOT NULL,"
            " lines INTEGER NOT NULL, diagnoses INTEGER NOT NULL, gaps INTEGER NOT NULL, document VARCHAR NOT NULL)"
        )
        old.execute(
            "INSERT INTO \"case\" VALUES (1, 'old', 'n', '2026-03-12 12:00:00.000000', NULL, 'physician', 'medicare',"
            " 3, 2, 1, ?)",
            (CASE.model_dump_json(),),
        )
        old.execute("PRAGMA user_version = 1")
    old.close()
    for _ in range(2):  # opened again, it is left alone
        store = CaseStore.open(f"sqlite:///{path}")
        assert store.get("old") == CASE
        first = store.add(CASE, "new", NOON, KEY)
        assert first.id == "new"
        store.close()


def test_unknown_id(store: CaseStore) -> None:
    with pytest.raises(CaseNotFound, match="nowhere"):
        store.get("nowhere")


def test_one_id_is_used_once(store: CaseStore) -> None:
    store.add(CASE, "a1", NOON)
    with pytest.raises(StoreUnavailable):
        store.add(CASE, "a1", NOON)
    assert len(store.recent(9)) == 1


def test_an_error_never_holds_the_note(store: CaseStore) -> None:
    store.add(CASE, "a1", NOON)
    with pytest.raises(StoreUnavailable) as caught:
        store.add(CASE, "a1", NOON)
    assert "SAMPLE, Rosalind" not in f"{caught.value} {caught.value.__cause__}"


def test_wal_and_full_hold_on_every_connection(path: Path) -> None:
    engine = open_engine(f"sqlite:///{path}")
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
            assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
        engine.dispose()


def test_a_database_that_cannot_promise_it_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_FULL", 3)
    with pytest.raises(StoreUnavailable, match="not WAL and FULL"):
        open_engine(f"sqlite:///{path}")


def test_only_the_owner_reads_it(store: CaseStore, path: Path) -> None:
    store.add(CASE, "a1", NOON)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for beside in path.parent.iterdir():
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600


def test_a_newer_schema_is_refused(store: CaseStore, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreUnavailable, match="newer oncode"):
        CaseStore.open(f"sqlite:///{path}")


def test_a_document_that_no_longer_fits_is_named(store: CaseStore, path: Path) -> None:
    store.add(CASE, "a1", NOON)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE \"case\" SET document = '{}'")
    connection.close()
    with pytest.raises(StoreUnavailable, match="another version"):
        store.get("a1")


@pytest.mark.parametrize("url", ["nonsense", "nosuch://host/name", "sqlite:////proc/none/cases.sqlite"])
def test_an_address_that_cannot_be_opened(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="ONCODE_DATABASE"):
        CaseStore.open(url)


def test_a_full_disk_keeps_nothing_and_says_so(path: Path) -> None:
    engine = open_engine(f"sqlite:///{path}")
    store = CaseStore(engine)
    large = CASE.model_copy(update={"note": CASE.note.model_copy(update={"text": CASE.note.text * 100})})

    @event.listens_for(engine, "begin")
    def _fill(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 8")

    with pytest.raises(StoreUnavailable):
        store.add(large, "a1", NOON)
    assert store.recent(9) == ()
    store.close()
