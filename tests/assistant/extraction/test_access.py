"""Access devices and injection sites under one name each."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.extraction.access import read_site
from terminology.cue import load_cues
from tests.assistant.extraction.chart import read_cases, run_case


@pytest.mark.parametrize("case", read_cases("administration", "access"))
def test_access_of_a_drug(case: dict[str, Any]) -> None:
    found, wanted = run_case(case)
    assert found == wanted


@pytest.mark.parametrize(
    ("words", "name", "device"),
    [
        ("R chest port", "right chest port", "port"),
        ("Left mediport accessed", "left chest port", "port"),
        ("20g PIV L AC", "left AC PIV", "PIV"),
        ("peripheral IV right hand", "right hand PIV", "PIV"),
        ("double lumen PICC R upper arm, red lumen", "right upper arm PICC", "PICC"),
        ("Hickman", "central line", "central line"),
        ("L deltoid", "left deltoid", None),
        ("RLQ abdomen", "abdomen", None),
    ],
)
def test_site(words: str, name: str, device: str | None) -> None:
    site = read_site(words, 0, len(words), load_cues())
    assert site is not None
    assert (site.name, site.device) == (name, device)
    assert words[site.start : site.end]


@pytest.mark.parametrize(
    "words", ["no access today", "chest pain resolved", "removed port", "labs drawn from port", ""]
)
def test_no_site(words: str) -> None:
    site = read_site(words, 0, len(words), load_cues())
    assert site is None or site.device is None
