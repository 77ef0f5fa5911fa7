"""Clock times, time ranges and calendar dates in nursing text, with their offsets.

A clock is minutes after midnight of the day it is charted for (0..1440). What a clock *means* (start, stop, vital sign)
is decided by the reader of administrations, not here. All patterns are bounded; none nests a quantifier.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

_MERIDIAN = r"(?:\s?(?:in the (?:morning|afternoon|evening)|[aApP]\.[mM]\.?|[aApP][mM]\b|[aApP](?![A-Za-z0-9'])))"
_COLON = rf"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?:{_MERIDIAN}|\s?h(?:rs?|ours?)?\b)?"
_MILITARY = rf"(?:[01]\d|2[0-3])[0-5]\d(?:{_MERIDIAN}|\s?h(?:rs?|ours?)?\b)?"
_HOUR = r"(?:1[0-2]|[1-9])\s?(?:[aApP]\.[mM]\.?|[aApP][mM]\b)"
_WORD = r"(?i:\bnoon\b|\bmidnight\b)"
_UNIT_AFTER = r"(?!\s?(?:mg|mcg|ug|µg|gm?\b|mL|ml|cc|units?\b|u\b|mEq|meq|IU|iu|kg|cm|mm|%|x10|/\d))"
_NOT_INSIDE = r"(?<![\d.,:#$/A-Za-z])"
_CLOCK = re.compile(
    rf"{_NOT_INSIDE}(?:(?P<colon>{_COLON})(?![\d:])|(?P<military>{_MILITARY})(?![\d,]\d|\.\d|:\d|[\dA-Za-z/]){_UNIT_AFTER}"
    rf"|(?P<hour>{_HOUR}))|(?P<word>{_WORD})"
)
_RANGE_WORD = r"\s{0,3}(?:-{1,2}>?|–|—|→|=>|~|\s/(?=\s)|\bto\b|\buntil\b|\btill?\b|\bthru\b|\bthrough\b|\band\b)\s{0,3}"
_RANGE_GAP = re.compile(_RANGE_WORD, re.IGNORECASE)
_YEAR = re.compile(r"20[0-3]\d")
_TIME_WORD_BEFORE = re.compile(
    r"(?:\bat|@|\bon|\boff|stop\w{0,12}|start\w{0,12}|begun|began|hung|end\w{0,12}|until|till|\bto|-|complete\w{0,12}|done|finished|given|infused|time)\s{0,2}:?\s{0,2}$",
    re.IGNORECASE,
)
_AND = re.compile(r"\band\b", re.IGNORECASE)
_SHORT_FIRST = re.compile(
    r"(?<![\d.,:#$/A-Za-z-])(?P<first>[1-9][0-5]\d)(?=\s{0,2}(?:-|–)\s{0,2}(?:[01]\d|2[0-3])[0-5]\d(?!\d))"
)

# "920   palonosetron", "925-945   dexamethasone": hours below ten without their zero, only at the head of a row.
_SCORE_BEFORE = re.compile(
    r"\b(?:ICE|pain|score|ECOG|PS|strength|rated|fatigue|nausea|\d)\s{0,2}[:=]?\s{0,2}$", re.IGNORECASE
)  # "ICE 10/10"
_DATE_WORD_BEFORE = re.compile(
    r"(?:\b(?:on|dated|date|since|rtc|return|next|seen|of|due|from|until|thru|last|prior|dose|given|signed"
    r"|d1|day 1|c\d+"
    r"|ct|labs?)|[(:=#|,]|^)\s{0,2}$",
    re.IGNORECASE,
)
_SHORT_ROW = re.compile(
    r"\W{0,3}(?P<first>[1-9][0-5]\d)(?=\s{2,}[A-Za-z])|\W{0,3}(?P<from>[1-9][0-5]\d)-(?P<until>[1-9][0-5]\d|1[0-9][0-5]\d)(?=\s{1,}[A-Za-z])"
)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
            ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"), ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?<![\d./-])(?P<iso>(?P<y1>(?:19|20)\d\d)[-/.](?P<m1>0[1-9]|1[0-2])[-/.](?P<d1>0[1-9]|[12]\d|3[01]))(?!\d)"
    r"|(?<![\d./-])(?P<us>(?P<m2>0?[1-9]|1[0-2])[/.-](?P<d2>0?[1-9]|[12]\d|3[01])[/.-](?P<y2>(?:19|20)\d\d|\d\d))(?![\d/])"
    rf"|(?P<name>\b(?P<m3>{_MONTH})\.?\s{{1,2}}(?P<d3>[0-3]?\d)(?:st|nd|rd|th)?(?:,?\s{{1,2}}(?P<y3>(?:19|20)\d\d))?(?![\d:/]))"
    rf"|(?<![\d/])(?P<dmy>(?P<d4>[0-3]?\d)(?:st|nd|rd|th)?[\s/-](?P<m4>{_MONTH})\.?(?:,?[\s/-](?P<y4>(?:19|20)\d\d|\d\d(?!\d|:)))?\b)"
    r"|(?<![\d./A-Za-z-])(?P<short>(?P<m5>0?[1-9]|1[0-2])/(?P<d5>0?[1-9]|[12]\d|3[01]))(?![\d/]|\s?(?:mg|mL|ml|wk|inch))",
    re.IGNORECASE,
)


def _is_score(before: str, day_text: str) -> bool:
    """ "pain 5/10" is no tenth of May."""
    return bool(_SCORE_BEFORE.search(before)) or (day_text == "10" and not _DATE_WORD_BEFORE.search(before))


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as written at ``start:end``; ``minute`` 0..1440, ``meridian`` whether a.m./p.m. was written."""

    start: int
    end: int
    minute: int
    meridian: bool
    bare: bool  # four digits without a colon: may also be a number
    iso_date: date | None = None


@dataclass(frozen=True, slots=True)
class ClockRange:
    first: Clock
    last: Clock


@dataclass(frozen=True, slots=True)
class DateMention:
    """A calendar date; ``year_written`` is False where the year was taken from the date of service."""

    start: int
    end: int
    day: date
    year_written: bool


def find_dates(text: str, start: int, end: int, default_year: int | None) -> tuple[DateMention, ...]:
    """Dates in ``text[start:end]``; dates without a year need ``default_year`` and are skipped without one."""
    found = []
    for match in _DATE.finditer(text, start, end):
        number = next(n for n, name in enumerate(("iso", "us", "name", "dmy", "short"), start=1) if match[name])
        year_text = match[f"y{number}"] if number != 5 else None
        month_text, day_text = match[f"m{number}"], match[f"d{number}"]
        month = _MONTHS.get(month_text.lower(), 0) or int(month_text if month_text.isdigit() else 0)
        year = default_year if year_text is None else int(year_text) + (2000 if len(year_text) == 2 else 0)
        if year is None or not month:
            continue
        if number == 5 and _is_score(text[max(start, match.start() - 14) : match.start()], day_text):
            continue
        try:
            found.append(
                DateMention(match.start(), match.end(), date(year, month, int(day_text)), year_text is not None)
            )
        except ValueError:
            continue
    return tuple(found)


_NDC = re.compile(r"(?<!\d)\d{4,5}-\d{3,4}-\d{1,2}(?!\d)")


def find_clocks(text: str, start: int, end: int, dates: Sequence[DateMention] = ()) -> tuple[Clock, ...]:
    """All readings of a clock time in ``text[start:end]`` outside of ``dates``; bare numbers are included."""
    clocks: list[Clock] = []
    # Sliced, so that what stands before a table cell (a comma, a bar) does not belong to its number.
    words = text[start:end]
    for match in _SHORT_FIRST.finditer(words):
        hour, minute = divmod(int(match["first"]), 100)
        clocks.append(Clock(start + match.start(), start + match.end(), hour * 60 + minute, False, True))
    if row := _SHORT_ROW.match(words):
        for group in ("first", "from", "until"):
            if row[group]:
                hour, minute = divmod(int(row[group]), 100)
                clocks.append(Clock(start + row.start(group), start + row.end(group), hour * 60 + minute, False, True))
    codes = [code.span() for code in _NDC.finditer(words)]
    for match in _CLOCK.finditer(words):
        if any(low <= match.start() < high for low, high in codes):
            continue  # "NDC 0955-1020-01"
        if any(mention.start <= start + match.start() < mention.end for mention in dates):
            continue
        if match["word"] and not _TIME_WORD_BEFORE.search(words[max(0, match.start() - 12) : match.start()]):
            continue  # "went on past midnight" tells no time
        clock = _read(match, start)
        if (
            clock is not None
            and clock.bare
            and _YEAR.fullmatch(match.group())
            and match.start() > 3
            and not _TIME_WORD_BEFORE.search(words[max(0, match.start() - 12) : match.start()])
            and not _RANGE_GAP.match(words, match.end())
        ):
            continue  # "FOLFOX 2025", "IMRT in 2021"
        if clock is not None:
            clocks.append(clock)
    # The "T" of an ISO stamp is a letter, so the pattern above cannot see the time behind it.
    for mention in dates:
        if mention.end < end and text[mention.end] == "T":
            stamp = re.compile(r"T([01]\d|2[0-4]):?([0-5]\d)(?::[0-5]\d)?").match(text, mention.end, end)
            if stamp:
                minute = int(stamp[1]) * 60 + int(stamp[2])
                clocks.append(Clock(stamp.start(1), stamp.end(), minute, False, False, mention.day))
    distinct = {clock.start: clock for clock in clocks}
    return tuple(distinct[at] for at in sorted(distinct))


def _read(match: re.Match[str], shift: int) -> Clock | None:
    written = match.group().lower()
    if match["word"]:
        return Clock(shift + match.start(), shift + match.end(), 720 if written == "noon" else 1440, True, False)
    digits = re.findall(r"\d+", written)
    if match["military"]:
        hour, minute = int(digits[0][:2]), int(digits[0][2:])
    else:
        hour, minute = int(digits[0]), int(digits[1]) if len(digits) > 1 else 0
    written = written.replace("in the morning", "a").replace("in the afternoon", "p").replace("in the evening", "p")
    marked = re.search(r"([ap])\.?m?\.?$", written)
    if marked and hour <= 12:
        hour = hour % 12 + (12 if marked[1] == "p" else 0)
    if hour * 60 + minute > 1440:
        return None
    bare = bool(match["military"]) and not marked and not written.rstrip().endswith(("h", "r", "s"))
    return Clock(shift + match.start(), shift + match.end(), hour * 60 + minute, bool(marked), bare)


def find_ranges(text: str, clocks: Sequence[Clock]) -> tuple[ClockRange, ...]:
    """Neighbouring clocks joined by a range word; ``9:15-10:20 am`` gives both the meridian.

    "and" joins a range only behind "between".
    """
    ranges = []
    taken = -1
    for number, (first, last) in enumerate(pairwise(clocks)):
        gap = text[first.end : last.start]
        if number <= taken or not _RANGE_GAP.fullmatch(gap):
            continue
        if _AND.search(gap) and "between" not in text[max(0, first.start - 12) : first.start].lower():
            continue
        if last.meridian and not first.meridian and first.minute < 780:
            first = _with_meridian(first, last)
        elif first.meridian and not last.meridian and last.minute < first.minute:
            last = Clock(last.start, last.end, last.minute + 720, False, last.bare, last.iso_date)
        ranges.append(ClockRange(first, last))
        taken = number + 1
    return tuple(ranges)


def _with_meridian(first: Clock, last: Clock) -> Clock:
    hour12 = first.minute % 720
    for minute in (hour12 + 720, hour12):
        if minute <= last.minute:
            return Clock(first.start, first.end, minute, True, first.bare, first.iso_date)
    return first
