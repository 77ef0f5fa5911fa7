"""Pauses, restarts and early ends, as nurses chart them."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.extraction.interruption import reached
from tests.assistant.extraction.chart import read_cases, run_case


@pytest.mark.parametrize("case", read_cases("administration", "interruption"))
def test_interruptions(case: dict[str, Any]) -> None:
    found, wanted = run_case(case)
    assert found == wanted


@pytest.mark.parametrize(
    ("words", "is_amount_received"),
    [
        ("received 22 mg", True),
        ("approx 22 mg infused", True),
        ("1,040 mg had infused", True),
        ("infused over 22 min", False),
        ("received in good condition", False),
    ],
)
def test_amount_received(words: str, is_amount_received: bool) -> None:
    assert reached(words) is is_amount_received
