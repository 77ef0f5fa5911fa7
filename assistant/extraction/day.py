"""Dates beside a statement: the day of another dose, the stamp of an order or signature, the night of this visit."""

from __future__ import annotations

import re
from datetime import date

from assistant.extraction.clock import DateMention
from assistant.intake.layout import Clause
from terminology.pattern import load_patterns

_NOT_VISIT_DATE = load_patterns("statement")["not_visit_date"]


def is_stamp(text: str, clause: Clause, mention: DateMention, zone: str | None) -> bool:
    """Whether a date and time are those of an order or signature."""
    before = text[max(clause.start, mention.start - 26) : mention.start]
    if not before.strip() and clause.first_in_row:
        return False  # the row begins with its date and time
    return zone in ("order", "sign") or bool(_NOT_VISIT_DATE.search(before))


def find_other_day(
    text: str, on: date | None, clause: Clause, start: int, end: int, dates: tuple[DateMention, ...]
) -> date | None:
    """A date other than the visit's that dates this statement, if any."""
    if on is None:
        return None
    own = [mention for mention in dates if start <= mention.start < end]
    if not own:  # a date earlier in the clause still governs: "[Day 1 was 1/14: drug A, drug B]"
        own = [mention for mention in dates if mention.start < start][-1:]
    if not own or any(mention.day == on for mention in own):
        return None
    for mention in own:
        if mention.day == on or (abs((mention.day - on).days) == 1 and _crosses_midnight(text, mention)):
            continue
        if not _NOT_VISIT_DATE.search(text[max(clause.start, mention.start - 26) : mention.start]):
            return mention.day
        if re.search(
            r"\b(?:given|done)(?: on)?\s{0,2}$",
            text[max(clause.start, mention.start - 10) : mention.start],
            re.IGNORECASE,
        ):
            return mention.day
    return None


def _crosses_midnight(text: str, mention: DateMention) -> bool:
    """Small hours of the next day: "2/28 0150", "at 0041 on 21 Feb"."""
    after = text[mention.end : mention.end + 10]
    before = text[max(0, mention.start - 12) : mention.start]
    small = r"\b0?[0-6]:?[0-5]\d\b"
    return bool(re.match(rf"\s{{0,4}}@?\s?{small}", after) or re.search(rf"{small}\s(?:on\s)?$", before))
