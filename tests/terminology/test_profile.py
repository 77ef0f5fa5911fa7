"""Payer profiles: switches by day, and which profile a payer as written takes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from models.errors import BadTable, UnknownProfile
from terminology.profile import DEFAULT, Profiles


@pytest.mark.parametrize(
    ("payer", "name"),
    [
        (None, DEFAULT),
        ("medicare", "medicare"),
        ("Medicare Part B (primary)", "medicare"),
        ("Medicare A/B", "medicare"),
        ("NGS Part B", "medicare"),
        ("Noridian Part B (2011 rule)", "medicare-noridian"),
        ("State Medicaid", "medicaid"),
        ("Granite Mutual HMO - commercial", "commercial"),
        ("BlueRiver PPO", "commercial"),
        ("medicaid", "medicaid"),
        ("commercial", "commercial"),
        ("Sunridge Advantage", "medicare"),
        ("Lakeside Health Plan", "commercial"),
    ],
)
def test_payer_as_written(payer: str | None, name: str) -> None:
    assert Profiles.load().for_payer(payer).name == name


def test_the_caller_names_the_default() -> None:
    assert Profiles.load().for_payer(None, "commercial").name == "commercial"


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(UnknownProfile, match="medicare"):
        Profiles.load().get("no-such")


@pytest.mark.parametrize(("on", "code"), [(date(2015, 12, 31), "96416"), (date(2016, 1, 1), "G0498"), (None, "G0498")])
def test_a_switch_is_dated(on: date | None, code: str) -> None:
    assert Profiles.load().get("medicare", on).pump_start_code == code


def test_a_profile_takes_over_what_it_does_not_set() -> None:
    profiles = Profiles.load()
    assert profiles.get("commercial").pump_start_code == "96416"
    assert profiles.get("commercial").leuprolide_code == profiles.get("medicare").leuprolide_code
    assert profiles.get("medicare-noridian").leuprolide_code == "96372"


def test_every_switch_has_a_source() -> None:
    profiles = Profiles.load()
    assert all(switch.source and switch.description for name in profiles.names() for switch in profiles.switches(name))


def test_a_profile_that_lacks_a_switch_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thin.yaml").write_text("title: t\nkind: commercial\nrank: 1\nswitches: {}\n")
    with pytest.raises(BadTable, match="differ"):
        Profiles.load(tmp_path)


def test_a_switch_without_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thin.yaml").write_text(
        "title: t\nkind: commercial\nrank: 1\nswitches: {waste_modifiers: {values: {2020-01-01: true}}}\n"
    )
    with pytest.raises(BadTable, match="source"):
        Profiles.load(tmp_path)
