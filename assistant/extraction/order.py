"""What orders and authorizations say about a drug that was given: another dose, another product, too early.

Each hole is named on the administration itself, with the words that show it; a silent note shows none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from assistant.extraction.amount import find_amounts
from assistant.extraction.clock import find_dates
from assistant.extraction.coverage import AUTHORIZATION
from assistant.extraction.draft import Draft
from assistant.extraction.drug import DrugMention, find_drugs
from terminology.drug import DrugDictionary
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("order")

_I = re.IGNORECASE
_INTERVAL = _PATTERNS["interval"]
_NUMBERS = {"other": 2, "two": 2, "three": 3, "four": 4, "six": 6, "eight": 8, "twelve": 12}
_EARLIER = re.compile(
    r"\b(?:last|previous|prior|prev|dose\s?#?\s?\d+|infusion\s?#?\s?\d+|#\s?\d+|c(?:ycle)?\s?\d+)\b[^\n]{0,60}$", _I
)
_NOT_EARLIER = _PATTERNS["not_earlier"]
_SINCE = re.compile(
    r"\b(\d{1,2})\s?days? (?:after|since|from|post) (?:c\d|cycle|the last|last|dose|previous|prior)", _I
)
_UNTIL = re.compile(
    r"(?:thru|through|expire[sd]?|exp\.?|valid (?:to|until|thru)|until|ends?|to|-)\s{0,2}:?\s{0,2}$", _I
)
# An ordered interval is met with a day or two of scheduling slack; "at least" is meant as written.
_SLACK = Decimal("0.9")


def check_orders(text: str, drafts: Sequence[Draft], on: date | None, dictionary: DrugDictionary) -> None:
    """Name the holes ``authorization-mismatch`` and ``frequency-exceeded`` on the given drafts concerned."""
    given = [draft for draft in drafts if draft.status in ("given", "stopped-early")]
    for start, end in _lines(text):
        mentions = find_drugs(text[start:end], dictionary)
        if authorization := AUTHORIZATION.search(text, start, end):
            _check_authorization(text, authorization.start(), end, start, mentions, given, on, dictionary)
    if on is not None:
        _check_frequency(text, given, on, dictionary)


def _lines(text: str) -> list[tuple[int, int]]:
    bounds = [0, *(match.end() for match in re.finditer(r"\n", text)), len(text)]
    return list(pairwise(bounds))


def _named(drug: str, mention: DrugMention, dictionary: DrugDictionary) -> bool:
    one, two = dictionary.get(drug), dictionary.get(mention.drug)
    return one is not None and two is not None and one.ingredient == two.ingredient


def _check_authorization(
    text: str,
    begin: int,
    end: int,
    line_start: int,
    mentions: Sequence[DrugMention],
    given: Sequence[Draft],
    on: date | None,
    dictionary: DrugDictionary,
) -> None:
    for number, mention in enumerate(mentions):
        start = line_start + mention.start
        if start < begin - 40:
            continue
        stop = line_start + mentions[number + 1].start if number + 1 < len(mentions) else end
        doses = [
            a for a in find_amounts(text, line_start + mention.end, stop) if a.role in ("dose", "basis", "ordered")
        ]
        for draft in given:
            if not _named(draft.drug.name, mention, dictionary):
                continue
            other = any(
                a.role != "basis"
                and a.unit == draft.unit
                and draft.dose is not None
                and a.value != _day_dose(draft, given)
                for a in doses
            )
            covered = _INTERVAL.search(text, line_start + mention.end, stop)
            if (other and draft.unit is not None) or (covered and _runs_faster(text, covered, begin, end)):
                _name(draft, "authorization-mismatch", start, stop)
    if on is not None and len(given) and _ended(text, begin, end, on):
        for draft in [d for m in mentions for d in given if _named(d.drug.name, m, dictionary)][:1]:
            _name(draft, "authorization-mismatch", begin, end)


def _runs_faster(text: str, covered: re.Match[str], begin: int, end: int) -> bool:
    """Whether the note, outside the authorization's line, tells a shorter interval than the one covered."""
    allowed = _days(covered)
    for match in _SINCE.finditer(text):
        inside = begin <= match.start() < end
        if allowed is not None and not inside and Decimal(match[1]) < allowed * _SLACK:
            return True
    return False


def _day_dose(draft: Draft, given: Sequence[Draft]) -> Decimal:
    return sum((d.dose for d in given if d.drug.name == draft.drug.name and d.dose is not None), Decimal(0))


def _ended(text: str, begin: int, end: int, on: date) -> bool:
    ends = [
        m.day for m in find_dates(text, begin, end, on.year) if _UNTIL.search(text[max(begin, m.start - 14) : m.start])
    ]
    return bool(ends) and max(ends) < on


def _check_frequency(text: str, given: Sequence[Draft], on: date, dictionary: DrugDictionary) -> None:
    """The interval of the order against the last dose, both as the note states them for one drug."""
    mentions = find_drugs(text, dictionary)
    mains = [draft for draft in given if draft.drug.category != "hydration" and not draft.drug.supportive] or list(
        given
    )
    earlier = [m for m in find_dates(text, 0, len(text), on.year) if m.day < on and _dates_a_dose(text, m.start)]
    for match in _INTERVAL.finditer(text):
        about = _drug_before(text, match.start(), mentions)
        draft = next((d for d in given if about and _named(d.drug.name, about, dictionary)), None)
        if draft is None and about is None and len({d.drug.ingredient for d in mains}) == 1:
            draft = mains[0]
        interval = _days(match)
        if draft is None or interval is None:
            continue
        same = [m for m in earlier if _may_date(text, m.start, draft, mentions, dictionary)]
        last = max((m.day for m in same), default=None)
        if last is not None and on - last < timedelta(days=float(interval * (1 if match["least"] else _SLACK))):
            mention = next(m for m in same if m.day == last)
            _name(draft, "frequency-exceeded", match.start(), match.end())
            draft.note("frequency-exceeded", mention.start, mention.end)


def _dates_a_dose(text: str, position: int) -> bool:
    words = _line_before(text, position)
    return bool(_EARLIER.search(words)) and not _NOT_EARLIER.search(words)


def _may_date(
    text: str, position: int, draft: Draft, mentions: Sequence[DrugMention], dictionary: DrugDictionary
) -> bool:
    """Whether a date of an earlier dose can be this drug's: no other drug is named before it."""
    named = _drug_before(text, position, mentions, 90)
    return named is None or _named(draft.drug.name, named, dictionary)


def _line_before(text: str, position: int) -> str:
    return text[max(text.rfind("\n", 0, position) + 1, position - 70) : position]


def _drug_before(text: str, position: int, mentions: Sequence[DrugMention], reach: int = 70) -> DrugMention | None:
    """The last drug named before ``position`` within ``reach`` characters of the same line."""
    line = max(text.rfind("\n", 0, position) + 1, position - reach)
    return next((m for m in reversed(mentions) if line <= m.start and m.end <= position), None)


def _days(match: re.Match[str]) -> Decimal | None:
    if match["word"]:
        return {"weekly": Decimal(7), "biweekly": Decimal(14), "monthly": Decimal(28)}[match["word"].lower()]
    written, unit = match["least"] or match["number"] or "1", (match["least_unit"] or match["unit"]).lower()
    number = Decimal(_NUMBERS.get(written.lower(), 0) or written)
    return number * (1 if unit.startswith("d") else 7 if unit.startswith("w") else 28)


def _name(draft: Draft, hole: str, start: int, end: int) -> None:
    if hole not in draft.holes:
        draft.holes.append(hole)
    draft.note(hole, start, end)
