"""Mentions in their sentences, and what the words around them make of them."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.extraction.context import context_of, read_sections, section_at, split_sentences

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/diagnosis/context.yaml").read_text(encoding="utf-8")
)
FLAGS = ("negated", "historical", "uncertain", "family", "hypothetical", "prior")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_standing(case: dict[str, Any]) -> None:
    start = case["text"].index("[[")
    text = case["text"].replace("[[", "").replace("]]", "")
    end = case["text"].index("]]") - 2
    context = context_of(text, start, end)
    assert [flag for flag in FLAGS if getattr(context, flag)] == case["is"]
    assert context.affirmed == (case["is"] == [])


def test_the_deciding_words_are_cut_from_the_note() -> None:
    text = "No fever. Denies nausea."
    cue = context_of(text, text.index("nausea"), len(text) - 1).cue(text)
    assert cue is not None
    assert cue.quote == "Denies"


def test_a_label_inside_a_line_opens_a_section() -> None:
    text = "Pt: A. Sample  Allergies: sulfa (hives)  Dx: colon cancer"
    assert section_at(text, text.index("hives")) == "allergy"
    assert section_at(text, text.index("colon")) == "diagnosis"


@given(st.text(alphabet=st.sampled_from("ab .;|\t\n:1)(No,"), max_size=200))
def test_sentences_tile_the_note_without_overlap(text: str) -> None:
    sentences = split_sentences(text)
    assert all(left.end <= right.start for left, right in pairwise(sentences))
    covered = set().union(*(range(s.start, s.end) for s in sentences)) if sentences else set()
    assert all(index in covered for index, sign in enumerate(text) if not sign.isspace())


@pytest.mark.parametrize(
    "filler", ["a" * 50_000, "no " * 16_000, "|" * 50_000, ": " * 25_000, "1) " * 16_000, "(" * 50_000]
)
def test_long_notes_are_split_in_linear_time(filler: str) -> None:
    started = time.process_time()  # of this process: a busy machine must not fail it
    split_sentences(filler)
    read_sections(filler)
    assert time.process_time() - started < 3
