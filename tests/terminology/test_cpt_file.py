"""The owner's licensed CPT file, here with invented descriptors."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from models.errors import BadTable
from terminology.cpt import read_descriptors
from terminology.store import Terminology

ON = date(2026, 2, 11)


def written(folder: Path, text: str) -> Path:
    path = folder / "cpt.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        'code,descriptor\n96413,"an invented, quoted text"\n0630U,another\n',
        '96413,"an invented, quoted text"\n\n0630U,another\n',
        "code\tdescriptor\n96413\tan invented, quoted text\n0630U\tanother\n",
        '\ufeff96413,"an invented, quoted text"\n0630U,another\n',
    ],
)
def test_layouts(text: str, tmp_path: Path) -> None:
    assert read_descriptors(written(tmp_path, text)) == {"96413": "an invented, quoted text", "0630U": "another"}


def test_licensed_texts_replace_our_labels(tmp_path: Path) -> None:
    licensed = Terminology.open(cpt_file=written(tmp_path, "96413,invented text\n"))
    assert (licensed.cpt.get("96413", ON).label, licensed.cpt.get("96413", ON).licensed) == ("invented text", True)
    assert licensed.cpt.get("96415", ON).label == "chemo IV infusion, further hour"
    assert not licensed.cpt.get("96415", ON).licensed
    assert Terminology.open().cpt.get("96413", ON).label == "chemo IV infusion, first hour"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("code,descriptor\n96413,fine\nJ9271,no CPT number\n", "line 3"),
        ("code,descriptor\n96413\n", "line 2"),
        ("96413,one\n96413,two\n", "two descriptors"),
        ("code,descriptor\n", "no CPT number"),
        ("", "no CPT number"),
    ],
)
def test_what_does_not_fit_is_named_by_line_and_never_quoted(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(BadTable, match=reason) as raised:
        read_descriptors(written(tmp_path, text))
    assert "fine" not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="cannot be read"):
        read_descriptors(tmp_path / "none.csv")
