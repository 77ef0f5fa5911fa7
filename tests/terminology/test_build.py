"""The build: fast, atomic, complete, and refusing what does not fit."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

import terminology.build
import terminology.words
from models.errors import BadTable, TerminologyUnavailable
from terminology.build import build, database_path
from terminology.store import Terminology
from tests.terminology.conftest import MakeEdition

ON = date(2026, 2, 11)
PLACES = "code,name,facility_rate\n11,Office,0\n22,Hospital,1\n"


@pytest.fixture
def places(make_edition: MakeEdition) -> Path:
    return make_edition("place_of_service", "one", "2020-01-01", None, codes=PLACES)


def test_a_changed_table_gets_another_file(places: Path, make_edition: MakeEdition, tmp_path: Path) -> None:
    first = build(tmp_path / "home", places)
    assert first == database_path(tmp_path / "home", places)
    make_edition("opps", "one", "2020-01-01", None)
    assert database_path(tmp_path / "home", places) != first


def test_building_twice_gives_the_same_bytes(places: Path, tmp_path: Path) -> None:
    assert build(tmp_path / "a", places).read_bytes() == build(tmp_path / "b", places).read_bytes()


def test_no_scratch_file_is_left(places: Path, tmp_path: Path) -> None:
    built = build(tmp_path / "home", places)
    assert list((tmp_path / "home").iterdir()) == [built]


def test_two_processes_may_build_at_once(places: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=build, args=(home, places)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    with sqlite3.connect(database_path(home, places)) as connection:
        assert connection.execute("SELECT count(*) FROM place_of_service").fetchone() == (2,)
    connection.close()


def test_a_changed_byte_is_noticed(places: Path, tmp_path: Path) -> None:
    (places / "place_of_service/one/codes.csv").write_text(PLACES.replace("Office", "office"))
    with pytest.raises(BadTable, match="not what its manifest says"):
        build(tmp_path / "home", places)
    assert list((tmp_path / "home").iterdir()) == []


def test_a_missing_column_is_noticed(make_edition: MakeEdition, tmp_path: Path) -> None:
    data = make_edition("place_of_service", "one", "2020-01-01", None, codes="code,title\n11,Office\n")
    with pytest.raises(BadTable, match="a row does not fit"):
        build(tmp_path / "home", data)


def test_a_code_given_twice_is_noticed(make_edition: MakeEdition, tmp_path: Path) -> None:
    data = make_edition("place_of_service", "one", "2020-01-01", None, codes=PLACES + "11,Office,0\n")
    with pytest.raises(BadTable, match="a row does not fit"):
        build(tmp_path / "home", data)


def test_a_missing_file_is_noticed(make_edition: MakeEdition, tmp_path: Path) -> None:
    data = make_edition("place_of_service", "one", "2020-01-01", None)
    with pytest.raises(BadTable, match=r"codes\.csv is missing"):
        build(tmp_path / "home", data)


def test_a_home_that_cannot_be_written_says_what_to_do(places: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TerminologyUnavailable, match="ONCODE_HOME"):
        build(tmp_path / "file", places)


def test_a_broken_file_says_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "terminology.sqlite"
    broken.write_bytes(b"no database at all" * 100)
    with pytest.raises(TerminologyUnavailable, match="delete the file"):
        Terminology(broken)


def test_one_store_a_process() -> None:
    assert Terminology.open() is Terminology.open()


def test_the_store_is_read_only(shipped: Terminology) -> None:
    with pytest.raises(TerminologyUnavailable, match="readonly"):
        shipped._database.rows("DELETE FROM hcpcs")


def test_threads_share_the_store(shipped: Terminology) -> None:
    codes = [child.code for child in shipped.icd10cm.children("C50", ON)] * 40
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda code: shipped.icd10cm.get(code, ON).code, codes))
    assert found == codes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_worker_opens_its_own_connection(shipped: Terminology) -> None:
    shipped.hcpcs.get("J9271", ON)
    context = multiprocessing.get_context("fork")
    worker = context.Process(target=shipped.hcpcs.get, args=("J9271", ON))
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0


def test_search_without_full_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (terminology.build, terminology.words):
        monkeypatch.setattr(module, "has_full_text_search", lambda: False)
    plain = Terminology(build(tmp_path))
    assert plain.icd10cm.search("mesothelioma", ON)[0].code == "C45"
    assert "C79.51" in {code.code for code in plain.icd10cm.search("secondary bone", ON)}
