"""Services besides drugs."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.extraction.procedure import read_procedures
from tests.assistant.extraction.chart import read_cases


@pytest.mark.parametrize("case", read_cases("visit", "procedure"))
def test_procedures(case: dict[str, Any]) -> None:
    found = read_procedures(case["text"])
    assert [procedure.kind for procedure in found] == case["kinds"]
    for span in (span for procedure in found for span in procedure.spans_of("kind")):
        assert case["text"][span.start : span.end] == span.quote
