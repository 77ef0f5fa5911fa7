"""The encounter as the gap rules see it, and what a rule hands on: a hole in the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from assistant.coding.basis import Basis, ndc_code, plain
from assistant.coding.charge import Source
from assistant.coding.event import ENTERAL, Event, read_events
from assistant.coding.interval import Interval, moment_of
from models.fact import Administration, Fact, Facts, Visit
from models.line import Line
from terminology.drug import Drug, Resolution

Recode = Callable[[Facts], tuple[Line, ...]]

_RANK = ("chemo", "separate", "therapeutic", "blood", "hydration", "unknown", "declot", "flush", "oral")
_LONGEST_QUOTE = 160  # characters of the note that a question may quote


class Trial(NamedTuple):
    """One change of the documentation and the facts as they would then be."""

    documentation: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Hole:
    """One hole found by a rule of the catalogue. ``words`` fill the blanks of the query."""

    rule: str  # catalogue id
    about: str
    source: Source
    words: Mapping[str, str]
    attributes: tuple[str, ...]  # whose evidence shows the hole
    trials: Iterable[Trial] = ()  # read once and only as far as needed


@dataclass(frozen=True, slots=True)
class Chart:
    """Facts, events and lines of one encounter."""

    basis: Basis
    events: tuple[Event, ...]
    lines: tuple[Line, ...]
    recode: Recode
    _resolved: dict[int, Resolution] = field(default_factory=dict)

    @classmethod
    def open(cls, basis: Basis, lines: tuple[Line, ...], recode: Recode) -> Chart:
        return cls(basis, read_events(basis), lines, recode)

    @property
    def facts(self) -> Facts:
        return self.basis.facts

    @property
    def visit(self) -> Visit:
        return self.basis.facts.visit

    @property
    def injected(self) -> tuple[Event, ...]:
        """Drugs charted to have gone in other than by mouth: no fluids, blood, flushes or declotting agents."""
        return tuple(
            event
            for event in self.events
            if event.kind in ("chemo", "therapeutic", "unknown")
            and event.route not in ENTERAL
            and self.is_charted(event)
        )

    def is_charted(self, event: Event) -> bool:
        """Whether the note charts the administration, not merely says that there was one.

        A clock time does; so does a dose with route and technique; less only in a note that is a record of
        administrations. In "continues doxorubicin" nothing is missing.
        """
        fact = event.fact
        if event.starts is not None or event.minutes is not None or fact.stop is not None:
            return True
        if not self._is_record:
            return None not in (fact.dose, fact.route, fact.technique)
        return (fact.dose, fact.route, fact.technique) != (None, None, None)

    @property
    def _is_record(self) -> bool:
        """Whether anything in the note shows a drug on its way into the patient."""
        return any(
            part is not None
            for event in self.events
            for part in (event.starts, event.minutes, event.fact.stop, event.fact.discarded)
        )

    @property
    def main(self) -> Event | None:
        """The drug the visit was for: antineoplastics first, then what has its own indication, then the first."""
        return min(self.events, key=self._weight, default=None)

    def _weight(self, event: Event) -> tuple[int, bool, int]:
        rank = _RANK.index(event.kind) if event.kind in _RANK else len(_RANK)
        return rank, not self.needs_indication(event), event.index

    def needs_indication(self, event: Event) -> bool:
        """Whether a visit is made for such a drug; premedication and rescue drugs go with another."""
        drug = self.drug(event)
        if drug is None:
            return False
        return (
            event.kind == "chemo"
            or drug.antineoplastic
            or drug.kind in self.basis.words("documentation/indicated_kinds")
        )

    @property
    def day(self) -> date | None:
        return self.visit.date_of_service or self.basis.on

    def drug(self, event: Event) -> Drug | None:
        return self.basis.drug(event.drug)

    def resolve(self, event: Event) -> Resolution:
        """The product of an event, as the coding rules take it."""
        if event.index not in self._resolved:
            fact = event.fact
            self._resolved[event.index] = self.basis.terminology.drugs.resolve(
                fact.drug,
                fact.written,
                fact.route,
                self.basis.on,
                fact.ndc,
                ndc_hcpcs=ndc_code(self.basis.terminology, fact.ndc, self.basis.on) if fact.ndc else None,
                dose=fact.dose,
                unit=fact.unit,
            )
        return self._resolved[event.index]

    def change(self, event: Event, **attributes: Any) -> Facts:
        """The facts with other attributes of one administration."""
        return self.change_all([event], **attributes)

    def change_all(self, events: Iterable[Event], base: Facts | None = None, **attributes: Any) -> Facts:
        """The same for several administrations; ``base`` holds changes made before."""
        facts = base or self.facts
        given = list(facts.administrations)
        for event in events:
            given[event.index] = given[event.index].model_copy(update=attributes)
        return facts.model_copy(update={"administrations": tuple(given)})

    def change_visit(self, **attributes: Any) -> Facts:
        return self.facts.model_copy(update={"visit": self.visit.model_copy(update=attributes)})

    def words(self, event: Event) -> dict[str, str]:
        """What the chart says of one administration, by the name of the query's blank."""
        fact = event.fact
        found = {
            "drug": name_of(fact),
            "dose": amount(fact.dose, fact.unit),
            "date": date_in_words(self.day),
            "start": clock_in_words(fact.start),
            "stop": clock_in_words(fact.stop),
            "route": fact.route or "",
            "technique": fact.technique or "",
            "minutes": str(event.minutes) if event.minutes is not None else "",
            "times": span_in_words(event.span),
            "basis": fact.dose_basis or "",
            "containers": containers(fact),
        }
        return filled(found)

    def visit_words(self, *attributes: str) -> dict[str, str]:
        """What stands for the visit as a whole; ``text`` quotes the evidence of the attributes."""
        found = {"date": date_in_words(self.day), "text": quote(self.visit, *attributes)}
        if self.main:
            found["drug"] = name_of(self.main.fact)
        return filled(found)

    def visit_hole(self, rule: str, about: str, *attributes: str, trials: tuple[Trial, ...] = ()) -> Hole:
        return Hole(rule, about, Source("visit", self.visit), self.visit_words(*attributes), attributes, trials)


def filled(words: Mapping[str, str]) -> dict[str, str]:
    """Only the words that are there: a blank that cannot be filled is not offered."""
    return {name: word for name, word in words.items() if word}


def quote(fact: Fact, *attributes: str) -> str:
    """The words of the note behind the attributes, empty where there are none or too many."""
    text = " ".join(" ".join(span.quote.split()) for span in fact.spans_of(*attributes)) if attributes else ""
    return text if len(text) <= _LONGEST_QUOTE else ""


def name_of(fact: Administration) -> str:
    """The drug as the note words it."""
    return " ".join((fact.written or fact.drug).split())


def amount(dose: Decimal | None, unit: str | None) -> str:
    return f"{plain(dose)} {unit or ''}".strip() if dose is not None else ""


def containers(fact: Administration) -> str:
    """``2 x 100 mg + 1 x 50 mg``."""
    unit = fact.container_unit or fact.unit or ""
    return " + ".join(f"{count} x {plain(size)} {unit}".strip() for size, count in fact.containers)


def date_in_words(day: date | None) -> str:
    return f"{day:%m/%d/%Y}" if day else ""


def clock_in_words(moment: datetime | None) -> str:
    return f"{moment:%H:%M}" if moment else ""


def span_in_words(span: Interval | None) -> str:
    return f"{moment_of(span[0]):%H:%M} to {moment_of(span[1]):%H:%M}" if span else ""
