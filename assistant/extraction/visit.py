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

Match = re.Match[str]
_I = re.IGNORECASE

_DATE_LABEL = re.compile(
    r"\b(?:DOS|D\.O\.S\.?|date of (?:service|visit|treatment|infusion|procedure|administration)|service date|visit date|treatment date|infusion date|tx date|date of encounter|encounter(?: date)?"
    r"|visit|seen(?: on)?|date|enc|svc dt|adm(?:in)? date|day of service|today(?: is)?|this is)\s{0,3}[|.:=(-]{0,14}\s{0,3}$",
    _I,
)
_DATE_STRONG = re.compile(r"(?:DOS|service|visit|treatment|infusion|procedure|seen|encounter|this is|today)", _I)
_DATE_OTHER = re.compile(
    r"(?:\bDOB|birth|born|\bb\.|order\w*|dated|written|auth\w*|appro\w*|thru|through|exp\w*|valid|until|since|last|prior|previous|next|rtc|return\w*|f/u|due|placed|inserted|dx|diagnosed|on|ct|pet|mri|echo|scan|labs?|cycle \d+|C\d+(?:D\d+)?|dose #?\d|started|consent\w*|collected|resulted|baseline|given)\s{0,3}[:(=]?\s{0,2}(?:on\s)?$",
    _I,
)
_ORDER_BEFORE = re.compile(r"\border\w*[^\n|;]{0,30}$", _I)
_SIGN_BEFORE = re.compile(r"(?:sign\w*|e-?sig\w*|authenticated|RN|LPN|MD|NP|OCN|/s/|by\s\w+)[^\n]{0,34}$", _I)
_DATE_BLANK = re.compile(
    r"\b(?:DOS|date of (?:service|visit)|service date|visit date|treatment date)\s{0,2}[:.=]{1,12}\s{0,2}(?:_{2,}[ _/]{0,20}|-{2,}|\(?blank\)?|\?{1,3}|not (?:entered|recorded|documented)|(?=\s{3,}\S)|$)",
    _I | re.MULTILINE,
)
_POS = re.compile(r"\b(?:POS|place of service)\s{0,2}[:=#(]?\s{0,2}(?:code\s)?(\d{2})\b|[;,\s]pos=(\d{2})\b", _I)
_PHYSICIAN_POS = {"11", "49", "50", "12"}
_FACILITY_POS = {"19", "22", "21", "23", "24"}
_FACILITY_WORDS = re.compile(
    r"\bHOPD\b|\bHOD\b|\bhospital[- ](?:based|owned|outpatient|op|dept|department)|\bout-?pt\b[^\n]{0,12}\bhosp|\bhosp(?:ital)?\s(?:outpatient|outpt|OP|ambulatory|infusion|day)|\boutpatient (?:hospital|dept|department)|\bhospital dep(?:t|artment)|\bon[- ]campus|\boff[- ]campus|\bprovider[- ]based|\boutpt infusion\b|\bop infusion\b|\bhosp(?:ital)? outpatient",
    _I,
)
_HOSPITAL_NAME = re.compile(
    r"\b(?:hospital|medical cent(?:er|re)|med ctr|univ(?:ersity)? hosp|health system|infirmary|regional)\b", _I
)
_OFFICE_WORDS = re.compile(
    r"\b(?:office|private (?:office|practice)|physician office|in the office|PLLC|P\.?C\.?(?=\s|$)|P\.?A\.?(?=\s{2,}|$)|LLC|clinic|associates|practice|group|cancer care|cancer specialists|oncology)\b",
    _I,
)
_OFFICE_STRONG = re.compile(
    r"\b(?:private office|physician office|(?<!\w)office(?: visit| \(| suite|\b)|in (?:the|our) (?:office|clinic)|freestanding|PLLC)\b",
    _I,
)
_UNSIGNED = re.compile(
    r"\b(?:unsigned|not (?:yet )?(?:signed|authenticated|e-?signed)|un-?authenticated|awaiting (?:e-?)?signature|signature (?:pending|missing|required|needed|absent)|pending (?:signature|authentication|review/signature)|needs signature|no (?:e-?)?signature|"
    r"status:? (?:open|draft|incomplete|unsigned|preliminary|pended)|draft(?: note| - not)|note (?:open|incomplete|not signed))\b"
    r"|\b(?:signature|signed(?: by)?|e-?sign(?:ed|ature)?|RN signature|nurse signature|nurse|RN sig(?:nature)?|sign)\s{0,2}[:.=]{1,12}\s{0,2}(?:_{3,}|-{3,}|\(?blank\)?|$)",
    _I | re.MULTILINE,
)
_ORDER_UNSIGNED = re.compile(r"\border\w*[^.;\n]{0,40}$", _I)
_SIGNED = re.compile(
    r"\be-?sign(?:ed|ature|ing)?\b|\bsigned\b|\be-?sig\b|\belectronically (?:signed|authenticated|verified)|\bsignature\s?[:.]{1,8}\s{0,2}[A-Z]|/s/|/e/|\bauthenticated\b|\bSign(?:ed)?\s?[:.]{1,12}\s?[A-Z]|\bdigitally signed",
    _I,
)
_SUPERVISION_ABSENT = re.compile(
    r"\b(?:no|without(?: an?)?|not? any) (?:supervising |covering |on-?site )?(?:physician|provider|MD|md|doctor|practitioner|NPP?|supervision)[^.;\n]{0,24}\b(?:on[- ]?site|on (?:the )?premises|present|in (?:the )?(?:office|suite|building|clinic|bldg)|available|today|here|this session)"
    r"|\b(?:supervis\w+|MD|provider|physician|Dr\.? [A-Z][\w-]+)[^.;\n]{0,34}\b(?:none|not (?:on[- ]?site|present|on premises|in (?:the )?(?:office|suite|building|clinic))|off[- ]?site|away|absent|out of (?:the )?(?:office|building|clinic)|unavailable|available by (?:phone|telephone) only|by phone only)\b"
    r"|\bnone on premises\b|\bno supervising\b|\bsupervis\w+ (?:physician|provider|MD)?\s?[:=]\s?(?:none|not documented|_{2,}|n/a)",
    _I,
)
_SUPERVISION_PRESENT = re.compile(
    r"\b(?:supervis\w+|MD|provider|physician|Dr\.?)[^.;\n]{0,44}\b(?:on[- ]?site|present|on (?:the )?premises|in (?:the )?(?:office|suite|building|clinic)|immediately available|here today)\b|\bsupervising\s?[:=(]|\bon-?site MD\b",
    _I,
)
_PROVIDER_BLANK = re.compile(
    r"\b(?:(?:ordering|rendering|attending|treating|referring|supervising)(?: (?:provider|physician|md|practitioner))?|(?:provider|physician|practitioner)(?: of record| name)?|MD|NPI)\s{0,2}[:.=]{1,14}\s{0,2}(?:_{2,}|-{2,}|\(?blank\)?|\(?not (?:entered|documented|recorded|listed)\)?|unknown|\?{1,3}|$)",
    _I | re.MULTILINE,
)
_ORDER_MISSING = re.compile(
    r"\bno (?:signed |written |active |matching |valid |current )?orders? (?:found|on file|on (?:the )?chart|in (?:the )?(?:chart|EHR|system|record)|located|seen|available|in computer)|\borders? (?:not (?:found|on (?:file|chart)|located|signed|in (?:chart|system))|missing|none|pending)|\border(?:s|ed by)?\s{0,2}[:.]{1,8}\s{0,2}(?:none|not found|missing|_{3,}|\(?blank\)?)|\bwithout (?:a |an )?(?:signed |written )?order\b|\bunable to (?:find|locate) (?:the |an? )?(?:signed )?order",
    _I,
)
_ORDERED = re.compile(r"\border(?:s|ed)?\b", _I)
_PROVIDER = re.compile(
    r"\b((?:Dr\.?\s)?[A-Z]\.?\s?(?:[A-Z]\.\s?)?[A-Z][\w'-]+(?:\s[A-Z][\w'-]+)?),?\s(?:MD|DO|NP|PA-C|APRN)\b|\bDr\.?\s((?:[A-Z]\.\s?)?[A-Z][\w'-]+(?:\s[A-Z][\w'-]+){0,2})"
)
_WEIGHT = re.compile(
    r"\b(?:wt|weight|dosing wt|actual wt)(?:_kg)?\b[^\d\n]{0,14}(\d{2,3}(?:\.\d{1,2})?)\s?(kg|lbs?)?\b|\b(\d{2,3}(?:\.\d{1,2})?)\s?kg\b",
    _I,
)
_HEIGHT = re.compile(r"\b(?:ht|height)\b[^\d\n]{0,10}(\d{2,3}(?:\.\d)?)\s?(?:cm)?\b|(?<=/)\s?(\d{3})\s?cm\b", _I)
_BSA = re.compile(r"\bBSA\b[^\d\n]{0,16}(\d\.\d{1,3})\b|\bbsa=(\d\.\d{1,3})", _I)
_BSA_THIRD = re.compile(
    r"HT/WT/BSA:?\s?\d{2,3}\s?(?:cm)?\s?/\s?(?P<wt>\d{2,3}(?:\.\d)?)\s?(?:kg)?\s?/\s?(?P<bsa>\d\.\d{1,2})", _I
)
_CREATININE = re.compile(r"\b(?:s?cr(?:eat(?:inine)?)?)\b[\s:=]{0,3}(\d\.\d{1,2})\b", _I)
_AUC = re.compile(r"\bAUC\s?(?:of\s|=\s?)?(\d{1,2}(?:\.\d)?)\b", _I)
_CYCLE = re.compile(r"\bC(?:ycle)?\s?#?(\d{1,2})\s?,?\s?D(?:ay)?\s?(\d{1,2})\b|\bcycle\s?#?(\d{1,2})\b", _I)
_HYDRATION_VISIT = re.compile(
    r"\b(?:hydration (?:visit|only|appointment)|triage ?/ ?hydration|(?:visit|here|presents?|came(?: in)?|seen|add-?on|scheduled|returns?) (?:today )?(?:for|with) (?:iv )?(?:hydration|fluids|ivf|dehydration|iv fluids)|iv fluids? (?:visit|only)|reason (?:for visit)?:? (?:hydration|dehydration|iv fluids)|dehydration(?: only| visit)|fluids only)\b",
    _I,
)
_MDM = re.compile(
    r"\b(?:moderate|low|high|straightforward) (?:complexity )?(?:MDM|medical decision making)\b|\b(?:MDM|decision making):? (?:is |was )?(?:of )?(moderate|low|high|straightforward)\b",
    _I,
)
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


# --- date ---------------------------------------------------------------------------------------------------------------


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
    count: dict[date, int] = {}
    for mention in mentions:
        count[mention.day] = count.get(mention.day, 0) + 1
    for number, mention in enumerate(mentions):
        line_start = text.rfind("\n", 0, mention.start) + 1
        before = text[max(line_start, mention.start - 44) : mention.start]
        score = 0
        if label := _DATE_LABEL.search(before):
            score = 8 if _DATE_STRONG.search(label.group()) else 6
        elif _DATE_OTHER.search(before) or _ORDER_BEFORE.search(before):
            score = -4
        elif text.count("\n", 0, mention.start) < 3:
            score = 4
        elif _SIGN_BEFORE.search(before):
            score = 2
        score += min(count[mention.day], 4) - (2 if not mention.year_written else 0)
        scored.append((score, -number, mention))
    best = max(scored, default=None, key=lambda item: item[:2])
    return best[2] if best and best[0] > 0 else None


# --- place --------------------------------------------------------------------------------------------------------------


def _read_place(header: _Header, stated: Setting | None) -> None:
    text = header.text
    places = [(match[1] or match[2], match) for match in _POS.finditer(text)]
    for code, match in places[:1]:
        header.put("place_of_service", code, match.start(), match.end())
    distinct = tuple(dict.fromkeys(code for code, _ in places))
    if distinct:
        header.values["places_stated"] = distinct
        for code, match in places:
            if code in distinct:
                header.evidence.append(
                    Evidence(attribute="places_stated", spans=(Span.cut(text, match.start(), match.end()),))
                )
    if stated is not None:
        header.values["setting"] = stated
        return
    for code, match in places:
        if code in _PHYSICIAN_POS or code in _FACILITY_POS:
            header.put("setting", "physician" if code in _PHYSICIAN_POS else "facility", match.start(), match.end())
    head = "\n".join(text.splitlines()[:12])
    for pattern, setting, where in (
        (_FACILITY_WORDS, "facility", text),
        (_OFFICE_STRONG, "physician", head),
        (_HOSPITAL_NAME, "facility", head),
        (_OFFICE_WORDS, "physician", head),
    ):
        if match := pattern.search(where):
            header.put("setting", setting, match.start(), match.end())


# --- signature, measures ------------------------------------------------------------------------------------------------


def _read_signature(header: _Header) -> None:
    text = header.text
    for match in _UNSIGNED.finditer(text):
        if _ORDER_UNSIGNED.search(text[max(0, match.start() - 44) : match.start()]):
            continue  # an order's signature, not the note's
        if re.match(r"(?:RN|nurse|sign)\w*\s?[:.]", match.group(), _I) and _SIGNED.search(text, match.end()):
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
    ):  # fmt: skip
        header.search(attribute, pattern, lambda match: Decimal(next(group for group in match.groups() if group)))
    if match := _CYCLE.search(text):
        header.put("cycle", match[1] or match[3], match.start(), match.end())
        header.put("day", match[2], match.start(), match.end())
