"""Drugs that share words: one bag, one time, one route for several names of a clause."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from assistant.extraction.draft import Draft
from assistant.extraction.statement import Statement
from assistant.extraction.timing import BOTH
from terminology.pattern import load_patterns

_PATTERNS = load_patterns("sharing")
_ONE_BAG = _PATTERNS["one_bag"]
_TIE = _PATTERNS["tie"]


def share_within_clause(text: str, opened: Sequence[tuple[Statement, Draft]]) -> None:
    """Shared bag, route and times: "Dexamethasone 10 mg and ondansetron 8 mg in one bag 0800-0815"."""
    if len(opened) < 2:
        return
    clause = opened[0][0].clause
    bag = _ONE_BAG.search(text, clause.start, clause.end)
    for (_, draft), (following, after) in pairwise(opened):
        if draft is after or not following.joined:
            continue
        gap = text[draft.mention.end : after.mention.start]
        tied = _TIE.search(gap) is not None
        if bag and tied and after.drug.category != "blood product":
            label = f"bag-{clause.start}"
            draft.bag = draft.bag or label
            after.bag = draft.bag
            draft.note("bag", bag.start(), bag.end())
            after.note("bag", bag.start(), bag.end())
            draft.infusion_word |= after.infusion_word
            after.infusion_word |= draft.infusion_word
        if draft.start is None and draft.stop is None and after.start is not None and tied and draft.status == "given":
            draft.share(after, "start", "stop", "route", "site")
            after.share(draft, "route")
            draft.infusion_word |= after.infusion_word and not draft.push_word
            draft.push_word |= after.push_word and draft.route == "IV"
        elif (
            tied
            and after.start is not None
            and after.stop is None
            and draft.stop is not None
            and BOTH.search(text, after.mention.end, clause.end)
        ):
            after.share(draft, "stop")
        elif after.start is None and after.stop is None and draft.start is not None and draft.route != "CIVI":
            after.share(draft, "start")
            if after.bag or (tied and not after.push_word and draft.route == after.route):
                after.share(draft, "stop")
            after.share(draft, "route", "site")
