"""Infusions: first hour by role, further hours by the time table, concurrent infusions once."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.coding.basis import Basis
from assistant.coding.charge import Charge, Ledger, minutes_in_words, names_of, sources_of
from assistant.coding.event import Event
from assistant.coding.interval import Interval, intersect, length, split_after, subtract
from assistant.coding.service import Service


@dataclass(slots=True)
class Placement:
    """Where services of one access go. ``claimed`` holds the minutes that a time-based code owns already."""

    basis: Basis
    ledger: Ledger
    second: str | None
    claimed: list[Interval] = field(default_factory=list)

    def initial_modifiers(self) -> tuple[str, ...]:
        return (self.basis.profile.second_initial_modifier,) if self.second else ()

    def hour_modifiers(self) -> tuple[str, ...]:
        """The further hours of a second access carry its modifier, those of a second visit stay plain."""
        return (self.basis.profile.second_initial_modifier,) if self.second == "site" else ()

    def second_steps(self) -> tuple[tuple[str, str], ...]:
        if self.second == "site":
            return (("ADM-SECOND-SITE", "second access site: its own initial service, marked as distinct"),)
        if self.second == "visit":
            return (("ADM-SECOND-VISIT", "second visit of the day: its own initial service, marked as distinct"),)
        return ()

    def place_concurrent(self, services: list[Service], left: bool) -> bool:
        """The one concurrent code of an encounter for all services that ran beside another infusion."""
        events = [event for service in services for event in service.events]
        if not left:
            for event in events:
                self.ledger.exclude(event, "ADM-CONCURRENT-ONCE", "concurrent infusion is reported once per encounter")
            return False
        rejections = [
            ("ADM-SEQUENTIAL-INFUSION", "it did not run alone"),
            ("ADM-ADDITIONAL-HOUR", "a concurrent infusion has no time units"),
        ]
        if len(services) > 1:
            rejections.append(
                ("ADM-CONCURRENT-ONCE", f"{len(services)} drugs ran beside another infusion; one unit per encounter")
            )
        charge = self.ledger.charge(
            Charge(
                self.basis.code("therapeutic", "concurrent"),
                1,
                "ADM-CONCURRENT",
                f"{names_of(events)} {minutes_in_words(events)} ran beside another infusion: once per encounter",
                sources_of(events),
                steps=explain_minutes(events),
                rejections=tuple(rejections),
            )
        )
        self.own(events, charge)
        return False

    def own(self, events: list[Event], charge: Charge) -> None:
        """Minutes of a service in one charge; of drugs in one bag the first owns them."""
        bags: dict[str, str] = {}
        for event in events:
            if event.fact.bag and event.group in bags:
                self.ledger.share(event, event.flow, None, f"shares the bag of {bags[event.group]}")
                continue
            if event.fact.bag:
                bags[event.group] = event.ref
            self.ledger.share(event, event.flow, charge)


def additional_hours(basis: Basis, minutes: int) -> int:
    """Further hours of an infusion: 91 minutes give 1, 151 give 2, 211 give 3."""
    threshold = basis.minutes("administration/additional_hour_minimum_minutes")
    return max(0, (minutes - threshold) // 60)


_BASE_RULES = {
    ("chemo", True): "ADM-INITIAL-CHEMO-INFUSION",
    ("chemo", False): "ADM-SEQUENTIAL-CHEMO-INFUSION",
    ("therapeutic", True): "ADM-INITIAL-THERAPEUTIC-INFUSION",
    ("therapeutic", False): "ADM-SEQUENTIAL-INFUSION",
}


def place_infusion(placement: Placement, service: Service, why_initial: tuple[tuple[str, str], ...] | None) -> None:
    """Base code and further hours of one service; ``why_initial`` holds the steps that made it the initial one."""
    basis, initial = placement.basis, why_initial is not None
    code = basis.code(service.kind, "infusion" if initial else "sequential")
    hour = basis.code(service.kind, "hour")
    threshold = basis.minutes("administration/additional_hour_minimum_minutes")
    doubled = length(intersect([part for event in service.events for part in event.flow], placement.claimed))
    net = service.minutes - doubled
    hours = additional_hours(basis, net)
    words = f"{names_of(service.events)} {minutes_in_words(service.events)}"
    if doubled:
        words += f", less {doubled} min that another infusion owns = {net} min"
    formula = f"floor(({net}-{threshold})/60)"
    steps = explain_minutes(service.events)
    stopped = basis.value("administration/discontinued_modifier")[basis.setting] if service.discontinued else ""
    if stopped:
        steps += (("ADM-DISCONTINUED", f"stopped early: the ordered service with modifier {stopped}"),)
    base = placement.ledger.charge(
        Charge(
            code,
            1,
            _BASE_RULES[service.kind, initial],
            f"{words}: {code} + {hour} x{hours}, {formula}" if hours else f"{words}: {code}",
            sources_of(service.events),
            modifiers=(placement.initial_modifiers() if initial else ()) + ((stopped,) if stopped else ()),
            steps=(*steps, *(why_initial or ()), *(placement.second_steps() if initial else ())),
            rejections=_not_fired(
                service, initial, "" if hours else f"{net} min; a further hour begins at {60 + threshold} min"
            ),
            initial=initial,
        )
    )
    extra = None
    if hours:
        extra = placement.ledger.charge(
            Charge(
                hour,
                hours,
                "ADM-ADDITIONAL-HOUR",
                f"{words}: {formula} = {hours}",
                sources_of(service.events),
                modifiers=placement.hour_modifiers() if initial else (),
                steps=steps,
                rejections=(("ADM-ADDITIONAL-HOUR", f"hour {hours + 2} begins at {60 * (hours + 1) + threshold} min"),),
            )
        )
    _share(placement, service.events, base, extra)


def _not_fired(service: Service, initial: bool, no_hour: str) -> tuple[tuple[str, str], ...]:
    """What was considered beside the base code."""
    found = [("ADM-ADDITIONAL-HOUR", no_hour)] if no_hour else []
    if not initial and service.kind == "therapeutic":
        found.append(("ADM-CONCURRENT", "it ran beside no other infusion for long enough"))
    elif not initial:
        found.append(("ADM-INITIAL-CHEMO-INFUSION", "another service is the initial one"))
    return tuple(found)


def explain_minutes(events: list[Event]) -> tuple[tuple[str, str], ...]:
    """Steps for pauses, shared bags, summed doses and computed stops."""
    steps: list[tuple[str, str]] = []
    for event in events:
        if event.paused:
            steps.append(
                ("ADM-PAUSE-DEDUCTED", f"{event.drug}: {event.paused} min of pause taken out of the clock span")
            )
        if event.computed_stop and event.fact.volume_ml and event.fact.rate_ml_h:
            steps.append(
                (
                    "ADM-COMPUTED-STOP",
                    f"{event.drug}: {event.fact.volume_ml} mL at {event.fact.rate_ml_h} mL/h = {event.minutes} min",
                )
            )
    if len({event.drug for event in events}) > 1 and events[0].fact.bag:
        steps.append(("ADM-SAME-BAG", f"{names_of(events)} in one bag: one administration"))
    elif len(events) > 1:
        steps.append(("ADM-SAME-DRUG-SUM", f"{len(events)} stretches of {names_of(events)} are added"))
    return tuple(steps)


def _share(placement: Placement, events: list[Event], base: Charge, extra: Charge | None) -> None:
    """First hour to the base code, the rest to the further hours where they are billed; no minute twice."""
    left = 60
    bags: dict[str, str] = {}
    for event in sorted(events, key=lambda item: item.starts or 0):
        if event.fact.bag and event.group in bags:
            placement.ledger.share(event, event.flow, None, f"shares the bag of {bags[event.group]}")
            continue
        if event.fact.bag:
            bags[event.group] = event.ref
        placement.ledger.share(
            event, intersect(event.flow, placement.claimed), None, "another infusion owns these minutes"
        )
        own = subtract(event.flow, placement.claimed)
        head, tail = split_after(own, left) if extra else (own, ())
        left = max(0, left - length(own))
        placement.ledger.share(event, head, base)
        placement.ledger.share(event, tail, extra)
        placement.claimed.extend(own)
