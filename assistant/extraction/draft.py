"""An administration while it is being read: attributes gather with their evidence, then become one frozen fact."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from assistant.extraction.clock import Clock
from assistant.extraction.drug import DrugMention
from models.fact import Administration, AdministrationStatus, Container, Segment, Technique
from models.span import Evidence, Span, merge_evidence
from terminology.drug import Drug

# Nobody infuses across midnight from noon: an earlier stop after an evening start is the next day, else a conflict.
_EVENING = 17 * 60
_MORNING = 9 * 60


@dataclass(slots=True)
class Draft:
    """Mutable only inside the reader; minutes count from midnight of the visit's day."""

    mention: DrugMention
    drug: Drug
    row: int
    line: int
    clause_start: int = 0
    clause_end: int = 0
    charted: bool = False  # a verb says that it was done
    bare: bool = False  # a dose and nothing else: counts only once a time stands beside it
    start_inherited: bool = False  # taken from the head of the row: a charted start replaces it
    status: AdministrationStatus = "given"
    product_words: str | None = None  # what tells products of one name apart: maker, "biosimilar", "irradiated"
    dose: Decimal | None = None
    dose_is_container: bool = False  # nothing but the strength of its container was charted
    unit: str | None = None
    ordered_dose: Decimal | None = None
    dose_basis: str | None = None
    dose_per_basis: Decimal | None = None
    route: str | None = None
    technique: Technique | None = None
    start: int | None = None
    stop: int | None = None
    pauses: list[list[int | None]] = field(default_factory=list)
    site: str | None = None
    discarded: Decimal | None = None
    container: Container | None = None
    containers: tuple[tuple[Decimal, int], ...] = ()
    container_unit: str | None = None
    waste_blank: bool = False
    volume_ml: Decimal | None = None
    rate_ml_h: Decimal | None = None
    fully_infused: bool = False
    purpose: str | None = None
    ordered: bool | None = None
    owner: str | None = None
    pump_hours: Decimal | None = None
    stop_reason: str | None = None
    discontinued: bool = False
    ndc: str | None = None
    ordered_minutes: Decimal | None = None
    bag: str | None = None
    encounter: str | None = None
    concurrent_with: str | None = None
    infusion_word: bool = False
    push_word: bool = False
    on_body: bool = False
    pump: bool = False
    timed_day: date | None = None
    holes: list[str] = field(default_factory=list)
    spans: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def note(self, attribute: str, start: int, end: int) -> None:
        """Remember the words ``start:end`` as evidence for ``attribute``."""
        span = (start, end)
        known = self.spans.setdefault(attribute, [])
        if start < end and span not in known:
            known.append(span)

    def share(self, other: Draft, *attributes: str) -> None:
        """Take attributes that this draft lacks from another one, with their evidence."""
        for attribute in attributes:
            if getattr(self, attribute) is None and getattr(other, attribute) is not None:
                setattr(self, attribute, getattr(other, attribute))
                for span in other.spans.get(attribute, ()):
                    self.note(attribute, *span)

    def set_start(self, clock: Clock) -> None:
        self.start = clock.minute
        self.note("start", clock.start, clock.end)
        self.timed_day = self.timed_day or clock.iso_date

    def set_stop(self, clock: Clock) -> None:
        self.stop = clock.minute
        self.note("stop", clock.start, clock.end)

    @property
    def is_open(self) -> bool:
        """Started and neither stopped nor a push or injection."""
        return self.start is not None and self.stop is None and self.status in ("given", "stopped-early")

    def freeze(self, text: str, day: date | None) -> Administration:
        """The fact. Without a date of service clock times stand on a nominal day, so that minutes still count."""
        base = day or self.timed_day or NOMINAL_DAY
        start = _at(base, self.start)
        stop = _at(base, self._stop_minute())
        given = self.status in ("given", "stopped-early")
        return Administration(
            drug=self.drug.name,
            written=f"{self.mention.written} {self.product_words}" if self.product_words else self.mention.written,
            dose=self.dose,
            unit=self.unit if self.dose is not None else None,
            route=self.route,
            technique=self.technique,
            start=start if given else None,
            stop=stop if given else None,
            site=self.site if given else None,
            discarded=self.discarded if given else None,
            discarded_unit=self.unit if given and self.discarded is not None else None,
            ndc=self.ndc,
            status=self.status,
            container=self.container,
            containers=self.containers,
            container_unit=self.container_unit or (self.unit if self.containers else None),
            waste_statement="stated" if self.discarded is not None else "blank" if self.waste_blank else "silent",
            ordered_dose=self.ordered_dose,
            dose_basis=self.dose_basis,
            dose_per_basis=self.dose_per_basis,
            volume_ml=self.volume_ml,
            rate_ml_h=self.rate_ml_h,
            fully_infused=self.fully_infused,
            purpose=self.purpose,
            ordered=self.ordered,
            owner="clinic" if self.owner == "clinic" else "patient" if self.owner == "patient" else None,
            pump_hours=self.pump_hours,
            stop_reason=self.stop_reason,
            interruptions=self._interruptions(base),
            discontinued=self.discontinued,
            ordered_minutes=self.ordered_minutes,
            bag=self.bag,
            concurrent_with=self.concurrent_with,
            encounter=self.encounter,
            holes=tuple(self.holes),
            evidence=self._evidence(text),
        )

    def _stop_minute(self) -> int | None:
        if self.stop is None or self.start is None or self.stop >= self.start:
            return self.stop
        overnight = self.start >= _EVENING and self.stop <= _MORNING
        return self.stop + 1440 if overnight else self.stop

    def _interruptions(self, base: date) -> tuple[Segment, ...]:
        found = []
        for begin, end in self.pauses:
            first, last = _at(base, begin), _at(base, end)
            if first is not None and last is not None and last > first:
                found.append(Segment(start=first, stop=last))
        return tuple(found)

    def _evidence(self, text: str) -> tuple[Evidence, ...]:
        names = self.spans.get("drug", [(self.mention.start, self.mention.end)])
        items = {"drug": names, **self.spans}
        return merge_evidence(
            Evidence(attribute=name, spans=tuple(Span.cut(text, *span) for span in spans))
            for name, spans in items.items()
        )


NOMINAL_DAY = date(1900, 1, 1)  # stands for "the day of the visit" where the note has no date of service


def _at(day: date, minute: int | None) -> datetime | None:
    return None if minute is None else datetime.combine(day, time()) + timedelta(minutes=minute)
