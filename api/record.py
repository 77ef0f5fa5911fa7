"""Rows of JSON lines: one document each, or an error that names the row and repeats nothing of it."""

from __future__ import annotations

import json
from typing import Any

from api.request import make_note
from models.errors import BadRecord
from models.note import Note


def read_records(text: str, place: str) -> list[dict[str, Any]]:
    """One JSON object for each line that is not blank.

    Raises:
        BadRecord: a line is not a JSON object; names ``place`` and the line.
    """
    rows = ((at, row) for at, row in enumerate(text.split("\n"), start=1) if row.strip())
    return [read_record(row, f"{place}, line {at}") for at, row in rows]


def read_record(row: str | bytes, place: str) -> dict[str, Any]:
    """Raises:
    BadRecord: ``row`` is not one JSON object.
    """
    try:
        record = json.loads(row)
    except (ValueError, RecursionError):
        raise BadRecord(place, "it is not JSON") from None
    if not isinstance(record, dict):
        raise BadRecord(place, "it is not a JSON object")
    return record


def read_note(record: dict[str, Any], place: str) -> Note:
    """The note of a batch row: ``id``, ``text``, optional ``setting``, ``date_of_service``, ``payer``.

    Other keys are ignored, so that an export can be fed in as it is.

    Raises:
        InputError: a key is missing or of the wrong type, or ``make_note`` refuses its value.
    """
    note_id = record.get("id")
    if isinstance(note_id, int) and not isinstance(note_id, bool):
        note_id = str(note_id)
    if not isinstance(note_id, str) or not note_id:
        raise BadRecord(place, "it has no id")
    if not isinstance(record.get("text"), str):
        raise BadRecord(place, "it has no text")
    stated = {name: record.get(name) for name in ("setting", "date_of_service", "payer")}
    for name, value in stated.items():
        if value is not None and not isinstance(value, str):
            raise BadRecord(place, f"its {name} is not a string")
    return make_note(note_id, record["text"], place, **stated)
