"""Questions to clinicians: what may be sent, and that every wording of the catalogue may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assistant.documentation.query import OPTIONS, lint_query, write_query
from terminology.gap import GapCatalogue, GapEntry, blanks_of

LINT = yaml.safe_load((Path(__file__).parents[2] / "cases" / "gap" / "query.yaml").read_text(encoding="utf-8"))
ENTRIES = GapCatalogue.load().entries()
WORDS = {
    "drug": "Taxol",
    "dose": "136 mg",
    "start": "10:10",
    "stop": "11:12",
    "date": "03/30/2026",
    "route": "IV",
    "technique": "push",
    "minutes": "62",
    "times": "10:10 to 11:12",
    "other_drug": "Paraplatin",
    "other_times": "11:00 to 11:30",
    "ordered": "60",
    "actual": "62",
    "given": "136 mg",
    "calculated": "140 mg",
    "waste": "4 mg",
    "containers": "2 x 100 mg",
    "basis": "mg/m2",
    "sites": "left port, right arm",
    "event": "hives",
    "total": "450 mg/m2",
    "text": "breast ca",
    "about": "breast",
    "places": "11 and 22",
    "stage": "T2 N0 M0",
    "result": "positive",
    "other_result": "negative",
    "status": "pending",
}


@pytest.mark.parametrize("case", LINT, ids=[case["text"][:60] for case in LINT])
def test_lint(case: dict[str, Any]) -> None:
    reasons = lint_query(case["text"], case["indicators"])
    assert bool(reasons) == bool(case["refused"]), reasons
    for words in case["refused"]:
        assert any(words in reason for reason in reasons), reasons


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_every_wording_may_be_sent(entry: GapEntry) -> None:
    for wording in entry.queries:
        blanks = blanks_of(wording)
        text = wording.format_map(WORDS)
        assert lint_query(text, [WORDS[blank] for blank in blanks]) == (), wording


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.id for entry in ENTRIES])
def test_the_fullest_wording_that_can_be_filled_is_taken(entry: GapEntry) -> None:
    last = blanks_of(entry.queries[-1])
    shortest = write_query(entry, {blank: WORDS[blank] for blank in last})
    assert shortest.casefold().startswith(entry.queries[-1].format_map(WORDS).casefold()) or len(entry.queries) > 1
    assert shortest
    assert write_query(entry, {}) == ""


def test_options_end_with_the_ways_out() -> None:
    for entry in ENTRIES:
        if entry.options:
            text = write_query(entry, WORDS)
            assert text.partition(OPTIONS)[2].endswith("other; unable to determine."), entry.id


def test_a_chart_that_talks_about_money_is_not_quoted() -> None:
    entry = GapCatalogue.load().get("G39")
    sent = write_query(entry, {"text": "breast ca, bill Medicare", "about": "breast"})
    assert (
        sent
        == "The diagnosis is recorded for the breast. Please document the specific site within the organ, if known."
    )


@given(text=st.text(max_size=80), indicators=st.lists(st.text(max_size=10), max_size=3))
def test_text_without_a_request_is_never_sent(text: str, indicators: list[str]) -> None:
    if "?" not in text and "please" not in text.casefold():
        assert lint_query(text, indicators)


@given(
    word=st.sampled_from(
        ["billed", "reimbursement", "denied", "audit", "CPT", "modifier", "$12", "96413", "J9271", "C50.911"]
    )
)
def test_no_question_survives_a_forbidden_word(word: str) -> None:
    assert lint_query(f"Taxol is charted at 10:10 ({word}). Please document the stop.", ["Taxol", "10:10"])
