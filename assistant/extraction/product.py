"""Dose, route, technique, containers, waste, purpose: what one statement says about a drug besides its times."""

from __future__ import annotations

import re
from decimal import Decimal

from assistant.extraction.access import read_site
from assistant.extraction.amount import (
    AmountMention,
    canonical_unit,
    find_amounts,
    find_auc,
    find_bare_number,
    find_containers,
)
from assistant.extraction.draft import Draft
from assistant.extraction.statement import Statement
from assistant.intake.layout import Piece
from models.fact import Container
from terminology.cue import Cues
from terminology.drug import DrugDictionary
from terminology.ndc import normalise_ndc
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("product")

_NDC = re.compile(
    r"\bNDC(?:\s?(?:#|no\.?|number|code))?\s{0,2}[:#=]?\s{0,2}(\d{4,5}-\d{3,4}-\d{1,2}|\d{11}|\d{10})\b", re.IGNORECASE
)
_NDC_BLANK = _PATTERNS["ndc_blank"]
_BARE_WASTE = re.compile(
    r"(?<![\d.:,])(?P<ahead>\d{1,3}(?:\.\d+)?)\swasted\b|\bused\s\d[\d.]*,?\swasted\s(?P<behind>\d{1,3}(?:\.\d+)?)(?![\d:])",
    re.I,
)
_BLANK_WASTE = _PATTERNS["blank_waste"]
_OVER_MINUTES = _PATTERNS["over_minutes"]
_HOURS = re.compile(r"\b(\d{1,3}(?:\.\d)?)\s?-?(?:h|hr|hrs|hours?)\b", re.IGNORECASE)
_OWNER = _PATTERNS["owner"]
_REASON_BEFORE = re.compile(r"\b(?:for|due to|reason|indication|because of|given)\b", re.IGNORECASE)
_PREPARED = _PATTERNS["prepared"]
_DILUENT = _PATTERNS["diluent"]
_BAG_ML = 50  # no syringe holds more
_BARE_DOSE = re.compile(
    r"\s{1,2}(\d{1,4}(?:\.\d{1,3})?)(?=\s{0,2}(?:PO|IV|IVP|IVPB|SC|SQ|IM|@|x\s?1)\b)"
)  # "Tylenol 650 PO"
_PAIR = re.compile(r"(\d{1,4})\s?mg\s?/\s?(\d{1,4})\s?mg\b")  # a co-formulation's two strengths
_NO_ORDER = _PATTERNS["no_order"]


def read_product(
    text: str, draft: Draft, statement: Statement, cues: Cues, dictionary: DrugDictionary, about_current: bool = False
) -> None:
    """Fill ``draft`` from the words of one statement; each attribute keeps the words it was read from."""
    start, end = statement.start, statement.end
    clause = statement.clause
    cells = clause.cells
    _read_amounts(text, draft, statement, about_current)
    _read_wording(text, draft, statement, dictionary)
    _read_route(text, draft, statement, cues)
    containers, unit, extent = find_containers(text, start, end)
    if extent:
        pair = _PAIR.search(text, extent[0], extent[1] + 14) if "-" in draft.drug.name else None
        if pair:  # both antibodies of a co-formulation stand on its vial
            containers = tuple((Decimal(pair[1]) + Decimal(pair[2]), count) for _, count in containers[:1])
        draft.containers, draft.container_unit = containers, unit
        draft.note("containers", *extent)
    kind = cues.container.values(text, start, end)
    for value in ("bulk", "multi-dose", "single-dose"):
        if cue := kind.get(value):
            draft.container = _container(value)
            draft.note("container", cue.start, cue.end)
            break
    _read_waste(text, draft, statement, cues)
    if cue := cues.fully_infused.first(text, start, end):
        draft.fully_infused = True
        draft.note("fully_infused", cue.start, cue.end)
    cue = cues.purpose.first(text, start, end) if draft.drug.category == "hydration" else None
    if cue and (not about_current or _REASON_BEFORE.search(text, max(start, cue.start - 24), cue.start)):
        draft.purpose = cue.value
        draft.note("purpose", cue.start, cue.end)
    if match := _NDC.search(text, start, end):
        draft.ndc = normalise_ndc(match[1])
        draft.note("ndc", match.start(1), match.end(1))
    for piece in cells.get("ndc", ()):
        draft.ndc = normalise_ndc(text[piece.start : piece.end])
        draft.note("ndc", piece.start, piece.end)
    if match := _NDC_BLANK.search(text, start, end):
        draft.holes.append("missing-ndc")
        draft.note("missing-ndc", match.start(), match.end())
    if match := _OWNER.search(text, start, end):
        draft.owner = "patient" if match["patient"] else "clinic"
        draft.note("owner", match.start(), match.end())
    if match := _NO_ORDER.search(text, start, end):
        draft.ordered = False
        draft.note("ordered", match.start(), match.end())
    if not about_current or draft.route in ("SC", "IM"):
        _read_place(text, draft, statement, cues)


_PREPARATIONS = {"lr": "leukoreduced", "irr": "irradiated", "irrad": "irradiated", "pheresis": "apheresis"}


def _read_wording(text: str, draft: Draft, statement: Statement, dictionary: DrugDictionary) -> None:
    """Words behind the name that tell products apart: maker, "biosimilar", how a blood component was prepared."""
    blood = draft.drug.category == "blood product"
    words = text[draft.mention.end if statement.mention and not blood else statement.start : statement.end]
    found = [_PREPARATIONS.get(m.group().lower(), m.group()) for m in _PREPARED.finditer(words)] if blood else []
    if re.search(r"\bbiosimilar\b", words[:80], re.IGNORECASE):
        found.append("biosimilar")
    for product in dictionary.products(draft.drug.name):
        found += [
            maker for maker in product.labelers if re.search(rf"\b{re.escape(maker)}\b", words[:120], re.IGNORECASE)
        ]
    if found and draft.product_words is None:
        draft.product_words = " ".join(dict.fromkeys(found))


def _read_place(text: str, draft: Draft, statement: Statement, cues: Cues) -> None:
    pieces: tuple[Piece, ...] = statement.clause.cells.get("site", ()) or (Piece(statement.start, statement.end),)
    for piece in pieces:
        site = read_site(text, piece.start, piece.end, cues)
        if site and (site.device or draft.route in ("SC", "IM", "intradermal") or "site" in statement.clause.cells):
            draft.site = site.name
            draft.note("site", site.start, site.end)
            return


def _container(value: str) -> Container:
    return "bulk" if value == "bulk" else "multi-dose" if value == "multi-dose" else "single-dose"


def _read_amounts(text: str, draft: Draft, statement: Statement, about_current: bool) -> None:
    clause, start, end = statement.clause, statement.start, statement.end
    amounts = _outside_containers(text, find_amounts(text, start, end), start, end)
    for amount in amounts:
        if amount.role == "rate" and amount.unit == "mL" and amount.per and amount.per.startswith("h"):
            draft.rate_ml_h = amount.value
            draft.note("rate_ml_h", amount.start, amount.end)
        elif amount.role == "basis":
            draft.dose_basis = f"{amount.unit}/{'m2' if 'm' in (amount.per or '') else 'kg'}"
            draft.dose_per_basis = amount.value
            draft.note("dose_basis", amount.start, amount.end)
        elif amount.role == "ordered":
            draft.ordered_dose = amount.value
            draft.note("ordered_dose", amount.start, amount.end)
        elif amount.role == "volume" and draft.volume_ml is None:
            draft.volume_ml = amount.value
            draft.note("volume_ml", amount.start, amount.end)
    if auc := find_auc(text, start, end):
        draft.dose_basis, draft.dose_per_basis = "AUC", auc[2]
        draft.note("dose_basis", auc[0], auc[1])
    dose = _cell_dose(text, draft, statement) or _prose_dose(draft, amounts, statement)
    if dose is None and not about_current:
        dose = _bare_dose(text, draft, end)
    if dose:
        draft.dose, draft.unit = dose.value, dose.unit
        if dose.role == "container":  # all that was opened went in
            draft.dose = _opened(text, dose, start, end) or dose.value
        draft.dose_is_container = dose.role == "container"
        draft.note("dose", dose.start, dose.end)
        _add_parts(text, draft, dose, end)
    bagged = any(a.in_volume is not None and a.in_volume >= _BAG_ML for a in amounts)
    if (draft.rate_ml_h is not None or bagged) and not draft.push_word:
        draft.infusion_word = True  # a rate, or a ready-made bag, is an infusion
    if clause.is_table_row:
        _read_ordered_cell(text, draft, statement)


def _opened(text: str, dose: AmountMention, start: int, end: int) -> Decimal | None:
    """What several like containers hold together: "3 bottles x 10 g"."""
    containers, unit, extent = find_containers(text, start, end)
    if len(containers) != 1 or not extent or unit != dose.unit or not extent[0] <= dose.start < extent[1]:
        return None
    return sum((amount * count for amount, count in containers), Decimal(0))


def _add_parts(text: str, draft: Draft, dose: AmountMention, end: int) -> None:
    """One product of two antibodies: the dose is their sum (coding conventions, section 2)."""
    if "-" not in draft.drug.name:
        return
    parts = [a for a in find_amounts(text, draft.mention.start, draft.mention.end) if a.unit == dose.unit]
    if pair := _PAIR.match(text, dose.start, end):
        draft.dose = Decimal(pair[1]) + Decimal(pair[2])
        draft.note("dose", pair.start(), pair.end())
    elif len(parts) == 2:
        draft.dose = parts[0].value + parts[1].value
        draft.spans["dose"] = [(part.start, part.end) for part in parts]


def _outside_containers(text: str, amounts: tuple[AmountMention, ...], start: int, end: int) -> list[AmountMention]:
    """A dose-like amount inside a list of opened containers is a container strength."""
    _, _, extent = find_containers(text, start, end)
    if extent is None:
        return list(amounts)
    outside = [a for a in amounts if a.role != "dose" or a.preferred or not extent[0] <= a.start < extent[1]]
    # "8 mg (MDV)": the only amount is the dose, whatever stands behind it.
    return outside if any(a.role in ("dose", "container") for a in outside) else list(amounts)


def _prose_dose(draft: Draft, amounts: list[AmountMention], statement: Statement) -> AmountMention | None:
    wanted = draft.drug.dose_unit
    clause = statement.clause
    excluded = [p for role in ("waste", "vial", "ordered", "volume", "rate") for p in clause.cells.get(role, ())]
    doses = [a for a in amounts if a.role == "dose" and not any(p.start <= a.start < p.end for p in excluded)]
    if draft.drug.category == "hydration":
        volumes = [a for a in amounts if a.unit == "mL" and a.role in ("volume", "container", "dose")]
        return next(iter(volumes), None)
    if draft.drug.category == "blood product":
        units = [a for a in doses if a.unit == "units" and a.value <= 6]
        return units[0] if units else None
    if wanted and any(_compatible(a.unit, wanted) for a in doses):
        doses = [a for a in doses if _compatible(a.unit, wanted)]
    preferred = [a for a in doses if a.preferred]
    if preferred:
        return preferred[-1]
    if doses:
        return doses[0]
    # "Zometa 4 mg/100 mL premix bag": one whole container is the dose where nothing else is.
    whole = [a for a in amounts if a.role == "container" and a.unit != "mL" and a.start - draft.mention.end < 30]
    behind = [a for a in whole if a.start > draft.mention.start]
    return next(iter(behind or whole), None)


def _bare_dose(text: str, draft: Draft, end: int) -> AmountMention | None:
    match = _BARE_DOSE.match(text, draft.mention.end, end)
    if not match or not draft.drug.dose_unit:
        return None
    return AmountMention(match.start(1), match.end(1), Decimal(match[1]), draft.drug.dose_unit, "dose")


def _compatible(unit: str, wanted: str) -> bool:
    weights = ("mg", "mcg", "g")
    return unit == wanted or (unit in weights and wanted in weights)


def _cell_dose(text: str, draft: Draft, statement: Statement) -> AmountMention | None:
    """The dose column of a table row, with its unit from the cell or the unit column."""
    cells = statement.clause.cells
    for piece in cells.get("dose", ()):
        amounts = [a for a in find_amounts(text, piece.start, piece.end) if a.role != "basis" and a.per is None]
        if draft.drug.category != "hydration":
            amounts = [a for a in amounts if a.unit != "mL"] or amounts
        if amounts:
            return next((a for a in amounts if a.preferred), amounts[0])
        bare = find_bare_number(text, piece.start, piece.end)
        units = [canonical_unit(text[p.start : p.end].strip(" .")) for p in cells.get("unit", ())]
        if bare and units and units[0]:
            unit, factor = units[0]
            return AmountMention(bare[0], bare[1], bare[2] * factor, unit, "dose")
    return None


def _read_ordered_cell(text: str, draft: Draft, statement: Statement) -> None:
    cells = statement.clause.cells
    for piece in cells.get("ordered", ()):
        bare = find_bare_number(text, piece.start, piece.end)
        amounts = [a for a in find_amounts(text, piece.start, piece.end) if a.per is None]
        value = amounts[0].value if amounts else bare[2] if bare else None
        if value is None:
            continue
        draft.ordered_dose = value
        draft.note("ordered_dose", piece.start, piece.end)
        units = [canonical_unit(text[p.start : p.end].strip(" .")) for p in cells.get("unit", ())]
        if draft.dose is None and statement.judgement in ("held", "refused", "planned"):
            unit = amounts[0].unit if amounts else units[0][0] if units and units[0] else None
            draft.dose, draft.unit = (value, unit) if unit else (None, None)
            draft.note("dose", piece.start, piece.end)


def _read_route(text: str, draft: Draft, statement: Statement, cues: Cues) -> None:
    start, end = statement.start, statement.end
    cells = statement.clause.cells
    route_cells = cells.get("route", ())
    found = None
    for piece in (*route_cells, Piece(start, end)):
        values = cues.route.values(text, piece.start, piece.end)
        if not values:
            continue
        # A special route named beside "IV" words (a port, a push) is the route.
        if draft.drug.parenteral_only or "PO" not in draft.drug.routes:
            values.pop("PO", None)  # "for poor oral intake", "2 mg cap"
            if not values:
                continue
        special = [v for v in values if v not in ("IV", "PO")]
        chosen = (
            min(special, key=lambda v: values[v].start)
            if special
            else "PO"
            if _is_oral(values, draft)
            else min(values, key=lambda v: values[v].start)
        )
        found = values[chosen]
        break
    if found and (draft.route is None or found.value != "IV"):
        draft.route = found.value
        draft.note("route", found.start, found.end)
    technique = cues.technique.values(text, start, end)
    for value, attribute in (
        ("push", "push_word"),
        ("infusion", "infusion_word"),
        ("on-body", "on_body"),
        ("prolonged-infusion", "pump"),
    ):
        if cue := technique.get(value):
            setattr(draft, attribute, True)
            draft.note("technique", cue.start, cue.end)
    if (
        draft.push_word
        and draft.infusion_word
        and not re.search(r"IVPB|piggy|mini-?bag", text[start:end], re.IGNORECASE)
    ):
        draft.infusion_word = draft.pump
    if cue := technique.get("pump-refill"):
        draft.technique = "pump-refill"
        draft.note("technique", cue.start, cue.end)
    if match := _DILUENT.search(text, start, end):
        draft.infusion_word = draft.infusion_word or not draft.push_word
        draft.note("technique", match.start(), match.end())
    if draft.pump and (match := _HOURS.search(text, start, end)):
        draft.pump_hours = Decimal(match[1])
        draft.note("pump_hours", match.start(), match.end())
    if match := _OVER_MINUTES.search(text, start, end):
        minutes = Decimal(match[1]) * (1 if match[2].lower().startswith("m") else 60)
        draft.ordered_minutes = minutes
        draft.note("ordered_minutes", match.start(), match.end())


def _is_oral(values: object, draft: Draft) -> bool:
    return (
        isinstance(values, dict)
        and "PO" in values
        and ("IV" not in values or values["PO"].start <= values["IV"].start)
        and draft.drug.category != "blood product"
    )


def _read_waste(text: str, draft: Draft, statement: Statement, cues: Cues) -> None:
    start, end = statement.start, statement.end
    clause = statement.clause
    if draft.drug.category in ("hydration", "blood product"):
        return  # "whole liter in" speaks of the volume
    waste = [a for a in find_amounts(text, start, end) if a.role == "waste" and (a.unit != "mL" or draft.unit == "mL")]
    for piece in clause.cells.get("waste", ()):
        amounts = [a for a in find_amounts(text, piece.start, piece.end) if a.role != "container" and a.unit != "mL"]
        waste = waste or [a for a in amounts if a.role == "waste"] or amounts[:1]
        bare = find_bare_number(text, piece.start, piece.end)
        if not waste and not amounts and bare and re.fullmatch(r"[\d.]+\s?", text[piece.start : piece.end]):
            _set_waste(draft, bare[2], draft.unit, bare[0], bare[1])
            return
        if not waste and not amounts and re.match(r"0(?:\.0)?(?![\d.])", text[piece.start : piece.end]):
            _set_waste(draft, Decimal(0), draft.unit, piece.start, piece.end)
            return
        if not waste and re.match(
            r"(?:none|nothing|nil|zero|no|no waste|ø)\b", text[piece.start : piece.end], re.IGNORECASE
        ):
            _set_waste(draft, Decimal(0), draft.unit, piece.start, piece.end)
            return
    if waste:
        _set_waste(draft, waste[0].value, waste[0].unit, waste[0].start, waste[0].end)
        return
    if draft.unit and (match := _BARE_WASTE.search(text, start, end)):
        written = match.lastgroup or "ahead"
        _set_waste(draft, Decimal(match[written]), draft.unit, match.start(written), match.end(written))
        return
    if cue := cues.waste_none.first(text, start, end):
        _set_waste(draft, Decimal(0), draft.unit, cue.start, cue.end)
        return
    if match := _BLANK_WASTE.search(text, start, end):
        draft.waste_blank = True
        draft.note("waste_statement", match.start(), match.end())


def _set_waste(draft: Draft, value: Decimal, unit: str | None, start: int, end: int) -> None:
    """Waste in the unit of the dose."""
    factors = {
        ("g", "mg"): Decimal(1000),
        ("mg", "g"): Decimal("0.001"),
        ("mcg", "mg"): Decimal("0.001"),
        ("mg", "mcg"): Decimal(1000),
    }
    if draft.unit and unit and unit != draft.unit:
        value *= factors.get((unit, draft.unit), Decimal(1))
    draft.discarded = value.normalize() if value else Decimal(0)
    draft.note("discarded", start, end)
