"""Doses of drugs that no table knows: never coded, and never passed over in silence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.extraction.amount import HAS_AMOUNT
from assistant.extraction.clock import find_clocks, find_dates
from assistant.extraction.drug import DrugMention, find_drugs, find_misspelt
from assistant.intake.layout import Clause, mask_unchecked
from models.span import Evidence, Span
from terminology.drug import DrugDictionary
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("unknown_drug")
_CHARTED_DOSE = _PATTERNS["charted_dose"]
_NO_NAME = _PATTERNS["no_name"]
_WORD = re.compile(r"[A-Za-z][A-Za-z-]{4,30}")


def find_unknown_drugs(text: str, clauses: Sequence[Clause], dictionary: DrugDictionary) -> tuple[Evidence, ...]:
    """The name of each charted dose (name, amount, parenteral route, time in one row) that is no known drug."""
    text = mask_unchecked(text)
    mentions = find_drugs(text, dictionary)
    found: dict[str, Span] = {}
    for clause in clauses:
        if not find_clocks(text, clause.start, clause.end, find_dates(text, clause.start, clause.end, None)):
            continue
        for start, end in _named_doses(text, clause):
            if not _is_known(text, start, end, clause, mentions, dictionary):
                found.setdefault(text[start:end].casefold(), Span.cut(text, start, end))
    return tuple(Evidence(attribute="drug", spans=(span,)) for span in found.values())


def _named_doses(text: str, clause: Clause) -> list[tuple[int, int]]:
    """Where the names of charted doses stand: in the drug cell of a table row (its dose where that is empty), else
    right before the amount."""
    if clause.is_table_row:
        doses = [cell for cell in clause.cells.get("dose", ()) if HAS_AMOUNT.search(text, cell.start, cell.end)]
        names = clause.cells.get("drug", ()) if doses else ()
        if doses and not names and "route" in clause.cells:
            return [(doses[0].start, doses[0].end)]  # the drug's cell is empty
        return [match.span() for cell in names if (match := _WORD.search(text, cell.start, cell.end))]
    return [match.span("name") for match in _CHARTED_DOSE.finditer(text, clause.start, clause.end)]


def _is_known(
    text: str, start: int, end: int, clause: Clause, mentions: Sequence[DrugMention], dictionary: DrugDictionary
) -> bool:
    if _NO_NAME.fullmatch(text, start, end):
        return True
    for mention in mentions:
        if clause.start <= mention.start < (clause.end if clause.is_table_row else end) and (
            clause.is_table_row or not HAS_AMOUNT.search(text, mention.end, start)
        ):
            return True  # the word belongs to that name: "paclitaxel protein-bound 100 mg"
    return find_misspelt(text, start, min(clause.end, end + 24), dictionary) is not None
