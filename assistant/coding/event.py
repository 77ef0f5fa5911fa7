"""Given administrations as events: what kind of drug, how it went in, and which minutes it really ran."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from assistant.coding.basis import Basis
from assistant.coding.interval import Interval, intersect, length, minute_of, subtract, union
from models.fact import Administration

Kind = Literal["chemo", "therapeutic", "hydration", "blood", "flush", "declot", "oral", "separate", "unknown"]

_KINDS: dict[str, Kind] = {
    "chemo/complex": "chemo",
    "therapeutic": "therapeutic",
    "hydration": "hydration",
    "flush": "flush",
    "declot": "declot",
    "oral": "oral",
    "blood product": "blood",
}
_RANK: tuple[Kind, ...] = (
    "chemo",
    "therapeutic",
    "blood",
    "hydration",
    "declot",
    "flush",
    "oral",
    "separate",
    "unknown",
)

ENTERAL = frozenset(
    {"PO", "SL", "PR", "TOPICAL", "INHALED", "INTRANASAL", "NASAL", "OPHTHALMIC", "BUCCAL", "TRANSDERMAL", "NG", "PEG"}
)


@dataclass(frozen=True, slots=True)
class Event:
    """One given administration, ready for the rules. Minutes are whole and count from an arbitrary epoch."""

    index: int
    fact: Administration
    kind: Kind  # of the bag, where drugs share one
    hormonal: bool
    route: str | None  # "IV", "SC", "IM", "INTRATHECAL", ... upper case
    group: str  # bag label or drug: what counts as one administered thing
    encounter: str
    span: Interval | None  # first start to last stop, pauses included
    flow: tuple[Interval, ...]  # the minutes of actual flow, where clock times are known
    minutes: int | None  # actual infusing minutes, None when they cannot be proved
    starts: int | None
    hole: str | None  # why minutes are unknown: "no start time", "no stop time", "stop before start"
    computed_stop: bool
    discontinued: bool

    @property
    def ref(self) -> str:
        return f"administrations/{self.index}"

    @property
    def drug(self) -> str:
        return self.fact.drug

    @property
    def paused(self) -> int:
        return length([self.span]) - length(self.flow) if self.span else 0


def read_events(basis: Basis) -> tuple[Event, ...]:
    """Events of everything that reached the patient, in the order of the facts; held, refused and planned give none."""
    given = [(i, a) for i, a in enumerate(basis.facts.administrations) if a.status in ("given", "stopped-early")]
    kinds = {i: _kind(basis, a) for i, a in given}
    bags: dict[tuple[str, str], Kind] = {}
    for i, a in given:
        if a.bag:
            key = (a.encounter or "", a.bag)
            bags[key] = kinds[i] if key not in bags else min(bags[key], kinds[i], key=_RANK.index)
    for _, a in given:
        if a.bag and _is_premixed_fluid(basis, [b for _, b in given if b.bag == a.bag and b.encounter == a.encounter]):
            bags[a.encounter or "", a.bag] = "hydration"
    return tuple(
        _read_event(basis, i, a, bags.get((a.encounter or "", a.bag), kinds[i]) if a.bag else kinds[i])
        for i, a in given
    )


def _kind(basis: Basis, fact: Administration) -> Kind:
    route = (fact.route or "").upper()
    drug = basis.drug(fact.drug)
    if route in ENTERAL or fact.technique == "oral" or fact.category == "oral":
        return "oral"
    if fact.category:
        return _KINDS[fact.category]
    if fact.technique == "hydration":
        return "hydration"
    if drug is None:
        return "unknown"
    own = drug.kind in basis.value("administration/own_service_kinds")
    if own and drug.name not in basis.words("administration/own_service_exceptions"):
        return "separate"
    return _KINDS.get(drug.category, "unknown")


def _is_premixed_fluid(basis: Basis, members: list[Administration]) -> bool:
    """A fluid bag that holds nothing but fluid and electrolytes."""
    electrolytes = basis.words("hydration/premixed_electrolytes")
    fluids = [a for a in members if _kind(basis, a) == "hydration"]
    return bool(fluids) and all(a in fluids or a.drug in electrolytes for a in members)


def _read_event(basis: Basis, index: int, fact: Administration, kind: Kind) -> Event:
    span, flow, computed, hole = _read_times(fact)
    minutes = length(flow) if span else None
    if minutes is None and fact.minutes is not None:
        minutes, hole = int(fact.minutes), None
    drug = basis.drug(fact.drug)
    return Event(
        index=index,
        fact=fact,
        kind=kind,
        hormonal=fact.hormonal or bool(drug and drug.hormonal),
        route=fact.route.upper() if fact.route else None,
        group=f"bag {fact.bag}" if fact.bag else fact.drug,
        encounter=fact.encounter or "",
        span=span,
        flow=flow,
        minutes=minutes,
        starts=span[0] if span else minute_of(fact.start) if fact.start else None,
        hole=hole,
        computed_stop=computed,
        discontinued=fact.discontinued or fact.status == "stopped-early",
    )


def _read_times(fact: Administration) -> tuple[Interval | None, tuple[Interval, ...], bool, str | None]:
    """Span, flow, whether the stop was computed, and why there is none."""
    pauses = [(minute_of(pause.start), minute_of(pause.stop)) for pause in fact.interruptions]
    if fact.segments:
        segments = union((minute_of(item.start), minute_of(item.stop)) for item in fact.segments)
        if segments:
            return (segments[0][0], segments[-1][1]), subtract(segments, pauses), False, None
    if fact.start is None:
        return None, (), False, "no start time"
    start, computed = minute_of(fact.start), False
    if fact.stop is not None:
        stop = minute_of(fact.stop)
    elif fact.minutes is not None:
        stop = start + int(fact.minutes)  # infusing minutes: pauses are out of them already
        return (start, stop), ((start, stop),), False, None
    elif fact.fully_infused and fact.volume_ml and fact.rate_ml_h:
        stop = start + int(fact.volume_ml / fact.rate_ml_h * Decimal(60))
        computed = True
    else:
        return None, (), False, "no stop time"
    if stop < start:
        return None, (), False, "stop before start"
    if stop == start:
        return None, (), False, "stop equals start"
    return (start, stop), subtract([(start, stop)], pauses), computed, None


def overlap(first: Event, second: Event) -> int:
    """Minutes that two events ran side by side by the clock, pauses included; 0 where clock times are unknown."""
    if first.span is None or second.span is None:
        return 0
    return length(intersect([first.span], [second.span]))


def is_stated_concurrent(first: Event, second: Event) -> bool:
    """One names the other as running at the same time."""
    return any(a.fact.concurrent_with in (str(b.index), b.drug) for a, b in ((first, second), (second, first)))
