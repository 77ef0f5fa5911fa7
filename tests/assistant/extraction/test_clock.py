"""Clock times, ranges and dates in nursing text, and the numbers that are none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.extraction.clock import find_clocks, find_dates, find_ranges


def clocks_in(text: str, year: int | None = 2026) -> list[str]:
    found = find_clocks(text, 0, len(text), find_dates(text, 0, len(text), year))
    return [f"{clock.minute // 60:02d}:{clock.minute % 60:02d}" for clock in found]


def ranges_in(text: str) -> list[str]:
    found = find_ranges(text, find_clocks(text, 0, len(text)))
    return [
        "-".join(f"{clock.minute // 60:02d}:{clock.minute % 60:02d}" for clock in (pair.first, pair.last))
        for pair in found
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0915", ["09:15"]),
        ("09:15", ["09:15"]),
        ("9:15", ["09:15"]),
        ("9:15a", ["09:15"]),
        ("9:15 am", ["09:15"]),
        ("9:15 A.M.", ["09:15"]),
        ("2:05p", ["14:05"]),
        ("2:05 pm", ["14:05"]),
        ("12:05 am", ["00:05"]),
        ("12:05 pm", ["12:05"]),
        ("9 am", ["09:00"]),
        ("at noon", ["12:00"]),
        ("at midnight", ["00:00"]),
        ("0915h", ["09:15"]),
        ("0915 hrs", ["09:15"]),
        ("09:15:30", ["09:15"]),
        ("2026-03-11T09:15", ["09:15"]),
        ("03/11/2026 0915", ["09:15"]),
        ("2400", []),
        ("24:00", ["00:00"]),
        ("at 0915 and 1030", ["09:15", "10:30"]),
    ],
)
def test_times(text: str, expected: list[str]) -> None:
    assert [("00:00" if clock == "24:00" else clock) for clock in clocks_in(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "1500 mg",
        "1,500 mg",
        "1000 mL NS",
        "1200mg",
        "in June 2026",
        "since 2024",
        "03/11/2026",
        "2026-03-11",
        "MRN 0012044",
        "120/74",
        "98.6",
        "2575",
        "1261",
        "25:10",
        "9:75",
        "ratio 1:10000",
        "#1015",
        "$1200",
        "0.0915",
    ],
)
def test_numbers_that_are_no_times(text: str) -> None:
    assert clocks_in(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0915-1020", ["09:15-10:20"]),
        ("09:15 – 10:20", ["09:15-10:20"]),
        ("0915 to 1020", ["09:15-10:20"]),
        ("0915 until 1020", ["09:15-10:20"]),
        ("0915 -> 1020", ["09:15-10:20"]),
        ("0915 ~ 1020", ["09:15-10:20"]),
        ("915-1020", ["09:15-10:20"]),
        ("between 0915 and 1020", ["09:15-10:20"]),
        ("0915 and 1020", []),
        ("0915, 1020", []),
        ("9:15-10:20 am", ["09:15-10:20"]),
        ("1:15-2:20 pm", ["13:15-14:20"]),
        ("11:40-12:45 pm", ["11:40-12:45"]),
        ("11:15 am - 1:20", ["11:15-13:20"]),
        ("0915-1020, 1100-1130", ["09:15-10:20", "11:00-11:30"]),
    ],
)
def test_ranges(text: str, expected: list[str]) -> None:
    assert ranges_in(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03/11/2026", [date(2026, 3, 11)]),
        ("3/11/26", [date(2026, 3, 11)]),
        ("2026-03-11", [date(2026, 3, 11)]),
        ("March 11, 2026", [date(2026, 3, 11)]),
        ("Mar 11 2026", [date(2026, 3, 11)]),
        ("11 March 2026", [date(2026, 3, 11)]),
        ("11-Mar-2026", [date(2026, 3, 11)]),
        ("11MAR2026", []),
        ("given 3/11", [date(2026, 3, 11)]),
        ("pain 3/10", []),
        ("ECOG 1/10", []),
        ("02/30/2026", []),
        ("13/11/2026", []),
        ("120/74", []),
    ],
)
def test_dates(text: str, expected: list[date]) -> None:
    assert [mention.day for mention in find_dates(text, 0, len(text), 2026)] == expected


def test_a_date_without_a_year_needs_one() -> None:
    assert find_dates("given 3/11", 0, 10, None) == ()
    assert not find_dates("given 3/11", 0, 10, 2025)[0].year_written


@given(st.times(), st.sampled_from(["%H%M", "%H:%M", "%I:%M %p", "%I:%M%p", "%H:%M:%S"]))
def test_any_time_is_read_in_any_form(moment: object, form: str) -> None:
    text = f"started {moment:{form}} today"
    assert clocks_in(text) == [f"{moment:%H:%M}"]


@given(st.text(alphabet="0123456789:/-.,apmAPM hT\n", max_size=40))
def test_clocks_stand_where_they_say(text: str) -> None:
    for clock in find_clocks(text, 0, len(text), find_dates(text, 0, len(text), 2026)):
        assert 0 <= clock.start < clock.end <= len(text)
        assert 0 <= clock.minute <= 1440
        assert any(character.isdigit() for character in text[clock.start : clock.end])
