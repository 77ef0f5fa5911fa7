"""Structured input: what is read, and where a bad record is refused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from assistant.structured import UNDATED, canonical_drug, read_facts
from models.errors import BadRecord
from models.fact import Administration


def administration(**keys: Any) -> Administration:
    record = {"date_of_service": "2026-03-12", "administrations": [{"drug": "paclitaxel", **keys}]}
    return read_facts(record).facts.administrations[0]


def test_record_with_its_header() -> None:
    read = read_facts({"id": "A", "setting": "facility", "date_of_service": "2026-03-12", "payer": "Medicare"})
    assert (read.id, read.setting, read.date_of_service, read.payer) == ("A", "facility", date(2026, 3, 12), "Medicare")
    assert read.facts.visit.date_of_service == date(2026, 3, 12)


@pytest.mark.parametrize(
    ("given", "setting"), [("either", "physician"), ("physician", "physician"), (None, None), ("", None)]
)
def test_setting(given: str | None, setting: str | None) -> None:
    assert read_facts({"setting": given}).setting == setting


@pytest.mark.parametrize("place", ["top", "facts"])
def test_administrations_stand_at_the_top_or_under_facts(place: str) -> None:
    rows = [{"drug": "paclitaxel", "dose": 136, "unit": "mg"}]
    record = {"administrations": rows} if place == "top" else {"facts": {"administrations": rows}}
    assert read_facts(record).facts.administrations[0].dose == Decimal(136)


@pytest.mark.parametrize(
    ("start", "day", "read"),
    [
        ("09:15", None, datetime(2026, 3, 12, 9, 15)),
        ("02:00", 2, datetime(2026, 3, 13, 2, 0)),
        ("2026-03-12T09:15", None, datetime(2026, 3, 12, 9, 15)),
        ("2026-03-12T09:15:40", None, datetime(2026, 3, 12, 9, 15)),
    ],
)
def test_clock_times(start: str, day: int | None, read: datetime) -> None:
    assert administration(start=start, day=day).start == read


def test_clock_times_of_a_record_without_a_date() -> None:
    read = read_facts({"administrations": [{"drug": "paclitaxel", "start": "09:15"}]})
    assert read.date_of_service is None
    start = read.facts.administrations[0].start
    assert start is not None
    assert start.date() == UNDATED


def test_drugs_of_one_bag_become_administrations_of_one_bag() -> None:
    rows = [
        {"drug": "dexamethasone + ondansetron (one bag)", "dose": 18, "same_bag": True},
        {"drug": "paclitaxel"},
        {"drug": "leucovorin", "concurrent_with": 1},
    ]
    first, second, third, fourth = read_facts({"administrations": rows}).facts.administrations
    assert (first.drug, second.drug, third.drug) == ("dexamethasone", "ondansetron", "paclitaxel")
    assert first.bag == second.bag is not None
    assert first.dose is None, "a dose for two drugs is the dose of neither"
    assert third.bag is None
    assert fourth.concurrent_with == "2", "the row's index became the administration's"


def test_a_fluid_called_hydration_has_its_reason() -> None:
    assert administration(category="hydration").purpose == "hydration"
    assert administration(category="hydration", purpose=None).purpose is None
    assert administration(category="hydration", purpose="KVO").purpose == "KVO"
    record = {"facts": {"reason_for_fluid": "vomiting"}, "administrations": [{"drug": "ns", "category": "hydration"}]}
    assert read_facts(record).facts.administrations[0].purpose == "vomiting"


def test_volume_with_rate_is_a_bag_that_ran_in_full() -> None:
    assert administration(volume_ml=500, rate_ml_h=250).fully_infused
    assert not administration(volume_ml=500).fully_infused
    assert not administration(volume_ml=500, rate_ml_h=250, fully_infused=False).fully_infused


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("leucovorin calcium", "leucovorin"),
        ("Normal Saline", "sodium chloride 0.9%"),
        ("octreotide LAR", "octreotide"),
        ("leuprolide depot", "leuprolide"),
        ("daratumumab and hyaluronidase", "daratumumab-hyaluronidase"),
        ("rituximab-abbs (Truxima)", "rituximab-abbs"),
        ("chemotherapy agent", "chemotherapy agent"),
    ],
)
def test_drug_names(written: str, name: str) -> None:
    assert canonical_drug(written.lower()) == name
    assert administration(drug=written).written == written


def test_the_same_agent_is_the_one_before() -> None:
    rows = [{"drug": "antibiotic"}, {"drug": "same antibiotic"}, {"drug": "same other"}]
    assert [item.drug for item in read_facts({"administrations": rows}).facts.administrations] == [
        "antibiotic",
        "antibiotic",
        "same other",
    ]


def test_unknown_keys_are_left_alone() -> None:
    assert administration(cycle=1, drawn=200).drug == "paclitaxel"


@pytest.mark.parametrize(
    ("record", "place"),
    [
        ([], "record"),
        ({"setting": "home"}, "setting"),
        ({"date_of_service": "12 March"}, "date_of_service"),
        ({"facts": []}, "facts"),
        ({"administrations": {}}, "administrations"),
        ({"administrations": ["x"]}, "administrations[0]"),
        ({"administrations": [{}]}, "administrations[0].drug"),
        ({"administrations": [{"drug": 7}]}, "administrations[0].drug"),
        ({"administrations": [{"drug": "a", "dose": "7"}]}, "administrations[0].dose"),
        ({"administrations": [{"drug": "a", "dose": -7}]}, "administrations[0].dose"),
        ({"administrations": [{"drug": "a", "dose": True}]}, "administrations[0].dose"),
        ({"administrations": [{"drug": "a", "dose": float("nan")}]}, "administrations[0].dose"),
        ({"administrations": [{"drug": "a", "start": "9am"}]}, "administrations[0].start"),
        ({"administrations": [{"drug": "a", "start": "25:00"}]}, "administrations[0].start"),
        ({"administrations": [{"drug": "a", "day": 0}]}, "administrations[0].day"),
        ({"administrations": [{"drug": "a", "technique": "magic"}]}, "administrations[0].technique"),
        ({"administrations": [{"drug": "a", "category": "food"}]}, "administrations[0].category"),
        ({"administrations": [{"drug": "a", "status": "lost"}]}, "administrations[0].status"),
        ({"administrations": [{"drug": "a", "hormonal": "yes"}]}, "administrations[0].hormonal"),
        ({"administrations": [{"drug": "a", "containers": [100]}]}, "administrations[0].containers"),
        ({"administrations": [{"drug": "a", "containers": [[100, 0]]}]}, "administrations[0].containers[0]"),
        ({"administrations": [{"drug": "a", "segments": [["09:00"]]}]}, "administrations[0].segments[0]"),
        (
            {"administrations": [{"drug": "a", "interruptions": [["10:00", "09:00"]]}]},
            "administrations[0].interruptions[0]",
        ),
        ({"administrations": [{"drug": "a", "code": "Jxxxx"}]}, "administrations[0].code_unit"),
        ({"administrations": [{"drug": "a"}, {"drug": "b", "minutes": "1"}]}, "administrations[1].minutes"),
        ({"facts": {"diagnoses": {}}}, "facts.diagnoses"),
        ({"facts": {"diagnoses": [{"status": "active"}]}}, "facts.diagnoses[0].code"),
    ],
)
def test_a_bad_record_names_the_place(record: Any, place: str) -> None:
    with pytest.raises(BadRecord) as caught:
        read_facts(record)
    assert str(caught.value).startswith(f"{place}: ")
