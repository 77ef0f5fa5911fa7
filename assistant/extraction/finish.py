"""What can only be said once the whole note is read: routes and techniques that follow, sites, matching orders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from assistant.extraction.access import Site, read_site
from assistant.extraction.draft import Draft
from assistant.intake.layout import Clause
from models.fact import Technique
from terminology.cue import Cue, Cues
from terminology.drug import DrugDictionary
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("finish")

PUSH_LIMIT_MINUTES = (
    15  # CPT time rule: 15 minutes and less is a push, whatever the container (drug-administration, section 2)
)
_BAG_CHANGE = _PATTERNS["bag_change"]
_IMPLANTED = re.compile(r"\bimplant(?:ed|able)\b[^.;\n]{0,24}\bpump\b|\bintrathecal pump\b|\bHAI pump\b", re.IGNORECASE)
_BLADDER = re.compile(
    r"\bbladder instillation|\bintravesical|\binstill(?:ed|ation)\b[^.\n]{0,40}\bbladder", re.IGNORECASE
)
_SPINAL = re.compile(
    r"\bommaya\b|\bintraventricular\b|\bintrathecal\b|\blumbar puncture\b|\bIT chemo\w{0,12}", re.IGNORECASE
)
_RESERVOIR = re.compile(r"\bommaya\b|\b(?:ventricular|frontal|CSF|intraventricular) reservoir\b", re.IGNORECASE)
# Reasons for fluids that hold wherever the note states them; others must stand beside the fluid.
_REASONS = ("dehydration", "hypercalcemia", "tumour lysis", "kidney injury")
_FLUID = re.compile(r"\b(?:NS|IVF|fluids?|hydrat\w+|saline|LR|bolus|liter)\b")
_ACCESS_ROW = re.compile(
    r"\b(?:access(?:ed)?|PIV|PICC|port|PAC|IV\s?(?:site|started|placed|:)|line|\d{2}\s?ga?\b|site)\b", re.IGNORECASE
)


def finish_drafts(
    text: str,
    drafts: list[Draft],
    orders: list[Draft],
    clauses: Sequence[Clause],
    cues: Cues,
    dictionary: DrugDictionary,
) -> list[Draft]:
    """Drafts completed and cleared of repetitions, in the order charted."""
    _unfold_clock(drafts)
    for draft in drafts:
        _end_open_pause(draft)
    kept = _without_repetitions(drafts)
    accesses = _accesses(text, clauses, kept, cues)
    reason = _find_reason(text, clauses, cues) if any(map(_lacks_reason, kept)) else None
    for draft in kept:
        _match_order(draft, orders, kept)
        _settle_route(text, draft, dictionary)
        _settle_technique(draft)
        access = _access_for(draft, accesses)
        if draft.route == "IV" and draft.site is None and access is not None:
            draft.site = access.name
            draft.note("site", access.start, access.end)
        _settle_waste(draft)
        _settle_pump(text, draft)
        _settle_reservoir(text, draft)
        _settle_purpose(draft, kept, reason)
        if draft.drug.category == "blood product":
            draft.dose, draft.unit = Decimal(1), "unit"
    return kept


def _end_open_pause(draft: Draft) -> None:
    """Interrupted and never resumed: the pause was the end."""
    if not draft.pauses or draft.pauses[-1][1] is not None:
        return
    begin = draft.pauses.pop()[0]
    if draft.stop is None:
        draft.stop = begin
        draft.status, draft.discontinued = "stopped-early", True
        draft.spans["stop"] = draft.spans.get("interruptions", [])[-1:]


def _unfold_clock(drafts: list[Draft]) -> None:
    """ "11:40 ... 1:15": afternoon hours written without p.m. follow the morning."""
    latest = 0
    for draft in drafts:
        for attribute in ("start", "stop"):
            minute = getattr(draft, attribute)
            if minute is None:
                continue
            # Only where the clock would run backwards from a daytime hour into the small hours.
            if (
                60 <= minute < 7 * 60
                and latest >= 9 * 60
                and minute + 720 >= latest - 60
                and latest < 20 * 60
                and _written_short(draft, attribute)
            ):
                setattr(draft, attribute, minute + 720)
                minute += 720
            latest = max(latest, minute)


def _written_short(draft: Draft, attribute: str) -> bool:
    """Whether the time stands as "1:15", not "01:15" or "0115"."""
    return any(end - start == 4 for start, end in draft.spans.get(attribute, ()))


def _without_repetitions(drafts: list[Draft]) -> list[Draft]:
    """Drop plans for what was given, double mentions, and doses restated in a summary."""
    given: dict[str, list[Draft]] = {}
    for draft in drafts:
        if draft.status in ("given", "stopped-early"):
            given.setdefault(draft.drug.ingredient, []).append(draft)
    kept: list[Draft] = []
    for draft in drafts:
        same = [d for d in given.get(draft.drug.ingredient, ()) if d is not draft]
        if draft.status in ("planned", "held", "refused"):
            if same and (draft.status == "planned" or any(d.start is not None for d in same)):
                continue
            earlier = next((k for k in kept if _restates(draft, k)), None)
            if earlier is not None:
                earlier.share(draft, "dose", "unit", "route", "technique")
                if draft.status in ("held", "refused") and earlier.status == "planned":
                    earlier.status = draft.status
                    earlier.spans["status"] = draft.spans.get("status", [])
                continue
        elif (
            draft.start is None
            and draft.stop is None
            and ((draft.bare and not (draft.dose and draft.route)) or (draft.dose is None and same))
        ):
            continue
        kept.append(draft)
    return kept


def _restates(draft: Draft, earlier: Draft) -> bool:
    """Whether a withheld or planned drug was already named as such (another dose of it is another entry)."""
    return (
        earlier.drug.ingredient == draft.drug.ingredient
        and earlier.status in ("planned", "held", "refused")
        and (draft.dose is None or earlier.dose is None or draft.dose == earlier.dose)
    )


def _ordered_amount(order: Draft, draft: Draft) -> Decimal | None:
    """What an order asks for, in the unit given; "ordered 120 mg" carries no unit of its own."""
    if order.dose is not None:
        return order.dose if order.unit == draft.unit else None
    return order.ordered_dose


def _given_in_all(draft: Draft, drafts: list[Draft]) -> Decimal:
    """The doses of one ingredient given at the visit, added up."""
    same = (d for d in drafts if d.drug.ingredient == draft.drug.ingredient and d.unit == draft.unit)
    return sum((d.dose for d in same if d.dose is not None and d.status in ("given", "stopped-early")), Decimal(0))


def _match_order(draft: Draft, orders: list[Draft], drafts: list[Draft]) -> None:
    """The order of the same drug gives the ordered dose, and the dose of a held one."""
    for order in orders:
        if order.drug.ingredient != draft.drug.ingredient:
            continue
        if draft.drug.category == "blood product":
            draft.share(order, "product_words")
        if draft.status in ("held", "refused", "planned"):
            draft.share(order, "dose", "unit", "route", "technique")
            draft.infusion_word |= order.infusion_word
        elif draft.ordered_dose is None and (ordered := _ordered_amount(order, draft)) is not None:
            if ordered == _given_in_all(draft, drafts):
                continue  # one order filled by several bags
            draft.ordered_dose = ordered
            for span in (*order.spans.get("dose", ()), *order.spans.get("ordered_dose", ())):
                draft.note("ordered_dose", *span)
        if draft.purpose is None and order.purpose:
            draft.share(order, "purpose")
        if draft.route is None and draft.status == "given" and order.route:
            draft.share(order, "route")
        if draft.dose_basis is None:
            draft.share(order, "dose_basis")


def _settle_route(text: str, draft: Draft, dictionary: DrugDictionary) -> None:
    if draft.route is None:
        timed = draft.start is not None and draft.stop is not None
        if draft.drug.category in ("hydration", "blood product", "declot") or draft.push_word or draft.pump:
            draft.route = "IV"
        elif draft.drug.routes and draft.drug.routes[0] not in ("IV", "SC", "IM", "PO") and draft.status == "given":
            draft.route = draft.drug.routes[0]  # made for one cavity only
        elif cavity := _named_cavity(text, draft):
            draft.route = cavity[0]
            draft.note("route", *cavity[1])
        elif (draft.infusion_word and draft.drug.category != "oral") or (timed and draft.drug.routes[:1] == ("IV",)):
            draft.route = "IV"
        elif draft.status in ("held", "refused", "planned") and draft.drug.routes:
            draft.route = draft.drug.routes[0]  # what never ran is described by its usual route
        if draft.route:
            for attribute in ("technique", "start", "stop", "drug"):
                for span in draft.spans.get(attribute, ()):
                    draft.note("route", *span)
                if draft.spans.get("route"):
                    break
    named = dictionary.get(dictionary.name_for(draft.drug.name, draft.route, draft.mention.written))
    draft.drug = named or draft.drug


def _named_cavity(text: str, draft: Draft) -> tuple[str, tuple[int, int]] | None:
    """A title may name the cavity once for the whole note: "BLADDER INSTILLATION RECORD"."""
    for route, pattern in (("intravesical", _BLADDER), ("intrathecal", _SPINAL)):
        if draft.status == "given" and route in draft.drug.routes and (found := pattern.search(text)):
            return route, found.span()
    return None


def _settle_technique(draft: Draft) -> None:
    if draft.technique == "pump-refill":
        return
    technique: Technique | None = None
    minutes = _minutes(draft)
    if draft.on_body:
        draft.route = draft.route or "SC"
        technique = "other"
    elif draft.route == "PO":
        technique = "oral"
    elif draft.drug.category == "blood product":
        technique = "other"
    elif draft.drug.category == "hydration":
        technique = "hydration"
    elif draft.route in ("SC", "IM", "intrathecal", "intradermal", "intralesional"):
        technique = "injection"
    elif draft.route in ("intravesical", "intraperitoneal", "intrapleural"):
        technique = "other"
    elif draft.pump and draft.route in (None, "IV") and (minutes is None or minutes > 480):
        technique = "prolonged-infusion"
    elif minutes is not None and minutes >= 0 and not draft.discontinued:
        technique = "push" if minutes <= PUSH_LIMIT_MINUTES else "infusion"
    elif draft.push_word:
        technique = "push"
    elif draft.infusion_word:
        technique = "infusion"
    elif draft.ordered_minutes is not None and draft.route == "IV":
        technique = "push" if draft.ordered_minutes <= PUSH_LIMIT_MINUTES else "infusion"
    elif draft.status != "given" and draft.drug.category == "chemo/complex" and draft.route == "IV":
        technique = "infusion"
    else:
        usual = draft.drug.technique_for(draft.route)
        technique = "infusion" if usual == "infusion" else "push" if usual == "push" else None
    draft.technique = technique
    if technique and not draft.spans.get("technique"):
        for attribute in ("start", "stop", "route", "drug"):
            for span in draft.spans.get(attribute, ()):
                draft.note("technique", *span)


def _minutes(draft: Draft) -> int | None:
    if draft.start is None or draft.stop is None:
        return None
    paused = sum((end or 0) - (begin or 0) for begin, end in draft.pauses if begin is not None and end is not None)
    span = draft.stop - draft.start
    if span < 0 and draft.start >= 17 * 60 and draft.stop <= 9 * 60:
        span += 1440
    return span - paused


def _accesses(text: str, clauses: Sequence[Clause], drafts: list[Draft], cues: Cues) -> list[tuple[int, Site]]:
    """Access devices named outside of single administrations, each with its row and under its fullest name."""
    rows_of_drugs = {draft.row for draft in drafts}
    found: list[tuple[int, Site]] = []
    for clause in clauses:
        if cues.zone(clause.label) in ("history", "allergy", "education", "home"):
            continue
        if not _ACCESS_ROW.search(text, clause.start, clause.end):
            continue
        site = read_site(text, clause.start, clause.end, cues)
        if site and site.device and (clause.row not in rows_of_drugs or not clause.is_table_row):
            found.append((clause.row, site))
    fullest: dict[str, Site] = {}
    for _, site in found:
        known = fullest.get(site.device or "")
        if known is None or (" " in site.name and " " not in known.name):
            fullest[site.device or ""] = site
    return [(row, site if " " in site.name else fullest[site.device or ""]) for row, site in found]


def _access_for(draft: Draft, accesses: list[tuple[int, Site]]) -> Site | None:
    """The access named last before the drug where the visit has several, else the only one."""
    if not accesses:
        return None
    before = [site for row, site in accesses if row <= draft.row]
    return before[-1] if before and len({site.name for _, site in accesses}) > 1 else accesses[0][1]


def _settle_waste(draft: Draft) -> None:
    """Multi-dose and bulk containers have no waste; an earlier "dose given" fixes the unit of the waste."""
    if draft.container in ("multi-dose", "bulk") and draft.discarded == 0:
        draft.discarded = None
        draft.spans.pop("discarded", None)


def _settle_pump(text: str, draft: Draft) -> None:
    """A fresh bag or cassette on a running home pump is a refill, not a start."""
    if draft.technique == "pump-refill" and (implanted := _IMPLANTED.search(text)):
        draft.site = "implanted pump"
        draft.note("site", implanted.start(), implanted.end())
    if (
        draft.technique in ("prolonged-infusion", "infusion")
        and (draft.pump or draft.rate_ml_h)
        and draft.stop is None
        and (changed := _BAG_CHANGE.search(text))
    ):
        draft.technique = "pump-refill"
        draft.note("technique", changed.start(), changed.end())


def _settle_reservoir(text: str, draft: Draft) -> None:
    if draft.route == "intrathecal" and (found := _RESERVOIR.search(text)):
        draft.site = "Ommaya reservoir"
        draft.note("site", found.start(), found.end())


def _settle_purpose(draft: Draft, drafts: list[Draft], reason: Cue | None) -> None:
    """A fluid's reason may stand in the order, the heading or the assessment of the note."""
    if not _lacks_reason(draft):
        return
    shared = next((d for d in drafts if d.purpose == "nephroprotection" and d.encounter == draft.encounter), None)
    if shared is not None:  # fluid before and after one nephrotoxic drug has one reason
        draft.share(shared, "purpose")
    elif reason is not None:
        draft.purpose = reason.value
        draft.note("purpose", reason.start, reason.end)


def _lacks_reason(draft: Draft) -> bool:
    return draft.drug.category == "hydration" and draft.purpose is None and draft.status == "given"


def _find_reason(text: str, clauses: Sequence[Clause], cues: Cues) -> Cue | None:
    """The first reason for fluids that holds for all fluids of the note."""
    for clause in clauses:
        zone = cues.zone(clause.label) if clause.label else None
        if zone in ("history", "education", "home", "allergy"):
            continue
        for cue in cues.purpose.find(text, clause.start, clause.end):
            own = cue.value not in ("KVO", "nephroprotection") and _FLUID.search(text, clause.start, clause.end)
            if (cue.value in _REASONS or own) and not _negated(text, clause.start, cue.start):
                return cue
    return None


_NEGATION = _PATTERNS["negation"]


def _negated(text: str, start: int, position: int) -> bool:
    return bool(_NEGATION.search(text[max(start, position - 48) : position]))
