"""The catalogue and the checksums of the shipped tables."""

from __future__ import annotations

from pathlib import Path

from terminology.catalogue import list_tables, seal, verify
from terminology.edition import DATA, read_editions
from terminology.store import Terminology
from tests.terminology.conftest import MakeEdition

PLACES = "code,name,facility_rate\n11,Office,0\n"


def test_shipped_tables_are_as_committed() -> None:
    assert verify() == ()


def test_every_edition_is_listed_with_its_licence() -> None:
    entries = list_tables()
    assert {entry.table for entry in entries} == {"cpt", "hcpcs", "icd10cm", "ncci", "ndc", "opps", "place_of_service"}
    assert all(entry.licence and entry.publisher and entry.rows for entry in entries)


def test_every_data_folder_has_its_source() -> None:
    without = [folder for folder in DATA.glob("*/*") if folder.is_dir() and not (folder / "SOURCE.md").is_file()]
    assert without == []


def test_source_files_tell_the_rows() -> None:
    """The figures in SOURCE.md are those of the manifest, so that neither ages alone."""
    for edition in read_editions():
        text = (DATA / edition.table / edition.edition / "SOURCE.md").read_text(encoding="utf-8")
        for file in edition.files:
            assert f"{file.rows:,}" in text, (edition.table, edition.edition, file.name)


def test_no_path_or_host_of_the_makers_machine_is_shipped() -> None:
    for path in DATA.glob("*/*/*"):
        if path.suffix in (".md", ".yaml"):
            assert "/work/" not in path.read_text(encoding="utf-8"), path


def test_faults_are_named(make_edition: MakeEdition) -> None:
    data = make_edition("place_of_service", "one", "2020-01-01", None, codes=PLACES, more="a\n1\n")
    folder = data / "place_of_service/one"
    assert verify(data) == ()
    (folder / "codes.csv").write_text(PLACES + "12,Home,0\n")
    (folder / "more.csv").unlink()
    (folder / "extra.csv").write_text("a\n")
    (folder / "SOURCE.md").unlink()
    assert [(fault.file, fault.reason) for fault in verify(data)] == [
        ("SOURCE.md", "missing"),
        ("codes.csv", "content differs from the manifest"),
        ("extra.csv", "not in the manifest"),
        ("more.csv", "missing"),
    ]
    (folder / "SOURCE.md").write_text("invented")
    seal(folder)
    assert verify(data) == ()


def test_the_checksum_follows_the_content(make_edition: MakeEdition) -> None:
    data = make_edition("place_of_service", "one", "2020-01-01", None, codes=PLACES)
    before = list_tables(data)[0].checksum
    folder = data / "place_of_service/one"
    (folder / "codes.csv").write_text(PLACES.replace("Office", "office"))
    seal(folder)
    assert list_tables(data)[0].checksum != before


def test_lexicons_carry_a_checksum(shipped: Terminology, tmp_path: Path) -> None:
    assert {"drug", "parameters"} <= {edition.table for edition in shipped.editions()}
    lexicon = tmp_path / "data/word/2026"
    lexicon.mkdir(parents=True)
    (lexicon / "SOURCE.md").write_text("ours")
    assert verify(tmp_path / "data") == ()
