"""Documentation gaps of one encounter, each with the question that closes it and what the answer would change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Protocol

from assistant.coding.basis import Basis
from assistant.documentation.chart import Chart, Hole, Recode
from assistant.documentation.query import write_query
from assistant.documentation.rule_diagnosis import find_diagnosis_holes
from assistant.documentation.rule_dose import find_dose_holes
from assistant.documentation.rule_hydration import find_hydration_holes
from assistant.documentation.rule_marker import find_marker_holes
from assistant.documentation.rule_order import find_order_holes
from assistant.documentation.rule_payer import find_payer_holes
from assistant.documentation.rule_product import find_product_holes
from assistant.documentation.rule_reader import find_stated_holes
from assistant.documentation.rule_technique import find_technique_holes
from assistant.documentation.rule_time import find_time_holes
from assistant.documentation.rule_waste import find_waste_holes
from assistant.documentation.whatif import try_documentation
from models.fact import Facts
from models.gap import Gap
from models.line import Line
from models.note import Setting
from models.span import merge_evidence
from terminology.gap import GapCatalogue, GapEntry
from terminology.profile import Profile
from terminology.store import Terminology

# Administrations coded again for the what-ifs of one note: no visit charted for real comes near.
_MOST_RECODED = 5_000
_SEVERITIES = ("blocks", "downgrades", "advises")

RULES: tuple[Callable[[Chart], Iterator[Hole]], ...] = (
    find_time_holes,
    find_technique_holes,
    find_hydration_holes,
    find_dose_holes,
    find_product_holes,
    find_waste_holes,
    find_order_holes,
    find_diagnosis_holes,
    find_payer_holes,
    find_marker_holes,
    find_stated_holes,
)


class Coded(Protocol):
    """What the coding rules hand on; only the lines are asked for."""

    @property
    def lines(self) -> tuple[Line, ...]: ...


def find_gaps(
    facts: Facts,
    coding: Coded,
    setting: Setting,
    on: date | None,
    profile: Profile,
    terminology: Terminology,
    recode: Recode,
) -> tuple[Gap, ...]:
    """Gaps in order of severity, then of the catalogue; one for each kind and subject.

    Args:
        coding: the lines that ``facts`` gave.
        recode: codes changed facts in the same setting, on the same day, for the same payer; asked at most twelve
            times a gap, and for all gaps together at most as often as comes to ``_MOST_RECODED`` administrations.
    """
    times = _MOST_RECODED // max(1, len(facts.administrations))
    chart = Chart.open(
        Basis(facts, setting, on, profile, terminology), coding.lines, _bounded(recode, coding.lines, times)
    )
    catalogue = GapCatalogue.load()
    groups: dict[tuple[str, str], list[Hole]] = {}
    for rule in RULES:
        for hole in rule(chart):
            entry = catalogue.get(hole.rule)
            if entry.is_valid(on):
                groups.setdefault((entry.kind, hole.about), []).append(hole)
    ordered = sorted(groups.values(), key=lambda holes: _order(catalogue.get(holes[0].rule), holes[0]))
    return tuple(
        _make_gap(chart, catalogue.get(holes[0].rule), holes, number) for number, holes in enumerate(ordered, 1)
    )


def _bounded(recode: Recode, lines: tuple[Line, ...], times: int) -> Recode:
    """``recode`` for so many times; after that nothing changes the lines any more."""
    left = iter(range(times))
    return lambda facts: lines if next(left, None) is None else recode(facts)


def _order(entry: GapEntry, hole: Hole) -> tuple[int, str, str]:
    return _SEVERITIES.index(entry.severity), entry.id, hole.about


def _make_gap(chart: Chart, entry: GapEntry, holes: Sequence[Hole], number: int) -> Gap:
    first = holes[0]
    trials = chain.from_iterable(hole.trials for hole in holes)
    return Gap(
        id=f"gap-{number}",
        kind=entry.kind,
        about=first.about,
        severity=entry.severity,
        rule=entry.id,
        citation=entry.citation,
        recipient=entry.recipient,
        query=write_query(entry, _join_words([hole for hole in holes if hole.rule == entry.id]), chart.basis.on),
        what_if=try_documentation(trials, chart.lines, chart.recode),
        facts=tuple(dict.fromkeys(hole.source.ref for hole in holes)),
        evidence=merge_evidence(
            item
            for hole in holes
            for item in hole.source.fact.evidence
            if not hole.attributes or item.attribute in hole.attributes
        ),
    )


def _join_words(holes: Sequence[Hole]) -> dict[str, str]:
    """The words of all holes of one gap: two infusions without a stop are asked about in one question."""
    names = dict.fromkeys(name for hole in holes for name in hole.words)
    return {
        name: " and ".join(dict.fromkeys(hole.words[name] for hole in holes if name in hole.words)) for name in names
    }
