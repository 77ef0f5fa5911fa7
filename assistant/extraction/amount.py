"""Amounts with a unit, and what the words around them make of each: dose, container, waste, volume, rate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from terminology.pattern import load_patterns

_PATTERNS = load_patterns("amount")

Role = Literal["dose", "basis", "container", "waste", "volume", "rate", "ordered", "other"]

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,4})?|\d{1,7}(?:\.\d{1,5})?|\.\d{1,5})"
_CANONICAL: dict[tuple[str, Decimal], tuple[str, ...]] = {
    # canonical unit and factor: written forms
    ("mg", Decimal(1)): ("mg", "mgs", "milligram", "milligrams"),
    ("mcg", Decimal(1)): ("mcg", "ug", "µg", "μg", "microgram", "micrograms"),
    ("g", Decimal(1)): ("g", "gm", "gms", "gram", "grams"),
    ("mL", Decimal(1)): ("ml", "mls", "cc", "milliliters"),
    ("mL", Decimal(1000)): ("l", "liter", "liters", "litre"),
    ("units", Decimal(1)): ("u", "unit", "units"),
    ("IU", Decimal(1)): ("iu",),
    ("units", Decimal(1000)): ("k units",),
    ("units", Decimal(1_000_000)): ("million units", "mu", "miu"),
    ("mEq", Decimal(1)): ("meq",),
    ("mmol", Decimal(1)): ("mmol",),
    ("mCi", Decimal(1)): ("mci",),
}
_UNITS = {written: unit for unit, forms in _CANONICAL.items() for written in forms}
_UNIT = "|".join(sorted((re.escape(unit) for unit in _UNITS), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?<![\d.,A-Za-z/])(?P<number>{_NUMBER})\s?-?(?P<unit>{_UNIT})(?![A-Za-z0-9])"
    r"(?P<per>\s{0,2}(?:/|per)\s{0,2}(?:m2|m²|m\^2|sq\s?m|kg|hr?\b|hour|min\b|minute|d\b|day|week|dose|dL|L\b|mL\b))?"
    rf"(?P<volume>\s{{0,2}}/\s{{0,2}}(?P<in_volume>{_NUMBER})\s?(?:mL|ml|cc)\b(?!\s{{0,2}}/))?",
    re.IGNORECASE,
)
HAS_AMOUNT = re.compile(rf"\d\s?-?(?:{_UNIT})(?![A-Za-z0-9])", re.IGNORECASE)
_BARE = re.compile(rf"(?<![\d.,:/])({_NUMBER})(?![\d:/])")
_AUC = re.compile(r"\bAUC\s{0,2}(?:of\s|=|:)?\s{0,2}(\d{1,2}(?:\.\d)?)", re.IGNORECASE)

_WASTE_AFTER = _PATTERNS["waste_after"]
_WASTE_BEFORE = _PATTERNS["waste_before"]
_VIAL = (
    r"(?:s?d?vials?|single[- ](?:dose|use|patient)|multi(?:ple)?[- ]?dose|sdvs?|suvs?|mdvs?|spvs?"
    r"|amp(?:s|ul(?:e|es)?)?\b"
    r"|pre-?filled|pfs\b|single syringes?|kits?\b|bottles?|cartridges?|pens?\b|auto-?injectors?|premix(?:ed)?|pf\b"
    r"|preservative|tabs?\b|caps\b|capsules?|packages?)"
)
_CONTAINER_AFTER = re.compile(
    rf"\s{{0,2}}(?:\([^()]{{0,24}}\)\s?)?(?:[x×]\s?\d{{1,2}}\b\s?)?(?:[A-Za-z-]{{1,14}}\s){{0,1}}(?:{_VIAL})",
    re.IGNORECASE,
)
_COUNT_AFTER = re.compile(r"\s{0,2}[x×]\s{0,2}\d{1,2}(?!\d|\s?(?:mg|wk|week|cycle|day|dose))", re.IGNORECASE)
_CONTAINER_BEFORE = re.compile(
    rf"(?:{_VIAL})(?:\s?(?:of|size|used|opened|strength|were|was|:|=|\())*\s{{0,2}}$"
    rf"|\bfrom\s(?:an?\s|one\s|two\s|three\s|four\s|five\s|six\s|\d{{1,2}}\s?[x×]?\s?)?$"
    rf"|(?<![\d.])\d{{1,2}}\s?[x×]\s?$"
    rf"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\s(?:x\s)?$",
    re.IGNORECASE,
)
_GAUGE = _PATTERNS["gauge"]
_USED_BEFORE = re.compile(r"\b(?:used|drew(?: up)?|drawn|given|gave)\s$", re.IGNORECASE)
_GIVEN_BEFORE = _PATTERNS["given_before"]
_ORDERED_BEFORE = _PATTERNS["ordered_before"]
_ORDERED_AFTER = re.compile(r"\s{0,2}\(?(?:was\s)?(?:ordered|prescribed|planned|calculated|calc\b)", re.IGNORECASE)
_GIVEN_AFTER = re.compile(r"\s{0,2}\(?(?:was\s|had\s)?(?:given|administered|infused|reached|delivered)", re.IGNORECASE)
_OXYGEN = re.compile(r"\b(?:O2|oxygen)\s(?:at\s)?$", re.IGNORECASE)
_NOT_A_DOSE_BEFORE = _PATTERNS["not_a_dose_before"]
COUNT_WORDS = {"a": 1, "an": 1} | {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
}


@dataclass(frozen=True, slots=True)
class AmountMention:
    """One written amount in its canonical unit; ``per`` is the written denominator of a rate or body-measure dose."""

    start: int
    end: int
    value: Decimal
    unit: str
    role: Role
    per: str | None = None
    in_volume: Decimal | None = None
    preferred: bool = False  # "= 109 mg", "given 109 mg": outranks other doses of the same drug


def read_number(written: str) -> Decimal:
    return Decimal(written.replace(",", ""))


def canonical_unit(written: str) -> tuple[str, Decimal] | None:
    """Canonical unit and factor of a written unit ("L" -> ("mL", 1000)), or None."""
    return _UNITS.get(" ".join(written.lower().split()))


def find_amounts(text: str, start: int, end: int) -> tuple[AmountMention, ...]:
    """Amounts in ``text[start:end]`` with the role that the words next to them give (24 characters each way)."""
    found = []
    words = text[start:end]  # sliced, so that a neighbouring table cell does not belong to the number
    for match in _AMOUNT.finditer(words):
        unit = canonical_unit(match["unit"])
        if unit is None:
            continue
        before = words[max(0, match.start() - 28) : match.start()]
        after = words[match.end() : match.end() + 36]
        per = match["per"].strip(" /").lower() if match["per"] else None
        if match["unit"] == "MU" or match["unit"] == "mU":
            unit = ("units", Decimal(1_000_000) if match["unit"] == "MU" else Decimal("0.001"))
        if unit[0] == "g" and _GAUGE.search(words, max(0, match.start() - 14), min(len(words), match.end() + 14)):
            continue
        role = _role(unit[0], per, before, after, bool(match["volume"]))
        found.append(
            AmountMention(
                start + match.start(), start + match.end(), read_number(match["number"]) * unit[1], unit[0], role, per,
                read_number(match["in_volume"]) if match["in_volume"] else None,
                role == "dose" and bool(_GIVEN_BEFORE.search(before) or _GIVEN_AFTER.match(after)),
            )
        )  # fmt: skip
    return tuple(found)


def _role(unit: str, per: str | None, before: str, after: str, in_volume: bool) -> Role:
    if per is not None:
        if per in ("m2", "m²", "m^2", "kg") or per.startswith("sq"):
            return "basis"
        return "rate" if per[0] in "hm" and per not in ("ml",) else "other"
    if unit == "mL" and _OXYGEN.search(before):
        return "other"
    if _WASTE_AFTER.match(after) or _WASTE_BEFORE.search(before):
        return "waste"
    if _ORDERED_BEFORE.search(before) or _ORDERED_AFTER.match(after):
        return "ordered"
    if _GIVEN_BEFORE.search(before):
        return "dose" if unit != "mL" else "volume"
    if _CONTAINER_AFTER.match(after) or _COUNT_AFTER.match(after) or _CONTAINER_BEFORE.search(before):
        return "container"
    if unit == "mL":
        return "volume"
    if _NOT_A_DOSE_BEFORE.search(before):
        return "other"
    return "dose" if not in_volume or not re.search(r"\bvial", after[:16], re.IGNORECASE) else "container"


def find_bare_number(text: str, start: int, end: int) -> tuple[int, int, Decimal] | None:
    """The first number without a unit (a dose cell beside a unit column)."""
    match = _BARE.search(text[start:end])
    return (start + match.start(1), start + match.end(1), read_number(match[1])) if match else None


def find_auc(text: str, start: int, end: int) -> tuple[int, int, Decimal] | None:
    match = _AUC.search(text, start, end)
    return (match.start(), match.end(), Decimal(match[1])) if match else None


# --- containers -----------------------------------------------------------------------------------------------------

_COUNT_WORD = "|".join(COUNT_WORDS)
_TOKEN = re.compile(
    rf"(?P<amount>(?<![\d.,:A-WYZa-wyz])(?P<number>{_NUMBER})\s?-?(?P<unit>mg|mcg|gm?|million units|units?|mL|ml|L)?"
    r"(?!:\d)(?![A-Za-z0-9.]*[/][A-Za-z])(?=[^A-Za-z]|[xX]\s?\d|$)"
    rf"(?:\s?/\s?{_NUMBER}\s?(?:mL|ml))?)"
    rf"|(?P<times>[x×X](?=\s?\d|\s)|\bqty\b\.?|\bquantity\b|\#(?=\d))|(?P<vial>\b(?:{_VIAL})(?:s\b|\b))|(?P<word>\b(?:{_COUNT_WORD})\b)"
    r"|(?P<join>\+|&|,|\band\b|\bplus\b)|(?P<filler>\b(?:of|opened|used|each|size|at|from|strength|drug|sterile|new)\b|[-=:@\[\]()~])|(?P<other>\S)",
    re.IGNORECASE,
)


_PLUS_VIAL = re.compile(rf"\+\s?(?:{_VIAL})s?\s?$", re.IGNORECASE)  # "SDV 400 + SDV 100"


@dataclass(slots=True)
class _Run:
    """A run of words that can only speak of containers: counts, strengths, "x", "+", vial words."""

    start: int
    end: int
    items: list[tuple[Decimal, int]]
    unit: str | None
    vials: int


def find_containers(
    text: str, start: int, end: int
) -> tuple[tuple[tuple[Decimal, int], ...], str | None, tuple[int, int] | None]:
    """Opened containers ``((amount, count), ...)``, their unit (None where not written) and the extent of the words.

    Only plain arithmetic counts ("2 x 100 mg SDV", "vials 500x1 + 100x3", "50 mg vials x2"); empty otherwise.
    """
    for run in _container_runs(text, start, end):
        if run.vials and run.items and all(value > 0 and count > 0 for value, count in run.items):
            return tuple(run.items), run.unit, (run.start, run.end)
    return (), None, None


_DOSE_AND_VIAL = re.compile(rf"\s?\((?:[^()]{{0,24}}\b)?(?:{_VIAL})", re.IGNORECASE)


def _container_runs(text: str, start: int, end: int) -> list[_Run]:
    runs: list[_Run] = []
    run: _Run | None = None
    count: int | None = None  # a count read before its strength
    times = False  # the last token was an "x"
    joined = True  # a new strength may follow
    counted = False  # the last item has its count

    def close() -> None:
        nonlocal run, count, times, joined, counted
        if run is not None:
            runs.append(run)
        run, count, times, joined, counted = None, None, False, True, False

    for match in _TOKEN.finditer(text, start, end):
        if match["other"]:
            close()
            continue
        if run is None:
            if match["join"] or match["filler"] or match["times"]:
                continue
            run = _Run(match.start(), match.end(), [], None, 0)
        if match["amount"]:
            written = canonical_unit(match["unit"]) if match["unit"] else None
            value = read_number(match["number"])
            around = text[max(start, match.start() - 3) : match.start()] + text[match.end() : min(end, match.end() + 3)]
            small = written is None and value == value.to_integral_value() and value < 20
            if written and _DOSE_AND_VIAL.match(text, match.end(), end):
                close()  # "20 mg (SDV 160 mg)": a dose or waste, its container in brackets behind it
                continue
            if (written and written[0] == "mL") or _is_waste(text, match, start, end):
                close()
                continue
            if (
                written is None
                and not small
                and not (times or count or _next_is_times(text, match.end(), end) or "+" in around)
                and not (run.items and _PLUS_VIAL.search(text, max(start, match.start() - 20), match.start()))
            ):
                close()  # a clock time or another plain number
                continue
            if times and run.items and not counted and written is None and small:
                run.items[-1] = (run.items[-1][0], int(value))
                counted, times = True, False
            elif (small and (_next_is_times(text, match.end(), end) or _next_is_strength(text, match.end(), end))) or (
                written is None and small and not run.items
            ):
                count = int(value)
            elif joined or ((count is not None or times) and not run.items):
                if not _add(run, value, written[0] if written else None, count or 1):
                    close()
                    continue
                counted, count, joined, times = count is not None, None, False, False
            else:  # two strengths side by side: the first was a dose
                opening, counts = match.start(), count
                close()
                run = _Run(opening, match.end(), [], None, 0)
                _add(run, value, written[0] if written else None, counts or 1)
                counted, joined = counts is not None, False
        elif match["word"]:
            count = COUNT_WORDS[match["word"].lower()]
        elif match["times"]:
            times = True
        elif match["vial"]:
            run.vials += 1
            joined = joined or not run.items
        elif match["join"]:
            # A comma joins strengths only inside a list of containers, not a dose and its vials.
            joined = joined or match["join"] != "," or bool(run.vials) or counted
        if not match["filler"] and not match["join"]:
            run.end = match.end()
    close()
    return runs


def _is_waste(text: str, match: re.Match[str], start: int, end: int) -> bool:
    before = text[max(start, match.start() - 28) : match.start()]
    after = text[match.end() : min(end, match.end() + 36)]
    used = len(match["number"]) > 1 and _USED_BEFORE.search(before)
    return bool(_WASTE_AFTER.match(after) or _WASTE_BEFORE.search(before) or used)


def _next_is_times(text: str, position: int, end: int) -> bool:
    return re.compile(r"\s?[x×X]\s?\d").match(text, position, end) is not None


def _next_is_strength(text: str, position: int, end: int) -> bool:
    return (
        re.compile(rf"\s(?:{_VIAL}|{_NUMBER}\s?-?(?:mg|mcg|g|units?)\b)", re.IGNORECASE).match(text, position, end)
        is not None
    )


def _add(run: _Run, value: Decimal, unit: str | None, count: int) -> bool:
    """Add a strength to the run; grams and milligrams meet in milligrams, other mixed units do not belong together."""
    if unit and run.unit and unit != run.unit:
        if {unit, run.unit} != {"g", "mg"}:
            return False
        if run.unit == "g":
            run.items[:] = [(amount * 1000, number) for amount, number in run.items]
        value = value * 1000 if unit == "g" else value
        unit = "mg"
    run.unit = unit or run.unit
    run.items.append((value, count))
    return True
