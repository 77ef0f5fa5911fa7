"""Editions: which one answers, when it has run out, and what refuses to load."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.errors import BadTable, BeforeFirstEdition
from terminology.build import build
from terminology.edition import read_editions
from terminology.store import Terminology
from tests.terminology.cases import read_cases
from tests.terminology.conftest import MakeEdition

CASES = read_cases("edition")
PLACES = "code,name,facility_rate\n11,Office,0\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['table']} {case['on']}")
def test_edition_for(case: dict[str, Any], shipped: Terminology) -> None:
    table = getattr(shipped, case["table"])
    if case.get("early"):
        with pytest.raises(BeforeFirstEdition):
            table.edition_for(case["on"])
        return
    edition, outdated = table.edition_for(case["on"])
    assert (edition.edition, outdated) == (case["edition"], case["outdated"])


def test_outdated_names_what_to_load(shipped: Terminology) -> None:
    (ncci,) = shipped.outdated(date(2026, 2, 11))
    assert (ncci.table, ncci.edition, ncci.valid_to) == ("ncci", "2024q3", date(2024, 10, 1))
    assert "NCCI" in ncci.next_file
    assert [item.table for item in shipped.outdated(date(2027, 1, 1))] == [
        "cpt",
        "hcpcs",
        "icd10cm",
        "ncci",
        "ndc",
        "opps",
    ]


def test_editions_of_a_day_are_one_a_table(shipped: Terminology) -> None:
    used = shipped.editions(date(2026, 2, 11))
    tables = [edition.table for edition in used]
    assert tables == sorted(set(tables))
    assert ("opps", "2026q1") in {(edition.table, edition.edition) for edition in used}
    assert {"drug", "parameters"} <= set(tables)
    assert all(edition.checksum for edition in used)
    assert set(used) <= set(shipped.editions())
    assert "icd10cm" not in {edition.table for edition in shipped.editions(date(2020, 1, 1))}


def test_overlapping_editions_do_not_load(make_edition: MakeEdition, tmp_path: Path) -> None:
    make_edition("place_of_service", "one", "2020-01-01", "2021-01-02", codes=PLACES)
    data = make_edition("place_of_service", "two", "2021-01-01", None, codes=PLACES)
    with pytest.raises(BadTable, match="overlaps edition one"):
        build(tmp_path / "home", data)


def test_an_open_edition_cannot_be_followed(make_edition: MakeEdition, tmp_path: Path) -> None:
    make_edition("place_of_service", "one", "2020-01-01", None, codes=PLACES)
    data = make_edition("place_of_service", "two", "2021-01-01", None, codes=PLACES)
    with pytest.raises(BadTable, match="overlaps"):
        build(tmp_path / "home", data)


def test_an_edition_must_last_a_day(make_edition: MakeEdition, tmp_path: Path) -> None:
    data = make_edition("place_of_service", "one", "2020-01-01", "2020-01-01", codes=PLACES)
    with pytest.raises(BadTable, match="ends before it begins"):
        build(tmp_path / "home", data)


def test_a_manifest_with_an_unknown_key_does_not_load(make_edition: MakeEdition) -> None:
    data = make_edition("place_of_service", "one", "2020-01-01", None, codes=PLACES)
    with (data / "place_of_service/one/edition.yaml").open("a") as manifest:
        manifest.write("colour: blue\n")
    with pytest.raises(BadTable, match=r"edition\.yaml does not fit"):
        read_editions(data)
