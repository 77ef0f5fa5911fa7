"""Every record comes back from JSON as it went in, and is what it was."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.case import Case, Edition
from models.fact import Administration, Biomarker, Diagnosis, Facts, Segment
from models.finding import Finding
from models.gap import CodeChange, Gap, WhatIf
from models.line import Block, Line, Rejection, Step
from models.note import Note
from models.span import Evidence, Span, merge_evidence
from tests.api.example import CASE

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
amounts = st.decimals(min_value=0, max_value=100_000, places=3)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))
spans = st.builds(
    lambda text, start: Span(start=start, end=start + len(text), quote=text), words, st.integers(0, 9_999)
)
evidence = st.builds(Evidence, attribute=words, spans=st.lists(spans, max_size=2).map(tuple))
proofs = st.lists(evidence, max_size=2).map(tuple)
segments = st.builds(Segment, start=moments, stop=moments)
administrations = st.builds(
    Administration,
    drug=words,
    dose=st.none() | amounts,
    unit=st.none() | words,
    start=st.none() | moments,
    stop=st.none() | moments,
    containers=st.lists(st.tuples(amounts, st.integers(1, 9)), max_size=2).map(tuple),
    segments=st.lists(segments, max_size=2).map(tuple),
    evidence=proofs,
)
changes = st.builds(CodeChange, sign=st.sampled_from("+-"), code=words, units=st.integers(1, 9))
cases = st.builds(
    Case,
    note=st.builds(Note, id=words, text=words),
    setting=st.sampled_from(["physician", "facility"]),
    setting_source=words,
    date_of_service=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    profile=words,
    facts=st.builds(
        Facts,
        administrations=st.lists(administrations, max_size=2).map(tuple),
        diagnoses=st.lists(st.builds(Diagnosis, code=words, evidence=proofs), max_size=2).map(tuple),
        biomarkers=st.lists(st.builds(Biomarker, name=words), max_size=1).map(tuple),
    ),
    lines=st.lists(
        st.builds(
            Line,
            id=words,
            system=st.just("CPT"),
            code=words,
            label=words,
            units=st.integers(1, 999),
            steps=st.tuples(st.builds(Step, rule=words, citation=words, statement=words)),
            not_fired=st.tuples(st.builds(Rejection, rule=words, why=words)),
            evidence=proofs,
        ),
        max_size=2,
    ).map(tuple),
    gaps=st.lists(
        st.builds(
            Gap,
            id=words,
            kind=words,
            about=words,
            severity=st.just("blocks"),
            rule=words,
            citation=words,
            recipient=st.just("nurse"),
            query=words,
            what_if=st.tuples(st.builds(WhatIf, documentation=words, changes=st.tuples(changes))),
        ),
        max_size=1,
    ).map(tuple),
    findings=st.lists(
        st.builds(Finding, id=words, kind=words, severity=st.just("info"), message=words), max_size=1
    ).map(tuple),
    timeline=st.lists(st.builds(Block, fact=words, start=moments, stop=moments), max_size=2).map(tuple),
    editions=st.lists(st.builds(Edition, table=words, edition=words, checksum=words), max_size=1).map(tuple),
)


@given(cases)
def test_a_case_round_trips_through_json(case: Case) -> None:
    again = Case.model_validate_json(case.model_dump_json())
    assert again == case
    assert again.model_dump_json() == case.model_dump_json()


def test_the_example_round_trips() -> None:
    assert Case.model_validate_json(CASE.model_dump_json()) == CASE


def test_amounts_are_plain_numbers_in_json() -> None:
    given = Administration(drug="oxaliplatin", dose=Decimal("178.50"), discarded=Decimal("21.0"))
    document = given.model_dump(mode="json")
    assert (document["dose"], document["discarded"]) == (178.5, 21)
    assert '"dose":178.5,' in given.model_dump_json()


def test_records_are_frozen_and_closed() -> None:
    with pytest.raises(ValidationError):
        CASE.setting = "facility"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Note.model_validate({"id": "a", "text": "b", "author": "c"})


@given(words, st.integers(0, 20), st.integers(0, 20))
def test_a_cut_span_slices_back(text: str, start: int, length: int) -> None:
    end = min(start + length, len(text))
    if not text[start:end].strip():
        return
    span = Span.cut(text, start, end)
    assert text[span.start : span.end] == span.quote == text[start:end].strip()


def test_a_span_must_fit_its_quote() -> None:
    with pytest.raises(ValidationError):
        Span(start=3, end=9, quote="dose")


@given(st.lists(evidence, max_size=6))
def test_merged_evidence_names_each_attribute_once_in_note_order(items: list[Evidence]) -> None:
    merged = merge_evidence(items)
    assert len({item.attribute for item in merged}) == len(merged)
    for item in merged:
        places = [(span.start, span.end) for span in item.spans]
        assert places == sorted(set(places))
