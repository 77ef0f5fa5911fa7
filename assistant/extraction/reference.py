"""Statements without a drug name ("INFUSION STOPPED", "END: 11:38"): which administration they speak about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from assistant.extraction.amount import find_amounts
from assistant.extraction.clock import Clock
from assistant.extraction.draft import Draft
from assistant.extraction.drug import DrugMention
from assistant.extraction.statement import Statement
from assistant.extraction.timing import Timing
from assistant.intake.layout import Clause

_LEAVING = re.compile(
    r"\b(?:(?:PIV|IV|line|catheter|port|needle) (?:d/?c|out|pulled)|flush\w{0,3}|capped|de-?accessed"
    r"|discharged?|d/c'?d home|home|left|removed|locked)\b",
    re.IGNORECASE,
)
_NOT_BETWEEN = re.compile(r"[\s,;(]{1,4}(?:and |rather )?(?:not|instead of|than)\s(?:at\s)?", re.IGNORECASE)
_WASTE_OF = re.compile(
    r"\bwast(?:e|ed|age)\b(?:\slog)?[\s:]{0,3}(?:of\s)?(?:\d[\d.]*\s?m?c?g\s(?:of\s)?)?\Z", re.IGNORECASE
)
_WASTE_LOG = re.compile(r"\s{0,4}wast(?:e|age) log\b", re.IGNORECASE)
_HELD = re.compile(r"\s{0,12}(?:held|not given)\b", re.IGNORECASE)


def running(drafts: Sequence[Draft]) -> list[Draft]:
    """Infusions started and not stopped."""
    return [d for d in drafts if d.is_open and not d.push_word and d.route not in ("PO", "SC", "IM") and not d.pump]


def find_target(
    text: str, drafts: Sequence[Draft], current: Draft | None, statement: Statement, timing: Timing
) -> Draft | None:
    """The draft a nameless statement speaks about: the open infusion for events, else the last one named."""
    infusing = running(drafts)
    if timing.start and timing.stop and current is not None and current.start is None:
        return current
    if timing.stop or timing.pause or timing.restart:
        if timing.restart and (paused := [d for d in drafts if d.pauses and d.pauses[-1][1] is None]):
            return paused[-1]
        unclear = [
            d
            for d in infusing
            if not d.infusion_word and d.drug.category not in ("hydration", "blood product", "declot")
        ]
        if _LEAVING.search(text, statement.start, statement.end):
            infusing = [d for d in infusing if d not in unclear]
        if current in infusing:
            return current
        if infusing:
            return infusing[-1]
        unstarted = current is not None and current.start is None
        return current if unstarted or timing.restart else None
    return current


def begins_with_time(text: str, clause: Clause) -> bool:
    """Whether the row of ``clause`` opens with a time of its own."""
    return bool(re.match(r"\W{0,4}\d{1,2}:?\d{2}\b", text[clause.start : clause.start + 12])) or "time" in clause.cells


def merge_product(text: str, target: Draft, words: Draft, clause: Clause) -> None:
    """What a statement without a drug adds to its administration: waste, vials, route, a stated dose."""
    if words.route == "topical":  # eye drops, skin care
        words.route = None
    if words.discarded is not None and target.discarded is None:
        target.share(words, "discarded")
    target.waste_blank |= words.waste_blank and target.discarded is None
    for hole in words.holes:
        if hole not in target.holes:
            target.holes.append(hole)
            target.spans[hole] = words.spans.get(hole, [])
    if not target.containers and words.containers:
        target.containers, target.container_unit = words.containers, words.container_unit
    target.share(
        words,
        "product_words",
        "container",
        "ndc",
        "route",
        "site",
        "rate_ml_h",
        "purpose",
        "owner",
        "pump_hours",
        "dose_basis",
    )
    if clause.label:
        target.share(words, "volume_ml")
    stated = text[clause.start : clause.end].lstrip(" -*").lower().startswith(("dose", "total dose"))
    if words.dose is not None and stated and (target.dose is None or target.dose_is_container):
        target.dose = None
        target.spans.pop("dose", None)
        target.share(words, "dose", "unit")
    if clause.label.rsplit(".", 1)[-1].startswith(("dose", "amount", "given", "admin", "qty")) and target.dose is None:
        target.share(words, "dose", "unit")
    target.fully_infused |= words.fully_infused
    target.infusion_word |= words.infusion_word and not target.push_word and target.route is None


def correct_times(text: str, drafts: Sequence[Draft], clocks: Sequence[Clock]) -> None:
    """An addendum puts a time right: "ended at 1216, not 1215"."""
    for right, wrong in pairwise(clocks):
        if not _NOT_BETWEEN.fullmatch(text[right.end : wrong.start]):
            continue
        for draft in drafts:
            if draft.stop == wrong.minute:
                draft.spans.pop("stop", None)
                draft.set_stop(right)
            elif draft.start == wrong.minute:
                draft.spans.pop("start", None)
                draft.set_start(right)


def takes_waste(text: str, drafts: Sequence[Draft], statement: Statement, mention: DrugMention) -> bool:
    """ "Waste log: cabazitaxel 14 mg": the waste of a drug given above, never another dose."""
    clause = statement.clause
    before = text[clause.start : mention.start]
    if not (_WASTE_OF.search(before) or _WASTE_LOG.match(text, clause.start, mention.start)):
        return False
    amounts = [a for a in find_amounts(text, statement.start, statement.end) if a.role in ("dose", "waste")]
    earlier = next((d for d in reversed(drafts) if d.drug.name == mention.drug), None)
    if earlier is None or not amounts:
        return False
    if earlier.discarded is None and amounts[0].unit == earlier.unit:
        earlier.discarded = amounts[0].value
        earlier.note("discarded", amounts[0].start, amounts[0].end)
    return True


def discard_nothing(drafts: Sequence[Draft], statement: Statement) -> None:
    """ "No waste on any of the drugs above"."""
    for draft in drafts:
        if (
            draft.discarded is None
            and draft.status == "given"
            and draft.drug.category not in ("hydration", "blood product")
        ):
            draft.discarded = Decimal(0)
            draft.note("discarded", statement.start, statement.end)


def is_held_below(text: str, current: Draft | None, statement: Statement) -> bool:
    """ "  Held 03/11/26 Reason: ..." in the line below a dose that was not charted."""
    if current is None or current.start is not None or current.charted:
        return False
    if not statement.clause.first_in_row or statement.clause.row != current.row + 1:
        return False
    if not _HELD.match(text, statement.start, statement.end):
        return False
    current.status = "held"
    current.note("status", statement.start, statement.end)
    return True
