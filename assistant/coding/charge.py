"""What the rules hand on: codes with their arithmetic, and who owns which minutes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from assistant.coding.basis import Basis
from assistant.coding.event import Event
from assistant.coding.interval import Interval, clock
from models.fact import Fact
from models.finding import Finding


@dataclass(frozen=True, slots=True)
class Source:
    """A fact with its reference (``administrations/3``, ``procedures/0``, ``visit``)."""

    ref: str
    fact: Fact


@dataclass(frozen=True, slots=True, eq=False)
class Charge:
    """One contribution to a line: compared by identity, so that two equal pushes stay two."""

    code: str
    units: int
    rule: str
    statement: str
    sources: tuple[Source, ...]
    modifiers: tuple[str, ...] = ()
    system: str = "CPT"
    ndc: str | None = None
    support: tuple[str, ...] = ("start", "stop", "minutes", "segments", "interruptions")  # evidence of the units
    steps: tuple[tuple[str, str], ...] = ()  # further (rule, statement)
    rejections: tuple[tuple[str, str], ...] = ()  # (rule, why not)
    initial: bool = False
    order: int = 0  # among drug lines


@dataclass(frozen=True, slots=True)
class Share:
    """Minutes of one event: owned by a charge, or excluded for a reason."""

    event: Event
    intervals: tuple[Interval, ...]
    charge: Charge | None
    excluded: str | None = None


@dataclass(slots=True)
class Ledger:
    """Everything one run has found so far; the only thing the rules write to."""

    basis: Basis
    charges: list[Charge] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _named: Counter[str] = field(default_factory=Counter)  # findings of one kind about one fact

    def charge(self, charge: Charge) -> Charge:
        self.charges.append(charge)
        return charge

    def own(self, events: Iterable[Event], charge: Charge) -> None:
        """All minutes of the events belong to one charge."""
        for event in events:
            self.share(event, event.flow, charge)

    def share(
        self, event: Event, intervals: tuple[Interval, ...], charge: Charge | None, excluded: str | None = None
    ) -> None:
        if intervals:
            self.shares.append(Share(event, intervals, charge, excluded))

    def exclude(self, event: Event, rule: str, reason: str) -> None:
        """No code for an event: its minutes are excluded and the coder sees why."""
        self.share(event, event.flow, None, reason)
        self.note("not-coded", rule, f"{event.drug}: {reason}", (source_of(event),))

    def note(self, kind: str, rule: str, message: str, sources: tuple[Source, ...], *, warn: bool = False) -> None:
        """A finding under a rule. ``message`` names drugs and figures, never words of the note."""
        refs = tuple(source.ref for source in sources)
        name = f"{kind}/{refs[0]}" if refs else kind
        same = self._named[name]
        self._named[name] += 1
        self.findings.append(
            Finding(
                id=f"{name}#{same + 1}" if same else name,
                kind=kind,
                severity="warning" if warn else "info",
                message=f"{message} [{rule}]",
                citation=self.basis.rule(rule).citation,
                facts=refs,
                evidence=tuple(item for source in sources for item in source.fact.evidence),
            )
        )


def source_of(event: Event) -> Source:
    return Source(event.ref, event.fact)


def sources_of(events: Iterable[Event]) -> tuple[Source, ...]:
    return tuple(source_of(event) for event in events)


def names_of(events: Iterable[Event]) -> str:
    """``cyclophosphamide`` or ``dexamethasone + ondansetron``."""
    return " + ".join(dict.fromkeys(event.drug for event in events))


def minutes_in_words(events: Iterable[Event]) -> str:
    """``0900-0950 (50) + 1040-1451 (251) = 301 min``; without clock times just the minutes."""
    seen: set[Interval] = set()
    parts: list[str] = []
    total = 0
    for event in events:
        if event.flow:
            for start, stop in event.flow:
                if (start, stop) not in seen:
                    seen.add((start, stop))
                    parts.append(f"{clock(start)}-{clock(stop)} ({stop - start})")
                    total += stop - start
        elif event.minutes:
            parts.append(f"{event.minutes} min charted")
            total += event.minutes
    if not parts:
        return "0 min charted"
    return f"{' + '.join(parts)} = {total} min" if len(parts) > 1 else parts[0].replace("(", "= ").replace(")", " min")


def amount_in_words(amount: Decimal, unit: str | None) -> str:
    return f"{amount.normalize():f} {unit or ''}".strip()
