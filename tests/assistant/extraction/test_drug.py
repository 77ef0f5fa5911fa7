"""Drug names in running text: one mention each, under the ingredient's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.extraction.drug import find_drugs, find_misspelt
from terminology.store import Terminology


def drugs_in(text: str) -> list[str]:
    return [mention.drug for mention in find_drugs(text, Terminology.open().drugs)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paclitaxel 140 mg IV", ["paclitaxel"]),
        ("PACLITAXEL 140 mg IV", ["paclitaxel"]),
        ("PACLitaxel 140 mg IV", ["paclitaxel"]),
        ("paclitaxel protein-bound 180 mg", ["nab-paclitaxel"]),
        ("Abraxane 180 mg", ["nab-paclitaxel"]),
        ("Keytruda (pembrolizumab) 200 mg", ["pembrolizumab"]),
        ("pembrolizumab (KEYTRUDA) 200 mg", ["pembrolizumab"]),
        ("pembrolizumab [Keytruda] 200 mg", ["pembrolizumab"]),
        ("Remicade / infliximab 400 mg", ["infliximab"]),
        ("rituximab-abbs (Truxima) 700 mg", ["rituximab-abbs"]),
        ("Mvasi 400 mg", ["bevacizumab-awwb"]),
        ("trastuzumab 390 mg, pertuzumab 420 mg", ["trastuzumab", "pertuzumab"]),
        ("ado-trastuzumab emtansine 245 mg", ["ado-trastuzumab emtansine"]),
        ("Doxil 72 mg", ["liposomal doxorubicin"]),
        ("Darzalex Faspro 1800 mg", ["daratumumab-hyaluronidase"]),
        ("5-FU 700 mg", ["fluorouracil"]),
        ("Zofran 8 mg, Decadron 10 mg", ["ondansetron", "dexamethasone"]),
        ("Benadryl 25 mg IVP", ["diphenhydramine"]),
    ],
)
def test_names(text: str, expected: list[str]) -> None:
    assert drugs_in(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "cisplatin-induced neuropathy",
        "platinum-refractory disease",
        "paclitaxel allergy",
        "methotrexate level 0.05",
        "prefluorouracilic",  # a name inside a longer word
        "The patient was calm and cooperative.",
        "",
    ],
)
def test_no_names(text: str) -> None:
    assert drugs_in(text) == []


def test_the_written_words_are_kept() -> None:
    (mention,) = find_drugs("gave Keytruda (pembrolizumab) 200 mg", Terminology.open().drugs)
    assert mention.written == "Keytruda (pembrolizumab)"
    assert mention.brand


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Carbplatin 410 mg IV", "carboplatin"),
        ("pembrolizumb 200 mg IV", "pembrolizumab"),
        ("ondansteron 8 mg IVP", "ondansetron"),
        ("Carbplatin was discussed", None),  # no dose, no guess
        ("Patient tolerated 200 mg well", None),
        ("received infusion of 250 mL without problems", None),
    ],
)
def test_misspelt_names(text: str, expected: str | None) -> None:
    mention = find_misspelt(text, 0, len(text), Terminology.open().drugs)
    assert (mention.drug if mention else None) == expected


_WORDS = ["paclitaxel", "Taxol", "(", ")", " ", "/", "-", "\n", "cisplatin", "induced", "NS", "10 mg", "5-FU", "é"]


@given(st.lists(st.sampled_from(_WORDS), max_size=20))
def test_mentions_are_slices_in_order_and_apart(pieces: list[str]) -> None:
    text = "".join(pieces)
    end = 0
    for mention in find_drugs(text, Terminology.open().drugs):
        assert mention.start >= end
        assert text[mention.start : mention.end] == mention.written
        end = mention.end
