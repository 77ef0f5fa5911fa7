"""Looking up over HTTP and on the command line, in the tables that are shipped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from api.cli import app
from api.coder import PipelineCoder
from api.desk import Desk
from api.verify import verify_data
from models.errors import BadTable
from models.store.case import CaseStore
from terminology.edition import DATA

runner = CliRunner()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    store = CaseStore.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'cases.sqlite'}")
    yield TestClient(create_app(Desk(PipelineCoder(), store)), base_url="http://127.0.0.1")
    store.close()


def test_a_code_in_its_system(server: TestClient) -> None:
    answer = server.get("/v1/codes/J9271", params={"date": "2026-03-12"}).json()
    assert answer["date"] == "2026-03-12"
    assert [(match["system"], match["code"], match["valid"]) for match in answer["matches"]] == [
        ("HCPCS", "J9271", True)
    ]


def test_a_code_that_had_not_begun_is_told_with_its_dates(server: TestClient) -> None:
    match = server.get("/v1/codes/J9271", params={"date": "2015-03-12"}).json()["matches"][0]
    assert (match["valid"], match["valid_from"]) == (False, "2016-01-01")


def test_a_shape_does_not_choose_the_system(server: TestClient) -> None:
    matches = server.get("/v1/codes/26", params={"date": "2026-03-12"}).json()["matches"]
    assert {match["system"] for match in matches} == {"modifier", "place of service"}


def test_an_unknown_code(server: TestClient) -> None:
    response = server.get("/v1/codes/ZZ999", params={"date": "2026-03-12"})
    assert response.status_code == 404
    assert response.json()["type"] == "urn:oncode:problem:unknown-code"


def test_a_day_before_the_tables(server: TestClient) -> None:
    response = server.get("/v1/codes", params={"q": "sigmoid colon", "date": "1990-01-01"})
    assert response.status_code == 422
    assert response.json()["type"] == "urn:oncode:problem:before-first-edition"


@pytest.mark.parametrize("query", ["keytruda", "pembrolizumab", "J9271"])
def test_ways_to_ask_for_a_drug(server: TestClient, query: str) -> None:
    matches = server.get("/v1/codes", params={"q": query, "date": "2026-03-12"}).json()["matches"]
    keys = [(match["system"], match["code"]) for match in matches]
    assert ("HCPCS", "J9271") in keys
    assert len(set(keys)) == len(keys)


def test_nothing_found_is_an_empty_answer(server: TestClient) -> None:
    assert server.get("/v1/codes", params={"q": "zzzz", "date": "2026-03-12"}).json()["matches"] == []


@pytest.mark.parametrize("params", [{}, {"q": ""}, {"q": "x", "date": "soon"}, {"q": "x", "limit": 0}])
def test_bad_questions(server: TestClient, params: dict[str, str]) -> None:
    assert server.get("/v1/codes", params=params).status_code == 422


def test_lookup_on_the_command_line() -> None:
    result = runner.invoke(app, ["lookup", "sigmoid", "colon", "--date", "2026-03-12"])
    assert result.exit_code == 0
    assert "C18.7" in result.stdout
    document = json.loads(runner.invoke(app, ["lookup", "J9271", "--date", "2026-03-12", "--format", "json"]).stdout)
    assert document["matches"][0]["code"] == "J9271"


def test_lookup_that_finds_nothing_says_so() -> None:
    result = runner.invoke(app, ["lookup", "zzzz", "--date", "2026-03-12"])
    assert result.exit_code == 2
    assert "zzzz" in result.stderr


def test_terminology_list_and_verify() -> None:
    assert "icd10cm" in runner.invoke(app, ["terminology", "list"]).stdout
    assert "icd10cm" in runner.invoke(app, ["terminology", "verify"]).stdout


def test_verify_finds_a_changed_byte(tmp_path: Path) -> None:
    manifest = next(DATA.glob("place_of_service/*/edition.yaml"))
    folder = tmp_path / "place_of_service" / manifest.parent.name
    shutil.copytree(manifest.parent, folder)
    assert [edition.table for edition in verify_data(tmp_path)] == ["place_of_service"]
    table = folder / "codes.csv"
    table.write_bytes(table.read_bytes() + b" ")
    with pytest.raises(BadTable, match=r"codes\.csv"):
        list(verify_data(tmp_path))
    table.unlink()
    with pytest.raises(BadTable, match="missing"):
        list(verify_data(tmp_path))
