"""Batch: input order, error records, resume after a kill, workers, and a worker that dies."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from api.batch import Tally, run_batch
from models.case import Case
from models.errors import InputError
from models.note import Note
from tests.api.example import ExampleCoder

GOOD = {"id": "n1", "text": "Zoledronic acid 4 mg IV.", "setting": "facility", "date_of_service": "2026-03-12"}


class FragileCoder(ExampleCoder):
    """Fails as the worst note could make it fail."""

    def code_note(self, note: Note) -> Case:
        if "raise" in note.text:
            raise RuntimeError(note.text)
        if "die" in note.text:
            os._exit(9)
        return super().code_note(note)


def run(tmp_path: Path, rows: list[Any], workers: int = 1, resume: bool = False) -> tuple[Tally, list[dict[str, Any]]]:
    source, out = tmp_path / "in.ndjson", tmp_path / "out.ndjson"
    source.write_bytes(b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in rows))
    tally = run_batch(source, out, workers, resume, FragileCoder)
    return tally, [json.loads(row) for row in out.read_bytes().splitlines()]


def notes(count: int) -> list[dict[str, str]]:
    return [{"id": f"n{at}", "text": f"note {at}"} for at in range(count)]


def test_results_come_in_input_order(tmp_path: Path) -> None:
    tally, results = run(tmp_path, notes(5))
    assert [result["id"] for result in results] == ["n0", "n1", "n2", "n3", "n4"]
    assert tally == Tally(coded=5)


def test_workers_give_the_same_bytes(tmp_path: Path) -> None:
    _, alone = run(tmp_path, [*notes(12), b"broken"])
    _, together = run(tmp_path, [*notes(12), b"broken"], workers=2)
    assert together == alone


@pytest.mark.parametrize(
    ("row", "note_id", "kind"),
    [
        (b"{not json", None, "bad-record"),
        (b"[1, 2]", None, "bad-record"),
        (b"\xff\xfe\x00", None, "bad-record"),
        ({"text": "x"}, None, "bad-record"),
        ({"id": "a"}, "a", "bad-record"),
        ({"id": "a", "text": 3}, "a", "bad-record"),
        ({"id": "a", "text": "  "}, "a", "empty-note"),
        ({"id": "a", "text": "x\u0000y"}, "a", "not-text"),
        ({"id": "a", "text": "\ud800"}, "a", "not-text"),
        ({"id": "a", "text": "x" * 1_000_001}, "a", "note-too-large"),
        ({"id": "a", "text": "x", "setting": "clinic"}, "a", "unknown-setting"),
        ({"id": "a", "text": "x", "setting": 5}, "a", "bad-record"),
        ({"id": "a", "text": "x", "date_of_service": "soon"}, "a", "bad-date"),
        ({"id": "a", "text": "raise secret"}, "a", "internal"),
    ],
)
def test_a_bad_row_is_a_record_and_the_batch_goes_on(tmp_path: Path, row: Any, note_id: str | None, kind: str) -> None:
    tally, results = run(tmp_path, [GOOD, row, GOOD])
    assert [("error" in result) for result in results] == [False, True, False]
    assert results[1]["id"] == note_id
    assert results[1]["row"] == 2
    assert results[1]["error"]["type"] == f"urn:oncode:problem:{kind}"
    assert "secret" not in json.dumps(results[1])
    assert tally == Tally(coded=2, failed=1)


def test_blank_lines_and_a_byte_order_mark_are_no_rows(tmp_path: Path) -> None:
    _, results = run(tmp_path, [b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), b"", b"   "])
    assert [result["id"] for result in results] == ["n1"]


def test_stated_values_reach_the_coder(tmp_path: Path) -> None:
    _, results = run(tmp_path, [GOOD])
    assert results[0]["setting"] == "facility"


def test_a_number_is_an_id_too(tmp_path: Path) -> None:
    _, results = run(tmp_path, [{"id": 7, "text": "x"}])
    assert results[0]["id"] == "7"


@pytest.mark.parametrize("kept", [0, 1, 3, 6])
def test_resume_goes_on_after_a_torn_line(tmp_path: Path, kept: int) -> None:
    rows: list[Any] = [*notes(3), b"broken", *notes(2)]
    _, whole = run(tmp_path, rows)
    out = tmp_path / "out.ndjson"
    lines = out.read_bytes().splitlines(keepends=True)
    torn = lines[kept][:9] if kept < len(lines) else b""
    out.write_bytes(b"".join(lines[:kept]) + torn)
    tally, results = run(tmp_path, rows, resume=True)
    assert results == whole
    assert tally.skipped == kept


def test_resume_without_output_starts_from_the_beginning(tmp_path: Path) -> None:
    tally, results = run(tmp_path, notes(2), resume=True)
    assert (tally.skipped, len(results)) == (0, 2)


def test_resume_refuses_the_output_of_another_input(tmp_path: Path) -> None:
    run(tmp_path, notes(3))
    with pytest.raises(InputError, match="another row"):
        run(tmp_path, [{"id": "other", "text": "x"}], resume=True)
    with pytest.raises(InputError, match="more results"):
        run(tmp_path, notes(1), resume=True)


def test_input_and_output_must_differ(tmp_path: Path) -> None:
    source = tmp_path / "in.ndjson"
    source.write_text(json.dumps(GOOD))
    with pytest.raises(InputError, match="same file"):
        run_batch(source, source, 1, False, FragileCoder)
    assert source.read_text() == json.dumps(GOOD)


def test_a_worker_that_dies_costs_one_record(tmp_path: Path) -> None:
    rows = [*notes(2), {"id": "bad", "text": "die"}, *notes(3)]
    tally, results = run(tmp_path, rows, workers=2)
    assert tally == Tally(coded=5, failed=1)
    assert [result["id"] for result in results] == ["n0", "n1", "bad", "n0", "n1", "n2"]
