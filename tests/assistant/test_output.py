"""The exchange document of a coded case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from assistant.coding.engine import code_encounter
from assistant.output import write_case
from assistant.structured import read_facts
from models.case import Case
from models.note import Note
from terminology.store import Terminology

_RECORD = {
    "id": "A",
    "setting": "physician",
    "date_of_service": "2026-03-12",
    "facts": {"diagnoses": [{"code": "C50.911"}]},
    "administrations": [
        {"drug": "paclitaxel", "dose": 136.5, "unit": "mg", "route": "IV", "technique": "infusion",
         "start": "09:15", "stop": "10:20"},
        {"drug": "ondansetron", "dose": 8, "unit": "mg", "route": "IV", "technique": "push", "status": "held"},
    ],
}  # fmt: skip


def coded(record: Mapping[str, object]) -> Case:
    read = read_facts(record)
    terminology = Terminology.open()
    profile = terminology.profiles.get()
    result = code_encounter(read.facts, "physician", read.date_of_service, profile, terminology)
    return Case(
        note=Note(id=read.id, text=""),
        setting="physician",
        setting_source="stated by the caller",
        date_of_service=read.date_of_service,
        profile=profile.name,
        facts=read.facts,
        lines=result.lines,
        findings=result.findings,
        timeline=result.timeline,
    )


def test_document_has_the_keys_of_the_schema() -> None:
    document = json.loads(json.dumps(write_case(coded(_RECORD))))
    assert (document["id"], document["setting"], document["date_of_service"]) == ("A", "physician", "2026-03-12")
    first, second = document["facts"]["administrations"]
    assert first["start"] == "2026-03-12T09:15"
    assert first["dose"] == 136.5
    assert {"site", "discarded", "discarded_unit", "ndc", "status"} <= set(first)
    assert second["status"] == "held"
    assert document["facts"]["diagnoses"][0]["code"] == "C50.911"
    assert [(line["code"], line["units"], line["modifiers"]) for line in document["lines"]] == [
        ("96413", 1, []),
        ("J9267", 137, []),
    ]
    assert document["lines"][0]["date_of_service"] == date(2026, 3, 12).isoformat()
    assert document["lines"][0]["steps"][0]["rule"] == "ADM-INITIAL-CHEMO-INFUSION"
    assert document["gaps"] == []


def test_an_undated_record_keeps_clock_times() -> None:
    record = {key: value for key, value in _RECORD.items() if key != "date_of_service"}
    document = write_case(coded(record))
    assert document["date_of_service"] is None
    assert document["facts"]["administrations"][0]["start"] == "09:15"
    assert document["lines"][0]["date_of_service"] is None
