"""The gap catalogue: complete, well formed, and loud about what is not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from models.errors import BadTable
from terminology.gap import GapCatalogue

KINDS = yaml.safe_load((Path(__file__).parents[1] / "cases" / "gap" / "kind.yaml").read_text(encoding="utf-8"))
ENTRY = """
- id: G01
  kind: missing-stop-time
  severity: blocks
  recipient: nurse
  subject: drug
  trigger: no stop
  query: ["{drug} has no stop. Please document the time."]
  citation: A53778
  valid_from: 2020-01-01
"""


def test_every_kind_has_an_entry_and_no_other_kind_stands_there() -> None:
    assert sorted({entry.kind for entry in GapCatalogue.load().entries()}) == sorted(
        kind for group in KINDS.values() for kind in group
    )


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("missing-start-time", "blocks"),
        ("missing-stop-time", "blocks"),
        ("missing-weight", "downgrades"),
        ("frequency-exceeded", "downgrades"),
        ("unspecified-site", "downgrades"),
        ("unspecified-laterality", "downgrades"),
        ("missing-remission-status", "downgrades"),
        ("missing-secondary-site", "downgrades"),
        ("dose-discrepancy", "advises"),
    ],
)
def test_severity_of_the_general_entry(kind: str, severity: str) -> None:
    assert GapCatalogue.load().of_kind(kind)[0].severity == severity


def test_an_entry_holds_from_its_first_day(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ENTRY, encoding="utf-8")
    catalogue = GapCatalogue.load(tmp_path)
    assert catalogue.of_kind("missing-stop-time", date(2019, 12, 31)) == ()
    assert [entry.id for entry in catalogue.of_kind("missing-stop-time", date(2020, 1, 1))] == ["G01"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("severity: blocks", "severity: grave"), "severity"),
        (("recipient: nurse", "recipient: nobody"), "recipient"),
        (("subject: drug", "subject: moon"), "subject"),
        (("{drug}", "It"), "blank"),
        (("  citation: A53778\n", ""), "citation"),
    ],
)
def test_a_malformed_entry_is_named(tmp_path: Path, change: tuple[str, str], reason: str) -> None:
    (tmp_path / "a.yaml").write_text(ENTRY.replace(*change), encoding="utf-8")
    with pytest.raises(BadTable, match=rf"G01.*{reason}"):
        GapCatalogue.load(tmp_path)


def test_an_id_given_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ENTRY + ENTRY, encoding="utf-8")
    with pytest.raises(BadTable, match="G01 stands twice"):
        GapCatalogue.load(tmp_path)


def test_an_unknown_id_is_named() -> None:
    with pytest.raises(BadTable, match="G99"):
        GapCatalogue.load().get("G99")
