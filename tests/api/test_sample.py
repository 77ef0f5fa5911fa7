"""The sample notes through the real pipeline: the right lines, proof for every attribute, the same bytes, a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from api.app import create_app
from api.coder import PipelineCoder
from api.desk import Desk
from api.serve import SAMPLES, load_samples
from api.terminal.page import write_page
from api.terminal.proof import write_proof
from api.terminal.style import Style
from models.case import Case
from models.note import Note
from models.store.case import CaseStore

NAMES = sorted(path.stem for path in SAMPLES.glob("*.txt"))
CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "api" / "sample.yaml").read_text())
CODER = PipelineCoder()


def code(name: str) -> Case:
    return CODER.code_note(Note(id=name, text=(SAMPLES / f"{name}.txt").read_text()))


@pytest.fixture(scope="module")
def coded() -> dict[str, Case]:
    return {name: code(name) for name in NAMES}


def spans_in(document: Any) -> Iterator[dict[str, Any]]:
    """Every span anywhere in a JSON document."""
    if isinstance(document, dict):
        if {"start", "end", "quote"} <= set(document):
            yield document
        for value in document.values():
            yield from spans_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from spans_in(value)


def test_every_sample_has_a_case() -> None:
    assert sorted(case["note"] for case in CASES) == NAMES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["note"])
def test_lines_diagnoses_and_gaps(case: dict[str, str], coded: dict[str, Case]) -> None:
    result = coded[case["note"]]
    lines = [f"{x.code}x{x.units}" + "".join(f"-{modifier}" for modifier in x.modifiers) for x in result.lines]
    assert sorted(lines) == sorted(case["lines"].split())
    if "diagnoses" in case:
        listed = [x.code for x in result.facts.diagnoses if x.status in ("active", "history")]
        wanted = case["diagnoses"].split()
        assert listed[: len(wanted)] == wanted
    if "gaps" in case:
        assert case["gaps"] in [f"{gap.kind}/{gap.about}" for gap in result.gaps]


@pytest.mark.parametrize("name", NAMES)
def test_every_span_slices_back_to_its_words(name: str, coded: dict[str, Case]) -> None:
    case = coded[name]
    spans = list(spans_in(json.loads(case.model_dump_json())))
    assert spans
    for span in spans:
        assert case.note.text[span["start"] : span["end"]] == span["quote"]


@pytest.mark.parametrize("name", NAMES)
def test_no_line_without_evidence_for_code_and_units(name: str, coded: dict[str, Case]) -> None:
    for line in coded[name].lines:
        proven = {item.attribute for item in line.evidence if item.spans}
        assert {"code", "units", *(f"modifier:{modifier}" for modifier in line.modifiers)} <= proven, line.code
        assert line.steps


@pytest.mark.parametrize("name", NAMES)
def test_the_same_bytes_twice(name: str, coded: dict[str, Case]) -> None:
    assert code(name).model_dump_json() == coded[name].model_dump_json()


@pytest.mark.parametrize("name", NAMES)
def test_the_document_is_json_with_the_gold_keys(name: str, coded: dict[str, Case]) -> None:
    document = json.loads(json.dumps(CODER.write(coded[name])))
    assert {"id", "setting", "date_of_service", "facts", "lines", "gaps"} <= set(document)
    assert document["facts"]["administrations"]
    assert all(gap["query"] for gap in document["gaps"])


@pytest.mark.parametrize("name", NAMES)
def test_page_and_proof_can_be_written(name: str, coded: dict[str, Case]) -> None:
    style = Style(colour=False, width=100)
    case = coded[name]
    page = "\n".join(write_page(case, style, CODER.describe))
    assert all(line.code in page for line in case.lines)
    assert max(map(len, page.splitlines())) <= 130
    for line in case.lines:
        assert line.steps[0].rule in "\n".join(write_proof(case, line, style))


def test_the_server_shows_the_samples(tmp_path: Path) -> None:
    store = CaseStore.open(f"sqlite:///{tmp_path / 'cases.sqlite'}")
    desk = Desk(CODER, store)
    assert load_samples(desk) == len(NAMES)
    assert load_samples(desk) == 0
    client = TestClient(create_app(desk), base_url="http://127.0.0.1")
    assert client.get("/readyz").status_code == 200
    for row in client.get("/v1/cases").json()["cases"]:
        page = client.get(f"/cases/{row['id']}")
        assert page.status_code == 200
        assert "<svg" in page.text
        assert client.get(f"/v1/cases/{row['id']}").json()["id"] == row["note_id"]
    store.close()
