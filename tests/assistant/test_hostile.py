"""Text that no coder writes: coded or refused with a typed error, in time, every span a slice of the very text."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assistant.intake.text import check_text
from assistant.pipeline import code_note
from models.case import Case
from models.errors import OncodeError
from models.note import Note
from models.record import Record
from models.span import Span
from terminology.store import Terminology

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases" / "hostile"
SAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "api" / "samples").glob("*.txt"))}
TEXTS: list[dict[str, Any]] = yaml.safe_load((CASES / "text.yaml").read_text(encoding="utf-8"))
VARIANTS: list[dict[str, str]] = yaml.safe_load((CASES / "variant.yaml").read_text(encoding="utf-8"))
REPEATED: list[str] = yaml.safe_load((CASES / "repeated.yaml").read_text(encoding="utf-8"))
LONG = 50_000  # characters
MOST_SECONDS = 10.0  # CPU for LONG characters of anything; about three times what the worst takes
GROWTH = 2.6  # when a real note becomes twice as long


def read(text: str) -> Case:
    """As every way in does it: the text is checked, then coded."""
    check_text(text, "the note")
    return code_note(Note(id="hostile", text=text), Terminology.open())


def spans_in(value: object) -> Iterator[Span]:
    if isinstance(value, Span):
        yield value
    elif isinstance(value, Record):
        for name in type(value).model_fields:
            yield from spans_in(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from spans_in(item)


def claim(case: Case) -> list[tuple[str, int, tuple[str, ...], date | None]]:
    return [(line.code, line.units, line.modifiers, line.date_of_service) for line in case.lines]


def codes(case: Case) -> tuple[object, ...]:
    return claim(case), [item.code for item in case.facts.diagnoses], [(gap.kind, gap.about) for gap in case.gaps]


def seconds(text: str) -> float:
    start = time.process_time()
    with suppress(OncodeError):
        read(text)
    return time.process_time() - start


@pytest.mark.parametrize("row", TEXTS, ids=lambda row: str(row["name"]))
def test_odd_text_is_coded_or_refused(row: dict[str, Any]) -> None:
    text = row["text"] * row.get("times", 1)
    if expected := row.get("refused"):
        with pytest.raises(OncodeError) as refusal:
            read(text)
        assert type(refusal.value).__name__ == expected
        assert "paclitaxel" not in str(refusal.value)
        return
    case = read(text)
    assert case.note.text == text
    assert [span for span in spans_in(case) if text[span.start : span.end] != span.quote] == []
    assert all(line.units > 0 for line in case.lines)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("row", VARIANTS, ids=lambda row: row["name"])
def test_other_characters_give_the_same_lines(row: dict[str, str], sample: str) -> None:
    text = SAMPLES[sample].replace(row["of"], row["is"])
    case = read(text)
    assert claim(case) == claim(read(SAMPLES[sample]))
    assert [span for span in spans_in(case) if text[span.start : span.end] != span.quote] == []


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("added", ["Sjögren, Waldenström, Ménière", "naïve José Núñez, Zoë"])
def test_composed_and_decomposed_letters_give_the_same_codes(sample: str, added: str) -> None:
    text = f"{SAMPLES[sample]}\nSigned: {added}\n"
    assert codes(read(unicodedata.normalize("NFC", text))) == codes(read(unicodedata.normalize("NFD", text)))


WORDS = sorted({word for text in SAMPLES.values() for word in text.replace("\n", " \n ").split(" ") if word})
SIGNS = ["|", "\t", "\n\n", "\r", "(", ")", "[ ]", "[x]", '"', "-", ":", "/", "\u00a0", "\ufeff", "\u0301", "µg", "１"]
PARTS = [
    "| time | drug | dose |\n",
    "0915-1015",
    "24:00",
    "12a",
    "1/2",
    "1,000",
    "0 mg",
    "NDC",
    "JW",
    "held",
    "not given",
]
FRAGMENTS = st.sampled_from([*WORDS, *SIGNS, *PARTS])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    st.one_of(st.lists(FRAGMENTS, max_size=60).map(" ".join), st.lists(FRAGMENTS, max_size=60).map("".join), st.text())
)
@example("DOS 03/30/2026 177lu dotatate 7.4 GBq IV started 0915")  # once no rank among the drugs of a visit
def test_no_text_raises_anything_but_a_typed_error(text: str) -> None:
    try:
        case = read(text)
    except OncodeError:
        return
    assert [span for span in spans_in(case) if text[span.start : span.end] != span.quote] == []


@pytest.mark.parametrize("unit", REPEATED)
def test_any_text_is_read_in_time(unit: str) -> None:
    text = (unit * (LONG // len(unit) + 1))[:LONG]
    assert seconds(text) < MOST_SECONDS or seconds(text) < MOST_SECONDS  # a busy machine gets a second chance


def test_a_note_twice_as_long_takes_twice_the_time() -> None:
    note = "\n\n".join(SAMPLES.values())
    twice, four_times = note * 2, note * 4
    read(note)  # loads tables and libraries
    assert any(seconds(four_times) / seconds(twice) < GROWTH for _ in range(4))
