"""A note as rows and clauses: what belongs together, and that nothing is moved or lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.intake.layout import Clause, mask_unchecked, split_clauses
from terminology.layout import load_column_names

CASES = Path(__file__).parents[2] / "cases" / "layout"


def read_table(name: str) -> list[Any]:
    cases = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    return [
        pytest.param(
            case,
            id=case["name"],
            marks=[pytest.mark.xfail(reason=case["open"], strict=True)] if "open" in case else [],
        )
        for case in cases
    ]


def clauses_of(text: str) -> tuple[Clause, ...]:
    return split_clauses(text, load_column_names())


def shown(text: str, clause: Clause) -> str | dict[str, str]:
    """A clause of prose as its words, a table row as its cells by role; white space folded."""
    if not clause.cells:
        return " ".join(text[clause.start : clause.end].split())
    return {role: " ".join(text[piece.start : piece.end] for piece in pieces) for role, pieces in clause.cells.items()}


@pytest.mark.parametrize("case", read_table("table") + read_table("prose"))
def test_clauses(case: dict[str, Any]) -> None:
    found = clauses_of(case["text"])
    if "clauses" in case:
        assert [shown(case["text"], clause) for clause in found] == case["clauses"]
    if "labels" in case:
        assert [clause.label for clause in found] == case["labels"]
    if "blank" in case:
        assert [sorted(clause.blank_cells) for clause in found] == case["blank"]


@pytest.mark.parametrize("case", read_table("option"))
def test_unticked_options_are_blanked(case: dict[str, Any]) -> None:
    assert " ".join(mask_unchecked(case["text"]).split()) == case["expect"]


_PIECES = st.lists(
    st.sampled_from(
        ["Time", "Drug", "Dose", "0905", "nivolumab", "480 mg", "|", "\t", ",", "~", ";", " ", "   ", "\n", "\r\n", ".",
         "[ ]", "[x]", "☐", "(", ")", '"', "Dose:", "x=", "-", "é"]
    ),
    max_size=40,
)  # fmt: skip


@given(_PIECES)
def test_blanking_keeps_every_offset(pieces: list[str]) -> None:
    text = "".join(pieces)
    masked = mask_unchecked(text)
    assert len(masked) == len(text)
    assert all(new in (old, " ") for old, new in zip(text, masked, strict=True))


@given(_PIECES)
def test_clauses_are_in_order_and_inside_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    end = 0
    for clause in clauses_of(text):
        assert end <= clause.start < clause.end <= len(text)
        end = clause.end
        for piece in (piece for pieces in clause.cells.values() for piece in pieces):
            assert clause.start <= piece.start < piece.end <= clause.end


@given(_PIECES, st.integers(min_value=1, max_value=4))
def test_leading_blank_lines_shift_and_change_nothing(pieces: list[str], lines: int) -> None:
    text = "".join(pieces)
    plain = [(shown(text, clause), clause.label, clause.start) for clause in clauses_of(text)]
    moved = "\n" * lines + text
    assert [(shown(moved, clause), clause.label, clause.start - lines) for clause in clauses_of(moved)] == plain


@given(_PIECES)
def test_line_ends_do_not_matter(pieces: list[str]) -> None:
    text = "".join(pieces).replace("\r\n", "\n")
    other = text.replace("\n", "\r\n")
    assert [shown(other, clause) for clause in clauses_of(other)] == [
        shown(text, clause) for clause in clauses_of(text)
    ]
