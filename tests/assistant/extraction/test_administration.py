"""What was given, withheld or planned, as nurses chart it; and what must hold for any chart."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fact import Administration
from tests.assistant.extraction.chart import ON, read_cases, read_chart, read_table, run_case

TABLES = (
    "time", "amount", "waste", "status", "table", "form", "prose", "sharing", "fluid", "repeat", "route", "blood",
    "pump", "chart",
)  # fmt: skip
# Every chart with the fault it is known for, if any.
CHARTS = {
    case["text"]: case.get("open")
    for table in (*TABLES, "interruption", "access", "order")
    for case in read_table("administration", table)
}


@pytest.mark.parametrize("case", read_cases("administration", *TABLES))
def test_administrations(case: dict[str, Any]) -> None:
    found, wanted = run_case(case)
    assert found == wanted


def test_every_span_is_a_slice_of_the_chart() -> None:
    for text in CHARTS:
        for fact in read_chart(text):
            assert all(text[span.start : span.end] == span.quote for span in fact.spans_of())
            assert fact.spans_of("drug")


def test_line_ends_change_no_fact() -> None:
    for text in (text for text, fault in CHARTS.items() if not fault):
        other = read_chart(text.replace("\n", "\r\n"))
        assert [_without_words(fact) for fact in other] == [_without_words(fact) for fact in read_chart(text)]


def test_leading_blank_lines_shift_every_span() -> None:
    for text in CHARTS:
        moved = read_chart("\n\n\n" + text)
        assert [_without_words(fact) for fact in moved] == [_without_words(fact) for fact in read_chart(text)]
        assert [(span.start - 3, span.quote) for fact in moved for span in fact.spans_of()] == [
            (span.start, span.quote) for fact in read_chart(text) for span in fact.spans_of()
        ]


def _without_words(fact: Administration) -> Administration:
    return fact.model_copy(update={"evidence": (), "bag": fact.bag and "bag", "written": None})


_DRUGS = (("docetaxel", 120), ("nivolumab", 240), ("carboplatin", 450), ("trastuzumab", 390), ("gemcitabine", 1700))
_FORMS = (
    "{drug} {dose} mg IV {start}-{stop}",
    "{start}-{stop} {drug} {dose} mg IV infusion",
    "{drug} {dose} mg IVPB start {start} stop {stop}",
    "{drug} {dose} mg IV started at {start}, completed at {stop}.",
    "{start} {drug} {dose} mg IV infusion started\n{stop} {drug} complete",
    "| {start} | {drug} | {dose} mg | IV | {stop} |",
)
_HEADER = "| Time | Drug | Dose | Route | Stop |\n"


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(5, 90)), min_size=1, max_size=5),
    st.sampled_from(_FORMS),
    st.sampled_from(["%H%M", "%H:%M"]),
    st.integers(0, 240),
)
def test_later_clock_times_move_the_facts_alone(
    stretches: list[tuple[int, int]], form: str, clock: str, minutes: int
) -> None:
    """All times of a chart moved by some minutes move its starts and stops by the same, and nothing else."""
    early = read_chart(_write(stretches, form, clock, 0))
    late = read_chart(_write(stretches, form, clock, minutes))
    shift = timedelta(minutes=minutes)
    assert len(early) == len(stretches)
    assert [(fact.drug, fact.dose, fact.route, fact.status) for fact in early] == [
        (fact.drug, fact.dose, fact.route, fact.status) for fact in late
    ]
    assert [(_moved(fact.start, shift), _moved(fact.stop, shift)) for fact in early] == [
        (fact.start, fact.stop) for fact in late
    ]
    assert [fact.start for fact in early] == [start for start, _ in _times(stretches, 0)]
    assert [fact.stop for fact in early] == [stop for _, stop in _times(stretches, 0)]


def _times(stretches: list[tuple[int, int]], minutes: int) -> list[tuple[datetime, datetime]]:
    """Starts and stops one after another from half past seven; four hours later all of them still lie before eight."""
    times = []
    now = datetime(ON.year, ON.month, ON.day, 7, 30) + timedelta(minutes=minutes)
    for pause, length in stretches:
        start = now + timedelta(minutes=pause + 1)
        now = start + timedelta(minutes=length)
        times.append((start, now))
    return times


def _write(stretches: list[tuple[int, int]], form: str, clock: str, minutes: int) -> str:
    rows = [
        form.format(drug=drug, dose=dose, start=f"{start:{clock}}", stop=f"{stop:{clock}}")
        for (drug, dose), (start, stop) in zip(_DRUGS, _times(stretches, minutes), strict=False)
    ]
    return (_HEADER if form.startswith("|") else "") + "\n".join(rows)


def _moved(moment: datetime | None, shift: timedelta) -> datetime | None:
    return moment + shift if moment else None


_FRAGMENTS = (
    "docetaxel", "Keytruda", "NS", "heparin", "120 mg", "250 mL", "1 unit", "2 x 100 mg SDV", "0930", "10:33", "1:15",
    "-", "to", "stopped", "started", "paused", "held", "refused", "PRN", "wasted", "no waste", "Waste: ___", "IV", "SC",
    "port", "mixed in one bag", "and", ",", ".", ";", "|", "\t", "\n", "\r\n", "   ", "[ ]", "[x]", "Drug:", "Order:",
    "03/10/2026", "2026-03-11", "reaction", "restarted", "x2", "=", "mg/m2", "AUC 5", "Unit 2", "returned", "é", "☐",
)  # fmt: skip


@given(st.lists(st.sampled_from(_FRAGMENTS), max_size=30), st.sampled_from([" ", ""]))
def test_any_words_give_facts_with_words_of_the_chart(pieces: list[str], gap: str) -> None:
    text = gap.join(pieces)
    for fact in read_chart(text):
        assert all(text[span.start : span.end] == span.quote for span in fact.spans_of())
        assert fact.spans_of("drug")
        assert fact.discarded is None or fact.discarded >= 0
        assert all(pause.start < pause.stop for pause in fact.interruptions)
