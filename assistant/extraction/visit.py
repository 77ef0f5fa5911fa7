"""Header facts of the encounter: date and place of service, signature, supervision, order, body measures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.extraction.clock import DateMention, find_dates
from assistant.extraction.coverage import read_coverage
from assistant.extraction.drug import find_drugs
from models.fact import Visit
from models.note import Setting
from models.span import Evidence, Span, merge_evidence
from terminology.drug import DrugDictionary
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("visit")

Match = re.Match[str]
_I = re.IGNORECASE

_DATE_LABEL = _PATTERNS["date_label"]
_DATE_STRONG = re.compile(r"(?:DOS|service|visit|treatment|infusion|procedure|seen|encounter|this is|today)", _I)
_DATE_OTHER = _PATTERNS["date_other"]
_SPAN_BEFORE = re.compile(r"\d\s{0,2}(?:into|to|->|→|-)\s{0,2}$", _I)
_ORDER_BEFORE = re.compile(r"\border\w{0,12}[^\n|;]{0,30}$", _I)
_SIGN_BEFORE = re.compile(r"(?:sign\w{0,12}|e-?sig\w{0,12}|authenticated|RN|LPN|MD|NP|OCN|/s/|by\s\w+)[^\n]{0,34}$", _I)
_DATE_BLANK = _PATTERNS["date_blank"]
_POS = re.compile(
    r"(?<!\bER )(?<!\bPR )(?<!HER2 )(?<!\bAR )\b(?:POS|place of service)\s{0,2}[:=#(]?\s{0,2}(?:code\s)?(\d{2})\b"
    r"|[;,\s]pos=(\d{2})\b",
    _I,
)
_PHYSICIAN_POS = {"11", "49", "50", "12"}
_FACILITY_POS = {"19", "22", "21", "23", "24"}
_FACILITY_WORDS = _PATTERNS["facility_words"]
_HOSPITAL_NAME = re.compile(
    r"\b(?:hospital|medical cent(?:er|re)|med ctr|univ(?:ersity)? hosp|health system|infirmary|regional)\b", _I
)
_OFFICE_WORDS = _PATTERNS["office_words"]
_OFFICE_STRONG = _PATTERNS["office_strong"]
_UNSIGNED = _PATTERNS["unsigned"]
_ORDER_UNSIGNED = re.compile(r"\border\w{0,12}[^.;\n]{0,40}$", _I)
_SIGNED = _PATTERNS["signed"]
_SUPERVISION_ABSENT = _PATTERNS["supervision_absent"]
_SUPERVISION_PRESENT = _PATTERNS["supervision_present"]
_PROVIDER_BLANK = _PATTERNS["provider_blank"]
_ORDER_MISSING = _PATTERNS["order_missing"]
_ORDERED = re.compile(r"\border(?:s|ed)?\b", _I)
_PROVIDER = _PATTERNS["provider"]
_WEIGHT = _PATTERNS["weight"]
_HEIGHT = re.compile(r"\b(?:ht|height)\b[^\d\n]{0,10}(\d{2,3}(?:\.\d)?)\s?(?:cm)?\b|(?<=/)\s?(\d{3})\s?cm\b", _I)
_BSA = re.compile(r"\bBSA\b[^\d\n]{0,16}(\d\.\d{1,3})\b|\bbsa=(\d\.\d{1,3})|(?<![/\d.])([12]\.\d{1,2})\s?m2\b", _I)
_CLEARANCE = re.compile(r"\b(?:CrCl|e?GFR|creatinine clearance)\b[^\d\n]{0,6}(\d{2,3}(?:\.\d)?)\b", _I)
_BSA_THIRD = re.compile(
    r"HT/WT/BSA:?\s?\d{2,3}\s?(?:cm)?\s?/\s?(?P<wt>\d{2,3}(?:\.\d)?)\s?(?:kg)?\s?/\s?(?P<bsa>\d\.\d{1,2})", _I
)
_CREATININE = re.compile(r"\b(?:s?cr(?:eat(?:inine)?)?)\b[\s:=]{0,3}(\d\.\d{1,2})\b", _I)
_AUC = re.compile(r"\bAUC\s?(?:of\s|=\s?)?(\d{1,2}(?:\.\d)?)\b", _I)
_CYCLE = re.compile(r"\bC(?:ycle)?\s?#?(\d{1,2})\s?,?\s?D(?:ay)?\s?(\d{1,2})\b|\bcycle\s?#?(\d{1,2})\b", _I)
_LONG_AGO = 400  # days
_HYDRATION_VISIT = _PATTERNS["hydration_visit"]
_MDM = _PATTERNS["mdm"]
_EM_LEVEL = {"straightforward": "99212", "low": "99213", "moderate": "99214", "high": "99215"}


class _Header:
    """Attributes found so far, each with the words that say it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.values: dict[str, Any] = {}
        self.evidence: list[Evidence] = []

    def put(self, attribute: str, value: object, start: int, end: int) -> None:
        if attribute in self.values or value is None:
            return
        self.values[attribute] = value
        if self.text[start:end].strip():
            self.evidence.append(Evidence(attribute=attribute, spans=(Span.cut(self.text, start, end),)))

    def search(self, attribute: str, pattern: re.Pattern[str], value: Callable[[Match], object]) -> None:
        match = pattern.search(self.text)
        if match:
            self.put(attribute, value(match), match.start(), match.end())


def read_visit(
    text: str, dictionary: DrugDictionary, stated_date: date | None = None, stated_setting: Setting | None = None
) -> Visit:
    """Header facts of ``text``. What the caller stated wins over what is read; a silent note leaves ``None``."""
    header = _Header(text)
    _read_date(header, stated_date)
    _read_place(header, stated_setting)
    _read_signature(header)
    header.search("supervision", _SUPERVISION_ABSENT, lambda _: "absent")
    header.search("supervision", _SUPERVISION_PRESENT, lambda _: "present")
    if match := _PROVIDER_BLANK.search(text):
        header.put("rendering_provider_blank", True, match.start(), match.end())
    if (match := _ORDER_MISSING.search(text)) and not _names_drug(text, match.start(), dictionary):
        header.put("order", "missing", match.start(), match.end())
    header.search("order", _ORDERED, lambda _: "documented")
    header.search("ordering_provider", _PROVIDER, lambda match: match[1] or match[2])
    _read_measures(header)
    for attribute, value, start, end in read_coverage(text, dictionary):
        header.put(attribute, value, start, end)
    header.search("purpose", _HYDRATION_VISIT, lambda _: "hydration")
    header.search("em", _MDM, lambda match: _EM_LEVEL[next(w for w in _EM_LEVEL if w in match.group().lower())])
    return Visit(**header.values, evidence=merge_evidence(header.evidence))


def _names_drug(text: str, position: int, dictionary: DrugDictionary) -> bool:
    """Whether the line of a missing order names its drug: then the administration holds it, not the visit."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return bool(find_drugs(text[start : end if end >= 0 else len(text)], dictionary))


# --- date ---


def _read_date(header: _Header, stated: date | None) -> None:
    text = header.text
    if match := _DATE_BLANK.search(text):
        header.put("date_blank", True, match.start(), match.end())
        if stated is None:
            return
    best = _best_date(text, find_dates(text, 0, len(text), stated.year if stated else _first_year(text)))
    if stated is not None:
        same = next((m for m in find_dates(text, 0, len(text), stated.year) if m.day == stated), None)
        header.values["date_of_service"] = stated
        if same:
            header.evidence.append(Evidence(attribute="date_of_service", spans=(Span.cut(text, same.start, same.end),)))
    elif best:
        header.put("date_of_service", best.day, best.start, best.end)


def _first_year(text: str) -> int | None:
    """The year of dates written without one: the commonest full year of the note."""
    years = [mention.day.year for mention in find_dates(text, 0, len(text), None)]
    return max(set(years), key=years.count) if years else None


def _best_date(text: str, mentions: Iterable[DateMention]) -> DateMention | None:
    """The date best labelled as the visit's; a date in the heading or the signature stands in where no label does."""
    scored: list[tuple[int, int, DateMention]] = []
    mentions = tuple(mentions)
    heading = len(text) - len(text.lstrip())
    newest = max((mention.day for mention in mentions), default=date.min)
    count: dict[date, int] = {}
    for mention in mentions:
        count[mention.day] = count.get(mention.day, 0) + 1
    for number, mention in enumerate(mentions):
        line_start = text.rfind("\n", 0, mention.start) + 1
        before = text[max(line_start, mention.start - 44) : mention.start]
        score = 0
        label = _DATE_LABEL.search(before)
        if label and not _ORDER_BEFORE.search(before[: label.start() + 1]):
            score = 8 if _DATE_STRONG.search(label.group()) else 6
        elif _DATE_OTHER.search(before) or _ORDER_BEFORE.search(before):
            score = -4
        elif (newest - mention.day).days > _LONG_AGO:
            score = -4  # a birth date without its label
        elif text.count("\n", heading, mention.start) < 3:
            score = 4
        elif _SIGN_BEFORE.search(before):
            score = 2
        if _SPAN_BEFORE.search(before):
            score -= 4  # the second day of a visit past midnight
        score += min(count[mention.day], 4) - (2 if not mention.year_written else 0)
        scored.append((score, -number, mention))
    best = max(scored, default=None, key=lambda item: item[:2])
    return best[2] if best and best[0] > 0 else None


# --- place ---


def _read_place(header: _Header, stated: Setting | None) -> None:
    text = header.text
    head = "\n".join(text.splitlines()[:12])
    codes = [(match[1] or match[2], match) for match in _POS.finditer(text)]
    words: list[tuple[Setting, Match]] = []
    if office := _OFFICE_STRONG.search(head):
        words.append(("physician", office))
    if hospital := _FACILITY_WORDS.search(text):
        words.append(("facility", hospital))
    coded = [(_setting_of(code), match) for code, match in codes]
    plain = [(setting, match) for setting, match in (*coded, *words) if setting]
    first = min(plain, key=lambda item: item[1].start(), default=None)
    if codes:
        header.put("place_of_service", codes[0][0], codes[0][1].start(), codes[0][1].end())
        _read_places(header, codes, first)
    if stated is not None:
        header.values["setting"] = stated
    elif first:
        header.put("setting", first[0], first[1].start(), first[1].end())
    elif named := _HOSPITAL_NAME.search(head):
        header.put("setting", "facility", named.start(), named.end())
    elif named := _OFFICE_WORDS.search(head):
        header.put("setting", "physician", named.start(), named.end())


def _setting_of(code: str) -> Setting | None:
    return "physician" if code in _PHYSICIAN_POS else "facility" if code in _FACILITY_POS else None


def _read_places(header: _Header, codes: list[tuple[str, Match]], first: tuple[Setting | None, Match] | None) -> None:
    """Every place of service stated; a heading in words that another class of code contradicts counts as one."""
    places = list(dict.fromkeys(code for code, _ in codes))
    matches = [match for _, match in codes]
    if first and first[1] not in matches and first[0] not in {_setting_of(code) for code in places}:
        places.insert(0, "11" if first[0] == "physician" else "22")
        matches.insert(0, first[1])
    header.values["places_stated"] = tuple(places)
    spans = tuple(Span.cut(header.text, match.start(), match.end()) for match in matches)
    header.evidence.append(Evidence(attribute="places_stated", spans=spans))


# --- signature, measures ---


def _read_signature(header: _Header) -> None:
    text = header.text
    for match in _UNSIGNED.finditer(text):
        if _ORDER_UNSIGNED.search(text[max(0, match.start() - 44) : match.start()]):
            continue  # an order's signature, not the note's
        if re.match(r"(?:RN|nurse|sign)\w{0,12}\s?[:.]", match.group(), _I) and _SIGNED.search(text, match.end()):
            continue  # an empty field above a signed footer
        header.put("signature", "unsigned", match.start(), match.end())
        return
    for match in _SIGNED.finditer(text):
        if not _ORDER_UNSIGNED.search(text[max(0, match.start() - 30) : match.start()]):
            header.put("signature", "signed", match.start(), match.end())
            return


def _read_measures(header: _Header) -> None:
    text = header.text
    if match := _BSA_THIRD.search(text):
        header.put("weight_kg", Decimal(match["wt"]), match.start("wt"), match.end("wt"))
        header.put("bsa_m2", Decimal(match["bsa"]), match.start("bsa"), match.end("bsa"))
    if match := _WEIGHT.search(text):
        weight = Decimal(match[1] or match[3])
        if (match[2] or "").lower().startswith("lb"):
            weight = (weight * Decimal("0.4536")).quantize(Decimal("0.1"))
        header.put("weight_kg", weight, match.start(), match.end())
    for attribute, pattern in (
        ("height_cm", _HEIGHT), ("bsa_m2", _BSA), ("creatinine", _CREATININE), ("auc_target", _AUC),
        ("creatinine_clearance", _CLEARANCE),
    ):  # fmt: skip
        header.search(attribute, pattern, lambda match: Decimal(next(group for group in match.groups() if group)))
    if match := _CYCLE.search(text):
        header.put("cycle", match[1] or match[3], match.start(), match.end())
        header.put("day", match[2], match.start(), match.end())
