"""Events of one encounter and access as services: one for each drug (or bag), ready to be ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.coding.basis import Basis
from assistant.coding.event import Event, is_stated_concurrent, overlap
from assistant.coding.interval import union
from assistant.coding.technique import Technique, judge_technique


@dataclass(slots=True)
class Service:
    """One infused (or pushed) drug or bag. ``pushes`` keeps each push apart, members of one bag together."""

    kind: str  # "chemo" or "therapeutic"
    events: list[Event]
    why: list[Technique]

    @property
    def minutes(self) -> int:
        """Minutes of flow, those of one bag counted once."""
        clocked = union(part for event in self.events for part in event.flow)
        loose: dict[str, int] = {}
        for event in self.events:
            if not event.flow and event.minutes:
                key = event.group if event.fact.bag else event.ref
                loose[key] = max(loose.get(key, 0), event.minutes)
        return sum(stop - start for start, stop in clocked) + sum(loose.values())

    @property
    def discontinued(self) -> bool:
        return any(event.discontinued for event in self.events)

    @property
    def first(self) -> tuple[int, int]:
        """Order of start; without clock times the order of the facts."""
        starts = [event.starts for event in self.events if event.starts is not None]
        return (min(starts) if starts else 0, self.events[0].index)

    def runs_with(self, other: Service, minutes: int) -> bool:
        """Side by side for at least ``minutes`` by the clock, or stated to be."""
        return any(overlap(a, b) >= minutes or is_stated_concurrent(a, b) for a in self.events for b in other.events)


@dataclass(slots=True)
class SiteServices:
    """What went through one access in one encounter."""

    events: tuple[Event, ...] = ()
    chemo_infusions: list[Service] = field(default_factory=list)
    infusions: list[Service] = field(default_factory=list)
    chemo_pushes: list[Service] = field(default_factory=list)
    pushes: list[Service] = field(default_factory=list)
    hydration: list[Event] = field(default_factory=list)
    pumps: list[tuple[Event, Technique]] = field(default_factory=list)
    pending: list[tuple[Event, Technique]] = field(default_factory=list)  # a code is due but cannot be chosen
    blood: list[Event] = field(default_factory=list)


def gather_services(basis: Basis, events: Sequence[Event]) -> SiteServices:
    """Sort the intravenous events of one access into services."""
    site = SiteServices(tuple(events))
    judged = [
        (event, judge_technique(basis, event))
        for event in events
        if event.kind in ("chemo", "therapeutic", "hydration")
    ]
    site.blood.extend(event for event in events if event.kind == "blood")
    infused = {event.group for event, technique in judged if technique.counted == "infusion"}
    for event, technique in judged:
        match technique.counted:
            case "hydration":
                site.hydration.append(event)
            case "pump start" | "pump refill":
                site.pumps.append((event, technique))
            case "pending" | "unknown":
                site.pending.append((event, technique))
            case "infusion":
                _add(basis, site.chemo_infusions if event.kind == "chemo" else site.infusions, event, technique)
            case "push":
                # A short stretch charted as an infusion belongs to the infusion of the same drug.
                if event.fact.technique == "infusion" and event.group in infused:
                    _add(basis, site.chemo_infusions if event.kind == "chemo" else site.infusions, event, technique)
                else:
                    _add(
                        basis, site.chemo_pushes if event.kind == "chemo" else site.pushes, event, technique, push=True
                    )
    return site


def _add(basis: Basis, services: list[Service], event: Event, technique: Technique, *, push: bool = False) -> None:
    for service in services:
        if service.events[0].group == event.group and (
            push or event.fact.bag or basis.profile.same_drug_repeat == "extend"
        ):
            service.events.append(event)
            service.why.append(technique)
            return
    services.append(Service(event.kind, [event], [technique]))
