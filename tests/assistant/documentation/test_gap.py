"""Gaps from structured facts: the tables of ``tests/cases/documentation``, and laws that hold for any encounter."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.documentation.gap import find_gaps
from models.fact import Administration, Diagnosis, Facts, Visit
from models.span import Evidence, Span
from terminology.gap import GapCatalogue
from tests.assistant.documentation.encounter import (
    DAY,
    TERMINOLOGY,
    change_in_words,
    gaps_of,
    gaps_of_case,
    read_cases,
)

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=[f"{case['rule']} {case['name']}" for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    gaps = gaps_of_case(case)
    assert [f"{gap.kind} {gap.about} {gap.severity}" for gap in gaps] == case["gaps"]
    if "query" in case:
        assert gaps[0].query == case["query"]
    if "recipient" in case:
        assert gaps[0].recipient == case["recipient"]
    found = [
        {"documentation": item.documentation, "changes": [change_in_words(change) for change in item.changes]}
        for gap in gaps[:1]
        for item in gap.what_if
    ]
    if "what_if" in case:
        assert found == case["what_if"]
    if "what_if_first" in case:
        assert found[0] == case["what_if_first"]


def test_every_rule_has_a_firing_a_silent_and_a_boundary_case() -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        entry = GapCatalogue.load().get(case["rule"])
        fired = any(gap.split()[0] == entry.kind for gap in case["gaps"])
        seen[case["rule"]] |= {"firing" if fired else "silent", *(["boundary"] if case.get("boundary") else [])}
    lacking = {rule: missing for rule, kinds in seen.items() if (missing := {"firing", "silent", "boundary"} - kinds)}
    assert lacking == {}


def test_rule_of_a_firing_case_is_the_one_named() -> None:
    named = {case["rule"] for case in CASES if case["gaps"]}
    raised = {gap.rule for case in CASES for gap in gaps_of_case(case)}
    assert named <= raised


def test_ids_count_from_one_in_order_of_severity() -> None:
    visit = Visit(date_of_service=DAY, signature="unsigned")
    diagnoses = (Diagnosis(code="C34.90", about="lung", holes=("unspecified-site",)),)
    paclitaxel = Administration(
        drug="paclitaxel", dose="300", unit="mg", route="IV", technique="infusion", start=_at(0)
    )
    gaps = gaps_of(Facts(visit=visit, administrations=(paclitaxel,), diagnoses=diagnoses))
    assert [(gap.id, gap.kind) for gap in gaps] == [
        ("gap-1", "missing-stop-time"),
        ("gap-2", "unsigned-note"),
        ("gap-3", "unspecified-site"),
    ]


def test_evidence_is_what_shows_the_hole() -> None:
    note = "Taxol 300 mg IV hung 10:10, port flushed"
    evidence = (
        Evidence(attribute="drug", spans=(Span.cut(note, 0, 5),)),
        Evidence(attribute="start", spans=(Span.cut(note, 21, 26),)),
        Evidence(attribute="site", spans=(Span.cut(note, 28, 32),)),
    )
    paclitaxel = Administration(
        drug="paclitaxel",
        written="Taxol",
        dose="300",
        unit="mg",
        route="IV",
        technique="infusion",
        start=_at(70),
        evidence=evidence,
    )
    (gap,) = gaps_of(Facts(visit=Visit(date_of_service=DAY), administrations=(paclitaxel,), diagnoses=(_CANCER,)))
    assert [(item.attribute, [span.quote for span in item.spans]) for item in gap.evidence] == [
        ("drug", ["Taxol"]),
        ("start", ["10:10"]),
    ]
    assert gap.facts == ("administrations/0",)
    assert gap.query.startswith("The infusion of Taxol is charted as started at 10:10")


def test_a_question_without_any_indicator_is_not_sent() -> None:
    (gap,) = gaps_of(Facts(visit=Visit(signature="unsigned"), diagnoses=(_CANCER,)), on=None)
    assert (gap.kind, gap.query) == ("unsigned-note", "")


def test_recodes_are_bounded() -> None:
    paclitaxel = [
        Administration(drug="paclitaxel", dose="30", unit="mg", route="IV", technique="infusion", start=_at(60 * hour))
        for hour in range(8)
    ]
    asked = []
    facts = Facts(visit=Visit(date_of_service=DAY), administrations=tuple(paclitaxel), diagnoses=(_CANCER,))

    class NoLines:
        lines = ()

    def recode(changed: Facts) -> tuple[()]:
        asked.append(changed)
        return ()

    profile = TERMINOLOGY.profiles.get("medicare", DAY)
    (gap,) = find_gaps(facts, NoLines(), "physician", DAY, profile, TERMINOLOGY, recode)
    assert gap.what_if == ()
    assert len(asked) == 12


_CANCER = Diagnosis(code="C34.11")
_INFUSED = {
    "paclitaxel": "300",
    "carboplatin": "450",
    "gemcitabine": "1800",
    "pembrolizumab": "200",
    "fosaprepitant": "150",
    "docetaxel": "130",
}
_PUSHED = {"ondansetron": "8", "famotidine": "20", "doxorubicin": "100", "dexamethasone": "10"}


def _at(minute: int) -> datetime:
    return datetime(2026, 3, 30, 9, 0) + timedelta(minutes=minute)


@st.composite
def _encounters(draw: st.DrawFn) -> Facts:
    """Complete encounters: drugs one after the other on one port, nothing discarded."""
    drugs = draw(st.lists(st.sampled_from(sorted(_INFUSED | _PUSHED)), min_size=1, max_size=6, unique=True))
    given_drugs, clock = [], draw(st.integers(-60, 60))
    for drug in drugs:
        infused = drug in _INFUSED
        minutes = draw(st.integers(16, 200)) if infused else draw(st.integers(1, 15))
        given_drugs.append(
            Administration(
                drug=drug,
                dose=(_INFUSED | _PUSHED)[drug],
                unit="mg",
                route="IV",
                technique="infusion" if infused else "push",
                start=_at(clock),
                stop=_at(clock + minutes),
                discarded=0,
                waste_statement="stated",
            )
        )
        clock += minutes + draw(st.integers(0, 20))
    visit = Visit(date_of_service=DAY, signature="signed", bsa_m2="1.8")
    return Facts(visit=visit, administrations=tuple(given_drugs), diagnoses=(_CANCER,))


_SETTINGS = st.sampled_from(["physician", "facility"])


@settings(max_examples=40, deadline=None)
@given(facts=_encounters(), setting=_SETTINGS)
def test_complete_documentation_has_no_gap(facts: Facts, setting: Any) -> None:
    assert gaps_of(facts, setting) == ()


@settings(max_examples=40, deadline=None)
@given(facts=_encounters(), setting=_SETTINGS, data=st.data())
def test_taking_out_one_stop_makes_exactly_that_gap(facts: Facts, setting: Any, data: st.DataObject) -> None:
    infused = [i for i, item in enumerate(facts.administrations) if item.technique == "infusion"]
    if not infused:
        return
    index = data.draw(st.sampled_from(infused))
    given_drugs = list(facts.administrations)
    given_drugs[index] = given_drugs[index].model_copy(update={"stop": None})
    gaps = gaps_of(facts.model_copy(update={"administrations": tuple(given_drugs)}), setting)
    assert [(gap.kind, gap.about) for gap in gaps] == [("missing-stop-time", given_drugs[index].drug)]
    assert gaps[0].what_if


@settings(max_examples=30, deadline=None)
@given(facts=_encounters(), shift=st.integers(-90, 90))
def test_shifting_every_time_changes_no_gap(facts: Facts, shift: int) -> None:
    def cut(item: Administration, minutes: int) -> Administration:
        start = item.start + timedelta(minutes=minutes) if item.start else None
        return item.model_copy(update={"start": start, "stop": None})

    here, there = (
        gaps_of(facts.model_copy(update={"administrations": tuple(cut(item, by) for item in facts.administrations)}))
        for by in (0, shift)
    )
    assert [(gap.kind, gap.about, [w.changes for w in gap.what_if]) for gap in here] == [
        (gap.kind, gap.about, [w.changes for w in gap.what_if]) for gap in there
    ]


@settings(max_examples=20, deadline=None)
@given(facts=_encounters())
def test_same_facts_same_bytes(facts: Facts) -> None:
    stripped = tuple(
        item.model_copy(update={"stop": None, "discarded": None, "waste_statement": "silent"})
        for item in facts.administrations
    )
    open_facts = facts.model_copy(update={"administrations": stripped})
    first, second = ([gap.model_dump_json() for gap in gaps_of(open_facts)] for _ in range(2))
    assert first == second
